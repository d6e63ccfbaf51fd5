"""What the regressors share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ._base import Estimator

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Regressor"]


class Regressor(RegressorMixin, Estimator):
    """Regressor of numbers."""

    def _loss(self) -> str:
        return self.loss

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
        y = np.asarray(super()._targets(y, X), dtype=np.float64)
        if not np.all(np.isfinite(y)):
            raise ValueError("Input y contains NaN or infinity.")
        return y

    def _check_rows(self, X: Any) -> None:
        if X.shape[0] == 1:
            raise ValueError("at least 2 rows are needed for the scale of the targets, but n_samples=1")

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
