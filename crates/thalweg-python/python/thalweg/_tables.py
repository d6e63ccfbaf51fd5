"""The table of methods, and schedules."""

from __future__ import annotations

from . import _thalweg
from ._thalweg import Schedule

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["methods", "schedule"]


def methods() -> list[dict[str, Any]]:
    """Return the table of methods.

    Returns
    -------
    list of dict
        Name, formula, source, default hyperparameters and presets of each method; `is_solver` for those that only
        `minimize` and `fit` run.

    Examples
    --------
    >>> import thalweg
    >>> adam = next(row for row in thalweg.methods() if row["name"] == "adam")
    >>> adam["formula"], adam["defaults"]["beta1"]
    ('x ← x − lr·m̂ / (√v̂ + ε)', 0.9)
    """
    return _thalweg.method_table()


def schedule(text: str) -> Schedule:
    """Return a schedule of the learning rate: a callable from the step to a factor.

    Parameters
    ----------
    text : str
        Schedules joined by ``+``, each ``name`` or ``name:key=value,…``: constant, piecewise, step, exponential,
        inverse, polynomial, cosine, warmup, onecycle, plateau.

    Returns
    -------
    Schedule
        ``schedule(t)`` is the factor at step t, counted from 0.

    Examples
    --------
    >>> import thalweg
    >>> warmup = thalweg.schedule("warmup:steps=100+cosine:steps=900")
    >>> [warmup(step) for step in (0, 50, 100, 1000)]
    [0.0, 0.5, 1.0, 0.0]
    """
    return Schedule(text)
