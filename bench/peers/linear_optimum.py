"""Test losses of linear fits with default options, beside scikit-learn's with the best C in hindsight.

    python bench/peers/linear_optimum.py THALWEG SPLITS FILE:TARGET…

Every table is a CSV file with a header. A split holds out a fifth of the rows, of each class the same fraction. In each,
`thalweg fit` sees the other rows and nothing but the name of the target, and `thalweg predict` the held-out rows.
scikit-learn has a StandardScaler for numbers, a OneHotEncoder for texts, and LogisticRegression (max_iter 2000) with
C = 0.1, 1 and 10, or Ridge with alpha = 1/C. Printed are the mean test loss (log loss; RMSE of numbers) and the seconds
of scikit-learn for each C, reading excluded, those of `thalweg fit`, start and reading included, and the mean and
standard error of the paired difference to the C with the lowest mean loss on the test rows.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

GRID = [0.1, 1, 10]


def peer(train, test, target, c):
    """Test loss and seconds of scikit-learn."""
    x, y = train.drop(columns=target), train[target]
    numbers = make_column_selector(dtype_include=np.number)
    texts = make_column_selector(dtype_exclude=np.number)
    encoder = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), texts))
    is_number = pd.api.types.is_numeric_dtype(y)
    start = time.perf_counter()
    model = make_pipeline(encoder, Ridge(alpha=1 / c) if is_number else LogisticRegression(C=c, max_iter=2000))
    model.fit(x, y)
    seconds = time.perf_counter() - start
    features = test.drop(columns=target)
    if is_number:
        return np.sqrt(np.mean((model.predict(features) - test[target]) ** 2)), seconds
    return log_loss(test[target], model.predict_proba(features), labels=model.classes_), seconds


def own(thalweg, train, test, target, folder):
    """Test loss and seconds of `thalweg fit`."""
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    (folder / "m.model").unlink(missing_ok=True)
    start = time.perf_counter()
    fit = [thalweg, "fit", "train.csv", "-t", target, "-q", "-o", "m.model", "--format", "json"]
    report = json.loads(subprocess.run(fit, cwd=folder, capture_output=True, check=True).stdout)
    seconds = time.perf_counter() - start
    labels = report["labels"]
    proba = [] if labels is None else ["--proba"]
    predict = [thalweg, "predict", "m.model", "test.csv", "-q", *proba]
    printed = subprocess.run(predict, cwd=folder, capture_output=True, check=True, text=True).stdout
    predicted = pd.read_csv(io.StringIO(printed), header=None)
    y = test[target].to_numpy()
    if labels is None:
        return np.sqrt(np.mean((predicted[0].to_numpy() - y) ** 2)), seconds
    if len(labels) == 2:
        p = np.where(y == labels[0], predicted[0], 1 - predicted[0])
    else:
        p = predicted.to_numpy()[np.arange(len(y)), [labels.index(label) for label in y]]
    return -np.mean(np.log(np.clip(p, 1e-15, 1))), seconds


def main(thalweg, splits, *tables):
    for table in tables:
        path, target = table.rsplit(":", 1)
        data = pd.read_csv(path, keep_default_na=False)
        classes = None if pd.api.types.is_numeric_dtype(data[target]) else data[target]
        rows = []
        for seed in range(int(splits)):
            train, test = train_test_split(data, test_size=0.2, random_state=seed, stratify=classes)
            with tempfile.TemporaryDirectory() as folder:
                found = own(str(Path(thalweg).resolve()), train, test, target, Path(folder))
            rows.append([*(peer(train, test, target, c) for c in GRID), found])
        losses, seconds = np.moveaxis(np.array(rows), 2, 0)
        best = losses[:, :3].mean(axis=0).argmin()
        difference = losses[:, 3] - losses[:, best]
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        mean, time_ = losses.mean(axis=0), seconds.mean(axis=0)
        peers = "  ".join(f"C={c:<4} {mean[i]:.4f} {time_[i]:6.2f} s" for i, c in enumerate(GRID))
        print(
            f"{Path(path).stem:<12} {len(data):>6} rows  {peers}  thalweg {mean[3]:.4f} {time_[3]:6.2f} s  "
            f"difference to C={GRID[best]}: {difference.mean():+.4f} ± {error:.4f}",
            flush=True,
        )


main(*sys.argv[1:])
