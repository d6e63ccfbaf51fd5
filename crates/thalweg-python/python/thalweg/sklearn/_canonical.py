"""Rows in an order of their contents, in which equal ones are one row with the sum of their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse

__all__ = ["canonical_rows", "select"]


def canonical_rows(X: Any, y: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Return the rows in an order of their contents; equal ones are merged, and their weights added.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.sklearn._canonical import canonical_rows
    >>> X, y, weights = canonical_rows(np.array([[3.0], [1.0], [3.0]]), np.array([0, 1, 0]), None)
    >>> sorted(zip(X.ravel().tolist(), y.tolist(), weights.tolist()))
    [(1.0, 1, 1.0), (3.0, 0, 2.0)]
    """
    weights = np.ones(X.shape[0]) if weights is None else weights
    keys = _keys(X, y)
    order = np.lexsort((weights, keys))
    keys, weights = keys[order], weights[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    rows = order[first]
    return select(X, rows), y[rows], np.add.reduceat(weights, first)


def select(X: Any, rows: Any) -> Any:
    """Return some rows of an array, a sparse matrix or a data frame, by their numbers."""
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    return X.take(rows) if hasattr(X, "column_names") else X[rows]


def _keys(X: Any, y: Any) -> Any:
    """Return a number for each row: the place of its contents among the distinct ones, in the order of their bytes."""
    if hasattr(X, "__arrow_c_stream__"):
        names = X.column_names if hasattr(X, "column_names") else X.columns
        columns = [np.asarray(X[name]) for name in names]
        if any(column.dtype.kind not in "fiub" for column in columns):
            contents = list(zip(*(map(str, column.tolist()) for column in [*columns, y]), strict=True))
            places = {content: place for place, content in enumerate(sorted(set(contents)))}
            return np.array([places[content] for content in contents])
        X = np.column_stack(columns)
    if scipy.sparse.issparse(X):
        X = X.tocsr().copy()
        X.sum_duplicates()
        bounds = zip(X.indptr[:-1], X.indptr[1:], strict=True)
        contents = [
            (target, X.indices[a:b].tobytes(), X.data[a:b].tobytes())
            for target, (a, b) in zip(y.tolist(), bounds, strict=True)
        ]
        places = {content: place for place, content in enumerate(sorted(set(contents)))}
        return np.array([places[content] for content in contents])
    # Adding 0 makes −0 and 0 the same.
    table = np.ascontiguousarray(np.column_stack([X, y]).astype(np.float64) + 0.0)
    rows = table.view(np.dtype((np.void, table.dtype.itemsize * table.shape[1]))).ravel()
    return np.unique(rows, return_inverse=True)[1].ravel()
