"""Measures the optimizer steps of Python libraries on the CPU, in float32.

Measures PyTorch in its three ways (loop, foreach, fused), Optax (update and apply_updates in one jit, with
parameters and state donated) and DeepSpeed's CPU optimizers, each with a constant gradient. A library that is
not installed, and a method that a library lacks, is left out with a line on stderr.

Install: pip install numpy torch jax optax
         pip install deepspeed ninja    builds its C++ at first use: needs a C++ compiler and Python's headers
Usage:   python step.py [--methods adamw,sgd] [--sizes 4Ki,1Mi] [--threads 1] [--tensors 1] [--format json]
         [--libraries torch,optax,deepspeed]

Threads: the process is bound to that many cores before anything is imported, for XLA has no other dependable
switch: it starts a thread for every core that it may run on. PyTorch and OpenMP are told the number besides.
"""

import argparse
import inspect
import json
import os
import statistics
import sys
import time

METHODS = (
    "sgd momentum nag adagrad rmsprop adadelta adam adamw nadam adamax amsgrad radam lion adabelief yogi adan lamb "
    "lars signsgd"
).split()
RATE, DECAY, MOMENTUM = 1e-3, 0.01, 0.9
SAMPLES, SAMPLE_SECONDS = 5, 0.02


def note(text):
    print(f"step.py: {text}", file=sys.stderr)


def number(text):
    units = {"Ki": 1 << 10, "Mi": 1 << 20}
    return int(text[:-2]) * units[text[-2:]] if text[-2:] in units else int(text)


def buffers(tensors, length):
    """Returns parameters and gradients: fixed patterns without zeros, so that no state becomes subnormal."""
    import numpy as np

    x = (np.arange(1009) / 1009 - 0.5).astype(np.float32)
    g = (np.arange(997) / 997 - 0.4999).astype(np.float32)
    return [np.resize(x, length) for _ in range(tensors)], [np.resize(g, length) for _ in range(tensors)]


# A peer is (library, version, make): make(method, tensors, length) returns a function that takes one step and one
# that waits until all steps are done, or None if the library lacks the method.


def torch_step(rule, tensors, length, **options):
    import torch

    params = []
    for x, g in zip(*buffers(tensors, length)):
        params.append(torch.from_numpy(x).clone().requires_grad_())
        params[-1].grad = torch.from_numpy(g).clone()
    return rule(params, lr=RATE, **options).step, lambda: None


def torch_peers(threads):
    import torch
    from torch import optim

    torch.set_num_threads(threads)
    rules = {
        "sgd": (optim.SGD, {}),
        "momentum": (optim.SGD, {"momentum": MOMENTUM}),
        "nag": (optim.SGD, {"momentum": MOMENTUM, "nesterov": True}),
        "adagrad": (optim.Adagrad, {}),
        "rmsprop": (optim.RMSprop, {}),
        "adadelta": (optim.Adadelta, {}),
        "adam": (optim.Adam, {}),
        "adamw": (optim.AdamW, {"weight_decay": DECAY}),
        "nadam": (optim.NAdam, {}),
        "adamax": (optim.Adamax, {}),
        "amsgrad": (optim.Adam, {"amsgrad": True}),
        "radam": (optim.RAdam, {}),
    }

    def maker(way):
        def make(method, tensors, length):
            rule, options = rules.get(method, (None, None))
            if rule is None or way == "fused" and "fused" not in inspect.signature(rule).parameters:
                return None
            # foreach=False alone selects the loop; fused requires foreach to be unset.
            how = {"fused": True} if way == "fused" else {"foreach": way == "foreach"}
            return torch_step(rule, tensors, length, **options, **how)

        return make

    return [(f"torch {way}", torch.__version__.split("+")[0], maker(way)) for way in ("loop", "foreach", "fused")]


def optax_peers(threads):
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import optax

    rules = {
        "sgd": optax.sgd(RATE),
        "momentum": optax.sgd(RATE, MOMENTUM),
        "nag": optax.sgd(RATE, MOMENTUM, nesterov=True),
        "adamw": optax.adamw(RATE, weight_decay=DECAY),
        "signsgd": optax.sign_sgd(RATE),
    }
    same_name = "adagrad rmsprop adadelta adam nadam adamax amsgrad radam lion adabelief yogi adan lamb lars".split()
    rules |= {name: getattr(optax, name)(RATE) for name in same_name}

    def make(method, tensors, length):
        rule = rules.get(method)
        if rule is None:
            return None

        def update(x, state, g):
            change, state = rule.update(g, state, x)
            return optax.apply_updates(x, change), state

        update = jax.jit(update, donate_argnums=(0, 1))
        x, g = jax.tree.map(jax.numpy.array, buffers(tensors, length))
        # Copied, since a rule may use one buffer of zeros twice, and no buffer can be donated twice.
        state = jax.tree.map(jax.numpy.copy, rule.init(x))

        def step():
            nonlocal x, state
            x, state = update(x, state, g)

        return step, lambda: jax.block_until_ready((x, state))

    return [("optax", f"{optax.__version__}, jax {jax.__version__}", make)]


def deepspeed_peers(threads):
    import torch

    torch.set_num_threads(threads)
    import deepspeed
    from deepspeed.ops.adagrad import DeepSpeedCPUAdagrad
    from deepspeed.ops.adam import DeepSpeedCPUAdam
    from deepspeed.ops.lion import DeepSpeedCPULion

    rules = {
        "adagrad": (DeepSpeedCPUAdagrad, {}),
        "adam": (DeepSpeedCPUAdam, {"adamw_mode": False}),
        "adamw": (DeepSpeedCPUAdam, {"weight_decay": DECAY}),
        "lion": (DeepSpeedCPULion, {}),
    }

    def make(method, tensors, length):
        rule, options = rules.get(method, (None, None))
        return rule and torch_step(rule, tensors, length, **options)

    return [("deepspeed", deepspeed.__version__, make)]


LIBRARIES = {"torch": torch_peers, "optax": optax_peers, "deepspeed": deepspeed_peers}


def seconds(step, wait, steps):
    start = time.perf_counter()
    for _ in range(steps):
        step()
    wait()
    return time.perf_counter() - start


def measure(step, wait):
    """Returns the median seconds of a step over samples of many steps, after a warm-up step."""
    seconds(step, wait, 1)
    steps = 1
    while seconds(step, wait, steps) < SAMPLE_SECONDS:
        steps *= 2
    return statistics.median(seconds(step, wait, steps) / steps for _ in range(SAMPLES))


def main():
    words = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", type=words, default=METHODS)
    parser.add_argument("--sizes", type=words, default="4Ki,64Ki,1Mi,16Mi,64Mi".split(","))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tensors", type=int, default=1)
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--libraries", type=words, default=list(LIBRARIES))
    options = parser.parse_args()

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    # Output of the libraries and their compilers, even from C++, goes to stderr; stdout is for the rows.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    rows = []
    for name in options.libraries:
        try:
            peers = LIBRARIES[name](options.threads)
        except ImportError as error:
            note(f"{name} left out: {error}")
            continue
        for library, version, make in peers:
            for method in options.methods:
                for size in options.sizes:
                    length = max(number(size) // options.tensors, 1)
                    n = length * options.tensors
                    try:
                        made = make(method, options.tensors, length)
                    except RuntimeError as error:
                        note(f"{library} {method} left out: {error.__cause__ or error}")
                        break
                    if made is None:
                        note(f"{library} has no {method}")
                        break
                    row = {"library": library, "version": version, "method": method, "n": n}
                    row |= {"threads": options.threads, "tensors": options.tensors}
                    rows.append(row | {"ns_per_param": round(measure(*made) * 1e9 / n, 4)})
                    if options.format == "table":
                        at = f"n {n:<9} threads {options.threads}  tensors {options.tensors:<5}"
                        print(f"{library:<14} {method:<10} {at} {rows[-1]['ns_per_param']:9.4f} ns/param", file=out)
    if options.format == "json":
        print('{"rows": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]}", file=out)


if __name__ == "__main__":
    main()
