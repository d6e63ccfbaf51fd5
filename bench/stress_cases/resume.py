"""Fits that are killed again and again and resumed until they are done: the model is that of a fit without a pause."""

import json
import signal

from .files import libsvm, mixed, table
from .kills import signalled

CASES = 600
# Kills of one fit, after which it runs to its end.
MAX_KILLS = 6
# Seconds until a signal, at most: with few steps between two checkpoints, a fit advances in any case.
LONGEST = 0.6


def methods(context):
    """Returns the names of all methods."""
    listed = context.run("methods", "--format", "json").out.decode()
    return [method["name"] for method in json.loads(listed)["methods"]]


def scenarios(context):
    """Returns names and arguments of fits: every method, kind of model, storage of the rows and size of the batch."""
    adam = ["--method", "adam:lr=0.01"]
    fits = {
        "dense": ["dense.csv", "-t", "y", "-e", "30", *adam],
        "full batch": ["dense.csv", "-t", "y", "-e", "300", *adam, "-b", "full"],
        "solver and refit": ["mixed.csv", "-t", "y", "--refit", "always"],
        "sparse": ["sparse.libsvm", "-e", "6", *adam, "-b", "8"],
        "sparse and momentum": ["sparse.libsvm", "-e", "6", "--method", "momentum:lr=0.05", "-b", "8"],
        "streaming": ["rows.csv", "-t", "y", "-e", "2", *adam, "--max-memory", "128M"],
        "softmax": ["digits.csv", "-t", "y", "-e", "40", "--loss", "softmax", *adam],
        "fm": ["sparse.libsvm", "-e", "4", "--model", "fm:rank=3", *adam],
        "mlp": ["dense.csv", "-t", "y", "-e", "20", "--model", "mlp:32,dropout=0.1", *adam],
        "mini-batch of 1": ["mixed.csv", "-t", "y", "-e", "6", "-b", "1", "--method", "sgd:lr=0.01"],
        "schedule": ["dense.csv", "-t", "y", "-e", "30", *adam, "--schedule", "warmup:steps=40+cosine"],
        "plateau": ["dense.csv", "-t", "y", "-e", "30", *adam, "--schedule", "plateau:factor=0.5,patience=1"],
        "accumulation and average": ["dense.csv", "-t", "y", "-e", "20", "--method", "adam:accumulate=3,ema=0.99"],
        "class weights and early stopping": [
            *["mixed.csv", "-t", "y", "-e", "200", *adam, "--class-weight", "balanced", "--patience", "4"]
        ],
    }
    for name in methods(context):
        rate = [] if name in {"lbfgs", "saga"} else ["-e", "20"]
        fits[f"method {name}"] = ["dense.csv", "-t", "y", "--method", name, "--l2", "0.001", *rate]
    return list(fits.items())


def cases(context):
    random = context.random
    context.write("dense.csv", table(random, 4000, 6))
    context.write("mixed.csv", mixed(random, 2000))
    context.write("sparse.libsvm", libsvm(random, 4000, 2000))
    digits = [f"{random.random():.3f},{random.random():.3f},{random.randrange(5)}" for _ in range(3000)]
    context.write("digits.csv", "a,b,y\n" + "\n".join(digits) + "\n")
    known = scenarios(context)
    for number in range(CASES):
        name, arguments = known[number % len(known)]
        if name == "streaming" and not context.path("rows.csv").exists():
            context.write("rows.csv", table(random, 250_000, 40))
        fit = ["fit", *arguments, "-q", "--seed", str(number // len(known))]
        kind = random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        kills, problem = resumed(context, fit, kind)
        yield f"{name}: {kills} times {kind.name}", problem


def resumed(context, fit, kind):
    """Kills and resumes a fit until it is done. Returns the number of kills, and what is wrong with the model."""
    random = context.random
    for output in ["whole.model", "resumed.model"]:
        context.path(output).unlink(missing_ok=True)
    for old in context.path("checkpoints").glob("*"):
        old.unlink()
    context.path("checkpoints").mkdir(exist_ok=True)
    whole = context.run(*fit, "-o", "whole.model")
    if problem := whole.problem({0, 3}):
        return 0, problem
    every = random.choice(["1steps", "10steps", "37steps", "epoch", "0.05s"])
    kills = 0
    while True:
        more = ["--resume", "checkpoints", "--checkpoint-every", every, "--threads", str(random.choice([1, 2, 3, 8]))]
        more += ["-o", "resumed.model"]
        if kills == MAX_KILLS:
            ended = context.run(*fit, *more)
            code, said = ended.code, ended.err.decode(errors="replace")
        else:
            delay = random.uniform(0, min(LONGEST, 1.2 * whole.seconds))
            _, code = signalled(context, [*fit, *more], None, kind, delay, context.hang_seconds)
            said = context.path("err").read_text(errors="replace")
        if code == whole.code:
            break
        # A signal before the training begins ends the program at once.
        if code not in {-signal.SIGKILL, 128 + kind, -kind}:
            return kills, f"exit code {code} with --checkpoint-every {every}: {said[-300:]}"
        kills += 1
        context.path("resumed.model").unlink(missing_ok=True)
    contents = [context.path(model).read_bytes() for model in ["whole.model", "resumed.model"]]
    if contents[0] != contents[1]:
        return kills, f"another model with --checkpoint-every {every}"
    left = [path.name for path in context.path("checkpoints").iterdir() if path.name.startswith(".")]
    return kills, f"left {', '.join(left)}" if left else None
