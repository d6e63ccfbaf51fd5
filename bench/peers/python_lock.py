"""Measures how much a busy thread of Python loses to a fit on one thread that runs beside it.

    python bench/peers/python_lock.py [--rounds 8] [--rows 1000000]

The thread counts in a loop. In each round it does so beside a fit, and for as long beside a thread that sleeps. Linux says
of a thread how long it ran, and how long it waited for a processor; the rest of the time it waits for the lock of Python.
What other processes take is therefore no part of the figures: progress is counted per second in which the thread ran or
waited for the lock.
"""

import argparse
import statistics
import threading
import time

import numpy as np

import thalweg


class Busy(threading.Thread):
    """A thread that counts until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.count = 0
        self.is_stopped = False

    def run(self):
        while not self.is_stopped:
            for _ in range(1000):
                self.count += 1

    def state(self):
        """Return the count, and the seconds in all, on a processor and in the queue for one."""
        with open(f"/proc/self/task/{self.native_id}/schedstat") as file:
            ran, queued, _ = map(int, file.read().split())
        return np.array([self.count, time.monotonic(), ran / 1e9, queued / 1e9])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    X = random.normal(size=(options.rows, 28))
    y = (X[:, 0] - X[:, 1] + random.normal(size=options.rows) > 0).astype(float)
    busy = Busy()
    busy.start()

    def measured(work):
        before = busy.state()
        work()
        count, wall, ran, queued = busy.state() - before
        return wall, count / (wall - queued), count / ran, 1 - (ran + queued) / wall

    def fit():
        thalweg.fit((X, y), "y", method="adam", batch_size=4096, epochs=5, threads=1, progress=False)

    fit()
    ratios, waits = [], []
    for _ in range(options.rounds):
        beside = measured(fit)
        alone = measured(lambda: time.sleep(beside[0]))
        ratios.append((beside[1] / alone[1], beside[2] / alone[2]))
        waits.append((beside[3], alone[3]))
        print(
            f"fit of {beside[0]:.2f} s: progress {ratios[-1][0]:.3f} of that alone, {ratios[-1][1]:.3f} per second of "
            f"processor time; waiting for the lock {beside[3]:.2%}, alone {alone[3]:.2%}"
        )
    busy.is_stopped = True
    progress, per_second = (statistics.median(values) for values in zip(*ratios))
    waiting, waiting_alone = (statistics.median(values) for values in zip(*waits))
    print(f"medians: {progress:.3f}, {per_second:.3f} per second of processor time; {waiting:.2%}, {waiting_alone:.2%}")


if __name__ == "__main__":
    main()
