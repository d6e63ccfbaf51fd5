"""Optimizers by the text of any method, and those of methods that torch does not have."""

from __future__ import annotations

from typing import Any

import torch

from thalweg._tables import methods
from thalweg._thalweg import Method, StatelessOptimizer

from ._base import Rule, TensorOptimizer

#: Options that are arguments of their own, or have no meaning for tensors of torch.
OWN_ARGUMENTS = ("state", "nonfinite", "clip_global_norm", "seed", "goal", "accumulate", "ema", "average")


class Optimizer(TensorOptimizer):
    """Any method of thalweg by its text or value; its hyperparameters are those of the groups.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups, which may have hyperparameters of their own.
    method : str or Method
        Method, as on the command line of the program, such as ``"lion:beta1=0.95"``.
    lr : float, optional
        Learning rate; by default that of the method.
    maximize : bool
        True to maximize.
    state : {"full", "bf16", "8bit"}
        Type of the states.
    nonfinite : {"ignore", "refuse", "skip"}
        Treatment of gradients that contain an infinity or a NaN.
    clip_global_norm : float, optional
        Largest joint norm of the gradients of all parameters.
    seed : int
        Seed of stochastic rounding, which parameters in bfloat16 and narrow states have.

    Examples
    --------
    >>> import torch
    >>> from thalweg.torch import Optimizer
    >>> x = torch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Optimizer([x], "adabelief", lr=0.1)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     (x**2).sum().backward()
    ...     _ = optimizer.step()
    >>> bool(x.abs().max() < 1e-2)
    True
    """

    def __init__(
        self,
        params: Any,
        method: str | Method = "adam",
        lr: float | torch.Tensor | None = None,
        *,
        maximize: bool = False,
        state: str = "full",
        nonfinite: str = "ignore",
        clip_global_norm: float | None = None,
        seed: int = 0,
        **hyperparameters: Any,
    ) -> None:
        parsed = Method(method, **hyperparameters)
        if parsed.schedule != "constant":
            raise ValueError("method must have no schedule; torch.optim.lr_scheduler has schedules")
        self._method_name = parsed.name
        text = str(parsed)
        options = [part for part in text.partition(":")[2].split(",") if part]
        own = [part for part in options if part.partition("=")[0] in OWN_ARGUMENTS]
        if own:
            raise ValueError(f"method must not have the option {own[0].partition('=')[0]}, which is an argument here")
        StatelessOptimizer(text)  # refuses solvers
        values = parsed.hyperparameters
        self._options = [part for part in options if part.partition("=")[0] not in values]
        defaults = {**values, "maximize": maximize}
        if lr is not None:
            defaults["lr"] = lr
        super().__init__(
            params, defaults, state=state, nonfinite=nonfinite, clip_global_norm=clip_global_norm, seed=seed
        )

    def _rule(self, group: dict[str, Any]) -> Rule:
        names = _defaults()[self._method_name]
        choices = [f"{name}={group[name]}" for name in names if isinstance(group[name], str)]
        # Slots depend on some of the numbers: without momentum there is no velocity.
        numbers = {name: float(group[name]) for name in names if not isinstance(group[name], str)}
        if "momentum" in numbers:
            choices.append(f"momentum={min(numbers['momentum'], 0.5)!r}")
        if "initial_accumulator" in numbers:
            choices.append(f"initial_accumulator={numbers.pop('initial_accumulator')!r}")
        text = ":".join([self._method_name, ",".join(choices + self._options)]).rstrip(":")
        values = {name: value for name, value in numbers.items() if name not in ("lr", "weight_decay")}
        return Rule(text, values, carry_key="mu_product" if self._method_name == "nadam" else None)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_method_name": self._method_name, "_options": self._options}


def _defaults() -> dict[str, dict[str, Any]]:
    """Return the hyperparameters of every method, with their defaults."""
    global _DEFAULTS
    if not _DEFAULTS:
        _DEFAULTS = {row["name"]: row["defaults"] for row in methods()}
    return _DEFAULTS


_DEFAULTS: dict[str, dict[str, Any]] = {}

ARGUMENTS = """
    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float, optional
        Learning rate; by default that of the method.
    **hyperparameters
        Hyperparameters of the method by name, and the keyword arguments of `Optimizer`.

    Examples
    --------
    >>> import torch
    >>> from thalweg.torch import {name}
    >>> x = torch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = {name}([x], lr=0.01)
    >>> (x**2).sum().backward()
    >>> _ = optimizer.step()
    >>> bool((x.abs() < torch.tensor([1.0, 2.0])).all())
    True
    """


class _Named(Optimizer):
    """Optimizer of one method."""

    METHOD = ""

    def __init__(self, params: Any, lr: float | torch.Tensor | None = None, **hyperparameters: Any) -> None:
        super().__init__(params, self.METHOD, lr, **hyperparameters)


class Lion(_Named):
    """Lion: steps by the sign of an average of gradients."""

    METHOD = "lion"


class SignSGD(_Named):
    """Steps by the sign of the gradient, or of an average of gradients."""

    METHOD = "signsgd"


class AdaBelief(_Named):
    """AdaBelief: Adam with the variance of the gradient around its mean."""

    METHOD = "adabelief"


class Yogi(_Named):
    """Yogi: Adam with a mean of squares that changes by at most the square of the gradient."""

    METHOD = "yogi"


class Adan(_Named):
    """Adan: Adam with Nesterov's momentum by differences of gradients."""

    METHOD = "adan"


class FTRL(_Named):
    """FTRL-Proximal: AdaGrad with an L1 penalty that keeps coordinates at exactly 0; `x` follows from a sum of gradients
    that starts at 0."""

    METHOD = "ftrl"


class LARS(_Named):
    """LARS: momentum with a step of each tensor relative to its norm."""

    METHOD = "lars"


class LAMB(_Named):
    """LAMB: Adam with a step of each tensor relative to its norm."""

    METHOD = "lamb"


for _class in (Lion, SignSGD, AdaBelief, Yogi, Adan, FTRL, LARS, LAMB):
    _class.__doc__ = (_class.__doc__ or "") + "\n" + ARGUMENTS.format(name=_class.__name__)
