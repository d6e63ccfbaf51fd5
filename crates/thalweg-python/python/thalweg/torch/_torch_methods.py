"""Optimizers that torch has too: its arguments, defaults and states."""

from __future__ import annotations

from typing import Any

import torch

from ._base import Rule, TensorOptimizer

#: Documentation of the arguments that all classes have.
COMMON = """
    Other Parameters
    ----------------
    maximize : bool
        True to maximize.
    foreach, fused : bool or None
        Ignored: there is one implementation, which is fused.
    capturable, differentiable : bool
        Must be False.
    state : {"full", "bf16", "8bit"}
        Type of the states.
    nonfinite : {"ignore", "refuse", "skip"}
        Treatment of gradients that contain an infinity or a NaN.
    clip_global_norm : float, optional
        Largest joint norm of the gradients of all parameters.
    seed : int
        Seed of stochastic rounding, which parameters in bfloat16 and narrow states have.
"""


def common(group: dict[str, Any], names: tuple[str, ...]) -> dict[str, float]:
    """Return hyperparameters of a group that have the same name in thalweg."""
    return {name: float(group[name]) for name in names}


def betas(group: dict[str, Any]) -> dict[str, float]:
    """Return the decay rates and the epsilon of a group of an Adam-like method."""
    beta1, beta2 = group["betas"]
    return {"beta1": float(beta1), "beta2": float(beta2), "eps": float(group["eps"])}


class SGD(TensorOptimizer):
    """Gradient descent with momentum; see `torch.optim.SGD`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    momentum : float
        Decay rate of the velocity.
    dampening : float
        Dampening of the gradient in the velocity.
    weight_decay : float
        Coefficient of the L2 penalty.
    nesterov : bool
        True for Nesterov's form.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float | torch.Tensor = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
            foreach=foreach,
            differentiable=differentiable,
            fused=fused,
        )
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs a momentum above 0 and no dampening")
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        if group["momentum"] == 0:
            return Rule("sgd", {}, step_key=None)
        if group["nesterov"]:
            return Rule("nag", common(group, ("momentum",)), step_key=None)
        return Rule("momentum", common(group, ("momentum", "dampening")), step_key=None)


class Adagrad(TensorOptimizer):
    """AdaGrad; see `torch.optim.Adagrad`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    lr_decay : float
        Decay of the learning rate: that of step t is lr / (1 + (t − 1)·lr_decay).
    weight_decay : float
        Coefficient of the L2 penalty.
    initial_accumulator_value : float
        Initial sum of squares.
    eps : float
        Number added to the root.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            fused=fused,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        start = float(group["initial_accumulator_value"])
        return Rule(f"adagrad:initial_accumulator={start!r}", common(group, ("lr_decay", "eps")))


class RMSprop(TensorOptimizer):
    """RMSProp; see `torch.optim.RMSprop`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    alpha : float
        Decay rate of the mean of squares.
    eps : float
        Number added to the root.
    weight_decay : float
        Coefficient of the L2 penalty.
    momentum : float
        Decay rate of the velocity.
    centered : bool
        True to divide by the root of the variance. The state then has it in place of the mean of squares, which
        `state_dict` returns for torch.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            momentum=momentum,
            alpha=alpha,
            eps=eps,
            centered=centered,
            weight_decay=weight_decay,
            capturable=capturable,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        variance = "centered" if group["centered"] else "raw"
        values = {"rho": float(group["alpha"]), "eps": float(group["eps"])}
        # Whether there is a velocity is part of the method.
        if group["momentum"] == 0:
            return Rule(f"rmsprop:variance={variance}", values)
        return Rule(f"rmsprop:variance={variance},momentum=0.5", {**values, "momentum": float(group["momentum"])})

    def state_dict(self) -> dict[str, Any]:
        """Return the state, with means of squares as torch has them.

        Returns
        -------
        dict
            State of the parameters, and groups.
        """
        packed = super().state_dict()
        states = {number: _with_square_avg(state) for number, state in packed["state"].items()}
        return {**packed, "state": states}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a state, one of this optimizer or of torch's.

        Parameters
        ----------
        state_dict : dict
            State that `state_dict` returned.
        """
        super().load_state_dict(state_dict)
        for state in self.state.values():
            if "square_avg" in state and "grad_avg" in state:
                state["centered_square_avg"] = state.pop("square_avg") - state["grad_avg"] ** 2


def _with_square_avg(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a parameter with the mean of squares in place of the variance."""
    variance = state.get("centered_square_avg")
    if variance is None or not variance.is_floating_point():
        return state
    others = {key: value for key, value in state.items() if key != "centered_square_avg"}
    return {**others, "square_avg": variance + state["grad_avg"] ** 2}


class Adadelta(TensorOptimizer):
    """AdaDelta; see `torch.optim.Adadelta`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Factor of the steps.
    rho : float
        Decay rate of the means of squares.
    eps : float
        Number added to the means.
    weight_decay : float
        Coefficient of the L2 penalty.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            capturable=capturable,
            foreach=foreach,
            differentiable=differentiable,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        return Rule("adadelta", common(group, ("rho", "eps")))


class Adam(TensorOptimizer):
    """Adam; see `torch.optim.Adam`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the means of gradients and of their squares.
    eps : float
        Number added to the root.
    weight_decay : float
        Coefficient of the L2 penalty, or of weight decay where it is decoupled.
    amsgrad : bool
        True for AMSGrad, which divides by the root of the largest mean of squares.
    decoupled_weight_decay : bool
        True for the weight decay of AdamW.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        method = "amsgrad" if group["amsgrad"] else "adam"
        decay = "decoupled" if group.get("decoupled_weight_decay") else "coupled"
        return Rule(f"{method}:decay={decay}", betas(group))


class AdamW(Adam):
    """AdamW; see `torch.optim.AdamW`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the means of gradients and of their squares.
    eps : float
        Number added to the root.
    weight_decay : float
        Coefficient of weight decay.
    amsgrad : bool
        True for AMSGrad, which divides by the root of the largest mean of squares.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
            **options,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


class Adamax(TensorOptimizer):
    """Adamax; see `torch.optim.Adamax`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the mean of gradients and of their largest magnitude.
    eps : float
        Number added to the magnitude.
    weight_decay : float
        Coefficient of the L2 penalty.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        return Rule("adamax", betas(group))


class NAdam(TensorOptimizer):
    """NAdam; see `torch.optim.NAdam`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the means of gradients and of their squares.
    eps : float
        Number added to the root.
    weight_decay : float
        Coefficient of the L2 penalty, or of weight decay where it is decoupled.
    momentum_decay : float
        Decay of the schedule of the momentum.
    decoupled_weight_decay : bool
        True for the weight decay of AdamW.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        decay = "decoupled" if group["decoupled_weight_decay"] else "coupled"
        values = {**betas(group), **common(group, ("momentum_decay",))}
        return Rule(f"nadam:decay={decay}", values, carry_key="mu_product")


class RAdam(TensorOptimizer):
    """RAdam; see `torch.optim.RAdam`.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the means of gradients and of their squares.
    eps : float
        Number added to the root.
    weight_decay : float
        Coefficient of the L2 penalty, or of weight decay where it is decoupled.
    decoupled_weight_decay : bool
        True for the weight decay of AdamW.
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        **options: Any,
    ) -> None:
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            decoupled_weight_decay=decoupled_weight_decay,
            differentiable=differentiable,
        )
        super().__init__(params, defaults, **options)

    def _rule(self, group: dict[str, Any]) -> Rule:
        decay = "decoupled" if group["decoupled_weight_decay"] else "coupled"
        return Rule(f"radam:decay={decay}", betas(group))


for _class in (SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW, Adamax, NAdam, RAdam):
    _class.__doc__ = (_class.__doc__ or "").rstrip() + "\n" + COMMON
