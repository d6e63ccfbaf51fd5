"""Generates data sets for benchmarks from a fixed seed.

Usage: python3 bench/make.py dense|sparse ROWS FILE

dense:  CSV with 28 normal features and a label from a logistic model; a million rows are 268 MB.
sparse: libsvm with 60 of a million features per row, the k-th with a probability proportional to 1/k, values of ±1, and a
        label from a logistic model.
"""

import sys

import numpy as np

FEATURES, FEATURES_PER_ROW, CHUNK = 1_000_000, 60, 50_000


def dense(rows, file):
    random = np.random.default_rng(1)
    weights = random.normal(size=28) * 0.4
    file.write(",".join(f"x{i}" for i in range(28)) + ",label\n")
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        x = random.normal(size=(count, 28)).round(6)
        y = random.uniform(size=count) < 1 / (1 + np.exp(-x @ weights))
        for row, label in zip(x.tolist(), y.tolist()):
            file.write(",".join(map(repr, row)) + f",{int(label)}\n")


def sparse(rows, file):
    random = np.random.default_rng(2)
    weights = random.normal(size=FEATURES) * 0.7
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        # Approximate inverse of the distribution 1/k.
        index = np.exp(random.uniform(size=(count, FEATURES_PER_ROW)) * np.log(FEATURES)).astype(np.int64) - 1
        index.sort(axis=1)
        value = random.choice([-1, 1], size=index.shape)
        # Each feature occurs at most once in a row.
        keep = np.ones_like(index, bool)
        keep[:, 1:] = index[:, 1:] != index[:, :-1]
        score = (weights[index] * value * keep).sum(axis=1)
        y = random.uniform(size=count) < 1 / (1 + np.exp(-score))
        for i in range(count):
            pairs = " ".join(f"{j + 1}:{v}" for j, v in zip(index[i][keep[i]].tolist(), value[i][keep[i]].tolist()))
            file.write(f"{int(y[i])} {pairs}\n")


def main():
    kind, rows, path = sys.argv[1:]
    with open(path, "w", encoding="ascii") as file:
        {"dense": dense, "sparse": sparse}[kind](int(rows), file)


if __name__ == "__main__":
    main()
