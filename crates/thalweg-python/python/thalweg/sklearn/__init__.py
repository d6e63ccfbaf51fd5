"""Estimators with the interface of scikit-learn, which have to be imported by the name of this module.

All of them minimize mean loss + l1·Σ|w| + l2·Σw²/2 by any method of the package, and pass every check of
``sklearn.utils.estimator_checks.check_estimator``, those of the equivalence of weights and repetitions included.

Examples
--------
>>> import numpy as np
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from thalweg.sklearn import LinearClassifier
>>> X = np.random.default_rng(0).normal(size=(200, 3))
>>> y = np.where(X[:, 0] > X[:, 1], "left", "right")
>>> model = make_pipeline(StandardScaler(), LinearClassifier("adam", lr=0.05)).fit(X, y)
>>> model.score(X, y) > 0.95
True
"""

from __future__ import annotations

try:
    import sklearn as _sklearn  # noqa: F401
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        "thalweg.sklearn needs scikit-learn, which `pip install 'thalweg[sklearn]'` installs", name=_error.name
    ) from None

from ._linear import LinearClassifier, LinearRegressor
from ._nonlinear import FMClassifier, FMRegressor, MLPClassifier, MLPRegressor
from ._table import TableClassifier, TableRegressor

__all__ = [
    "FMClassifier",
    "FMRegressor",
    "LinearClassifier",
    "LinearRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "TableClassifier",
    "TableRegressor",
]
