"""Predictions of exported models by ONNX Runtime, next to those of `thalweg predict` for the same rows.

    python bench/peers/onnx_export.py THALWEG

Fits models of every kind to tables with missing values, levels that are not in the training rows, interactions and
several classes, exports each, and computes the rows of a file of new rows with `onnxruntime`. Printed is the largest
difference of a prediction or a probability: the absolute one of probabilities, and relative to the standard deviation
of the predictions otherwise. Ends with code 1 if one is above 1e-6, or if a label differs.
"""

import csv
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-6


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def tables(folder):
    """Writes training and new rows; returns the number of a table, its name and the kind of its target."""
    random = np.random.default_rng(7)

    def rows(count, levels, kind):
        for _ in range(count):
            age, income = random.normal(40, 12), random.lognormal(10, 1)
            town, size = random.choice(levels), random.choice(["small", "large", "huge"])
            score = 0.05 * age + 0.4 * np.log(income) + len(town) - 2 * (size == "small") + random.normal(0, 0.5)
            target = {
                "number": f"{score:.4f}",
                "label": "yes" if score > 9 else "no",
                "classes": ["low, really", "mid", "high", "<top>"][min(3, max(0, int((score - 6) / 2)))],
                "count": str(random.poisson(np.exp((score - 8) / 4))),
            }[kind]
            cells = [f"{age:.3f}", f"{income:.2f}", town, size]
            if random.random() < 0.15:
                cells[random.integers(4)] = random.choice(["", "NA", "?"])
            if random.random() < 0.05:
                cells[0] = "-999"
            yield [*cells, target]

    header = ["age", "income", "town of birth", "size", "label"]
    for kind in ["number", "label", "classes", "count"]:
        write(folder / f"{kind}.csv", header, rows(600, ["Ulm", "Bonn", "Köln", "Rome"], kind))
        write(folder / f"{kind}-new.csv", header, rows(200, ["Ulm", "Bonn", "Rome", "Paris", "Oslo"], kind))


FITS = [
    ("number", ""),
    ("number", "--loss huber"),
    ("number", "--loss quantile:q=0.7 -e 20"),
    ("number", "--interactions age*income,age*size,size*town\\ of\\ birth"),
    ("number", "--model fm:rank=3 -e 10"),
    ("number", "--model mlp:16,8 -e 20"),
    ("number", "--model mlp:8,activation=tanh -e 20"),
    ("count", "--loss poisson"),
    ("label", ""),
    ("label", "--loss hinge"),
    ("label", "--model mlp:16 -e 20"),
    ("label", "--model fm:rank=4 -e 10 --interactions size*town\\ of\\ birth"),
    ("classes", ""),
    ("classes", "--model mlp:12 -e 20 --interactions age*size"),
]


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def lines(text):
    return [line for line in text.split("\n")[:-1]]


def onnx_outputs(path, data):
    """Outputs of the model for the rows of a file, by name."""
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with open(data, newline="") as file:
        rows = list(csv.DictReader(file))
    feeds = {}
    for given in session.get_inputs():
        cells = [row[given.name] for row in rows]
        if given.type == "tensor(double)":
            cells = [float("nan") if cell in ("", "NA", "?") else float(cell) for cell in cells]
            feeds[given.name] = np.array(cells, dtype=np.float64)[:, None]
        else:
            feeds[given.name] = np.array(cells, dtype=object)[:, None]
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def difference(program, model, exported, data):
    """Largest difference of a number, and the number of labels that differ."""
    outputs = onnx_outputs(exported, data)
    missing = ["--missing", "-999"]
    plain = lines(run(program, "predict", model, data, "--quiet", *missing))
    if "prediction" in outputs:
        expected, found = np.array(plain, dtype=float), outputs["prediction"][:, 0]
        return np.max(np.abs(expected - found)) / max(1.0, np.std(expected)), 0
    different = sum(a != b for a, b in zip(plain, outputs["label"], strict=True))
    if "probabilities" not in outputs:
        return 0.0, different
    proba = lines(run(program, "predict", model, data, "--quiet", "--proba", *missing))
    expected = np.array([[float(p) for p in line.split(",")] for line in proba])
    found = outputs["probabilities"] if expected.shape[1] > 1 else outputs["probabilities"][:, 1:]
    return np.max(np.abs(expected - found)), different


def main():
    program = Path(sys.argv[1]).resolve()
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables(folder)
        for number, (kind, options) in enumerate(FITS):
            options = shlex.split(options)
            model, exported = folder / f"{number}.model", folder / f"{number}.onnx"
            data = folder / f"{kind}.csv"
            run(program, "fit", data, "-t", "label", "--missing", "-999", "-o", model, "--quiet", *options)
            run(program, "export", model, exported)
            largest, labels = difference(program, model, exported, folder / f"{kind}-new.csv")
            print(f"{kind:8} {shlex.join(options):60} difference {largest:.1e}, {labels} labels differ")
            # NaN is not within the tolerance.
            failed = failed or not largest <= TOLERANCE or labels > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
