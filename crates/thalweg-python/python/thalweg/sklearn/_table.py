"""Linear models, factorization machines and perceptrons of raw tables: texts, categories, dates and missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from ._base import Estimator
from ._nonlinear import _ScoredClassifier
from ._regressor import Regressor

__all__ = ["TableClassifier", "TableRegressor"]


class _Table(Estimator):
    """Rows as they are: data frames with columns of any type, or arrays."""

    def _architecture(self) -> str:
        return self.model

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        return {"model": "auto" if architecture == "linear" else architecture}

    def _check_columns(self, model: Any) -> None:
        """Columns of any kind are taken."""

    def _validated(self, X: Any, *, reset: bool) -> Any:
        if hasattr(X, "__arrow_c_stream__") or hasattr(X, "__dataframe__"):
            if hasattr(X, "columns") and hasattr(X, "iloc") and not _is_text(X.columns):
                X = X.set_axis([f"c{place + 1}" for place in range(X.shape[1])], axis=1)
            _check_n_features(self, X, reset=reset)
            _check_feature_names(self, X, reset=reset)
            if X.shape[0] == 0:
                raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
            return X
        return validate_data(
            self, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32], ensure_all_finite="allow-nan"
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _is_text(names: Any) -> bool:
    return all(isinstance(name, str) for name in names)


class TableClassifier(_Table, _ScoredClassifier):
    """Classifier of raw data frames.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    model : str, default "auto"
        ``"auto"`` for a linear model, ``"fm:rank=8"`` or ``"mlp:128,64"``.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
class_weight, random_state, n_jobs, warm_start, verbose
        As in `LinearClassifier`.

    Attributes
    ----------
    classes_, n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearClassifier`.

    Examples
    --------
    >>> import pandas as pd
    >>> from thalweg.sklearn import TableClassifier
    >>> rows = pd.DataFrame({"town": ["Ulm", "Bonn", None, "Ulm"] * 10, "size": [1.0, 2.0, 3.0, None] * 10})
    >>> model = TableClassifier().fit(rows, ["a", "b", "b", "a"] * 10)
    >>> model.predict(rows)[:2]
    array(['a', 'b'], dtype='<U1')
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        model: str = "auto",
        loss: str | None = None,
        lr: Any = None,
        schedule: Any = None,
        batch_size: Any = "auto",
        max_iter: Any = "auto",
        tol: float = 1e-4,
        l1: float = 0.0,
        l2: Any = "auto",
        early_stopping: Any = "auto",
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.model = model
        self.loss = loss
        self.lr = lr
        self.schedule = schedule
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.l1 = l1
        self.l2 = l2
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose


class TableRegressor(_Table, Regressor):
    """Regressor of raw data frames.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    model : str, default "auto"
        ``"auto"`` for a linear model, ``"fm:rank=8"`` or ``"mlp:128,64"``.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
random_state, n_jobs, warm_start, verbose
        As in `LinearRegressor`.

    Attributes
    ----------
    n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearRegressor`.

    Examples
    --------
    >>> import pandas as pd
    >>> from thalweg.sklearn import TableRegressor
    >>> rows = pd.DataFrame({"town": ["Ulm", "Bonn", None, "Ulm"] * 10, "size": [1.0, 2.0, 3.0, None] * 10})
    >>> model = TableRegressor().fit(rows, [1.0, 2.0, 3.0, 1.5] * 10)
    >>> model.predict(rows)[:2].round(1)
    array([1., 2.])
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        model: str = "auto",
        loss: str = "squared",
        lr: Any = None,
        schedule: Any = None,
        batch_size: Any = "auto",
        max_iter: Any = "auto",
        tol: float = 1e-4,
        l1: float = 0.0,
        l2: Any = "auto",
        early_stopping: Any = "auto",
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 5,
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.model = model
        self.loss = loss
        self.lr = lr
        self.schedule = schedule
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.l1 = l1
        self.l2 = l2
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose
