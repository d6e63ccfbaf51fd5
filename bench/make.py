"""Data sets to measure on, made by a seed: python3 bench/make.py dense|sparse ROWS FILE.

dense:  CSV of 28 normal numbers and a label that follows from them (logistic); a million rows are 268 MB.
sparse: libsvm, 60 of a million features a row, common ones and rare ones (the k-th in proportion to 1/k), values of ±1;
        the label follows from weights of the features.
"""

import sys

import numpy as np

FEATURES, IN_A_ROW, CHUNK = 1_000_000, 60, 50_000


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
        # The inverse of the distribution of 1/k, so nearly.
        index = np.exp(random.uniform(size=(count, IN_A_ROW)) * np.log(FEATURES)).astype(np.int64) - 1
        index.sort(axis=1)
        value = random.choice([-1, 1], size=index.shape)
        # A feature comes once in a row.
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
