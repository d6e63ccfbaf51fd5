#!/usr/bin/env python3
"""Simulates the steps of a fit on several ranks, and prints the parts of their mean time in milliseconds.

    python3 bench/cluster/simulate.py linear-28 --batch 65536 --ranks 64 --threads 16 --latency 8e-6 \\
        --bytes-per-second 11.5e9 --slow 1 --slowdown 2

The times of the leaves of the models are those of the newest record; its machine may be slower or faster than another.
"""

import argparse
import json
import pathlib
import statistics

import messages
from model import Cluster, Division, Machine, Model, step

RECORDS = pathlib.Path(__file__).resolve().parents[1] / "records"

# Cores of the machine on which the record was made.
CORES = 2

# Bytes from which Open MPI waits for an answer to the beginning of a message over TCP.
EAGER_BYTES = 1 << 16

# Bytes that ranks send for a row of 28 numbers.
ROW_BYTES = 128


def newest_record():
    """Returns the name of the newest record, and what it has."""
    path = max(RECORDS.glob("*-cluster.json"))
    return path.name, json.loads(path.read_text())


def machine_of(record, speed=1.0):
    return Machine(record["order_seconds_per_row"] / speed, record["add_seconds_per_byte"] / speed)


def model_of(record, name, speed=1.0):
    return next(Model(measured, speed) for measured in record["models"] if measured["name"] == name)


def link_of(record, place):
    return messages.Link(**record["links"][place], gap=0.0, eager_bytes=EAGER_BYTES)


def division_of(record):
    """Returns the costs of rows that ranks hold parts of, by a line of least squares through the measured times: on the
    same cores, more ranks take as long for the rows that they sum, and longer for what each does for every row."""
    link = link_of(record, "shared memory")
    points = []
    for row in record["division"]:
        shared = Cluster(row["ranks"], 1, link, cores=CORES)
        in_memory = step(model_of(record, row["model"]), row["batch"], shared, machine_of(record)).seconds
        points.append((row["ranks"] / CORES, (statistics.median(row["seconds"]) - in_memory) / row["batch"]))
    (x, y) = (statistics.mean(of) for of in zip(*points))
    slope = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)
    return Division(ROW_BYTES, slope, CORES * (y - slope * x))


def checked(record, place, what, row):
    """Returns the simulated seconds of what a record measured on its machine: of a sum, or of a step of a fit, in which
    the machine has the speed that it had on one rank."""
    link = link_of(record, place)
    if what == "sums":
        ranks = row["ranks"]
        # The vectors that the program adds, as in training.
        parts = [1 if ranks & (ranks - 1) == 0 else 2] * ranks
        return messages.exchange(link, parts, row["parameters"], 8, record["add_seconds_per_byte"])
    alone = step(model_of(record, what), row["batch"], Cluster(1, 1, link), machine_of(record)).seconds
    speed = alone / statistics.median(row["alone"])
    cluster = Cluster(row["ranks"], 1, link, cores=CORES)
    return step(model_of(record, what, speed), row["batch"], cluster, machine_of(record, speed)).seconds


def main():
    _, record = newest_record()
    models = {measured["name"]: Model(measured) for measured in record["models"]}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=models)
    parser.add_argument("--batch", type=int, required=True, help="rows of a batch of all ranks")
    parser.add_argument("--ranks", type=int, required=True)
    parser.add_argument("--threads", type=int, default=16, help="threads of a rank (default: 16)")
    parser.add_argument("--latency", type=float, default=30e-6, help="seconds of a short message (default: 30e-6)")
    parser.add_argument("--bytes-per-second", type=float, default=1.1e9, help="in each direction (default: 1.1e9)")
    parser.add_argument("--gap", type=float, default=3e-6, help="seconds between the starts of messages (default: 3e-6)")
    parser.add_argument("--slow", type=int, default=0, help="number of slow ranks (default: 0)")
    parser.add_argument("--slowdown", type=float, default=1.0, help="time of their leaves over that of others (default: 1)")
    arguments = parser.parse_args()
    link = messages.Link(arguments.latency, arguments.bytes_per_second, arguments.gap, EAGER_BYTES)
    cluster = Cluster(arguments.ranks, arguments.threads, link, arguments.slow, arguments.slowdown)
    simulated = step(models[arguments.model], arguments.batch, cluster, machine_of(record))
    for part, seconds in simulated._asdict().items():
        print(f"{part:9}{seconds:9.1%}" if part == "waiting" else f"{part:9}{seconds * 1e3:9.4f} ms")
    print(f"{arguments.batch / simulated.seconds / 1e6:.4g} million rows per second")


if __name__ == "__main__":
    main()
