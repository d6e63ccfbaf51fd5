"""What the estimators share: parameters, weights, fits, and their results."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from thalweg import _thalweg
from thalweg._fit import _finish

from ._canonical import canonical_rows, select

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from thalweg import Model

__all__ = ["TARGET", "Estimator", "column_places"]

# Name of the target in models.
TARGET = "y"
# Number of rows up to which all of them are one batch.
FULL_BATCH_ROWS = 2048
# Number of rows from which some are held out for early stopping.
EARLY_STOPPING_ROWS = 10_000


def column_places(model: Model) -> dict[str, int]:
    """Return the place of each column of a model; c1, c2, … are those of an array."""
    names = model.columns
    if all(re.fullmatch("c[1-9][0-9]*", name) for name in names):
        return {name: int(name[1:]) - 1 for name in names}
    return {name: place for place, name in enumerate(names)}


class Estimator(BaseEstimator):
    """Estimator whose models are those of `thalweg.fit`."""

    # Names of the columns of a model that is not one of arrays.
    _names: list[str] | None = None

    @classmethod
    def from_model(cls, model: Model | str | PathLike[str], *, classes: Any = None) -> Self:
        """Return a fitted estimator of a model.

        Parameters
        ----------
        model : thalweg.Model or path
            Model, or its file: of `to_model`, `thalweg.fit` or the program. The estimators of numbers take models whose
            columns are numbers without missing values, ``Table…`` any model.
        classes : array, optional
            Labels of a classifier whose model is one of `to_model`, which has their places 0, 1, … among the sorted
            labels alone.

        Returns
        -------
        estimator
            Its parameters are those of the model where they are known.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from thalweg.sklearn import LinearClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> fitted = LinearClassifier().fit(X, y)
        >>> again = LinearClassifier.from_model(fitted.to_model(), classes=[0, 1, 2])
        >>> bool((again.predict_proba(X) == fitted.predict_proba(X)).all())
        True
        """
        if not isinstance(model, _thalweg.Model):
            model = _thalweg.Model.load(model)
        about = model.about
        estimator = cls(**cls._parameters_of(about.get("architecture", "linear")))
        if "loss" in about:
            estimator.set_params(loss=about["loss"])
        estimator._check_columns(model)
        estimator._set_columns(model)
        estimator._take_target(model, classes)
        estimator._set_model(model)
        estimator.n_iter_, estimator.t_ = about["epochs"], about["steps"]
        return estimator

    @staticmethod
    def _parameters_of(architecture: str) -> dict[str, Any]:
        """Return the parameters of an estimator for models of this description."""
        if architecture != "linear":
            raise ValueError(f"the model must be linear, but is '{architecture}'")
        return {}

    def _check_columns(self, model: Model) -> None:
        """Refuse a model whose columns are not numbers."""
        for feature in model.schema["features"]:
            number = feature["encoding"].get("number") if isinstance(feature["encoding"], dict) else None
            if number is None or number["missing"] != "none":
                name = feature["name"]
                raise ValueError(f"the column '{name}' of the model is not one of numbers alone: Table… takes the model")
        if model.schema.get("interactions"):
            raise ValueError("the model has interactions of columns: Table… takes the model")

    def _set_columns(self, model: Model) -> None:
        """Set the number and the names of the columns."""
        unnamed = model.schema.get("unnamed")
        places = column_places(model)
        self.n_features_in_ = unnamed["features"] if unnamed else 1 + max(places.values(), default=-1)
        if not unnamed and list(places) != [f"c{place + 1}" for place in places.values()]:
            self._names = model.columns
            self.feature_names_in_ = np.array(model.columns, dtype=object)

    def _take_target(self, model: Model, classes: Any) -> None:
        """Set what is known of the targets of a model of numbers."""
        if model.classes is not None:
            raise ValueError(f"the model must predict a number, but '{model.target}' has classes")
        if classes is not None:
            raise ValueError("classes apply to classifiers only")

    def _architecture(self) -> str:
        """Return the model, as `thalweg.fit` names it."""
        return "auto"

    def _validated(self, X: Any, *, reset: bool) -> Any:
        """Return the rows in a form that `thalweg.fit` takes."""
        return validate_data(self, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32])

    def _rows(self, X: Any) -> Any:
        """Return rows to predict, sparse where those of the fit were, as its columns then have numbers for names."""
        X = self._validated(X, reset=False)
        if self._names is not None and not hasattr(X, "__arrow_c_stream__"):
            X = X.toarray() if scipy.sparse.issparse(X) else np.asarray(X)
            return {name: X[:, place] for place, name in enumerate(self._names)}
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
        """Fit the model.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows.
        y : array of shape (n_samples,)
            Labels of a classifier, numbers of a regressor.
        sample_weight : array of shape (n_samples,), optional
            Weights; a weight of 2 counts as two equal rows.
        X_val, y_val, sample_weight_val : optional
            Rows that are watched for early stopping instead of a fraction of `X`.

        Returns
        -------
        self
        """
        is_warm = self.warm_start and hasattr(self, "_model")
        if is_warm and self._model.target != TARGET:
            raise ValueError(f"warm_start needs a model of an estimator, but this one predicts '{self._model.target}'")
        X = self._validated(X, reset=not is_warm)
        y = self._targets(y, X)
        self._check_rows(X)
        X, y, weights = self._weighted(X, y, sample_weight)
        if not is_warm:
            self._begin(y)
        y, weights = self._encoded(y, weights)
        validation = None
        if X_val is not None:
            X_val = self._validated(X_val, reset=False)
            X_val, y_val, w_val = self._weighted(X_val, self._targets(y_val, X_val), sample_weight_val)
            validation = (X_val, self._codes(y_val), np.ones(len(y_val)) if w_val is None else w_val)
            weights = np.ones(len(y)) if weights is None else weights
        self._fit(X, y, weights, validation, start=self._model if is_warm else None)
        return self

    def _targets(self, y: Any, X: Any) -> Any:
        """Return checked labels or numbers."""
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        if len(y) != X.shape[0]:
            raise ValueError(f"Found input variables with inconsistent numbers of samples: {[X.shape[0], len(y)]}")
        return y

    def _check_rows(self, X: Any) -> None:
        """Refuse rows that are too few."""

    def _begin(self, y: Any) -> None:
        """Set what is known of the targets before the first fit."""

    def _codes(self, y: Any) -> Any:
        """Return the targets as the model has them."""
        return y

    def _encoded(self, y: Any, weights: Any) -> tuple[Any, Any]:
        """Return the targets as the model has them, and the weights."""
        return y, weights

    def _fit(self, X: Any, y: Any, weights: Any, validation: Any = None, start: Model | None = None) -> None:
        """Fit the model of encoded targets, from the weights of a model where one is given."""
        arguments = self._arguments(X, weights)
        if start is not None:
            arguments["start"] = start
            if arguments["method"] is None and arguments["model"] == "auto":
                # Without a start it is the default.
                arguments["method"] = "lbfgs"
        if self._is_canonical(X):
            X, y, weights = canonical_rows(X, y, weights)
        if validation is not None:
            arguments["validation"] = validation
            arguments["val_fraction"] = 0.2
        data = (X, y) if weights is None else (X, y, weights)
        fit = _finish(_thalweg.fit(data, TARGET, arguments, _print_epoch if self.verbose else None))
        if fit.stopped == "epochs" and fit.report["method"].startswith(("lbfgs", "saga")):
            text = "the optimum was not reached: a larger max_iter or l2 may help"
            warnings.warn(text, ConvergenceWarning, stacklevel=3)
        self._set_result(fit.model, fit.report, fit.curve)
        self._state = None

    def _partial_fit(self, X: Any, y: Any, weights: Any) -> None:
        """Run one epoch on some rows, from the state of the calls before."""
        arguments = self._arguments(X, weights)
        arguments |= {"epochs": 1, "patience": 0, "val_fraction": 0.0, "schedule": self.schedule or "constant"}
        data = (X, y) if weights is None else (X, y, weights)
        parts = _thalweg.partial_fit(data, TARGET, arguments, getattr(self, "_state", None))
        self._set_result(parts["model"], json.loads(parts["report"]), parts["curve"])
        state = parts["state"]
        self._state = state
        self.t_, self.n_iter_ = state.steps, state.epochs
        if self.verbose:
            print(f"Epoch {self.n_iter_}, loss = {parts['curve']['train_loss'][-1]:.6g}")

    def _set_model(self, model: Model) -> None:
        """Set the model, and what is read from it."""
        self._model = model

    def _set_result(self, model: Model, report: dict[str, Any], curve: dict[str, Any]) -> None:
        """Set the attributes of a fitted estimator."""
        self._names = None
        self._set_model(model)
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


def _print_epoch(epoch: dict[str, Any]) -> None:
    """Print the losses of an epoch, as the estimators of scikit-learn do with `verbose`."""
    validation = epoch["validation_loss"]
    watched = "" if validation is None else f", validation loss = {validation:.6g}"
    print(f"Epoch {epoch['epoch']} of {epoch['epochs']}, loss = {epoch['train_loss']:.6g}{watched}")
