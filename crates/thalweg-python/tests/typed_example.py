"""Uses the package as a typed program does; `test_typing.py` checks it without running it."""

from __future__ import annotations

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import thalweg
from thalweg.sklearn import LinearClassifier


def steps(x: NDArray[np.float64], g: NDArray[np.float64]) -> float:
    optimizer = thalweg.Optimizer(thalweg.adam(lr=0.1), x, schedule="cosine:steps=10")
    assert_type(optimizer.method, thalweg.Method)
    outcome = optimizer.step(x, g)
    return optimizer.lr if outcome == "stepped" else 0.0


def results(path: str) -> thalweg.Picture:
    fit = thalweg.fit(path, "y", method="adam", callback=lambda epoch: epoch["train_loss"] < 0.1, progress=False)
    assert_type(fit.model, thalweg.Model)
    result = thalweg.minimize("x^2", [1.0], bounds=[(None, 1.0)])
    assert_type(result, thalweg.MinimizeResult)
    comparison = thalweg.compare("rosenbrock", methods=["sgd", thalweg.adam()], start={"x": 1.0, "y": 2.0})
    assert_type(comparison, thalweg.Comparison)
    assert_type(comparison.verdict, str)
    assert_type(thalweg.schedule("cosine").plot(), thalweg.Picture)
    return comparison.plot(view="surface")


def estimator(X: NDArray[np.float64], y: NDArray[np.int64]) -> LinearClassifier:
    return LinearClassifier("adam", lr=0.1, warm_start=True).fit(X, y)


# Each of these lines is an error.
thalweg.Optimizer("adam").step([1.0], [1.0])
thalweg.fit("a.csv", "y", epoch=5)
thalweg.compare("rosenbrock").plot(view="map")
thalweg.adam(lr="0.1")
