"""Measures the distance of a fit to the converged optimum of its problem, and to scikit-learn's model.

For each data set: runs `thalweg fit` with no option but the target, takes the encoding out of the model
file, encodes the same rows again here, minimizes the same objective with L-BFGS to a gradient of 1e-8,
and fits scikit-learn's LogisticRegression (or ordinary least squares) on the same matrix.

Usage: pip install numpy scipy scikit-learn && cargo build --release && python bench/peers/converged.py
       python bench/peers/converged.py FILE TARGET    for a table of your own
"""

import csv
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LinearRegression, LogisticRegression

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("THALWEG_DATA", ROOT.parent / "shared" / "data"))
PROGRAM = ROOT / "target" / "release" / "thalweg"
MISSING = {"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?"}


MASK = (1 << 64) - 1


def mix(state):
    """The output of SplitMix64 at this state."""
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Random:
    """The generator of a seed, purpose and counter, as in crates/thalweg/src/random/mod.rs."""

    def __init__(self, seed, purpose, counter):
        key = mix((mix(seed) + int.from_bytes(purpose.ljust(8).encode(), "big")) & MASK)
        self.state = mix((key + counter) & MASK)

    def bits(self):
        bits = mix(self.state)
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return bits

    def below(self, bound):
        threshold = ((1 << 64) - bound) % bound
        while True:
            product = self.bits() * bound
            if (product & MASK) >= threshold:
                return product >> 64

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def held_out(count, random, fraction=0.2):
    wanted = min(max(int(count * fraction + 0.5), 1), max(count - 1, 0))
    order = list(range(count))
    random.shuffle(order)
    return set(order[:wanted])


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        sample = file.read(4096)
        file.seek(0)
        delimiter = max(",;\t|", key=sample.count)
        rows = [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=delimiter, skipinitialspace=True)]
    return [row for row in rows if any(row)]


def model_of(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    document = json.loads(header["__metadata__"]["thalweg"])
    tensor = lambda name: np.frombuffer(body[slice(*header[name]["data_offsets"])], "<f8")
    return document, tensor("weights"), tensor("intercept")[0]


def encode(names, rows, schema):
    numbers, categories = [], []
    for feature in schema["features"]:
        cells = [row[names.index(feature["name"])] for row in rows]
        (kind, how), = feature["encoding"].items()
        if kind == "number":
            gap = np.array([cell in MISSING for cell in cells])
            value = np.array([0.0 if g else (float(cell) - how["mean"]) / how["deviation"] for cell, g in zip(cells, gap)])
            numbers.append(value)
            if how["missing"] == "indicator":
                numbers.append(gap.astype(float))
        else:
            cells = ["(missing)" if cell in MISSING else cell for cell in cells]
            categories += [np.array([float(cell == level) for cell in cells]) for level in how["levels"]]
    # The program trains on f32.
    return np.column_stack(numbers + categories).astype(np.float32).astype(np.float64)


def log_loss(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)


def compare(path, target):
    with tempfile.TemporaryDirectory() as folder:
        model_path = Path(folder) / "a.model"
        command = [PROGRAM, "fit", path, "--target", target, "--format", "json", "--quiet", "-o", model_path]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        document, weights, intercept = model_of(model_path)
    schema = document["schema"]
    rows = read(path)
    names = [f"c{i + 1}" for i in range(len(rows[0]))]
    if schema["header"]:
        names, rows = rows[0], rows[1:]
    at = names.index(target)
    rows = [row for row in rows if row[at] not in MISSING]
    kind, = schema["target"]
    how = schema["target"][kind]
    if kind == "label":
        y = np.array([float(row[at] == how["positive"]) for row in rows])
        validation = np.zeros(len(rows), bool)
        for label in (0.0, 1.0):
            members = np.flatnonzero(y == label)
            validation[members[sorted(held_out(len(members), Random(0, "split", int(label))))]] = True
    else:
        y = np.array([(float(row[at]) - how["mean"]) / how["deviation"] for row in rows])
        validation = np.isin(np.arange(len(rows)), sorted(held_out(len(rows), Random(0, "split", 0))))
    x = encode(names, rows, schema)
    train, l2 = ~validation, document["about"]["l2"]
    xt, yt, xv, yv = x[train], y[train], x[validation], y[validation]

    def objective(p):
        z = xt @ p[:-1] + p[-1]
        if kind == "label":
            loss, slope = log_loss(z, yt), 1 / (1 + np.exp(-z)) - yt
        else:
            loss, slope = 0.5 * np.mean((z - yt) ** 2), z - yt
        g = xt.T @ slope / len(yt) + l2 * p[:-1]
        return loss + 0.5 * l2 * p[:-1] @ p[:-1], np.append(g, slope.mean())

    options = {"maxiter": 100_000, "maxfun": 1_000_000, "gtol": 1e-8, "ftol": 0, "maxcor": 50}
    best = minimize(objective, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options=options)
    ours = np.append(weights, intercept)
    score = lambda p, x: x @ p[:-1] + p[-1]
    line = f"{Path(path).name:24} {report['seconds']['total']:6.2f} s  gradient {np.abs(best.jac).max():.0e}  "
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "label":
            peer = LogisticRegression(max_iter=10_000, tol=1e-8).fit(xt, yt)
            there = np.append(peer.coef_[0], peer.intercept_[0])
            a, b = log_loss(score(ours, xt), yt), log_loss(score(best.x, xt), yt)
            c, d = log_loss(score(ours, xv), yv), log_loss(score(there, xv), yv)
            print(line + f"train log loss {a:.4f}, optimum {b:.4f}, off by {a - b:+.4f} (at most 0.005); "
                  f"validation {c:.4f}, scikit-learn {d:.4f}, {c - d:+.4f} (at most 0.003)")
            assert abs(a - report["train"]["log_loss"]) < 1e-9, "the encoding here is not the program's"
            assert a - b <= 0.005 and c - d <= 0.003, "further off than it may be"
        else:
            r2 = lambda p, x, y: 1 - np.sum((score(p, x) - y) ** 2) / np.sum((y - y.mean()) ** 2)
            peer = LinearRegression().fit(xt, yt)
            there = np.append(peer.coef_, peer.intercept_)
            print(line + f"train R² {r2(ours, xt, yt):.4f}, least squares {r2(there, xt, yt):.4f} "
                  f"({r2(ours, xt, yt) - r2(there, xt, yt):+.4f}); "
                  f"validation {r2(ours, xv, yv):.4f}, least squares {r2(there, xv, yv):.4f} "
                  f"({r2(ours, xv, yv) - r2(there, xv, yv):+.4f})")
            assert abs(r2(ours, xt, yt) - report["train"]["r2"]) < 1e-9, "the encoding here is not the program's"
            # Early stopping may end before the optimum of the training rows where that is better on the held-out ones.
            better = r2(ours, xv, yv) > r2(there, xv, yv)
            assert better or r2(there, xt, yt) - r2(ours, xt, yt) <= 0.01, "further off than it may be"


def main():
    if len(sys.argv) == 3:
        return compare(sys.argv[1], sys.argv[2])
    compare(ROOT / "data" / "diabetes.csv", "progression")
    compare(ROOT / "data" / "breast_cancer.csv", "diagnosis")
    for name, target in [
        ("adult/adult.data.gz", "c15"),
        ("bank-marketing/bank-additional-full.csv.gz", "y"),
        ("abalone/abalone.csv", "c9"),
        ("wine-quality/winequality-white.csv", "quality"),
    ]:
        if (DATA / name).exists():
            compare(DATA / name, target)
        else:
            print(f"skipped: {name} is not there")


if __name__ == "__main__":
    main()
