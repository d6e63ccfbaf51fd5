"""Linear models, with their coefficients in the units of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.extmath import safe_sparse_dot, softmax
from sklearn.utils.validation import check_is_fitted

from ._base import column_places
from ._classifier import Classifier
from ._regressor import Regressor

__all__ = ["LinearClassifier", "LinearRegressor"]


def _coefficients(model: Any, features: int, outputs: list[int]) -> tuple[Any, Any]:
    """Return coefficients and intercepts for the columns as they are, each output a row."""
    coef = np.zeros((len(outputs), features))
    intercept = np.atleast_1d(np.array(model.intercept, dtype=np.float64))[outputs]
    schema = model.schema
    places = column_places(model)
    encodings = {}
    for feature in schema["features"]:
        number = feature["encoding"]["number"]
        encodings[feature["name"]] = (places[feature["name"]], number["mean"], number["deviation"])
    first = (schema.get("unnamed") or {}).get("first", 0)
    classes = {label: place for place, label in enumerate(model.classes or [])}
    position = {place: row for row, place in enumerate(outputs)}
    for one in model.coefficients():
        row = position[classes[one["class"]]] if "class" in one else 0
        if one["name"] in encodings:
            column, mean, deviation = encodings[one["name"]]
            coef[row, column] = one["weight"] / deviation
            intercept[row] -= coef[row, column] * mean
        else:
            coef[row, int(one["name"]) - min(first, 0)] = one["weight"]
    return coef, intercept


class LinearClassifier(Classifier):
    """Linear classifier: logistic or softmax regression, or a support vector machine, by any method.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters, such as ``"adam"`` or ``"sgd:lr=0.1"``; ``"auto"`` for L-BFGS, which ends at
        the optimum.
    loss : {"logistic", "hinge", "softmax"}, optional
        Loss; by default logistic for two classes, softmax for more.
    lr : float or "auto", optional
        Learning rate, which replaces that of the method.
    schedule : str, optional
        Schedule of the learning rate; by default cosine.
    batch_size : int, "full" or "auto"
        Rows of a mini-batch; all of them with ``"auto"`` up to 2048 rows.
    max_iter : int or "auto"
        Maximum number of epochs.
    tol : float, default 1e-4
        Smallest relative decrease of the loss that counts as progress.
    l1, l2 : float
        Coefficients of the penalties; l2 is 1/Σw by default, for weights w of the rows.
    early_stopping : bool or "auto"
        Whether a fraction of the rows is held out, and watched; from 10,000 rows on with ``"auto"``.
    validation_fraction : float, default 0.2
        The fraction.
    n_iter_no_change : int, default 5
        Epochs without progress before the training stops; 0 for no early stopping.
    class_weight : dict or "balanced", optional
        Weights of the classes.
    fit_intercept : bool, default True
        With False, the model has no intercept, and the columns are scaled but not centered.
    canonical : bool or "auto"
        Merge equal rows, and order rows by their contents: then their order and repetition do not matter, to the bit.
        With ``"auto"`` up to 2048 rows; beyond, and with False, they matter to rounding errors, and to the batches.
    random_state : int or RandomState, optional
        Seed; None is the seed 0, so that equal calls give equal bits.
    n_jobs : int, optional
        Number of threads; the result does not depend on it.
    warm_start : bool, default False
        Begin a fit with the weights of the one before, whose encoding, columns and classes are kept.
    verbose : int, default 0
        With 1, the losses of the epochs are printed.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients in the units of the columns.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    classes_ : ndarray
        Labels.
    n_iter_, t_ : int
        Number of epochs, and of steps.
    loss_curve_, validation_curve_ : ndarray
        Losses of the epochs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from thalweg.sklearn import LinearClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LinearClassifier("adam", lr=0.1).fit(X, y)
    >>> model.score(X, y) > 0.9, model.coef_.shape
    (True, (3, 4))
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
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
        fit_intercept: bool = True,
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
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
        self.fit_intercept = fit_intercept
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _set_model(self, model: Any) -> None:
        super()._set_model(model)
        outputs = self._order() if len(self.classes_) > 2 else [0]
        sign = -1.0 if self._order() == [1, 0] else 1.0
        if len(self.classes_) == 2 and "softmax" in (self.loss or ""):
            outputs = self._order()
            sign = 1.0
        coef, intercept = _coefficients(model, self.n_features_in_, outputs)
        if len(self.classes_) == 2 and len(outputs) == 2:
            coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        self.coef_, self.intercept_ = sign * coef, sign * intercept

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
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        scores = safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_
        return scores.ravel() if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> Any:
        scores = self.decision_function(X)
        places = (scores > 0).astype(int) if scores.ndim == 1 else np.argmax(scores, axis=1)
        return self.classes_[places]

    def predict_proba(self, X: Any) -> Any:
        if self.loss == "hinge":
            raise AttributeError("a model with loss='hinge' has no probabilities")
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
        return softmax(scores)


class LinearRegressor(Regressor):
    """Linear regression with any loss, by any method.

    Parameters
    ----------
    method : str or thalweg.Method, default "auto"
        Method with its hyperparameters; ``"auto"`` for L-BFGS, which ends at the optimum.
    loss : str, default "squared"
        ``"squared"``, ``"huber:delta=1.35"``, ``"quantile:q=0.9"`` or ``"poisson"``.
    lr, schedule, batch_size, max_iter, tol, l1, l2, early_stopping, validation_fraction, n_iter_no_change, \
fit_intercept, canonical, random_state, n_jobs, warm_start, verbose
        As in `LinearClassifier`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients in the units of the columns and of the target, of its logarithm for counts.
    intercept_ : float
        Intercept.
    n_iter_, t_, loss_curve_, validation_curve_
        As in `LinearClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.sklearn import LinearRegressor
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> model = LinearRegressor(l2=0.0).fit(X, 3 * X[:, 0] - X[:, 1] + 5)
    >>> model.coef_.round(3), round(model.intercept_, 3)
    (array([ 3., -1.]), 5.0)
    """

    def __init__(
        self,
        method: Any = "auto",
        *,
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
        fit_intercept: bool = True,
        canonical: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.method = method
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
        self.fit_intercept = fit_intercept
        self.canonical = canonical
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.verbose = verbose

    def _set_model(self, model: Any) -> None:
        super()._set_model(model)
        coef, intercept = _coefficients(model, self.n_features_in_, [0])
        self.coef_, self.intercept_ = coef[0], float(intercept[0])

    def predict(self, X: Any) -> Any:
        check_is_fitted(self)
        scores = safe_sparse_dot(self._validated(X, reset=False), self.coef_, dense_output=True) + self.intercept_
        return np.exp(scores) if self.loss == "poisson" else scores
