"""Weak and strong scaling to 1,024 ranks, as the simulator computes it from a record, and the tables for page.py."""

import functools
import statistics

import messages
import simulate
from messages import Link
from model import Cluster, step

# Networks, whose constants are assumed.
TCP, RDMA = "10 GbE (TCP)", "100 GbE (RDMA)"
NETWORKS = {
    TCP: Link(30e-6, 1.1e9, 3e-6, simulate.EAGER_BYTES),
    RDMA: Link(8e-6, 11.5e9, 0.5e-6, 1 << 13),
    "InfiniBand NDR200": Link(2e-6, 23e9, 0.2e-6, 1 << 13),
}

MODELS = {
    "linear-28": "logistic regression, 28 numbers",
    "hashed-20-bits": "logistic regression, 40 of 2²⁰ hashed features",
    "softmax-784x10": "softmax regression, 784 numbers, 10 classes",
    "fm-40": "factorization machine, 40 of 2¹⁶ features, 8 factors",
    "mlp-784-128-10": "perceptron 784–128–10",
}
WIDEST = "hashed-24-bits"

# Threads of a rank, and numbers of ranks.
THREADS = 16
RANKS = (4, 16, 64, 256, 1024)

# Part of the speed of ranks that work alone, from which a number of them is said to pay.
PAYS = 0.5

# Part of their speed for which the rows of a rank are looked for.
BUSY = 0.8

# Largest relative difference between a measured and a simulated time that counts as agreement.
AGREEMENT = 0.2

# Rows of Criteo's log of 24 days; bytes of a row of 13 numbers and 26 codes of levels; rows of a batch.
CRITEO_ROWS, CRITEO_BYTES, CRITEO_BATCH = 4_373_472_329, 4 * (13 + 26) + 16, 1 << 20


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def number(value):
    """Returns a number with two digits, or all of those before the point."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.95 else f"{value:.2g}"


def milliseconds(seconds):
    return f"{seconds * 1e3:,.0f}" if seconds >= 1 else f"{seconds * 1e3:.3g}"


class Scaling:
    """Simulated times of the models of a record."""

    def __init__(self, record):
        self.record = record
        self.machine = simulate.machine_of(record)
        self.division = simulate.division_of(record)._replace(row_bytes=CRITEO_BYTES)
        self.models = {name: simulate.model_of(record, name) for name in [*MODELS, WIDEST]}

    @functools.cache
    def step(self, model, network, ranks, batch, slowdown=1.0):
        cluster = Cluster(ranks, THREADS, NETWORKS[network], slow=int(slowdown > 1), slowdown=slowdown)
        return step(self.models[model], batch, cluster, self.machine)

    def weak(self, model, network, ranks, rows):
        """Returns the speed of ranks with this many rows each, in percent of that of as many that work alone."""
        alone, together = self.step(model, network, 1, rows), self.step(model, network, ranks, rows * ranks)
        return 100 * alone.seconds / together.seconds

    def strong(self, model, network, ranks, batch):
        """Returns the speed of ranks that share a batch, as a multiple of that of one."""
        return self.step(model, network, 1, batch).seconds / self.step(model, network, ranks, batch).seconds

    def pays_to(self, model, network, batch):
        """Returns the largest number of ranks, a power of two, that pays for this batch."""
        return max(ranks for ranks in (1 << i for i in range(11)) if self.strong(model, network, ranks, batch) >= PAYS * ranks)

    def needed_rows(self, model, network, ranks):
        """Returns the rows for each rank, a power of two, from which ranks have most of the speed that they have alone
        with large batches; None if no batch is large enough."""
        largest = 1 << 22
        row_seconds = self.step(model, network, 1, largest).seconds / largest

        def are_busy(rows):
            return rows * row_seconds >= BUSY * self.step(model, network, ranks, rows * ranks).seconds

        return next((rows for rows in (1 << i for i in range(5, 21)) if are_busy(rows)), None)

    def by_network(self, head, cells):
        """Returns a table with a line for each model and network."""
        lines = [[f"{title}: {network}", *cells(name, network)] for name, title in MODELS.items() for network in NETWORKS]
        return table(head, lines)

    def weak_table(self, rows):
        def cells(*of):
            return [number(self.weak(*of, ranks, rows)) for ranks in RANKS]

        return self.by_network([f"{rows:,} rows for each rank", *(f"{ranks:,}" for ranks in RANKS)], cells)

    def strong_table(self, batch):
        def cells(*of):
            return [*(number(self.strong(*of, ranks, batch)) for ranks in RANKS), self.pays_to(*of, batch)]

        return self.by_network([f"batches of {batch:,} rows", *(f"{ranks:,}" for ranks in RANKS), "pays to"], cells)

    def needed_table(self):
        def cells(*of):
            return [f"{rows:,}" if (rows := self.needed_rows(*of, ranks)) else "–" for ranks in RANKS]

        return self.by_network(["rows for each rank", *(f"{ranks:,}" for ranks in RANKS)], cells)

    def slow_table(self, ranks, rows):
        def speed(name, slowdown):
            of = (name, RDMA, ranks, ranks * rows)
            return number(100 * self.step(*of).seconds / self.step(*of, slowdown=slowdown).seconds)

        lines = [[title, number(100 * self.step(name, RDMA, ranks, ranks * rows).waiting),
                  *(speed(name, slowdown) for slowdown in (1.2, 1.5, 2.0))] for name, title in MODELS.items()]
        head = ["model", "waiting, none slow, %", "speed, one 1.2 times as slow, %", "1.5 times", "2 times"]
        return table(head, lines)

    def criteo_table(self, model):
        lines = []
        for ranks in (1, *RANKS):
            parts = step(self.models[model], CRITEO_BATCH, Cluster(ranks, THREADS, NETWORKS[RDMA]), self.machine, self.division)
            times = [parts.order, parts.rows, parts.leaves, parts.exchange, parts.method, parts.seconds]
            lines.append([f"{ranks:,}", *map(milliseconds, times), number(parts.seconds * CRITEO_ROWS / CRITEO_BATCH / 60)])
        return table(["ranks", "order", "rows", "leaves", "sum", "step of Adam", "all, ms", "epoch, minutes"], lines)

    def networks_table(self):
        lines = []
        for name, link in NETWORKS.items():
            numbers = (link.latency * 1e6, link.bytes_per_second / 1e9, link.gap * 1e6)
            lines.append([name, *(f"{value:g}" for value in numbers), f"{link.eager_bytes:,}"])
        return table(["network", "latency, µs", "GB/s each way", "from message to message, µs", "bytes before an answer"], lines)

    def leaves_table(self):
        lines = []
        for name, title in [*MODELS.items(), (WIDEST, "logistic regression, 40 of 2²⁴ hashed features")]:
            model = self.models[name]
            of_leaf = [model.quantiles[i] for i in (0, len(model.quantiles) // 2, -1)]
            times = [number(1e6 * seconds) for seconds in [*of_leaf, model.step_seconds]]
            lines.append([title, f"{model.parameters:,}", f"{model.leaf_rows:,}", *times])
        return table(["model", "parameters", "rows of a leaf", "leaf, µs: least", "median", "most", "step of Adam, µs"], lines)

    def checks(self):
        """Yields what was measured: place, name, ranks, seconds, and the ratio of the simulated time to it."""
        for place, kinds in self.record["checks"].items():
            for what, measured in kinds.items():
                for row in measured:
                    seconds = statistics.median(row["seconds"])
                    name = f"sum of {row['parameters']:,} numbers" if what == "sums" else f"step, {MODELS[what]}"
                    yield place, name, row["ranks"], seconds, simulate.checked(self.record, place, what, row) / seconds

    def checks_table(self):
        def ratio_cell(ratio):
            return f"{ratio:.2f}" if abs(ratio - 1) <= AGREEMENT else f"**{ratio:.2f}**"

        lines = [[f"{place}: {name}", ranks, milliseconds(seconds), milliseconds(seconds * ratio), ratio_cell(ratio)]
                 for place, name, ranks, seconds, ratio in self.checks()]
        return table(["where, and what", "ranks", "measured, ms", "simulated, ms", "ratio"], lines)
