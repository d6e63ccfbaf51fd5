"""Formulas, test problems and critical points."""

from __future__ import annotations

from . import _thalweg
from ._result import Result
from ._thalweg import Formula
from .errors import Error

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing import Any

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["critical", "formula", "problem", "problems"]


def formula(text: str, *, variables: Sequence[str] | None = None) -> Formula:
    """Return the function that a formula describes, with its exact derivatives.

    Parameters
    ----------
    text : str
        Formula of numbers, variables, ``+ - * / ^``, parentheses, ``pi``, ``e`` and functions such as ``exp``.
    variables : sequence of str, optional
        Variables and their order; by default those that occur, in alphabetical order.

    Returns
    -------
    Formula
        A callable ``f(x)`` with the methods ``gradient(x)`` and ``hessian(x)``.

    Raises
    ------
    Error
        A formula that cannot be read, with the place.

    Examples
    --------
    >>> import thalweg
    >>> f = thalweg.formula("(1-x)^2 + 100*(y-x^2)^2")
    >>> f([0, 1]), f.gradient([0, 1]), f.variables
    (101.0, array([ -2., 200.]), ['x', 'y'])
    """
    return Formula(text, variables=variables)


def problems() -> list[dict[str, Any]]:
    """Return the table of test problems.

    Returns
    -------
    list of dict
        Name, number of variables, what the problem illustrates, and its source.

    Examples
    --------
    >>> import thalweg
    >>> len(thalweg.problems()), thalweg.problems()[0]["name"]
    (32, 'bowl')
    """
    return _thalweg.problem_table()


def problem(name: str, dim: int | None = None) -> Result:
    """Return a test problem.

    Parameters
    ----------
    name : str
        Name in the table of `problems`, with a parameter if it has one (``"quadratic:condition=100"``).
    dim : int, optional
        Number of variables; by default the smallest one.

    Returns
    -------
    Result
        `formula`, `start`, the known `minima`, `min_value`, `noise`, `illustrates` and `source`.

    Examples
    --------
    >>> import thalweg
    >>> rosenbrock = thalweg.problem("rosenbrock")
    >>> rosenbrock.formula(rosenbrock.start), rosenbrock.minima
    (24.199999999999996, [array([1., 1.])])
    """
    return Result(_thalweg.problem(name, dim))


def critical(
    fun: Formula | str | Callable[..., float] | None,
    x: ArrayLike,
    *,
    jac: Callable[[NDArray[np.float64]], ArrayLike] | None = None,
    hess: Callable[[NDArray[np.float64]], ArrayLike] | None = None,
) -> Result:
    """Classify a point by the gradient and the eigenvalues of the Hessian.

    Parameters
    ----------
    fun : Formula or str, or callable
        Function; of a callable, `jac` and `hess` are needed.
    x : array_like
        Point.
    jac, hess : callable, optional
        Gradient and Hessian; by default those of the formula.

    Returns
    -------
    Result
        `kind` (``"minimum"``, ``"maximum"``, ``"saddle"``, ``"degenerate"``, ``"not_critical"`` or ``"undefined"``),
        `eigenvalues` in ascending order, and `directions` of negative curvature, along which f falls.

    Examples
    --------
    >>> import thalweg
    >>> point = thalweg.critical("(x^2 - y^2)/2", [0, 0])
    >>> point.kind, point.directions
    ('saddle', [array([0., 1.])])
    """
    import numpy as np

    if isinstance(fun, str):
        fun = Formula(fun)
    if isinstance(fun, Formula):
        jac = fun.gradient if jac is None else jac
        hess = fun.hessian if hess is None else hess
    if jac is None or hess is None:
        raise Error("critical needs jac and hess, the gradient and the Hessian, of a function that is not a formula")
    point = np.asarray(x, dtype=np.float64)
    return Result(_thalweg.classify(point, jac(point), hess(point)))
