"""What the estimators share: parameters, weights, fits, and their results."""

from __future__ import annotations

import warnings

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from thalweg import _thalweg
from thalweg._fit import _finish

from ._canonical import canonical_rows, select

if TYPE_CHECKING:
    from typing import Self

    from thalweg import Model

__all__ = ["Classifier", "Estimator", "Regressor"]

# Name of the target in models.
TARGET = "y"
# Number of rows up to which all of them are one batch.
FULL_BATCH_ROWS = 2048
# Number of rows from which some are held out for early stopping.
EARLY_STOPPING_ROWS = 10_000
# Weight of the row that announces a class which the first rows of `partial_fit` lack.
ANNOUNCED = 1e-12


class Estimator(BaseEstimator):
    """Estimator whose models are those of `thalweg.fit`."""

    def _architecture(self) -> str:
        """Return the model, as `thalweg.fit` names it."""
        return "auto"

    def _validated(self, X: Any, *, reset: bool) -> Any:
        """Return the rows in a form that `thalweg.fit` takes."""
        return validate_data(self, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32])

    def _rows(self, X: Any) -> Any:
        """Return rows to predict, sparse where those of the fit were, as its columns then have numbers for names."""
        X = self._validated(X, reset=False)
        if self._model.schema.get("unnamed") and not scipy.sparse.issparse(X):
            return scipy.sparse.csr_matrix(X)
        is_dense = not self._model.schema.get("unnamed")
        return X.toarray() if is_dense and scipy.sparse.issparse(X) else X

    def _arguments(self, X: Any, weights: Any) -> dict[str, Any]:
        """Return the arguments of `thalweg.fit`."""
        rows = X.shape[0]
        total = rows if weights is None else float(np.sum(weights))
        if not np.isfinite(total):
            raise ValueError("the sum of the sample weights must be finite")
        early = self.early_stopping
        if early == "auto":
            early = rows >= EARLY_STOPPING_ROWS
        batch = self.batch_size
        if batch == "auto":
            batch = "full" if rows <= FULL_BATCH_ROWS else None
        method = None if isinstance(self.method, str) and self.method == "auto" else self.method
        architecture = self._architecture()
        # A solver takes all rows in each step.
        is_solver = method is None and architecture == "auto"
        arguments = {
            "model": architecture,
            "loss": self._loss(),
            "intercept": getattr(self, "fit_intercept", True),
            "method": method,
            "lr": self.lr,
            "schedule": self.schedule,
            "batch_size": None if is_solver else batch,
            "epochs": None if self.max_iter == "auto" else self.max_iter,
            "min_delta": self.tol,
            "patience": None if is_solver else self.n_iter_no_change,
            "l1": self.l1,
            "l2": 1 / total if self.l2 == "auto" else self.l2,
            "val_fraction": self.validation_fraction if early else 0.0,
            "refit": "never",
            "seed": self._seed(),
            "threads": None if self.n_jobs is None or self.n_jobs < 1 else self.n_jobs,
        }
        if not hasattr(X, "__arrow_c_stream__") and not scipy.sparse.issparse(X):
            arguments["keep"] = [f"c{column + 1}" for column in range(X.shape[1])]
        return arguments

    def _is_canonical(self, X: Any) -> bool:
        """Return True if equal rows are merged, and rows ordered by their contents."""
        canonical = getattr(self, "canonical", "auto")
        if canonical == "auto":
            return X.shape[0] <= FULL_BATCH_ROWS
        return bool(canonical)

    def _seed(self) -> int:
        """Return the seed: that of `random_state`, or 0, so that equal calls give equal bits."""
        if self.random_state is None:
            return 0
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(self.random_state.randint(2**31))

    def _weighted(self, X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        """Return the rows whose weight is not 0, and their weights; None if all rows weigh the same."""
        if sample_weight is None:
            return X, y, None
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not np.any(weights):
            raise ValueError("the sample weights must not all be zero")
        if np.all(weights != 0):
            return X, y, weights
        kept = np.flatnonzero(weights)
        return select(X, kept), y[kept], weights[kept]

    def _fit(self, X: Any, y: Any, weights: Any, validation: Any = None) -> None:
        """Fit the model of encoded targets."""
        arguments = self._arguments(X, weights)
        if self._is_canonical(X):
            X, y, weights = canonical_rows(X, y, weights)
        if validation is not None:
            arguments["validation"] = validation
            arguments["val_fraction"] = 0.2
        parts = _thalweg.fit((X, y) if weights is None else (X, y, weights), TARGET, arguments, None)
        fit = _finish(parts)
        if fit.stopped == "epochs" and fit.report["method"].startswith(("lbfgs", "saga")):
            text = "the optimum was not reached: a larger max_iter or l2 may help"
            warnings.warn(text, ConvergenceWarning, stacklevel=3)
        self._set_result(fit.model, fit.report, fit.curve)
        self._state = None

    def _partial_fit(self, X: Any, y: Any, weights: Any) -> None:
        """Run one epoch on some rows, from the state of the calls before."""
        arguments = self._arguments(X, weights)
        arguments |= {"epochs": 1, "patience": 0, "val_fraction": 0.0, "schedule": self.schedule or "constant"}
        state = getattr(self, "_state", None)
        parts = _thalweg.partial_fit((X, y) if weights is None else (X, y, weights), TARGET, arguments, state)
        import json

        self._set_result(parts["model"], json.loads(parts["report"]), parts["curve"])
        self._state = parts["state"]
        self.t_, self.n_iter_ = self._state.steps, self._state.epochs

    def _set_result(self, model: Model, report: dict[str, Any], curve: dict[str, Any]) -> None:
        """Set the attributes of a fitted estimator."""
        self._model = model
        self.n_iter_ = max(1, report["epochs"])
        self.t_ = report["steps"]
        self.stopped_ = report["stopped"]
        self.best_iteration_ = report["best_epoch"]
        self.loss_curve_ = curve["train_loss"]
        self.validation_curve_ = curve["monitored_loss"] if report["validation_rows"] else None

    def to_model(self) -> Model:
        """Return the model, which is saved as a file of the program.

        Returns
        -------
        thalweg.Model
        """
        check_is_fitted(self)
        return self._model

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class Classifier(ClassifierMixin, Estimator):
    """Classifier: labels of any type, encoded as their places among the classes."""

    def _loss(self) -> str:
        if self.loss is not None:
            return self.loss
        return "logistic" if len(self.classes_) == 2 else "softmax"

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the classifier.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows.
        y : array of shape (n_samples,)
            Labels.
        sample_weight : array of shape (n_samples,), optional
            Weights; a weight of 2 counts as two equal rows.
        X_val, y_val, sample_weight_val : optional
            Rows that are watched for early stopping instead of a fraction of `X`.

        Returns
        -------
        self
        """
        X = self._validated(X, reset=True)
        y = self._labels(y, X)
        X, y, weights = self._weighted(X, y, sample_weight)
        self._set_classes(y)
        codes = np.searchsorted(self.classes_, y)
        if self.class_weight is not None:
            weights = np.ones(len(codes)) if weights is None else weights
            by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=weights)
            weights = weights * by_class[codes]
        validation = None
        if X_val is not None:
            X_val = self._validated(X_val, reset=False)
            y_val = self._labels(y_val, X_val)
            X_val, y_val, w_val = self._weighted(X_val, y_val, sample_weight_val)
            validation = (X_val, self._codes(y_val), np.ones(len(y_val)) if w_val is None else w_val)
            weights = np.ones(len(codes)) if weights is None else weights
        self._fit(X, codes, weights, validation)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Run one epoch on some rows.

        The means, the deviations and the encoding are those of the rows of the first call; the steps and the state of
        the method go on, so that k calls with the same rows are one fit of k epochs with a constant schedule.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array, optional
            All labels; needed in the first call.

        Returns
        -------
        self
        """
        is_first = not hasattr(self, "_model") or getattr(self, "_state", None) is None
        X = self._validated(X, reset=is_first)
        y = self._labels(y, X)
        X, y, weights = self._weighted(X, y, sample_weight)
        if is_first:
            if classes is None and not hasattr(self, "classes_"):
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._set_classes(np.unique(classes) if classes is not None else self.classes_)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError("classes must be the same as in the first call to partial_fit")
        codes = self._codes(y)
        if self.class_weight is not None:
            if self.class_weight == "balanced":
                raise ValueError("class_weight='balanced' needs all rows: pass a dict of weights to partial_fit")
            by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
            weights = (np.ones(len(codes)) if weights is None else weights) * by_class[codes]
        if is_first:
            X, codes, weights = self._announce(X, codes, weights)
        self._partial_fit(X, codes, weights)
        return self

    def _announce(self, X: Any, codes: Any, weights: Any) -> tuple[Any, Any, Any]:
        """Add a row of nearly no weight for each class that the rows lack, as the model must know all of them."""
        absent = np.setdiff1d(np.arange(len(self.classes_)), codes)
        if not len(absent):
            return X, codes, weights
        weights = np.ones(len(codes)) if weights is None else weights
        stack = scipy.sparse.vstack if scipy.sparse.issparse(X) else np.vstack
        first = X[[0] * len(absent)]
        X = stack([X, first])
        X = X.tocsr() if scipy.sparse.issparse(X) else X
        return X, np.concatenate([codes, absent]), np.concatenate([weights, np.full(len(absent), ANNOUNCED)])

    def _labels(self, y: Any, X: Any) -> Any:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if len(y) != X.shape[0]:
            raise ValueError(f"Found input variables with inconsistent numbers of samples: {[X.shape[0], len(y)]}")
        return y

    def _codes(self, y: Any) -> Any:
        codes = np.searchsorted(self.classes_, y)
        known = np.minimum(codes, len(self.classes_) - 1)
        if np.any(self.classes_[known] != y):
            unknown = np.setdiff1d(y, self.classes_)
            raise ValueError(f"the labels {unknown[:5]} are none of the classes {self.classes_[:20]}")
        return codes

    def _set_classes(self, y: Any) -> None:
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError("the labels must be of at least 2 classes, but the data contain one class")

    def _order(self) -> Any:
        """Return the place of each class among those of the model."""
        places = {int(label): place for place, label in enumerate(self._model.classes)}
        return [places[code] for code in range(len(self.classes_))]

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of every class.

        Parameters
        ----------
        X
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._model.predict_proba(self._rows(X))[:, self._order()]

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the probability of every class.

        Parameters
        ----------
        X
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


class Regressor(RegressorMixin, Estimator):
    """Regressor of numbers."""

    def _loss(self) -> str:
        return self.loss

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the regressor.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows.
        y : array of shape (n_samples,)
            Targets.
        sample_weight : array of shape (n_samples,), optional
            Weights; a weight of 2 counts as two equal rows.
        X_val, y_val, sample_weight_val : optional
            Rows that are watched for early stopping instead of a fraction of `X`.

        Returns
        -------
        self
        """
        X = self._validated(X, reset=True)
        if X.shape[0] == 1:
            raise ValueError("at least 2 rows are needed for the scale of the targets, but n_samples=1")
        X, y, weights = self._weighted(X, self._targets(y, X), sample_weight)
        validation = None
        if X_val is not None:
            X_val = self._validated(X_val, reset=False)
            X_val, y_val, w_val = self._weighted(X_val, self._targets(y_val, X_val), sample_weight_val)
            validation = (X_val, y_val, np.ones(len(y_val)) if w_val is None else w_val)
            weights = np.ones(len(y)) if weights is None else weights
        self._fit(X, y, weights, validation)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Run one epoch on some rows.

        The means, the deviations and the encoding are those of the rows of the first call; the steps and the state of
        the method go on, so that k calls with the same rows are one fit of k epochs with a constant schedule.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        self
        """
        X = self._validated(X, reset=getattr(self, "_state", None) is None)
        X, y, weights = self._weighted(X, self._targets(y, X), sample_weight)
        self._partial_fit(X, y, weights)
        return self

    def _targets(self, y: Any, X: Any) -> Any:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        y = np.asarray(column_or_1d(y, warn=True), dtype=np.float64)
        if len(y) != X.shape[0]:
            raise ValueError(f"Found input variables with inconsistent numbers of samples: {[X.shape[0], len(y)]}")
        if not np.all(np.isfinite(y)):
            raise ValueError("Input y contains NaN or infinity.")
        return y

    def predict(self, X: Any) -> Any:
        """Return the prediction of each row.

        Parameters
        ----------
        X
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self._model.predict(self._rows(X))
