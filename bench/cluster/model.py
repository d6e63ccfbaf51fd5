"""Simulates training steps on several ranks: the time of a step from measured times of leaves and the constants of a
link.

A step has these parts: the order of the rows, of which a rank computes that of its own; with rows that ranks hold parts of, their
messages; the leaves of the sum over the batch, each on one thread of the rank that owns it; the exchange of the sums,
for which every rank waits for the slowest; and the step of the method. Ranks own the nodes of the sum's tree that
`crates/thalweg-learn/src/model/parallel_sum/partition.rs` gives them.
"""

import bisect
import functools
import heapq
import math
import random
import statistics
from collections import namedtuple

import messages

# Leaves of a rank from which their sum is drawn as a normal number.
MANY_LEAVES = 100

# Number of simulated times of a rank with so many leaves.
SAMPLES = 300

# Parameters from which the step of the method is divided among ranks (`train/shards`).
SHARDED_PARAMETERS = 1 << 16

# Parameters from which the step of the method is divided among threads.
MANY_PARAMETERS = 1 << 15

# Leaves of a batch of perceptrons, between these numbers of rows, and rows of the blocks of a leaf, which threads take:
# `crates/thalweg-learn/src/model/mlp/batch.rs`.
PERCEPTRON_LEAVES, MIN_LEAF_ROWS, MAX_LEAF_ROWS, BLOCK_ROWS = 8, 128, 1024, 64

# Ranks of `threads` threads each. `slow` ranks take `slowdown` times as long for their leaves. If all ranks are on one
# machine, its `cores` are what they share.
Cluster = namedtuple("Cluster", "ranks threads link slow slowdown cores", defaults=(0, 1.0, None))

# Rows of a batch that ranks hold parts of: bytes of a row; seconds on one thread for a row of the batch on every rank,
# and for one of those that a rank reads, sends, receives and sums.
Division = namedtuple("Division", "row_bytes batch_seconds rank_seconds")


class Model:
    """A model with its measured times, as a record has them; `speed` are leaves of it in the time of one."""

    def __init__(self, measured, speed=1.0):
        self.name, self.parameters, self.bytes = measured["name"], measured["parameters"], measured["bytes"]
        self.leaf_rows, self.step_seconds = measured["leaf_rows"], measured["step_seconds"] / speed
        # Sparse rows with as many numbers as a gradient; 0 for other rows.
        self.gradient_rows = measured["gradient_rows"]
        self.quantiles = [time / speed for time in measured["leaf_seconds"]]
        # Of times that are uniform between two quantiles.
        between = list(zip(self.quantiles, self.quantiles[1:]))
        self.mean = statistics.mean((a + b) / 2 for a, b in between)
        self.lone_part = measured["lone_leaf_seconds"] / speed / statistics.median(self.quantiles)
        self.deviation = math.sqrt(statistics.mean(((a + b) / 2 - self.mean) ** 2 + (b - a) ** 2 / 12 for a, b in between))
        self.of_counts = {}

    def leaf_len(self, batch):
        """Returns the rows of a leaf of a batch: `leaf_len` of `crates/thalweg-learn/src/model/parallel_sum/mod.rs`."""
        if self.gradient_rows:
            return -(-batch // max(batch // self.gradient_rows, 1))
        if not self.name.startswith("mlp"):
            return self.leaf_rows
        rows = -(-batch // (PERCEPTRON_LEAVES * BLOCK_ROWS)) * BLOCK_ROWS
        return min(max(rows, MIN_LEAF_ROWS), MAX_LEAF_ROWS)

    def task_len(self, batch):
        """Returns the rows of what a thread takes at a time."""
        return BLOCK_ROWS if self.name.startswith("mlp") else self.leaf_len(batch)

    def leaf(self, draw):
        """Draws the time of a leaf from those that were measured."""
        at = draw.random() * (len(self.quantiles) - 1)
        below = int(at)
        return self.quantiles[below] + (at - below) * (self.quantiles[below + 1] - self.quantiles[below])

    def leaves(self, count, threads, draw):
        """Draws the time of this many leaves on threads that take the next one as they get free, of times that were
        simulated once."""
        if (count, threads) not in self.of_counts:
            fixed = random.Random(f"{self.name} {count} {threads}")
            self.of_counts[count, threads] = [self._leaves(count, threads, fixed) for _ in range(SAMPLES)]
        return self.of_counts[count, threads][int(draw.random() * SAMPLES)]

    def _leaves(self, count, threads, draw):
        if count > MANY_LEAVES * threads:
            total = count * self.mean + math.sqrt(count) * self.deviation * draw.gauss(0.0, 1.0)
            return total / threads + self.mean * (threads - 1) / (2 * threads)
        free = [0.0] * threads
        for _ in range(count):
            heapq.heapreplace(free, free[0] + self.leaf(draw))
        return max(free)


def split(rows, leaf):
    """Returns the rows in the left half of a node, or None for a leaf."""
    return -(-(rows // 2) // leaf) * leaf if rows > leaf else None


@functools.cache
def partition(rows, leaf, ranks):
    """Returns for each rank the rows of its nodes, one list of lengths for each."""
    if ranks == 1:
        return [[rows]]
    depth = (ranks - 1).bit_length() + (0 if ranks & (ranks - 1) == 0 else 1)
    starts = []

    def push_starts(start, end, depth):
        left = split(end - start, leaf)
        if left is None or depth == 0:
            starts.append(start)
        else:
            push_starts(start, start + left, depth - 1)
            push_starts(start + left, end, depth - 1)

    push_starts(0, rows, depth)
    borders = []
    for rank in range(ranks):
        at = rows * rank // ranks
        after = bisect.bisect_left(starts, at)
        before, after = starts[max(after - 1, 0)], starts[min(after, len(starts) - 1)]
        borders.append(after if abs(at - after) < abs(at - before) else before)
    parts = [[] for _ in range(ranks)]

    def owner(row):
        return bisect.bisect_right(borders, row) - 1

    def push_parts(start, end):
        rank, left = owner(start), split(end - start, leaf)
        if left is None or owner(end - 1) == rank:
            parts[rank].append(end - start)
        else:
            push_parts(start, start + left)
            push_parts(start + left, end)

    push_parts(0, rows)
    return parts


# Parts of the mean time of a step, in seconds: order of the rows, rows from other ranks, leaves and waits for those of
# other ranks, exchange, and step of the method; and the share of a rank's time in exchanges and waits.
Step = namedtuple("Step", "order rows leaves exchange method seconds waiting")


# Seconds of every model: for a row, to compute its place in the order of an epoch; for a byte of a gradient, to add it to another.
Machine = namedtuple("Machine", "order_seconds_per_row add_seconds_per_byte", defaults=(0.0, 0.0))


def step(model, batch, cluster, machine=Machine(), division=None, steps=8, seed=1):
    """Simulates steps of a training with batches of this many rows, and returns their mean."""
    draw, ranks, threads = random.Random(seed), cluster.ranks, cluster.threads
    task_len = model.task_len(batch)
    parts = partition(batch, model.leaf_len(batch), ranks)
    most = max(map(sum, parts))
    # Tasks of each rank, in the time of the leaves that were measured.
    counts = [sum(math.ceil(rows / task_len) for rows in of_rank) for of_rank in parts]
    scale = task_len / model.leaf_rows
    if model.leaf_len(batch) >= batch:
        # A leaf that is all of the batch is added to no other.
        scale *= model.lone_part
    slowdowns = [scale * (cluster.slowdown if rank < cluster.slow else 1.0) for rank in range(ranks)]
    # Ranks that share a core have it for a part of the time; while a core has none, no rank moves to it.
    share = math.ceil(ranks * threads / cluster.cores) if cluster.cores else 1
    slowest = own = 0.0
    for _ in range(steps):
        times = [slow * model.leaves(count, threads, draw) for count, slow in zip(counts, slowdowns)]
        slowest += sum(sorted(times)[-share:]) / steps
        own += sum(times) / ranks / steps
    method = share * model.step_seconds / (threads if model.parameters > MANY_PARAMETERS else 1)
    order = share * machine.order_seconds_per_row * most / threads
    received = sent = 0.0
    if division is not None:
        received = share * (division.batch_seconds * batch + division.rank_seconds * most)
        sent = messages.rows(cluster.link, ranks, most, division.row_bytes)
    sums = [len(of_rank) for of_rank in parts]
    exchanged = messages.exchange(cluster.link, sums, model.parameters, model.bytes, machine.add_seconds_per_byte)
    if ranks > 1 and model.parameters >= SHARDED_PARAMETERS:
        # Each rank steps its shard.
        method /= ranks
    seconds = order + received + sent + slowest + exchanged + method
    return Step(order, received + sent, slowest, exchanged, method, seconds, (slowest - own + exchanged + sent) / seconds)
