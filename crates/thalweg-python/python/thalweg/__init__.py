"""First-order optimization: methods, minimization of functions, and models of tables.

Arrays of numpy are updated in place by `Optimizer`; a method is a text such as ``"adam:lr=0.01"`` or a call such as
``thalweg.adam(lr=0.01)``.

Examples
--------
>>> import numpy as np, thalweg
>>> x = np.array([1.0, -2.0])
>>> adam = thalweg.Optimizer("adam", lr=0.1)
>>> for _ in range(500):
...     _ = adam.step(x, np.array([x[0], 4 * x[1]]))  # the gradient of x²/2 + 2y²
>>> bool(abs(x).max() < 1e-3)
True
"""

from __future__ import annotations

from ._compare import Comparison, compare
from ._fit import Fit, fit
from ._minimize import MinimizeResult, minimize, scipy_method
from ._picture import Picture
from ._result import Result
from ._thalweg import Formula, Method, Model, Optimizer, Schedule, __version__, set_threads, threads
from ._tables import methods, schedule
from .errors import DataError, DivergedWarning, Error, InterruptedWarning, NotFiniteError
from ._functions import critical, formula, problem, problems
from ._methods import *  # noqa: F403

__all__ = [
    "Comparison",
    "DataError",
    "DivergedWarning",
    "Error",
    "Fit",
    "Formula",
    "InterruptedWarning",
    "Method",
    "MinimizeResult",
    "Model",
    "NotFiniteError",
    "Optimizer",
    "Picture",
    "Result",
    "Schedule",
    "__version__",
    "adabelief",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "adan",
    "amsgrad",
    "compare",
    "critical",
    "fit",
    "formula",
    "ftrl",
    "lamb",
    "lars",
    "lbfgs",
    "lion",
    "methods",
    "minimize",
    "momentum",
    "nadam",
    "nag",
    "problem",
    "problems",
    "radam",
    "rmsprop",
    "saga",
    "schedule",
    "scipy_method",
    "set_threads",
    "sgd",
    "signsgd",
    "threads",
    "yogi",
]
