"""The update formulas in plain numpy, one function per method.

They serve two ends: they are the reference where no library has the variant,
and they are the second opinion on every case that a library computes.

A formula has the form  f(p, s, g, x, t) -> d  and the caller sets x <- x - d.
  p  parameters by name (numbers, and strings for the options)
  s  the memory of one tensor; an entry never written reads as zero
  g  the gradient, with coupled weight decay already added
  x  the tensor, with decoupled weight decay already applied
  t  the step, counted from 1
"""

import numpy as np
from numpy import abs, maximum, sign, sqrt


TINY = np.finfo(float).tiny


class Memory(dict):
    def __missing__(self, key):
        return 0.0


def ema(s, key, decay, value):
    """Updates exponential moving average number `key` in place and returns it."""
    s[key] = decay * s[key] + (1 - decay) * value
    return s[key]


def ratio(p, numerator, v, correction):
    """Returns numerator / sqrt(v / correction), with eps at the place given by eps_form."""
    v_hat = v / correction
    if p["eps"] == 0:  # without eps, 0/0 is 0: a coordinate without gradients does not move
        return numerator / maximum(sqrt(v_hat), TINY)
    if p["eps_form"] == "inside":
        return numerator / sqrt(v_hat + p["eps"])
    if p["eps_form"] == "hat":  # Kingma & Ba, end of section 2: eps beside the uncorrected root
        return numerator * sqrt(correction) / (sqrt(v_hat * correction) + p["eps"])
    return numerator / (sqrt(v_hat) + p["eps"])


def norm(a):
    return sqrt(np.sum(a * a))


# --- plain descent ---------------------------------------------------------------------------


def sgd(p, s, g, x, t):
    """Robbins & Monro 1951, A stochastic approximation method"""
    return p["lr"] * g


def momentum(p, s, g, x, t):
    """Polyak 1964, Some methods of speeding up the convergence of iteration methods"""
    if p["rate"] == "inside":
        s["v"] = p["momentum"] * s["v"] + p["lr"] * g
        return s["v"]
    if p["rate"] == "average":
        return p["lr"] * ema(s, "v", p["momentum"], g)
    s["v"] = g if t == 1 else p["momentum"] * s["v"] + (1 - p["dampening"]) * g
    return p["lr"] * s["v"]


def nag(p, s, g, x, t):
    """Sutskever et al. 2013, On the importance of initialization and momentum, eqs. 3-4"""
    inside = p["rate"] == "inside"
    step = p["lr"] * g if inside else g
    s["v"] = p["momentum"] * s["v"] + step
    d = s["v"] if p["form"] == "shifted" else step + p["momentum"] * s["v"]
    return d if inside else p["lr"] * d


def signsgd(p, s, g, x, t):
    """Bernstein et al. 2018, arXiv:1802.04434, algorithm 1 and (with momentum) Signum"""
    return p["lr"] * sign(ema(s, "m", p["momentum"], g))


def lion(p, s, g, x, t):
    """Chen et al. 2023, arXiv:2302.06675, algorithm 2"""
    d = p["lr"] * sign(p["beta1"] * s["m"] + (1 - p["beta1"]) * g)
    ema(s, "m", p["beta2"], g)
    return d


# --- a rate per coordinate -------------------------------------------------------------------


def adagrad(p, s, g, x, t):
    """Duchi et al. 2011, Adaptive subgradient methods, figure 1 (diagonal)"""
    s["v"] = s.get("v", p["initial_accumulator"]) + g * g
    lr = p["lr"] / (1 + (t - 1) * p["lr_decay"])
    return lr * ratio(p, g, s["v"], 1)


def ftrl(p, s, g, x, t):
    """McMahan et al. 2013, Ad click prediction: a view from the trenches, algorithm 1

    z is that of the paper times the learning rate, so that a schedule weighs gradients; the penalties
    have the rate without the schedule.
    """
    n = s.setdefault("n", p["initial_accumulator"] + 0 * x)
    s["n"] = n + g * g
    s["z"] = s["z"] + p["lr"] * g - (sqrt(s["n"]) - sqrt(n)) * x
    base = p.get("base_lr", p["lr"])
    above = sign(s["z"]) * maximum(abs(s["z"]) - base * p["l1"], 0)
    after = -above / (sqrt(s["n"]) + p["beta"] + base * p["l2"])
    return np.where(g == 0, 0, x - after)


def rmsprop(p, s, g, x, t):
    """Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013, arXiv:1308.0850, eqs. 38-41"""
    v = ema(s, "v", p["rho"], g * g)
    if p["variance"] == "centered":
        v = v - ema(s, "mean", p["rho"], g) ** 2
    d = ratio(p, g, v, 1)
    if p["rate"] == "inside":
        s["b"] = p["momentum"] * s["b"] + p["lr"] * d
        return s["b"]
    s["b"] = p["momentum"] * s["b"] + d
    return p["lr"] * s["b"]


def adadelta(p, s, g, x, t):
    """Zeiler 2012, arXiv:1212.5701, algorithm 1"""
    v = ema(s, "v", p["rho"], g * g)
    d = g * sqrt(s["d"] + p["eps"]) / sqrt(v + p["eps"])
    ema(s, "d", p["rho"], d * d)
    return p["lr"] * d


# --- the Adam family -------------------------------------------------------------------------


def adam(p, s, g, x, t):
    """Kingma & Ba 2015, arXiv:1412.6980, algorithm 1"""
    m = ema(s, "m", p["beta1"], g)
    v = ema(s, "v", p["beta2"], g * g)
    return p["lr"] * ratio(p, m / (1 - p["beta1"] ** t), v, 1 - p["beta2"] ** t)


def adamw(p, s, g, x, t):
    """Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2"""
    return adam(p, s, g, x, t)


def amsgrad(p, s, g, x, t):
    """Reddi et al. 2018, arXiv:1904.09237, algorithm 2; with Adam's bias correction unless correction=off"""
    on = p["correction"] == "on"
    correction = 1 - p["beta2"] ** t if on else 1.0
    m = ema(s, "m", p["beta1"], g)
    v = ema(s, "v", p["beta2"], g * g)
    if p["maximum"] == "corrected":
        s["top"] = maximum(s["top"], v / correction)
        v = s["top"] * correction
    else:
        v = s["top"] = maximum(s["top"], v)
    return p["lr"] * ratio(p, m / (1 - p["beta1"] ** t) if on else m, v, correction)


def adamax(p, s, g, x, t):
    """Kingma & Ba 2015, arXiv:1412.6980, algorithm 2"""
    m = ema(s, "m", p["beta1"], g) / (1 - p["beta1"] ** t)
    if p["eps_form"] == "inside":
        s["u"] = maximum(p["beta2"] * s["u"], abs(g) + p["eps"])
        return p["lr"] * m / maximum(s["u"], TINY)
    s["u"] = maximum(p["beta2"] * s["u"], abs(g))
    return p["lr"] * m / (s["u"] + p["eps"])


def nadam(p, s, g, x, t):
    """Dozat 2016, Incorporating Nesterov momentum into Adam; its schedule of mu is optional"""

    def mu(t):
        if p["mu"] == "constant":
            return p["beta1"]
        return p["beta1"] * (1 - 0.5 * 0.96 ** (t * p["momentum_decay"]))

    product = s["product"] = s.get("product", 1.0) * mu(t)
    m = ema(s, "m", p["beta1"], g)
    v = ema(s, "v", p["beta2"], g * g)
    m_hat = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
    return p["lr"] * ratio(p, m_hat, v, 1 - p["beta2"] ** t)


def rectification(beta2, t, threshold=5):
    """Liu et al. 2020, arXiv:1908.03265, algorithm 2: (length of the average, factor r)"""
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / (1 - beta2**t)
    if length <= threshold:
        return length, None
    r = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    return length, sqrt(r)


def radam(p, s, g, x, t):
    """Liu et al. 2020, arXiv:1908.03265, algorithm 2 (threshold 4, no eps); the authors' code has 5"""
    m_hat = ema(s, "m", p["beta1"], g) / (1 - p["beta1"] ** t)
    v = ema(s, "v", p["beta2"], g * g)
    _, r = rectification(p["beta2"], t, p["threshold"])
    return p["lr"] * (m_hat if r is None else r * ratio(p, m_hat, v, 1 - p["beta2"] ** t))


def adabelief(p, s, g, x, t):
    """Zhuang et al. 2020, arXiv:2010.07468, algorithm 2; rectify as in the authors' code 0.2.0"""
    correction = 1 - p["beta2"] ** t
    m = ema(s, "m", p["beta1"], g)
    s["s"] = ema(s, "s", p["beta2"], (g - m) ** 2) + p["eps"]
    m_hat = m / (1 - p["beta1"] ** t)
    if p["rectify"] == "on":
        _, r = rectification(p["beta2"], t)
        if r is None:
            return p["lr"] * m_hat
        return p["lr"] * r * m_hat * sqrt(correction) / (sqrt(s["s"]) + p["eps"])
    return p["lr"] * m_hat / (sqrt(s["s"] / correction) + p["eps"])


def yogi(p, s, g, x, t):
    """Zaheer et al. 2018, Adaptive methods for nonconvex optimization, algorithm 2

    correction=on is optax's form: both averages start at initial_accumulator and
    both are bias-corrected. correction=off is the paper's: the first starts at 0.
    """
    on = p["correction"] == "on"
    s.setdefault("m", p["initial_accumulator"] if on else 0.0)
    s.setdefault("v", p["initial_accumulator"])
    m = ema(s, "m", p["beta1"], g)
    s["v"] = v = s["v"] - (1 - p["beta2"]) * sign(s["v"] - g * g) * g * g
    if on:
        m = m / (1 - p["beta1"] ** t)
        v = v / (1 - p["beta2"] ** t)
    return p["lr"] * m / (sqrt(v) + p["eps"])


def adan(p, s, g, x, t):
    """Xie et al. 2022, arXiv:2208.06677, algorithm 1 (correction=off), with the betas of the authors' code"""
    on = p["correction"] == "on"
    b1, b2, b3 = p["beta1"], p["beta2"], p["beta3"]
    change = g - s.get("g", g)
    s["g"] = g
    m = ema(s, "m", b1, g) / (1 - b1**t if on else 1)
    v = ema(s, "v", b2, change) / (1 - b2**t if on else 1)
    n = ema(s, "n", b3, (g + b2 * change) ** 2) / (1 - b3**t if on else 1)
    return p["lr"] * (m + b2 * v) / (sqrt(n) + p["eps"])


# --- a rate per tensor -----------------------------------------------------------------------


def lars(p, s, g, x, t):
    """You et al. 2017, arXiv:1708.03888, algorithm 1"""
    pull = p["weight_decay"] * x
    if p["norm"] == "joint":
        top, bottom = norm(x), norm(g + pull)
        denominator = bottom
    else:
        top, bottom = norm(x), norm(g)
        denominator = bottom + p["weight_decay"] * top
    local = 1.0 if top == 0 or bottom == 0 else p["trust"] * top / (denominator + p["eps"])
    s["v"] = p["momentum"] * s["v"] + p["lr"] * local * (g + pull)
    return s["v"]


def lamb(p, s, g, x, t):
    """You et al. 2020, arXiv:1904.00962, algorithm 2, with phi the identity"""
    m = ema(s, "m", p["beta1"], g) / (1 - p["beta1"] ** t)
    v = ema(s, "v", p["beta2"], g * g) / (1 - p["beta2"] ** t)
    u = m / (sqrt(v) + p["eps"])
    if p["decay"] == "inside":
        u = u + p["weight_decay"] * x
    top, bottom = norm(x), norm(u)
    return p["lr"] * (1.0 if top == 0 or bottom == 0 else top / bottom) * u


# --- defaults and presets --------------------------------------------------------------------

ADAM = dict(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, eps_form="outside", weight_decay=0, decay="coupled")

# `decay` is the form of weight decay: coupled (g + wd x), decoupled (x - lr wd x, first),
# proximal (x / (1 + lr wd), last), inside (the formula itself does it).
DEFAULTS = {
    "sgd": dict(lr=1e-3, weight_decay=0, decay="coupled"),
    "momentum": dict(lr=1e-3, momentum=0.9, dampening=0, rate="outside", weight_decay=0, decay="coupled"),
    "nag": dict(lr=1e-3, momentum=0.9, form="lookahead_free", rate="outside", weight_decay=0, decay="coupled"),
    "adagrad": dict(
        lr=0.01, lr_decay=0, initial_accumulator=0, eps=1e-10, eps_form="outside", weight_decay=0, decay="coupled"
    ),
    "ftrl": dict(
        lr=0.1, beta=1, l1=0, l2=0, initial_accumulator=0, weight_decay=0, decay="coupled"
    ),
    "rmsprop": dict(
        lr=0.01, rho=0.99, eps=1e-8, eps_form="outside", variance="raw", momentum=0, rate="outside",
        weight_decay=0, decay="coupled",
    ),
    "adadelta": dict(lr=1, rho=0.9, eps=1e-6, weight_decay=0, decay="coupled"),
    "adam": ADAM,
    "adamw": {**ADAM, "weight_decay": 0.01, "decay": "decoupled"},
    "amsgrad": {**ADAM, "maximum": "raw", "correction": "on"},
    "adamax": {**ADAM, "lr": 2e-3, "eps_form": "inside"},
    "nadam": {**ADAM, "lr": 2e-3, "momentum_decay": 0.004, "mu": "scheduled"},
    "radam": {**ADAM, "eps_form": "hat", "threshold": 5},
    "lion": dict(lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0, decay="decoupled"),
    "signsgd": dict(lr=1e-3, momentum=0, weight_decay=0, decay="coupled"),
    "adabelief": dict(
        lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-16, rectify="off", weight_decay=0, decay="decoupled"
    ),
    "yogi": dict(
        lr=0.01, beta1=0.9, beta2=0.999, eps=1e-3, initial_accumulator=1e-6, correction="off",
        weight_decay=0, decay="coupled",
    ),
    "adan": dict(lr=1e-3, beta1=0.98, beta2=0.92, beta3=0.99, eps=1e-8, correction="on", weight_decay=0, decay="proximal"),
    "lars": dict(lr=1, momentum=0.9, trust=1e-3, eps=0, norm="sum", weight_decay=0, decay="inside"),
    "lamb": dict(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0, decay="inside"),
}

# Differences of each library from DEFAULTS. Keras decays weights decoupled in every method.
# Keras and optax have no separate name for momentum and nag and no default momentum for them.
# optax has no default for lr.
KERAS_ADAM = dict(lr=1e-3, eps=1e-7, decay="decoupled")
PRESETS = {
    "keras": {
        "sgd": dict(lr=0.01, decay="decoupled"),
        "momentum": dict(lr=0.01, rate="inside", decay="decoupled"),
        "nag": dict(lr=0.01, rate="inside", decay="decoupled"),
        "adagrad": dict(lr=1e-3, initial_accumulator=0.1, eps=1e-7, eps_form="inside", decay="decoupled"),
        "ftrl": dict(lr=1e-3, beta=0, initial_accumulator=0.1, decay="decoupled"),
        "rmsprop": dict(lr=1e-3, rho=0.9, eps=1e-7, eps_form="inside", rate="inside", decay="decoupled"),
        "adadelta": dict(lr=1e-3, rho=0.95, eps=1e-7, decay="decoupled"),
        "adam": {**KERAS_ADAM, "eps_form": "hat"},
        "adamw": {**KERAS_ADAM, "eps_form": "hat", "weight_decay": 0.004},
        "amsgrad": {**KERAS_ADAM, "eps_form": "hat"},
        "adamax": {**KERAS_ADAM, "eps_form": "outside"},
        "nadam": {**KERAS_ADAM, "momentum_decay": 1},
        "lion": dict(lr=1e-3),
        "lamb": {**KERAS_ADAM},
    },
    "optax": {
        "sgd": {},
        "momentum": {},
        "nag": {},
        "adagrad": dict(initial_accumulator=0.1, eps=1e-7, eps_form="inside"),
        "rmsprop": dict(rho=0.9, eps_form="inside", rate="inside"),
        "adadelta": {},
        "adam": {},
        "adamw": dict(weight_decay=1e-4),
        "amsgrad": dict(maximum="corrected"),
        "adamax": {},
        "nadam": dict(mu="constant"),
        "radam": dict(eps_form="outside"),
        "lion": dict(weight_decay=1e-3),
        "signsgd": {},
        "adabelief": {},
        "yogi": dict(correction="on"),
        "lars": dict(norm="joint"),
        "lamb": {},
    },
    # The papers' own formulas and constants, as far as they are given.
    "paper": {
        "sgd": {},
        "momentum": dict(rate="inside"),
        "nag": dict(form="shifted", rate="inside"),
        "adagrad": {},
        "ftrl": {},
        "rmsprop": dict(rho=0.9),
        "adadelta": dict(rho=0.95),
        "adam": {},
        "amsgrad": dict(correction="off", eps=0),
        "adamax": dict(eps=0),
        "radam": dict(eps=0, threshold=4),
        "lion": {},
        "signsgd": {},
        "adabelief": dict(eps=1e-8),
        "yogi": {},
        "adan": dict(correction="off"),
        "lars": {},
        "lamb": dict(weight_decay=0.01),
    },
}


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def parse(spec):
    """Parses `name:key=value,key=value` into the name and the given parameters."""
    name, _, rest = spec.partition(":")
    return name, {k: number(v) for k, v in (pair.split("=") for pair in rest.split(",") if pair)}


def parameters(spec):
    """Returns the name and every parameter: given in the text, else from the preset, else the default."""
    name, given = parse(spec)
    preset = PRESETS[given["preset"]][name] if "preset" in given else {}
    known = {"preset", "clip_value", "clip_norm", "clip_global_norm", "goal", "ema", "average"}
    unknown = given.keys() - DEFAULTS[name].keys() - known
    assert not unknown, f"{spec}: unknown {unknown}"
    return name, {**DEFAULTS[name], **preset, **given}


def clip(p, gradients):
    """Returns the clipped gradients of all tensors; torch adds 1e-6 to a norm, Keras does not (Pascanu 2013)."""
    guard = 0.0 if p.get("preset") == "keras" else 1e-6

    def shrink(limit, size):
        return min(1.0, limit / (size + guard)) if size + guard > 0 else 1.0

    if "clip_value" in p:
        gradients = [np.clip(g, -p["clip_value"], p["clip_value"]) for g in gradients]
    if "clip_norm" in p:
        gradients = [g * shrink(p["clip_norm"], norm(g)) for g in gradients]
    if "clip_global_norm" in p:
        factor = shrink(p["clip_global_norm"], norm(np.array([norm(g) for g in gradients])))
        gradients = [g * factor for g in gradients]
    return gradients


def run(spec, x0, gradients, tensors, factors=None, real=float):
    """Returns all iterates, and all averages of iterates, of a method applied to a gradient sequence.

    `real` is the arithmetic: float for the reference, numpy.longdouble to see its rounding.
    """
    name, p = parameters(spec)
    p = {key: value if isinstance(value, str) else real(value) for key, value in p.items()}
    formula, base, wd = globals()[name], p["lr"], p["weight_decay"]
    p["base_lr"] = base
    cuts = np.cumsum(tensors)[:-1]
    xs = np.split(np.array(x0, real), cuts)
    memories = [Memory() for _ in xs]
    iterates, averages, average = [], [], None
    for t, gradient in enumerate(gradients, 1):
        if factors is not None:
            p["lr"] = base * factors[t - 1]
        gs = clip(p, np.split(np.array(gradient, real), cuts))
        for i, (g, x) in enumerate(zip(gs, xs)):
            if p.get("goal") == "maximize":
                g = -g
            if p["decay"] == "coupled":
                g = g + wd * x
            elif p["decay"] == "decoupled":
                x = x - p["lr"] * wd * x
            x = x - formula(p, memories[i], g, x, t)
            xs[i] = x / (1 + p["lr"] * wd) if p["decay"] == "proximal" else x
        flat = np.concatenate(xs)
        if "ema" in p:  # the first average is the first iterate
            average = flat if t == 1 else p["ema"] * average + (1 - p["ema"]) * flat
        elif "average" in p:  # Polyak & Juditsky 1992: the plain mean of the iterates so far
            average = flat if t == 1 else average + (flat - average) / t
        iterates.append(flat)
        averages.append(average)
    return np.array(iterates), (np.array(averages) if average is not None else None)
