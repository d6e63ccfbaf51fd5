"""Times steps of `thalweg.torch` and of `thalweg.Optimizer` beside those of PyTorch and of loops in numpy.

    python bench/peers/torch_step.py [--rounds 7] [--numbers 64]

In each round all take turns, so that the load of the machine meets all of them; the medians over the rounds are printed,
and the median of the ratios within the rounds. `--numbers` is the size of the large tensor in units of 2^20 numbers.
Measured with torch 2.15 on two threads.
"""

import argparse
import statistics
import time

import numpy as np
import torch

import thalweg
import thalweg.torch


def seconds(step, least=0.05):
    """Return the seconds of one call, from as many calls as take `least` seconds."""
    step()
    count, total = 1, 0.0
    while total < least:
        start = time.perf_counter()
        for _ in range(count):
            step()
        total = time.perf_counter() - start
        if total < least:
            count = max(count + 1, int(count * min(2 * least / max(total, 1e-9), 10)))
    return total / count


def tensors(count, size):
    params = [torch.full((size,), 0.5, requires_grad=True) for _ in range(count)]
    for index, param in enumerate(params):
        param.grad = torch.full((size,), 1e-3 * (1 + index % 7))
    return params


def compare(name, rounds, contestants, base, least=0.05):
    """Print the medians of all, and the ratios of `base` to the others."""
    times = {label: [] for label in contestants}
    for number in range(rounds):
        labels = list(contestants)
        if number % 2:
            labels.reverse()
        for label in labels:
            times[label].append(seconds(contestants[label], least))
    print(f"{name}")
    for label, values in times.items():
        ratio = statistics.median(other / own for other, own in zip(values, times[base]))
        print(f"  {label:<28} {statistics.median(values) * 1e6:12.2f} µs   {ratio:8.3f} × {base}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--numbers", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(2)

    x, g = np.full(8, 0.5), np.full(8, 1e-3)
    sgd = thalweg.Optimizer("sgd", lr=1e-3)
    adam = thalweg.Optimizer("adam", lr=1e-3)
    m, v = np.zeros(8), np.zeros(8)
    t = 0

    def numpy_adam():
        nonlocal t, m, v, x
        t += 1
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        x -= 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    compare(
        "one array of 8 numbers",
        options.rounds,
        {"Optimizer sgd": lambda: sgd.step(x, g), "Optimizer adam": lambda: adam.step(x, g), "numpy adam": numpy_adam},
        "Optimizer adam",
    )
    for count in (1, 1000):
        of = {
            "thalweg AdamW": thalweg.torch.AdamW(tensors(count, 8)),
            "torch SGD": torch.optim.SGD(tensors(count, 8), lr=1e-3),
            "torch AdamW": torch.optim.AdamW(tensors(count, 8)),
            "torch AdamW foreach": torch.optim.AdamW(tensors(count, 8), foreach=True),
            "torch AdamW fused": torch.optim.AdamW(tensors(count, 8), fused=True),
        }
        contestants = {label: optimizer.step for label, optimizer in of.items()}
        compare(f"{count} tensors of 8 numbers", options.rounds, contestants, "thalweg AdamW")
    size = options.numbers << 20
    if size:
        of = {
            "thalweg AdamW": thalweg.torch.AdamW(tensors(1, size)),
            "torch AdamW fused": torch.optim.AdamW(tensors(1, size), fused=True),
        }
        contestants = {label: optimizer.step for label, optimizer in of.items()}
        large, gradient = np.full(size, 0.5, np.float32), np.full(size, 1e-3, np.float32)
        adamw = thalweg.Optimizer("adamw", lr=1e-3)
        contestants["Optimizer adamw"] = lambda: adamw.step(large, gradient)
        compare(f"one tensor of {options.numbers} Mi numbers", options.rounds, contestants, "thalweg AdamW", 0.2)


if __name__ == "__main__":
    main()
