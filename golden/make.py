"""Writes the reference numbers of this folder: gradients.json, <method>.json, schedules.json.

Made with Python 3.11.7 and, each from its public release,
    torch 2.15.0   keras 3.15.1   optax 0.2.8   jax 0.10.2   numpy 2.4.6
Usage
    pip install torch==2.15.0 keras==3.15.1 optax==0.2.8 "jax[cpu]==0.10.2" numpy==2.4.6
    python golden/make.py            writes the files and prints a check of each
    python golden/make.py adam lars  only these methods

Every method is fed with the same fixed gradients: gradient t is given at step t wherever x is,
so that a trajectory depends on nothing but the update formula. All arithmetic is float64.

The `source` of a case is the very expression that is evaluated to get the optimizer. Where no
library has the variant the source is `numpy` with the paper, and formulas.py is the reference.
formulas.py also repeats every case in extended precision; the number printed is the largest
difference of the reference from that, relative to max(|x|, 1): what a library and formulas.py
disagree about, and what rounding alone does to the case.
"""

import json
import math
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"  # the backend that runs Keras's own formulas operation by operation
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import formulas
from cases import AROUND, METHODS, PLATEAU, SCHEDULED, SCHEDULES

HERE = Path(__file__).parent
STEPS = [*range(1, 11), *range(20, 201, 10)]
COUNT = 200

keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


# --- the gradients ---------------------------------------------------------------------------

X0 = [0.71, -1.31, 0.253, 2.93, -0.117, 1.73, -0.457, 0.913]
EXPONENTS = [-4, 2, -10, -1, -8, 0, -2, -6]  # of the magnitude, per coordinate


def make_gradients():
    """Returns 200 gradients of 8 numbers from 1e-10 to 1e2, with random signs and magnitudes varying within a factor of 10."""
    random = np.random.default_rng(20240607)
    signs = random.choice([-1.0, 1.0], (COUNT, 8))
    shift = [{-10: 0.0, 2: -1.0}.get(e, -0.5) for e in EXPONENTS]
    powers = np.array(EXPONENTS) + np.array(shift) + random.random((COUNT, 8))
    rows = [[float(f"{v:.8g}") for v in row] for row in signs * 10**powers]
    for step in (31, 77, 121, 122, 123, 160):  # all gradients zero
        rows[step - 1] = [0.0] * 8
    for step, coordinates in {
        1: [4], 2: [4], 15: [0, 1, 2, 3], 44: [1], 45: [1, 6], 52: [5, 6, 7], 99: [0, 2, 4, 6],
        140: [0, 1, 2, 3, 4], 185: [7],
    }.items():
        for k in coordinates:
            rows[step - 1][k] = 0.0
    return rows


GRADIENTS = make_gradients()


# --- running a library -----------------------------------------------------------------------
# Each runner returns (iterates, averages or None), as formulas.run does.


def run_torch(source, spec, tensors, factors):
    _, p = formulas.parse(spec)
    model = torch.nn.ParameterList(torch.nn.Parameter(piece.clone()) for piece in torch.tensor(X0).split(tensors))
    params = list(model.parameters())
    optimizer = eval(source, {"torch": torch, "params": params})
    base = optimizer.param_groups[0]["lr"]
    mean = None
    if "ema" in p:
        mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(p["ema"]))
    elif "average" in p:
        mean = AveragedModel(model)
    iterates, averages = [], []
    for t, gradient in enumerate(GRADIENTS):
        if factors is not None:
            optimizer.param_groups[0]["lr"] = base * factors[t]
        for tensor, piece in zip(params, torch.tensor(gradient).split(tensors)):
            tensor.grad = piece.clone()
        if "clip_value" in p:
            torch.nn.utils.clip_grad_value_(params, p["clip_value"])
        if "clip_norm" in p:
            for tensor in params:
                torch.nn.utils.clip_grad_norm_([tensor], p["clip_norm"])
        if "clip_global_norm" in p:
            torch.nn.utils.clip_grad_norm_(params, p["clip_global_norm"])
        optimizer.step()
        iterates.append(torch.cat([tensor.detach() for tensor in params]).numpy())
        if mean is not None:
            mean.update_parameters(model)
            averages.append(torch.cat([tensor.detach() for tensor in mean.parameters()]).numpy())
    return np.array(iterates), (np.array(averages) if mean is not None else None)


def run_keras(source, spec, tensors, factors):
    cuts = np.cumsum(tensors)[:-1]
    variables = [keras.Variable(piece, dtype="float64") for piece in np.split(np.array(X0), cuts)]
    optimizer = eval(source, {"keras": keras})
    base = float(optimizer.learning_rate)
    iterates = []
    for t, gradient in enumerate(GRADIENTS):
        if factors is not None:
            optimizer.learning_rate = base * factors[t]
        pieces = [jnp.asarray(piece) for piece in np.split(np.array(gradient), cuts)]
        shrink = 1 - float(optimizer.learning_rate) * (optimizer.weight_decay or 0)
        before = [variable.value * shrink for variable in variables]
        optimizer.apply(pieces, variables)
        if isinstance(optimizer, keras.optimizers.Ftrl):  # the step of sparse gradients, which leaves the others alone
            for variable, piece, x in zip(variables, pieces, before):
                variable.assign(jnp.where(piece == 0, x, variable.value))
        iterates.append(np.concatenate([np.asarray(v.value) for v in variables]))
    return np.array(iterates), None


def run_optax(source, spec, tensors, factors):
    cuts = np.cumsum(tensors)[:-1]
    xs = [jnp.asarray(piece) for piece in np.split(np.array(X0), cuts)]
    names = {"optax": optax}
    if factors is not None:
        base = formulas.parameters(spec)[1]["lr"]
        names["schedule"] = lambda count: base * factors[int(count)]
    optimizer = eval(source, names)
    state = optimizer.init(xs)
    iterates = []
    for gradient in GRADIENTS:
        pieces = [jnp.asarray(piece) for piece in np.split(np.array(gradient), cuts)]
        updates, state = optimizer.update(pieces, state, xs)
        xs = optax.apply_updates(xs, updates)
        iterates.append(np.concatenate([np.asarray(x) for x in xs]))
    return np.array(iterates), None


RUNNERS = {"torch": run_torch, "keras": run_keras, "optax": run_optax}


def distance(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1)))


def make_case(spec, source, tensors=(8,), schedule=None):
    tensors = list(tensors)
    factors = None if schedule is None else [closed_form(schedule, t) for t in range(COUNT)]
    exact, exact_mean = formulas.run(spec, X0, GRADIENTS, tensors, factors, np.longdouble)
    if source == "numpy":
        paper = getattr(formulas, formulas.parse(spec)[0]).__doc__.splitlines()[0]
        source = f"numpy: {paper}"
        iterates, averages = formulas.run(spec, X0, GRADIENTS, tensors, factors)
    else:
        iterates, averages = RUNNERS[source.partition(".")[0]](source, spec, tensors, factors)
    difference = distance(iterates, exact)
    if averages is not None:
        difference = max(difference, distance(averages, exact_mean))
    assert iterates.dtype == np.float64 and np.isfinite(iterates).all(), spec
    print(f"  {spec:104} {source.partition('.')[0][:5]} {difference:.1e}")
    case = {"spec": spec, "source": source, "tensors": tensors}
    if schedule is not None:
        case["schedule"] = schedule
    case["steps"] = STEPS
    case["x"] = [iterates[t - 1].tolist() for t in STEPS]
    if averages is not None:
        case["average"] = [averages[t - 1].tolist() for t in STEPS]
    return case


# --- schedules -------------------------------------------------------------------------------


def closed_form(spec, t):
    """Returns the factor at step t (from 0) by the formula; `a+b` runs a for its `steps`, then b."""
    first, _, rest = spec.partition("+")
    name, p = formulas.parse(first)
    if rest and t >= p["steps"]:
        return closed_form(rest, t - p["steps"])
    if name == "constant":
        return 1.0
    if name == "step":
        return p["factor"] ** (t // p["every"])
    if name == "exponential":
        return p["rate"] ** (t / p["every"])
    if name == "polynomial":
        return p["end"] + (1 - p["end"]) * (1 - min(t / p["steps"], 1)) ** p["power"]
    if name == "cosine":  # Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5
        return p["end"] + (1 - p["end"]) * (1 + math.cos(math.pi * min(t / p["steps"], 1))) / 2
    if name == "piecewise":
        return [1.0, *(v for k, v in p.items() if t >= int(k))][-1]
    if name == "warmup":
        return p["start"] + (1 - p["start"]) * min(t / p["steps"], 1)
    if name == "onecycle":  # Smith & Topin 2017, arXiv:1708.07120, with torch's two cosine halves
        peak, last = p["warmup"] * p["steps"] - 1, p["steps"] - 1
        if t <= peak:
            start, end, part = p["start"], 1.0, t / peak
        else:
            start, end, part = 1.0, p["end"], min((t - peak) / (last - peak), 1)
        return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
    if name == "inverse":
        return (1 + p["rate"] * t) ** -p["power"]
    raise ValueError(spec)


def make_schedule(spec, source, known):
    """Compares torch's factors over its first `known` steps with the closed form, which is written if torch's
    recursion differs by more than 1e-12 or torch has no such schedule."""
    factors = [closed_form(spec, t) for t in range(61)]
    difference = None
    if source != "closed form":
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = eval(source, {**vars(lr_scheduler), "optimizer": optimizer})
        torch_factors = []
        for _ in range(known):
            torch_factors.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            scheduler.step()
        difference = distance(np.array(torch_factors), np.array(factors[:known]))
        if difference <= 1e-12:
            factors[:known] = torch_factors
        source = f"torch.optim.lr_scheduler: {source}"
        if difference > 1e-12:
            source = f"closed form; {source} strays from it by {difference:.0e}"
        elif known < 61:
            source += f" for the first {known} factors, then the last value held"
    print(f"  {spec:104} {'' if difference is None else format(difference, '.1e')}")
    return {"spec": spec, "source": source, "factors": factors}


def make_plateau(spec, losses):
    _, p = formulas.parse(spec)
    source = (
        f"ReduceLROnPlateau(optimizer, mode='min', factor={p['factor']}, patience={int(p['patience'])}, "
        f"threshold={p['threshold']}, threshold_mode='rel', cooldown={int(p['cooldown'])}, min_lr={p['min']}, eps=0)"
    )
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = eval(source, {**vars(lr_scheduler), "optimizer": optimizer})
    factors = []
    for loss in losses:
        scheduler.step(loss)
        factors.append(float(optimizer.param_groups[0]["lr"]))
    print(f"  {spec}")
    return {"spec": spec, "source": f"torch.optim.lr_scheduler: {source}", "losses": losses, "factors": factors}


# --- files -----------------------------------------------------------------------------------


def rows(table):
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in table) + "]"


def write(name, items):
    """Formats a list of objects: one line per field, and one line per row for a field that is a table."""
    blocks = []
    for item in items:
        fields = []
        for key, value in item.items():
            table = isinstance(value, list) and isinstance(value[0], list)
            text = rows(value) if table else json.dumps(value, separators=(",", ":"))
            fields.append(f"{json.dumps(key)}:{text}")
        blocks.append("{" + ",\n".join(fields) + "}")
    (HERE / name).write_text("[\n" + ",\n".join(blocks) + "\n]\n")


def main():
    wanted = sys.argv[1:]
    text = f'{{"x0":{json.dumps(X0)},\n"gradients":{rows(GRADIENTS)}}}\n'
    (HERE / "gradients.json").write_text(text)
    files = {**METHODS, "around": AROUND, "scheduled": SCHEDULED}
    for name, cases in files.items():
        if not wanted or name in wanted:
            print(name)
            write(f"{name}.json", [make_case(*case) for case in cases])
    if not wanted or "schedules" in wanted:
        print("schedules")
        plain = [make_schedule(*case) for case in SCHEDULES]
        write("schedules.json", plain + [make_plateau(*case) for case in PLATEAU])


if __name__ == "__main__":
    main()
