"""What the classifiers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ._base import Estimator

if TYPE_CHECKING:
    from typing import Self

    from thalweg import Model

__all__ = ["Classifier"]

# Weight of the row that announces a class which the first rows of `partial_fit` lack.
ANNOUNCED = 1e-12


class Classifier(ClassifierMixin, Estimator):
    """Classifier: labels of any type, encoded as their places among the classes."""

    def _loss(self) -> str:
        if self.loss is not None:
            return self.loss
        return "logistic" if len(self.classes_) == 2 else "softmax"

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
        X, y, weights = self._weighted(X, self._targets(y, X), sample_weight)
        if is_first:
            if classes is None and not hasattr(self, "classes_"):
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._set_classes(np.unique(classes) if classes is not None else self.classes_)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError("classes must be the same as in the first call to partial_fit")
        codes = self._codes(y)
        if isinstance(self.class_weight, str):
            raise ValueError("class_weight='balanced' needs all rows: pass a dict of weights to partial_fit")
        weights = self._class_weighted(y, weights)
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

    def _targets(self, y: Any, X: Any) -> Any:
        y = super()._targets(y, X)
        check_classification_targets(y)
        return y

    def _begin(self, y: Any) -> None:
        self._set_classes(y)

    def _encoded(self, y: Any, weights: Any) -> tuple[Any, Any]:
        return self._codes(y), self._class_weighted(y, weights)

    def _class_weighted(self, y: Any, weights: Any) -> Any:
        """Return the weights times those of the classes."""
        if self.class_weight is None:
            return weights
        weights = np.ones(len(y)) if weights is None else weights
        # Balanced weights are of the classes that occur; a dict has those of all.
        classes = np.unique(y) if isinstance(self.class_weight, str) else self.classes_
        by_class = compute_class_weight(self.class_weight, classes=classes, y=y, sample_weight=weights)
        return weights * by_class[np.searchsorted(classes, y)]

    def _codes(self, y: Any) -> Any:
        codes = np.searchsorted(self.classes_, y)
        known = np.minimum(codes, len(self.classes_) - 1)
        if np.any(self.classes_[known] != y):
            unknown = np.setdiff1d(y, self.classes_)
            raise ValueError(f"the labels {unknown[:5]} are none of the classes {self.classes_[:20]}")
        return codes

    def _take_target(self, model: Model, classes: Any) -> None:
        labels = model.classes
        if labels is None:
            raise ValueError(f"the model must predict classes, but '{model.target}' is a number")
        if classes is None:
            self.classes_ = np.unique(labels)
            self._texts = self.classes_.tolist()
            return
        self._set_classes(classes)
        if sorted(self._texts) != sorted(labels):
            expected, found = len(labels), len(self.classes_)
            raise ValueError(f"classes must be the {expected} labels of a model of places 0, 1, …, but are {found} labels")

    def _set_classes(self, y: Any) -> None:
        self.classes_ = np.unique(y)
        # The model has the places of the labels for labels.
        self._texts = [str(place) for place in range(len(self.classes_))]
        if len(self.classes_) < 2:
            raise ValueError("the labels must be of at least 2 classes, but the data contain one class")

    def _order(self) -> list[int]:
        """Return the place of each class among those of the model."""
        places = {label: place for place, label in enumerate(self._model.classes or [])}
        return [places[text] for text in self._texts]

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
