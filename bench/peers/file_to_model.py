"""Seconds from a CSV file to a linear model with default options, beside pandas and scikit-learn.

    python bench/peers/file_to_model.py ROUNDS FILE:TARGET… -- THALWEG…

Every THALWEG is a program, for example of two revisions. scikit-learn has the pipeline of `linear_optimum.py`, on the
rows with a target, once with the three fits that find the best C of 0.1, 1 and 10, and once with C = 1. Reading is part
of all times. All take turns; printed are the minima and the medians.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def peer(path, target, grid):
    """Fit with each C, and return the last model."""
    data = pd.read_csv(path).dropna(subset=[target])
    x, y = data.drop(columns=target), data[target]
    for c in grid:
        is_number = pd.api.types.is_numeric_dtype(y)
        numbers = make_column_selector(dtype_include=np.number)
        texts = make_column_selector(dtype_exclude=np.number)
        encoder = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), texts))
        model = Ridge(alpha=1 / c) if is_number else LogisticRegression(C=c, max_iter=2000)
        model = make_pipeline(encoder, model).fit(x, y)
    return model


def own(program, path, target, folder):
    """Run `thalweg fit`."""
    fit = [program, "fit", path, "-t", target, "-q", "-o", folder / "m.model"]
    subprocess.run(fit, check=True, capture_output=True)
    (folder / "m.model").unlink()


def main(rounds, *arguments):
    tables, programs = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    for table in tables:
        path, target = table.rsplit(":", 1)
        with tempfile.TemporaryDirectory() as folder:
            runs = {name: (own, (str(Path(name).resolve()), path, target, Path(folder))) for name in programs}
            runs["three fits"] = (peer, (path, target, [0.1, 1, 10]))
            runs["one fit"] = (peer, (path, target, [1]))
            seconds = {name: [] for name in runs}
            for _ in range(int(rounds)):
                for name, (run, given) in runs.items():
                    start = time.perf_counter()
                    run(*given)
                    seconds[name].append(time.perf_counter() - start)
        for name, found in seconds.items():
            print(f"{Path(path).name:<16} {name:<24} min {min(found):.3f} s  median {np.median(found):.3f} s", flush=True)


main(*sys.argv[1:])
