"""Compares the learning rate that a range test chooses with the default one and with the best of a grid.

For each table and method: held-out losses of `thalweg fit` with the method's own learning rate, with `--lr auto`, and
with each of 11 learning rates from 1e-4 to 10. A perceptron is trained with the defaults of its fit (Adam, cosine
schedule); linear models with a constant learning rate (`sgd`), or with the method named.

Usage: cargo build --release && python3 bench/range_test.py [--only mlp,sgd,…] [--tables adult,…]
Environment: THALWEG, the program; THALWEG_DATA, the folder of the data sets.
"""

import argparse
import json
import math
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = os.environ.get("THALWEG", ROOT / "target" / "release" / "thalweg")
DATA = Path(os.environ.get("THALWEG_DATA", ROOT.parent / "shared" / "data"))

TABLES = {
    "adult": ["adult/adult.data.gz", "--no-header", "-t", "c15"],
    "bank": ["bank-marketing/bank-additional-full.csv.gz", "-t", "y"],
    "abalone": ["abalone/abalone.csv", "-t", "c9", "--no-header"],
    "white wine": ["wine-quality/winequality-white.csv", "-t", "quality"],
    "red wine": ["wine-quality/winequality-red.csv", "-t", "quality"],
    "bike, hours": ["bike-sharing/hour.csv.gz", "-t", "cnt", "--ignore", "casual,registered"],
    "bike, days": ["bike-sharing/day.csv", "-t", "cnt", "--ignore", "casual,registered"],
    "covtype": ["covtype-20k/covtype.20k.data.gz", "--no-header", "-t", "c55", "--loss", "softmax"],
    "pm25": ["beijing-pm25/pollution.csv.gz", "-t", "pm2.5"],
    "a9a": ["a9a/a9a.gz", "-t", "label"],
    "agaricus": ["agaricus/agaricus.txt.train", "-t", "label"],
    "breast cancer": [ROOT / "data" / "breast_cancer.csv", "-t", "diagnosis"],
    "diabetes": [ROOT / "data" / "diabetes.csv", "-t", "progression"],
    "fashion": ["fashion-mnist/train-images-idx3-ubyte.gz", "-t", "label", "-e", "10"],
}
METHODS = {
    "mlp": ["--model", "mlp:32"],
    "sgd": ["--method", "sgd"],
    "momentum": ["--method", "momentum"],
    "adagrad": ["--method", "adagrad"],
    "adam": ["--method", "adam"],
}
OWN_RATES = {"mlp": 0.001}
RATES = [10 ** (exponent / 2) for exponent in range(-8, 3)]


def fit(table, method, rate):
    """Returns the held-out loss and the learning rate; infinity for a fit that learned nothing."""
    path, *options = TABLES[table]
    rate_options = [] if rate is None else ["--lr", str(rate)]
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "fit", DATA / path, *options, *METHODS[method], *rate_options, "--refit", "never"]
        command += ["--format", "json", "--quiet", "-o", Path(folder) / "a.model"]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode not in (0, 3):
        raise SystemExit(f"{table}: {ran.stderr}")
    if not ran.stdout.startswith("{"):
        return math.inf, rate
    report = json.loads(ran.stdout)
    return report["validation"]["loss"], report.get("range_test", {}).get("chosen", rate)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="mlp,sgd")
    parser.add_argument("--tables", default=",".join(TABLES))
    arguments = parser.parse_args()
    for method in arguments.only.split(","):
        excesses = {"own": [], "auto": []}
        print(f"\n{method}\ntable          own rate     auto       chosen    lowest     at rate", flush=True)
        for table in arguments.tables.split(","):
            own, _ = fit(table, method, OWN_RATES.get(method))
            auto, chosen = fit(table, method, "auto")
            lowest, best = min((fit(table, method, rate)[0], rate) for rate in RATES)
            lowest, best = min((lowest, best), (own, math.nan), (auto, chosen or math.nan))
            excesses["own"].append(own / lowest - 1)
            excesses["auto"].append(auto / lowest - 1)
            print(f"{table:<14} {own:<12.4g} {auto:<10.4g} {chosen!s:<9} {lowest:<10.4g} {best:.3g}", flush=True)
        for name, excess in excesses.items():
            print(f"mean excess of {name} over the lowest: {100 * sum(excess) / len(excess):.1f} %", flush=True)


if __name__ == "__main__":
    main()
