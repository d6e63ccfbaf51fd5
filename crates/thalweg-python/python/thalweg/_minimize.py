"""Minimization of functions."""

from __future__ import annotations

from . import _html, _picture, _progress, _thalweg
from ._functions import critical
from ._result import Result
from ._thalweg import Formula, Method
from .errors import Error

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing import Any

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from ._thalweg import Schedule
    from ._types import View

    _Array = NDArray[np.float64]

__all__ = ["MinimizeResult", "minimize", "scipy_method"]

# Reasons for the end, with the status of the result.
_CONVERGED = {"gradient_small", "step_small", "target_reached"}
_STATUS = {
    "steps_spent": 1,
    "evaluations_spent": 2,
    "no_progress": 3,
    "observer": 4,
    "line_search_failed": 5,
    "not_finite": 6,
}
# Largest number of variables for which the point is classified, as the cost is cubic.
_MAX_CLASSIFIED = 300
# Largest number of steps of a run that is repeated for its picture in a notebook.
_MAX_DRAWN_STEPS = 1_000_000


class MinimizeResult(Result):
    """Result of `minimize`: a dict whose values are attributes too.

    A notebook shows the result of a formula with the picture of its path.

    Examples
    --------
    >>> import thalweg
    >>> result = thalweg.minimize("(1-x)^2 + 100*(y-x^2)^2", [-1.2, 1], method="adam", lr=0.1)
    >>> result.plot(view="surface").svg[:4]
    '<svg'
    """

    # What a picture is drawn from; None if there is no formula.
    _run: tuple[Formula, str | None, _Array, Method, dict[str, Any]] | None = None

    def plot(self, *, view: View = "contour") -> _picture.Picture:
        """Draw the path on the function, and the value and the norm of the gradient over the steps.

        The run is repeated for the picture.

        Parameters
        ----------
        view : {"contour", "surface"}
            Form in which a function of two variables is drawn.

        Returns
        -------
        Picture

        Raises
        ------
        Error
            The function is no formula.
        """
        if self._run is None:
            raise Error("plot needs the result of a formula or a test problem: a callable has no map")
        if view not in ("contour", "surface"):
            raise Error(f"view must be 'contour' or 'surface', but is {view!r}")
        run, end = self._run, (self["nit"], self["why"])
        return _picture.Picture(lambda form: _thalweg.draw_run(*run, end, view, form))

    def _repr_html_(self) -> str | None:
        if self._run is None or self["nit"] > _MAX_DRAWN_STEPS:
            return None

        return f"<div><pre>{_html.escape(repr(self))}</pre>{_html.image(self.plot().svg, self['message'])}</div>"


def minimize(
    fun: Formula | str | Callable[..., Any],
    x0: ArrayLike | None = None,
    args: tuple[Any, ...] = (),
    method: str | Method = "adam:lr=0.01",
    jac: Callable[..., ArrayLike] | bool | None = None,
    hess: Callable[..., ArrayLike] | None = None,
    bounds: Sequence[tuple[float | None, float | None]] | Any | None = None,
    callback: Callable[..., Any] | None = None,
    *,
    max_steps: int | None = 10_000,
    max_evaluations: int | None = None,
    gradient_tolerance: float | None = 1e-8,
    step_tolerance: float | None = None,
    target: float | None = None,
    patience: int | None = None,
    schedule: str | Schedule | None = None,
    noise: float | None = None,
    seed: int = 0,
    progress: bool | None = None,
    **hyperparameters: float | str,
) -> MinimizeResult:
    """Minimize a function of one or more variables.

    Parameters
    ----------
    fun : Formula, str or callable
        A formula or its text, the name of a test problem, or ``fun(x, *args) -> float``.
    x0 : array_like, optional
        Start; by default that of a test problem, or 1 for each variable of a formula.
    args : tuple, optional
        Further arguments of `fun`, `jac` and `hess`.
    method : str or Method, optional
        Method with its hyperparameters.
    jac : callable or bool, optional
        Gradient ``jac(x, *args) -> array``; True if `fun` returns value and gradient. By default central differences,
        which count in `nfev`; of formulas the exact gradient.
    hess : callable, optional
        Hessian ``hess(x, *args) -> array``, for the kind of the point reached.
    bounds : sequence of (min, max) or scipy.optimize.Bounds, optional
        Bounds of each variable; None for no bound.
    callback : callable, optional
        ``callback(intermediate_result)`` or ``callback(xk)``, called before each step; a true value or StopIteration
        ends the run.
    max_steps, max_evaluations : int, optional
        Maximum number of steps, and of evaluations.
    gradient_tolerance : float, optional
        Norm of the gradient at which the run ends; with bounds, of the projected gradient.
    step_tolerance : float, optional
        Length of a step at which the run ends.
    target : float, optional
        Value at which the run ends.
    patience : int, optional
        Number of steps without a new best value after which the run ends.
    schedule : str or Schedule, optional
        Schedule of the learning rate.
    noise : float, optional
        Standard deviation of normal noise on each component of the gradient of a formula; by default that of the test
        problem, or 0. The result has the noise in `jac` and `gradient_norm`, not in `fun` and `critical`.
    seed : int, optional
        Seed of the noise.
    progress : bool, optional
        False for no display of the progress, True for one wherever the run is; by default one in notebooks and
        terminals.
    **hyperparameters
        Hyperparameters and options of the method, as in `Method`.

    Returns
    -------
    MinimizeResult
        As of scipy: `x`, `fun`, `jac`, `nit`, `nfev`, `njev`, `success`, `status`, `message`. Besides, `why` is the
        stable name of the reason, `best` the point of the lowest value, `gradient_norm` the norm at the end, and
        `critical` the kind of the point, where there is a Hessian.

    Raises
    ------
    Error
        An invalid argument; for a misspelled name of a test problem, with the nearest one. A run that does not converge is not an error: `success` is False and `message` says why.

    Examples
    --------
    >>> import thalweg
    >>> result = thalweg.minimize("(1-x)^2 + 100*(y-x^2)^2", [-1.2, 1], method="adam", lr=0.1)
    >>> result.success, result.x.round(6), result.critical.kind
    (True, array([1., 1.]), 'minimum')

    >>> result = thalweg.minimize(lambda x: ((x - 3) ** 2).sum(), [0, 0], jac=lambda x: 2 * (x - 3), lr=0.1)
    >>> result.x.round(6), result.message
    (array([3., 3.]), 'gradient tolerance reached')
    """
    import numpy as np

    start = problem = None
    function: Formula | Callable[..., Any]
    if not isinstance(fun, str):
        function = fun
    elif _thalweg.is_problem(fun):
        problem = fun
        known = _thalweg.problem(fun, None if x0 is None else len(np.atleast_1d(x0)))
        function, start, noise = known["formula"], known["start"], known["noise"] if noise is None else noise
    else:
        function = Formula(fun)
    if isinstance(function, Formula) and start is None:
        start = np.ones(len(function.variables))
    if x0 is None and start is None:
        raise Error("minimize needs x0, the start, of a function that is not a formula")
    x = np.atleast_1d(np.asarray(start if x0 is None else x0, dtype=np.float64)).ravel()
    lower, upper = _bounds(bounds, len(x))
    counts = {"nfev": 0, "njev": 0}
    native = function if isinstance(function, Formula) and jac is None else _value_and_gradient(function, jac, args, counts)
    if noise is not None and not isinstance(native, Formula):
        raise Error("noise needs a formula or a test problem: a callable adds its own to the gradient")
    chosen = Method(method, schedule=schedule, **hyperparameters)
    settings = {
        "gradient_tolerance": gradient_tolerance,
        "step_tolerance": step_tolerance,
        "target": target,
        "patience": patience,
        "max_steps": max_steps,
        "max_evaluations": max_evaluations,
        "lower": lower,
        "upper": upper,
        "noise": 0.0 if noise is None else noise,
        "seed": seed,
    }
    on_step = None if callback is None else _callback(callback)
    display = _progress.display(progress)
    try:
        found = _thalweg.minimize(native, x, chosen, settings, on_step, _progress.steps(display, max_steps))
    finally:
        if display is not None:
            display.close()
    result = MinimizeResult(found)
    if isinstance(native, Formula):
        # Not an item of the result.
        object.__setattr__(result, "_run", (native, problem, x, chosen, settings))
    evaluations = result.pop("evaluations")
    is_native = isinstance(native, Formula)
    result["nfev"] = evaluations if is_native else counts["nfev"]
    result["njev"] = evaluations if is_native else counts["njev"]
    result["success"] = result["why"] in _CONVERGED
    result["status"] = _STATUS.get(result["why"], 0)
    if jac is None and not isinstance(function, Formula):
        result["message"] += "; the gradient is by central differences"
    best_x, best_fun, best_step = result["best"]
    result["best"] = Result(x=best_x, fun=best_fun, nit=best_step)
    result["critical"] = _classify(function, result, hess, args)
    return result


def scipy_method(method: str | Method = "adam:lr=0.01", **settings: Any) -> Callable[..., Any]:
    """Return a method for the argument `method` of ``scipy.optimize.minimize``.

    Parameters
    ----------
    method : str or Method, optional
        Method with its hyperparameters.
    **settings
        Stopping criteria and hyperparameters, as in `minimize`.

    Returns
    -------
    callable
        What scipy calls. The options ``maxiter``, ``maxfev`` and ``gtol`` of scipy are `max_steps`, `max_evaluations`
        and `gradient_tolerance`, and ``tol`` is `gradient_tolerance` too.

    Examples
    --------
    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> import thalweg
    >>> adam = thalweg.scipy_method("adam", lr=0.1)
    >>> minimize(rosen, [-1.2, 1], jac=rosen_der, method=adam).x.round(6)
    array([1., 1.])
    """

    def run(fun: Any, x0: Any, args: tuple[Any, ...] = (), **options: Any) -> Any:
        from scipy.optimize import OptimizeResult

        for name in ("hessp", "constraints"):
            value = options.pop(name, None)
            if value is not None and value != ():
                raise Error(f"{name} must not be given: the methods of thalweg do not use it")
        renamed = {"maxiter": "max_steps", "maxfev": "max_evaluations", "gtol": "gradient_tolerance"}
        # Like the methods of scipy, it shows nothing unless it is told to.
        chosen = {"progress": False, **settings}
        tolerance = options.pop("tol", None)
        if tolerance is not None:
            chosen["gradient_tolerance"] = tolerance
        for name, value in options.items():
            if name == "disp":
                continue
            if value is not None:
                chosen[renamed.get(name, name)] = value
        return OptimizeResult(minimize(fun, x0, args, method, **chosen))

    return run


def _bounds(bounds: Any, variables: int) -> tuple[list[float] | None, list[float] | None]:
    """Return lower and upper bounds."""
    if bounds is None:
        return None, None
    import numpy as np

    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        limits = np.broadcast_to(bounds.lb, variables), np.broadcast_to(bounds.ub, variables)
        return [float(low) for low in limits[0]], [float(high) for high in limits[1]]
    pairs = list(bounds)
    if len(pairs) != variables or any(len(pair) != 2 for pair in pairs):
        raise Error(f"bounds must have {variables} pairs (min, max), one for each variable")
    lower = [-np.inf if low is None else float(low) for low, _ in pairs]
    return lower, [np.inf if high is None else float(high) for _, high in pairs]


def _value_and_gradient(
    fun: Callable[..., Any], jac: Any, args: tuple[Any, ...], counts: dict[str, int]
) -> Callable[[_Array], tuple[float, Any]]:
    """Return a function of value and gradient that counts its evaluations."""
    if not callable(fun):
        raise TypeError(f"fun must be a formula or callable, but is {type(fun).__name__}")

    def value_of(value: Any) -> float:
        import numpy as np

        array = np.asarray(value, dtype=np.float64)
        if array.size != 1:
            raise Error(f"fun must return one number, but returned {array.size}")
        return float(array.reshape(()))

    def both(x: _Array) -> tuple[float, Any]:
        counts["nfev"] += 1
        counts["njev"] += 1
        value, gradient = fun(x, *args)
        return value_of(value), gradient

    def separate(x: _Array) -> tuple[float, Any]:
        counts["nfev"] += 1
        counts["njev"] += 1
        return value_of(fun(x.copy(), *args)), jac(x, *args)

    def differences(x: _Array) -> tuple[float, Any]:
        import numpy as np

        counts["nfev"] += 1 + 2 * len(x)
        gradient = np.empty_like(x)
        # The cube root of the precision balances truncation against rounding.
        steps = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1.0, np.abs(x))
        for i, step in enumerate(steps):
            left, right = x.copy(), x.copy()
            left[i] -= step
            right[i] += step
            gradient[i] = (value_of(fun(right, *args)) - value_of(fun(left, *args))) / (right[i] - left[i])
        return value_of(fun(x, *args)), gradient

    if jac is True:
        return both
    if callable(jac):
        return separate
    if jac is None or jac is False:
        return differences
    raise TypeError(f"jac must be a callable, True or None, but is {jac!r}")


def _callback(callback: Callable[..., Any]) -> Callable[..., bool]:
    """Return a callback of the run in the form that the engine calls."""
    import inspect

    try:
        takes_result = list(inspect.signature(callback).parameters) == ["intermediate_result"]
    except (TypeError, ValueError):
        takes_result = False

    def call(step: int, evaluations: int, x: _Array, value: float, gradient: _Array) -> bool:
        try:
            if takes_result:
                result = Result(x=x, fun=value, jac=gradient, nit=step, nfev=evaluations)
                return bool(callback(intermediate_result=result))
            return bool(callback(x))
        except StopIteration:
            return True

    return call


def _classify(fun: Any, result: Result, hess: Any, args: tuple[Any, ...]) -> Result | None:
    """Return the kind of the point reached; None without a Hessian."""
    x = result["x"]
    if len(x) > _MAX_CLASSIFIED:
        return None
    if isinstance(fun, Formula):
        return critical(fun, x)
    if callable(hess):
        return critical(None, x, jac=lambda _: result["jac"], hess=lambda x: hess(x, *args))
    return None
