"""Test errors of factorization machines with default options on ratings, beside those of ridge regression.

    python bench/peers/ratings.py THALWEG SPLITS FILE:TARGET:COLUMN,… [OPTION…]

Every table is a CSV file with a header; COLUMN,… are the columns of levels, such as user,movie. A split holds out a
fifth of the rows. In each, `thalweg fit --model fm --categorical COLUMN,…`, with the options if there are any, and
`thalweg fit --categorical COLUMN,…` see the other rows, and `thalweg predict` the held-out ones. scikit-learn has a
OneHotEncoder for the levels, a StandardScaler for other columns, and Ridge with alpha = 1, 3 and 10. The file `made` is
ratings made here: biases of 1,500 users and 2,500 items, whose popularity follows a power law, products of 4 factors,
and noise. Printed are the mean RMSE on the held-out rows, the seconds of `fit`, and the mean and standard error of the
paired difference between the factorization machine and Ridge with the alpha that is best on the very test rows.
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
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ALPHAS = [1, 3, 10]


def made(rows=60_000, users=1_500, items=2_500, rank=4):
    """Ratings from 0.5 to 5."""
    random = np.random.default_rng(1)
    popularity = [1 / np.arange(1, users + 1) ** 0.7, 1 / np.arange(1, items + 1) ** 0.9]
    user, item = (random.choice(len(p), rows, p=p / p.sum()) for p in popularity)
    of_user, of_item = random.normal(0, 0.4, users), random.normal(0, 0.5, items)
    p, q = random.normal(size=(users, rank)), random.normal(size=(items, rank))
    product = (p[user] * q[item]).sum(axis=1) / np.sqrt(rank)
    rating = 3.5 + of_user[user] + of_item[item] + 0.35 * product + random.normal(0, 0.75, rows)
    return pd.DataFrame({"user": user, "item": item, "rating": np.clip(np.round(2 * rating) / 2, 0.5, 5)})


def peer(train, test, target, levels, alpha):
    """RMSE and seconds of scikit-learn."""
    numbers = [column for column in train if column != target and column not in levels]
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), levels), (StandardScaler(), numbers))
    start = time.perf_counter()
    model = make_pipeline(encoder, Ridge(alpha=alpha)).fit(train.drop(columns=target), train[target])
    seconds = time.perf_counter() - start
    return np.sqrt(np.mean((model.predict(test.drop(columns=target)) - test[target]) ** 2)), seconds


def own(thalweg, train, test, target, levels, options):
    """RMSE and seconds of thalweg."""
    with tempfile.TemporaryDirectory() as folder:
        train.to_csv(Path(folder, "train.csv"), index=False)
        test.to_csv(Path(folder, "test.csv"), index=False)
        fit = ["fit", "train.csv", "-t", target, "-q", "-o", "m.model", "--format", "json"]
        start = time.perf_counter()
        run = [thalweg, *fit, "--categorical", ",".join(levels), *options]
        report = json.loads(subprocess.run(run, cwd=folder, capture_output=True, check=True).stdout)
        seconds = time.perf_counter() - start
        assert report["validation"] is not None
        predict = [thalweg, "predict", "m.model", "test.csv", "-q"]
        printed = subprocess.run(predict, cwd=folder, capture_output=True, check=True, text=True).stdout
    predicted = pd.read_csv(io.StringIO(printed), header=None)[0].to_numpy()
    return np.sqrt(np.mean((predicted - test[target].to_numpy()) ** 2)), seconds


def main(thalweg, splits, *arguments):
    thalweg = str(Path(thalweg).resolve())
    first_option = next((i for i, text in enumerate(arguments) if text.startswith("-")), len(arguments))
    tables, options = arguments[:first_option], arguments[first_option:]
    for table in tables:
        path, target, levels = table.split(":")
        levels = levels.split(",")
        data = made() if path == "made" else pd.read_csv(path)
        rows = []
        for seed in range(int(splits)):
            train, test = train_test_split(data, test_size=0.2, random_state=seed)
            found = [own(thalweg, train, test, target, levels, o) for o in ([], ["--model", "fm", *options])]
            rows.append([*(peer(train, test, target, levels, alpha) for alpha in ALPHAS), *found])
        errors, seconds = np.moveaxis(np.array(rows), 2, 0)
        best = errors[:, :3].mean(axis=0).argmin()
        difference = errors[:, 4] - errors[:, best]
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        mean, time_ = errors.mean(axis=0), seconds.mean(axis=0)
        names = [*(f"alpha={alpha}" for alpha in ALPHAS), "linear", "fm"]
        shown = "  ".join(f"{name} {mean[i]:.4f} {time_[i]:.2f} s" for i, name in enumerate(names))
        print(
            f"{Path(path).stem:<10} {len(data):>7} rows  {shown}  "
            f"fm to alpha={ALPHAS[best]}: {difference.mean():+.4f} ± {error:.4f}",
            flush=True,
        )


main(*sys.argv[1:])
