"""The methods as functions; written by tools/make_methods.py from the table of methods."""

from __future__ import annotations

from ._thalweg import Method

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from typing import Unpack

    from ._options import Options

__all__ = [
    "adabelief",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "adan",
    "amsgrad",
    "ftrl",
    "lamb",
    "lars",
    "lbfgs",
    "lion",
    "momentum",
    "nadam",
    "nag",
    "radam",
    "rmsprop",
    "saga",
    "sgd",
    "signsgd",
    "yogi",
]


def sgd(
    lr: float = 0.001,
    *,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·g.

    Cauchy 1847; Robbins & Monro 1951.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.sgd(lr=0.5)
    Method('sgd:lr=0.5')
    """
    return Method(
        "sgd",
        lr=lr,
        weight_decay=weight_decay,
        **options,
    )


def momentum(
    lr: float = 0.001,
    *,
    momentum: float = 0.9,
    dampening: float = 0.0,
    form: str = "lr_outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← μv + (1−d)g, x ← x − lr·v.

    Polyak 1964.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    momentum : float, default 0.9
        Momentum μ: decay rate of the velocity; in [0, 1).
    dampening : float, default 0.0
        Dampening d: fraction of the gradient kept out of the velocity from the second step on; in [0, 1].
    form : str, default "lr_outside"
        Position of the learning rate relative to the velocity.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.momentum(lr=0.5)
    Method('momentum:lr=0.5')
    """
    return Method(
        "momentum",
        lr=lr,
        momentum=momentum,
        dampening=dampening,
        form=form,
        weight_decay=weight_decay,
        **options,
    )


def nag(
    lr: float = 0.001,
    *,
    momentum: float = 0.9,
    nesterov: str = "simplified",
    form: str = "lr_outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← μv + g, x ← x − lr·(g + μv); lookahead: g = ∇f(x − lr·μv), x ← x − lr·v.

    Nesterov 1983; Sutskever et al. 2013, eq. 3–4.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    momentum : float, default 0.9
        Momentum μ: decay rate of the velocity; in [0, 1).
    nesterov : str, default "simplified"
        Point at which the gradient is evaluated.
    form : str, default "lr_outside"
        Position of the learning rate relative to the velocity.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.nag(lr=0.5)
    Method('nag:lr=0.5')
    """
    return Method(
        "nag",
        lr=lr,
        momentum=momentum,
        nesterov=nesterov,
        form=form,
        weight_decay=weight_decay,
        **options,
    )


def adagrad(
    lr: float = 0.01,
    *,
    lr_decay: float = 0.0,
    initial_accumulator: float = 0.0,
    eps: float = 1e-10,
    eps_form: str = "outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← v + g², x ← x − lr·g / (√v + ε).

    Duchi, Hazan & Singer 2011, JMLR 12, Fig. 1.

    Parameters
    ----------
    lr : float, default 0.01
        Learning rate: factor of every update; at least 0 and finite.
    lr_decay : float, default 0.0
        Inverse-time decay of the learning rate: lr / (1 + (t−1)·lr_decay); at least 0 and finite.
    initial_accumulator : float, default 0.0
        Value of the accumulators before the first step; at least 0 and finite.
    eps : float, default 1e-10
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adagrad(lr=0.5)
    Method('adagrad:lr=0.5')
    """
    return Method(
        "adagrad",
        lr=lr,
        lr_decay=lr_decay,
        initial_accumulator=initial_accumulator,
        eps=eps,
        eps_form=eps_form,
        weight_decay=weight_decay,
        **options,
    )


def ftrl(
    lr: float = 0.1,
    *,
    beta: float = 1.0,
    l1: float = 0.0,
    l2: float = 0.0,
    initial_accumulator: float = 0.0,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """n ← n + g², z ← z + lr·g − (√n − √n₋)·x, x ← −soft(z, lr·λ₁) / (√n + β + lr·λ₂).

    McMahan et al. 2013, KDD, Alg. 1.

    Parameters
    ----------
    lr : float, default 0.1
        Learning rate: factor of every update; at least 0 and finite.
    beta : float, default 1.0
        Offset β of the root of the sum of squared gradients: bounds the first steps; at least 0 and finite.
    l1 : float, default 0.0
        L1 penalty λ₁ of the method: a coordinate stays at 0 until the sum of its gradients exceeds it; at least 0
        and finite.
    l2 : float, default 0.0
        L2 penalty λ₂ of the method; at least 0 and finite.
    initial_accumulator : float, default 0.0
        Value of the accumulators before the first step; at least 0 and finite.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.ftrl(lr=0.5)
    Method('ftrl:lr=0.5')
    """
    return Method(
        "ftrl",
        lr=lr,
        beta=beta,
        l1=l1,
        l2=l2,
        initial_accumulator=initial_accumulator,
        weight_decay=weight_decay,
        **options,
    )


def rmsprop(
    lr: float = 0.01,
    *,
    rho: float = 0.99,
    eps: float = 1e-08,
    eps_form: str = "outside",
    variance: str = "raw",
    momentum: float = 0.0,
    form: str = "lr_outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← ρv + (1−ρ)g², x ← x − lr·g / (√v + ε).

    Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850.

    Parameters
    ----------
    lr : float, default 0.01
        Learning rate: factor of every update; at least 0 and finite.
    rho : float, default 0.99
        Decay rate of the average of squared gradients; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    variance : str, default "raw"
        Second-moment estimate: of the gradient, or of its deviation from the mean.
    momentum : float, default 0.0
        Momentum μ: decay rate of the velocity; in [0, 1).
    form : str, default "lr_outside"
        Position of the learning rate relative to the velocity.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.rmsprop(lr=0.5)
    Method('rmsprop:lr=0.5')
    """
    return Method(
        "rmsprop",
        lr=lr,
        rho=rho,
        eps=eps,
        eps_form=eps_form,
        variance=variance,
        momentum=momentum,
        form=form,
        weight_decay=weight_decay,
        **options,
    )


def adadelta(
    lr: float = 1.0,
    *,
    rho: float = 0.9,
    eps: float = 1e-06,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← ρv + (1−ρ)g², Δ = √(u+ε)/√(v+ε)·g, u ← ρu + (1−ρ)Δ², x ← x − lr·Δ.

    Zeiler 2012, Alg. 1, arXiv:1212.5701.

    Parameters
    ----------
    lr : float, default 1.0
        Learning rate: factor of every update; at least 0 and finite.
    rho : float, default 0.9
        Decay rate of the average of squared gradients; in [0, 1).
    eps : float, default 1e-06
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adadelta(lr=0.5)
    Method('adadelta:lr=0.5')
    """
    return Method(
        "adadelta",
        lr=lr,
        rho=rho,
        eps=eps,
        weight_decay=weight_decay,
        **options,
    )


def adam(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·m̂ / (√v̂ + ε).

    Kingma & Ba 2015, Alg. 1, arXiv:1412.6980.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adam(lr=0.5)
    Method('adam:lr=0.5')
    """
    return Method(
        "adam",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        weight_decay=weight_decay,
        **options,
    )


def adamw(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "outside",
    weight_decay: float = 0.01,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·λx − lr·m̂ / (√v̂ + ε).

    Loshchilov & Hutter 2019, Alg. 2, arXiv:1711.05101.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    weight_decay : float, default 0.01
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adamw(lr=0.5)
    Method('adamw:lr=0.5')
    """
    return Method(
        "adamw",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        weight_decay=weight_decay,
        **options,
    )


def amsgrad(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "outside",
    maximum: str = "raw",
    correction: str = "on",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """w ← max(w, v), x ← x − lr·m̂ / (√ŵ + ε).

    Reddi, Kale & Kumar 2018, Alg. 2, arXiv:1904.09237.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    maximum : str, default "raw"
        Average whose maximum is kept: the raw one or the bias-corrected one.
    correction : str, default "on"
        Bias correction: division of the averages by 1 − βᵗ.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.amsgrad(lr=0.5)
    Method('amsgrad:lr=0.5')
    """
    return Method(
        "amsgrad",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        maximum=maximum,
        correction=correction,
        weight_decay=weight_decay,
        **options,
    )


def adamax(
    lr: float = 0.002,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "inside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """u ← max(β₂u, |g| + ε), x ← x − lr·m̂ / u.

    Kingma & Ba 2015, Alg. 2, arXiv:1412.6980.

    Parameters
    ----------
    lr : float, default 0.002
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "inside"
        Position of ε relative to the square root and the bias correction.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adamax(lr=0.5)
    Method('adamax:lr=0.5')
    """
    return Method(
        "adamax",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        weight_decay=weight_decay,
        **options,
    )


def nadam(
    lr: float = 0.002,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "outside",
    mu: str = "scheduled",
    momentum_decay: float = 0.004,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·[(1−μₜ)g/(1−∏ᵗμ) + μₜ₊₁m/(1−∏ᵗ⁺¹μ)] / (√v̂ + ε).

    Dozat 2016, ICLR workshop, Alg. 2.

    Parameters
    ----------
    lr : float, default 0.002
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    mu : str, default "scheduled"
        Momentum schedule: warming up or constant.
    momentum_decay : float, default 0.004
        Speed ψ of the momentum warm-up; at least 0 and finite.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.nadam(lr=0.5)
    Method('nadam:lr=0.5')
    """
    return Method(
        "nadam",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        mu=mu,
        momentum_decay=momentum_decay,
        weight_decay=weight_decay,
        **options,
    )


def radam(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    eps_form: str = "hat",
    threshold: float = 5.0,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·r·m̂ / (√v̂ + ε); x ← x − lr·m̂ while ρₜ ≤ 5.

    Liu et al. 2020, Alg. 2, arXiv:1908.03265.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "hat"
        Position of ε relative to the square root and the bias correction.
    threshold : float, default 5.0
        Length ρₜ of the approximated average above which the step is adaptive; at least 4 and finite.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.radam(lr=0.5)
    Method('radam:lr=0.5')
    """
    return Method(
        "radam",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        threshold=threshold,
        weight_decay=weight_decay,
        **options,
    )


def lion(
    lr: float = 0.0001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.99,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·λx − lr·sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g.

    Chen et al. 2023, Alg. 2, arXiv:2302.06675.

    Parameters
    ----------
    lr : float, default 0.0001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.99
        Exponential decay rate of the second-moment estimate; in [0, 1).
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.lion(lr=0.5)
    Method('lion:lr=0.5')
    """
    return Method(
        "lion",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        weight_decay=weight_decay,
        **options,
    )


def signsgd(
    lr: float = 0.001,
    *,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← x − lr·sign(g); with momentum: lr·sign(m), m ← μm + (1−μ)g.

    Bernstein et al. 2018, Alg. 1–2, arXiv:1802.04434.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    momentum : float, default 0.0
        Momentum μ: decay rate of the velocity; in [0, 1).
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.signsgd(lr=0.5)
    Method('signsgd:lr=0.5')
    """
    return Method(
        "signsgd",
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        **options,
    )


def adabelief(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-16,
    rectify: str = "off",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """s ← β₂s + (1−β₂)(g−m)² + ε, x ← x − lr·m̂ / (√ŝ + ε).

    Zhuang et al. 2020, Alg. 2, arXiv:2010.07468.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-16
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    rectify : str, default "off"
        Variance rectification of the step, as in RAdam.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adabelief(lr=0.5)
    Method('adabelief:lr=0.5')
    """
    return Method(
        "adabelief",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        rectify=rectify,
        weight_decay=weight_decay,
        **options,
    )


def yogi(
    lr: float = 0.01,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 0.001,
    initial_accumulator: float = 1e-06,
    correction: str = "off",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """v ← v − (1−β₂)·sign(v − g²)·g², x ← x − lr·m / (√v + ε).

    Zaheer et al. 2018, NeurIPS, Alg. 2.

    Parameters
    ----------
    lr : float, default 0.01
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 0.001
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    initial_accumulator : float, default 1e-06
        Value of the accumulators before the first step; at least 0 and finite.
    correction : str, default "off"
        Bias correction: division of the averages by 1 − βᵗ.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.yogi(lr=0.5)
    Method('yogi:lr=0.5')
    """
    return Method(
        "yogi",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        initial_accumulator=initial_accumulator,
        correction=correction,
        weight_decay=weight_decay,
        **options,
    )


def adan(
    lr: float = 0.001,
    *,
    beta1: float = 0.98,
    beta2: float = 0.92,
    beta3: float = 0.99,
    eps: float = 1e-08,
    correction: str = "on",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ).

    Xie et al. 2022, Alg. 1, arXiv:2208.06677.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.98
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.92
        Exponential decay rate of the second-moment estimate; in [0, 1).
    beta3 : float, default 0.99
        Exponential decay rate of the average of squared gradients with their differences; in [0, 1).
    eps : float, default 1e-08
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    correction : str, default "on"
        Bias correction: division of the averages by 1 − βᵗ.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.adan(lr=0.5)
    Method('adan:lr=0.5')
    """
    return Method(
        "adan",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        beta3=beta3,
        eps=eps,
        correction=correction,
        weight_decay=weight_decay,
        **options,
    )


def lars(
    lr: float = 1.0,
    *,
    momentum: float = 0.9,
    trust: float = 0.001,
    eps: float = 0.0,
    norm: str = "sum",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """r = trust·‖x‖/(‖g‖ + λ‖x‖), v ← μv + lr·r·(g + λx), x ← x − v.

    You, Gitman & Ginsburg 2017, Alg. 1, arXiv:1708.03888.

    Parameters
    ----------
    lr : float, default 1.0
        Learning rate: factor of every update; at least 0 and finite.
    momentum : float, default 0.9
        Momentum μ: decay rate of the velocity; in [0, 1).
    trust : float, default 0.001
        Trust coefficient η: step length as a fraction of the tensor's norm; at least 0 and finite.
    eps : float, default 0.0
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    norm : str, default "sum"
        Norm that the tensor's norm is divided by.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.lars(lr=0.5)
    Method('lars:lr=0.5')
    """
    return Method(
        "lars",
        lr=lr,
        momentum=momentum,
        trust=trust,
        eps=eps,
        norm=norm,
        weight_decay=weight_decay,
        **options,
    )


def lamb(
    lr: float = 0.001,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-06,
    eps_form: str = "outside",
    weight_decay: float = 0.0,
    **options: Unpack[Options],
) -> Method:
    """u = m̂/(√v̂ + ε) + λx, x ← x − lr·(‖x‖/‖u‖)·u.

    You et al. 2020, Alg. 2, arXiv:1904.00962.

    Parameters
    ----------
    lr : float, default 0.001
        Learning rate: factor of every update; at least 0 and finite.
    beta1 : float, default 0.9
        Exponential decay rate of the first-moment estimate; in [0, 1).
    beta2 : float, default 0.999
        Exponential decay rate of the second-moment estimate; in [0, 1).
    eps : float, default 1e-06
        Stabilizer ε: bounds the update where the second-moment estimate is small; at least 0 and finite.
    eps_form : str, default "outside"
        Position of ε relative to the square root and the bias correction.
    weight_decay : float, default 0.0
        Weight decay λ: pull of the parameters towards 0; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.lamb(lr=0.5)
    Method('lamb:lr=0.5')
    """
    return Method(
        "lamb",
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        eps_form=eps_form,
        weight_decay=weight_decay,
        **options,
    )


def lbfgs(
    lr: float = 1.0,
    *,
    memory: float = 10.0,
    c1: float = 0.0001,
    c2: float = 0.9,
    **options: Unpack[Options],
) -> Method:
    """x ← x + α·d, d = −H·g; H from the last `memory` steps, α by a strong Wolfe search.

    Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 3.5, 3.6, 7.4.

    Parameters
    ----------
    lr : float, default 1.0
        Learning rate: factor of every update; at least 0 and finite.
    memory : float, default 10.0
        Number of the latest steps that the curvature is estimated from; a whole number from 1 to 1000.
    c1 : float, default 0.0001
        Sufficient decrease of the line search, as a fraction of that by the slope; in [0, 1).
    c2 : float, default 0.9
        Largest slope that ends the line search, as a fraction of the first one; in [0, 1).
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.lbfgs(lr=0.5)
    Method('lbfgs:lr=0.5')
    """
    return Method(
        "lbfgs",
        lr=lr,
        memory=memory,
        c1=c1,
        c2=c2,
        **options,
    )


def saga(
    lr: float = 1.0,
    **options: Unpack[Options],
) -> Method:
    """x ← prox(x − γ·(∇φᵢ(x) − αᵢ + ᾱ + l2·x)); αᵢ ← ∇φᵢ(x), ᾱ = mean(α), γ = lr/(2L + min(2n·l2, L)).

    Defazio, Bach & Lacoste-Julien 2014, equations 1 and 2; for sums of losses of linear scores.

    Parameters
    ----------
    lr : float, default 1.0
        Learning rate: factor of every update; at least 0 and finite.
    **options
        Options that any method takes; see `Method`.

    Returns
    -------
    Method

    Examples
    --------
    >>> import thalweg
    >>> thalweg.saga(lr=0.5)
    Method('saga:lr=0.5')
    """
    return Method(
        "saga",
        lr=lr,
        **options,
    )
