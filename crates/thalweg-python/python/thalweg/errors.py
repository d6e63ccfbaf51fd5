"""Exceptions of the package.

Every error that a caller can correct is an `Error`, which is a `ValueError`; its attributes are the parts of the
message. A wrong type of an argument is a `TypeError`, a file that cannot be read or written an `OSError`.
"""

from __future__ import annotations

__all__ = ["DataError", "DivergedWarning", "Error", "InterruptedWarning", "NotFiniteError"]


class Error(ValueError):
    """A value that the caller can correct.

    Parameters
    ----------
    message : str
        What was expected, what was found, and where.
    kind : str, optional
        Kind of the error, a stable name such as ``"range"`` or ``"unknown"``.
    found : str, optional
        Value that was found.
    expected : str, optional
        Description of what was expected.

    Examples
    --------
    >>> import thalweg
    >>> try:
    ...     thalweg.Method("adam", lr=-1)
    ... except thalweg.Error as error:
    ...     print(error, error.kind, error.found, sep="; ")
    lr must be at least 0 and finite, but is -1; range; -1
    """

    def __init__(
        self, message: str, *, kind: str | None = None, found: str | None = None, expected: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.found = found
        self.expected = expected

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), self.args, self.__dict__)


class NotFiniteError(Error):
    """An array that contains an infinity or a NaN.

    Parameters
    ----------
    message : str
        Which number of which array is not finite.
    tensor : str
        Name of the array: its key in a dict, its index in a list, or ``"x"``.
    index : int
        Index of the first such number in the flattened array.
    kind, found, expected : str, optional
        As in `Error`.

    Examples
    --------
    >>> import numpy as np, thalweg
    >>> try:
    ...     thalweg.Optimizer("sgd").step(np.zeros(3), np.array([0.0, np.nan, 1.0]))
    ... except thalweg.NotFiniteError as error:
    ...     print(error.tensor, error.index, error.found)
    x 1 NaN
    """

    def __init__(
        self,
        message: str,
        *,
        tensor: str = "",
        index: int = 0,
        kind: str | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, found=found, expected=expected)
        self.tensor = tensor
        self.index = index


class DataError(Error):
    """Data that cannot be used, with their position.

    Parameters
    ----------
    message : str
        What was expected, what was found, and where.
    path : str, optional
        Path of the file; None for data in memory.
    line : int, optional
        Line of a text file, otherwise row of the data, counted from 1.
    column : str, optional
        Name of the column.
    reason : str, optional
        Kind of the error, a stable name such as ``"ragged_row"``; also `kind`.
    found, expected : str, optional
        As in `Error`.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: str | None = None,
        reason: str | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message, kind=reason, found=found, expected=expected)
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason


class DivergedWarning(UserWarning):
    """The loss of a fit became infinite or NaN."""


class InterruptedWarning(UserWarning):
    """A fit was ended by Ctrl-C, and its model is the best one so far."""
