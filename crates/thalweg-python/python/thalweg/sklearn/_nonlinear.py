"""Factorization machines and multilayer perceptrons."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._classifier import Classifier
from ._regressor import Regressor

__all__ = ["FMClassifier", "FMRegressor", "MLPClassifier", "MLPRegressor"]


class _ScoredClassifier(Classifier):
    """Classifier whose scores follow from its probabilities."""

    def decision_function(self, X: Any) -> Any:
        """Return the scores of the classes: of two classes, the log-odds of the second one.

        Parameters
        ----------
        X
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        tiny = np.finfo(np.float64).tiny
        scores = np.log(np.maximum(self.predict_proba(X), tiny))
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores


def _fm_parameters(architecture: str) -> dict[str, Any]:
    """Return the parameters of an estimator for a factorization machine of this description."""
    if not architecture.startswith("fm:rank="):
        raise ValueError(f"the model must be a factorization machine, but is '{architecture}'")
    return {"rank": int(architecture.removeprefix("fm:rank="))}


def _mlp_parameters(architecture: str) -> dict[str, Any]:
    """Return the parameters of an estimator for a perceptron of this description."""
    if not architecture.startswith("mlp:"):
        raise ValueError(f"the model must be a multilayer perceptron, but is '{architecture}'")
    parts = architecture.removeprefix("mlp:").split(",")
    named = dict(part.split("=") for part in parts if "=" in part)
    parameters: dict[str, Any] = {"hidden_layer_sizes": tuple(int(part) for part in parts if "=" not in part)}
    if "activation" in named:
        parameters["activation"] = named["activation"]
    if "dropout" in named:
        parameters["dropout"] = float(named["dropout"])
    return parameters


class FMClassifier(_ScoredClassifier):
    """Factorization machine for two classes: a linear model with interactions of all pairs of features.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    rank : int, default 8
        Number of factors of each feature.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
class_weight, canonical, random_state, n_jobs, warm_start, verbose
        As in `LinearClassifier`.

    Attributes
    ----------
    classes_, n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from thalweg.sklearn import FMClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> bool(FMClassifier(rank=2).fit(X, y).score(X, y) > 0.9)
    True
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        rank: int = 8,
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
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.rank = rank
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
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _architecture(self) -> str:
        return f"fm:rank={self.rank}"

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        return _fm_parameters(architecture)

    def _set_classes(self, y: Any) -> None:
        super()._set_classes(y)
        if len(self.classes_) > 2:
            raise ValueError("Only binary classification is supported. The type of the target is multiclass.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class FMRegressor(Regressor):
    """Factorization machine for numbers: a linear model with interactions of all pairs of features.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    rank : int, default 8
        Number of factors of each feature.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
canonical, random_state, n_jobs, warm_start, verbose
        As in `LinearRegressor`.

    Attributes
    ----------
    n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearRegressor`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from thalweg.sklearn import FMRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> bool(FMRegressor(rank=2).fit(X, y).score(X, y) > 0.4)
    True
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        rank: int = 8,
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
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.rank = rank
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
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _architecture(self) -> str:
        return f"fm:rank={self.rank}"

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        return _fm_parameters(architecture)


class MLPClassifier(_ScoredClassifier):
    """Multilayer perceptron for classes.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    hidden_layer_sizes : tuple of int, default (100,)
        Number of units of each hidden layer.
    activation : str, default "relu"
        Activation of the units: ``"relu"`` or ``"tanh"``.
    dropout : float, default 0.0
        Fraction of the units that are zeroed in training.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
class_weight, canonical, random_state, n_jobs, warm_start, verbose
        As in `LinearClassifier`.

    Attributes
    ----------
    classes_, n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from thalweg.sklearn import MLPClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> bool(MLPClassifier(hidden_layer_sizes=(10,), max_iter=100).fit(X, y).score(X, y) > 0.9)
    True
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        activation: str = "relu",
        dropout: float = 0.0,
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
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
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
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _architecture(self) -> str:
        sizes = ",".join(map(str, np.atleast_1d(self.hidden_layer_sizes)))
        dropout = f",dropout={self.dropout}" if self.dropout else ""
        return f"mlp:{sizes},activation={self.activation}{dropout}"

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        return _mlp_parameters(architecture)


class MLPRegressor(Regressor):
    """Multilayer perceptron for numbers.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; chosen from the data with ``"auto"``.
    hidden_layer_sizes : tuple of int, default (100,)
        Number of units of each hidden layer.
    activation : str, default "relu"
        Activation of the units: ``"relu"`` or ``"tanh"``.
    dropout : float, default 0.0
        Fraction of the units that are zeroed in training.
    loss, lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
canonical, random_state, n_jobs, warm_start, verbose
        As in `LinearRegressor`.

    Attributes
    ----------
    n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearRegressor`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from thalweg.sklearn import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> bool(MLPRegressor(hidden_layer_sizes=(10,), lr=0.1, max_iter=200).fit(X, y).score(X, y) > 0.4)
    True
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        activation: str = "relu",
        dropout: float = 0.0,
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
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
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
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _architecture(self) -> str:
        sizes = ",".join(map(str, np.atleast_1d(self.hidden_layer_sizes)))
        dropout = f",dropout={self.dropout}" if self.dropout else ""
        return f"mlp:{sizes},activation={self.activation}{dropout}"

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        return _mlp_parameters(architecture)
