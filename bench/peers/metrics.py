"""Compares the metrics, curves and intervals of `thalweg evaluate` with scikit-learn and SciPy on real tables.

For each table the program fits a model to three quarters of the rows, evaluates it on the others with a column of
weights, and predicts them. scikit-learn computes the same metrics from these predictions.

    python bench/peers/metrics.py target/release/thalweg TABLE.csv:TARGET…

The tables need a header; the target is a number, two labels or classes. Measured with scikit-learn 1.9 and SciPy 1.17.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.stats
from sklearn import metrics as sk

ROWS = 4_000
TOLERANCE = 1e-9


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def close(name, found, expected, tolerance=TOLERANCE):
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    error = np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1.0)) if found.size else 0.0
    if found.shape != expected.shape or not error <= tolerance:
        sys.exit(f"{name}: {found}, not {expected}")
    print(f"  {name:<24} largest difference {error:.1e}")


def check_numbers(report, y, predicted, w):
    found = report["metrics"]
    close("rmse", found["rmse"], sk.root_mean_squared_error(y, predicted, sample_weight=w))
    close("r2", found["r2"], sk.r2_score(y, predicted, sample_weight=w))
    close("mae", found["mae"], sk.mean_absolute_error(y, predicted, sample_weight=w))
    close("median absolute error", found["median_absolute_error"], sk.median_absolute_error(y, predicted, sample_weight=w))
    residuals = report["diagnostics"]["residuals"]
    expected = np.quantile(y - predicted, residuals["level"], method="inverted_cdf", weights=w)
    close("residual quantiles", residuals["quantile"], expected, 1e-6)
    return "mae", lambda rows: sk.mean_absolute_error(y[rows], predicted[rows], sample_weight=w[rows])


def check_classes(report, labels, y, predicted, w):
    found = report["metrics"]
    close("accuracy", found["accuracy"], sk.accuracy_score(y, predicted, sample_weight=w))
    close("balanced accuracy", found["balanced_accuracy"], sk.balanced_accuracy_score(y, predicted, sample_weight=w))
    close("confusion matrix", found["confusion"], sk.confusion_matrix(y, predicted, labels=labels, sample_weight=w))
    of_classes = sk.precision_recall_fscore_support(y, predicted, labels=labels, sample_weight=w, zero_division=0)
    keys = ["precision", "recall", "f1", "support"]
    close("by class", [[of[key] for key in keys] for of in found["classes"]], np.array(of_classes).T)
    macro = np.array(of_classes[:3]).mean(axis=1)
    close("macro averages", [found[f"macro_{key}"] for key in keys[:3]], macro)
    return "accuracy", lambda rows: sk.accuracy_score(y[rows], predicted[rows], sample_weight=w[rows])


def check_labels(report, y, p, w):
    found, curves = report["metrics"], report["diagnostics"]
    close("log loss", found["log_loss"], sk.log_loss(y, p, sample_weight=w), 1e-6)
    close("brier score", found["brier_score"], sk.brier_score_loss(y, p, sample_weight=w))
    close("auc", found["auc"], sk.roc_auc_score(y, p, sample_weight=w))
    close("average precision", found["average_precision"], sk.average_precision_score(y, p, sample_weight=w))
    false, true, _ = sk.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    # Every point of the curve is one of scikit-learn's.
    ours = np.column_stack([curves["roc"]["false_positive_rate"], curves["roc"]["true_positive_rate"]])
    theirs = np.column_stack([false, true])
    nearest = np.abs(ours[:, None, :] - theirs[None]).max(axis=2).min(axis=1)
    close("ROC points", nearest, np.zeros(len(ours)))
    close("area of ROC points", np.trapezoid(ours[:, 1], ours[:, 0]), found["auc"], 2e-3)
    edges = np.searchsorted(np.linspace(0, 1, 11)[1:-1], p)
    used = [edges == k for k in range(10) if w[edges == k].sum() > 0]
    calibration = curves["calibration"]
    close("calibration", calibration["mean_probability"], [np.average(p[rows], weights=w[rows]) for rows in used], 1e-6)
    close("observed", calibration["observed_fraction"], [np.average(y[rows], weights=w[rows]) for rows in used])
    return "auc", lambda rows: sk.roc_auc_score(y[rows], p[rows], sample_weight=w[rows])


def check_interval(report, metric, statistic, rows):
    """Compares an interval with SciPy's within its Monte Carlo error."""
    result = scipy.stats.bootstrap((np.arange(rows),), statistic, n_resamples=2_000, method="percentile",
                                   vectorized=False, rng=np.random.default_rng(0))
    expected = result.confidence_interval
    found = next(of["model"] for of in report["intervals"]["metrics"] if of["metric"] == metric)
    width = expected.high - expected.low + 1e-9
    shift = max(abs(found["low"] - expected.low), abs(found["high"] - expected.high)) / width
    print(f"  interval of {metric:<12} differs by {shift:.3f} of its width")
    if shift > 0.15:
        sys.exit(f"interval of {metric}: {found}, not {expected}")


def check(program, path, target, folder):
    table = pd.read_csv(path).dropna(subset=[target]).sample(frac=1.0, random_state=0)[: 2 * ROWS].reset_index(drop=True)
    table["row_weight"] = np.random.default_rng(1).choice([0.5, 1.25, 2.0, 3.75], len(table))
    new = table[len(table) * 3 // 4 :].reset_index(drop=True)
    table[: len(table) * 3 // 4].to_csv(folder / "fit.csv", index=False)
    new.to_csv(folder / "new.csv", index=False)
    model = folder / "a.model"
    run(program, "fit", folder / "fit.csv", "-t", target, "--ignore", "row_weight", "-q", "-o", model)
    report = json.loads(run(program, "evaluate", model, folder / "new.csv", "--weight", "row_weight", "--format", "json"))
    # Weights that are no whole numbers are relative: their mean is 1.
    w = (new["row_weight"] / new["row_weight"].mean()).to_numpy()
    print(f"{path}: {len(new)} rows, {report['model']} model")
    lines = run(program, "predict", model, folder / "new.csv").split("\n")[: len(new)]
    if report["labels"] is None:
        metric, statistic = check_numbers(report, new[target].to_numpy(float), np.array(lines, float), w)
    else:
        y, predicted = new[target].astype(str).str.strip().to_numpy(), np.array(lines).astype(str)
        metric, statistic = check_classes(report, report["labels"], y, predicted, w)
        if len(report["labels"]) == 2:
            p = np.array(run(program, "predict", model, folder / "new.csv", "--proba").split("\n")[: len(new)], float)
            metric, statistic = check_labels(report, (y == report["labels"][0]).astype(float), p, w)
    check_interval(report, metric, statistic, len(new))


def main():
    program, tables = Path(sys.argv[1]).resolve(), sys.argv[2:]
    for table in tables:
        path, target = table.rsplit(":", 1)
        with tempfile.TemporaryDirectory() as folder:
            check(program, path, target, Path(folder))


if __name__ == "__main__":
    main()
