"""Generates data sets for benchmarks from a fixed seed.

Usage: python3 bench/make.py dense|sparse|mixed|short ROWS FILE
       python3 bench/make.py parquet|vowpal SOURCE FILE
       python3 bench/make.py repeat SOURCE FILE GIGABYTES

dense:   CSV with 28 normal features and a label from a logistic model; a million rows are 268 MB.
sparse:  libsvm with 60 of a million features per row, the k-th with a probability proportional to 1/k, values of ±1, and a
         label from a logistic model.
mixed:   CSV with numbers, categories, dates, missing values and quoted texts, some of them with commas or quotes;
         3,100,000 rows are 494 MB.
short:   CSV with 4 numbers of four digits and a target.
parquet: the table of a CSV file as Parquet, with the defaults of pyarrow.
vowpal:  the rows of a libsvm file with labels 0 and 1 in the text format of Vowpal Wabbit.
repeat:  the rows of a CSV file, repeated until the file is that large.
"""

import sys

import numpy as np

from large import repeat

FEATURES, FEATURES_PER_ROW, CHUNK = 1_000_000, 60, 50_000
CATEGORIES = {"region": 4, "device": 6, "country": 40, "product": 90, "channel": 12}


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


def mixed(rows, file):
    random = np.random.default_rng(3)
    weights = random.normal(size=10) * 0.5
    # Words begin with different letters in different columns, so that no two columns are equal.
    levels = {name: [f"{name[:2]}{i:02d}" for i in range(count)] for name, count in CATEGORIES.items()}
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
    texts = [f"{a} {b}, {c}" if i % 3 == 0 else f'{a} ""{b}"" {c}' if i % 3 == 1 else f"{a} {b} {c}"
             for i, (a, b, c) in enumerate(random.choice(words, size=(10_000, 3)).tolist())]
    days = np.datetime_as_string(np.datetime64("2019-01-01") + np.arange(2_000)).tolist()
    names = [*(f"x{i}" for i in range(10)), "count", "size", *CATEGORIES, "day", "time", "note", "label"]
    file.write(",".join(names) + "\n")
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        x = random.normal(size=(count, 10)).round(4)
        score = x @ weights
        code = {name: (random.uniform(size=count) ** 2 * of).astype(int) for name, of in CATEGORIES.items()}
        y = random.uniform(size=count) < 1 / (1 + np.exp(-score - (code["region"] - 1) / 2))
        columns = [list(map(repr, column)) for column in x.T.tolist()]
        columns += [list(map(str, random.integers(0, most, size=count).tolist())) for most in (100, 100_000)]
        columns += [[levels[name][i] for i in of.tolist()] for name, of in code.items()]
        day, second = random.integers(0, len(days), size=(2, count)), random.integers(0, 86_400, size=count).tolist()
        columns.append([days[i] for i in day[0].tolist()])
        columns.append([f"{days[i]} {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for i, s in zip(day[1].tolist(), second)])
        # A twentieth of the cells of three numbers, two categories and a date is missing.
        for column in (1, 4, 10, 13, 16, 17):
            for row in np.flatnonzero(random.uniform(size=count) < 0.05).tolist():
                columns[column][row] = ""
        columns.append([f'"{texts[i]}"' for i in random.integers(0, len(texts), size=count).tolist()])
        columns.append(["1" if label else "0" for label in y.tolist()])
        file.write("\n".join(map(",".join, zip(*columns))) + "\n")


def short(rows, file):
    random = np.random.default_rng(4)
    file.write("a,b,c,d,y\n")
    x = random.uniform(-1, 1, size=(rows, 4)).round(4)
    y = (x @ [1.0, -2.0, 0.5, 3.0] + random.normal(size=rows) * 0.1).round(4)
    file.writelines(f"{a},{b},{c},{d},{e}\n" for (a, b, c, d), e in zip(x.tolist(), y.tolist()))


def parquet(source, path):
    from pyarrow import csv
    from pyarrow import parquet as format_of

    format_of.write_table(csv.read_csv(source), path)


def vowpal(source, path):
    with open(source, encoding="ascii") as lines, open(path, "w", encoding="ascii") as out:
        for line in lines:
            label, rest = line.split(" ", 1)
            out.write(f"{'1' if label == '1' else '-1'} | {rest}")


def main():
    kind, source, path, *gigabytes = sys.argv[1:]
    if kind == "repeat":
        repeat(source, path, float(*gigabytes) * 1e9)
    elif kind in ("parquet", "vowpal"):
        {"parquet": parquet, "vowpal": vowpal}[kind](source, path)
    else:
        with open(path, "w", encoding="ascii") as file:
            {"dense": dense, "sparse": sparse, "mixed": mixed, "short": short}[kind](int(source), file)


if __name__ == "__main__":
    main()
