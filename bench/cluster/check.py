#!/usr/bin/env python3
"""Measures fits and sums on 1 to 4 ranks of this machine, by shared memory and in network namespaces whose links have a
limited rate (as root), and compares them with the simulator. Writes the times to a record, of which page.py makes a
page; what it does not measure anew, and the notes on what was seen, remain in the record.

    cargo build --release -p thalweg-mpi --features mpi --example link --example sums
    cargo build --release -p thalweg-cli --features mpi
    cargo bench -p thalweg-learn --bench leaves -- times >times.json
    python3 bench/cluster/check.py bench/records/DATE-cluster.json --times times.json --programs target/release

Needs numpy and pyarrow, and cores that nothing else uses. Fits on more ranks than cores share these.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import network
import simulate

# Fits whose steps are timed: rows, columns, classes, options of the program, rows of a batch, and epochs.
FITS = {
    "linear-28": (1 << 20, 28, 2, "", 1 << 19, 12),
    "softmax-784x10": (1 << 14, 784, 10, "", 1 << 14, 60),
    "mlp-784-128-10": (1 << 14, 784, 10, "--model mlp:128", 1 << 14, 12),
}

# The same for rows that the ranks hold parts of, by shared memory.
DIVIDED = ("linear-28", 1 << 20, 28, 2, "--max-memory 230M", 1 << 17, 12)

# Numbers of parameters whose sums are timed.
SUMS = [1_001, 100_000]

# Bytes of a message by which the rate of a link is measured: not so long that it waits for an answer.
MESSAGE_BYTES = 1 << 15

# Rates of links in Mbit/s; None for shared memory.
RATES = [None, 1000, 200, 100]

# Number of runs of a fit, each after one on one rank: the speed of a machine changes with what others do on its host.
RUNS = 3


def write_rows(path, rows, columns, classes):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Classes that can be learned in a few steps: otherwise the program says so, and keeps no model.
    random = np.random.default_rng(1)
    label = random.integers(classes, size=rows)
    means = 0.3 * random.normal(size=(columns, classes))
    numbers = (random.normal(size=(columns, rows)) + means[:, label]).astype(np.float32)
    table = {f"x{i}": numbers[i] for i in range(columns)}
    table["y"] = np.char.add("c", label.astype(str))
    pq.write_table(pa.table(table), path)


def fit_seconds(machine, program, ranks, fit, folder):
    """Returns the seconds of a step of a fit on ranks of one thread, and its rows."""
    rows, columns, classes, options, batch, epochs = fit
    path = folder / f"{rows}-{columns}.parquet"
    if not path.exists():
        write_rows(path, rows, columns, classes)
    line = [program, "fit", path, "-t", "y", "--method", "adam", *options.split(), "--epochs", epochs, "--patience", "0"]
    line += ["--lr", "0.01", "--batch-size", batch, "--refit", "never", "--l2", "0", "--val-fraction", "0.01"]
    line += ["--threads", "1", "--quiet", "--format", "json", "-o", folder / "model", "--ranks", ranks]
    report = json.loads(machine.mpirun(ranks, list(map(str, line))))
    return report["seconds"]["fit"] / report["steps"], report["train_rows"] * epochs // report["steps"]


def measure_link(machine, programs, _):
    measured = json.loads(machine.mpirun(2, [str(programs / "examples/link"), str(MESSAGE_BYTES)]))
    yield {"latency": measured["latency"], "bytes_per_second": measured["bytes_per_second"]}


def measure_sums(machine, programs, _):
    # By shared memory, messages are copies by the cores, at the speed of the cache that they are in: not simulated.
    for ranks in (2, 3, 4) if machine is not network.Loopback else ():
        printed = machine.mpirun(ranks, [str(programs / "examples/sums"), *map(str, SUMS)])
        rows = [line.split("|")[1:4] for line in printed.splitlines() if line.startswith("| ") and "param" not in line]
        for size, exact, reduced in rows:
            if size.strip().isdigit():
                exact, reduced = (float(f"{float(time) * 1e-6:.4g}") for time in (exact, reduced))
                yield {"ranks": ranks, "parameters": int(size), "seconds": [exact], "reduced": reduced}


def measure_fit(name):
    def measure(machine, programs, folder):
        for ranks in (2, 3, 4):
            row = {"ranks": ranks, "alone": [], "seconds": []}
            for _ in range(RUNS):
                for key, count in (("alone", 1), ("seconds", ranks)):
                    seconds, row["batch"] = fit_seconds(machine, programs / "thalweg", count, FITS[name], folder)
                    row[key].append(float(f"{seconds:.4g}"))
            yield row

    return measure


def measure_division(machine, programs, folder):
    name, *fit = DIVIDED
    for ranks in (2, 4, 8) if machine is network.Loopback else ():
        runs = [fit_seconds(machine, programs / "thalweg", ranks, fit, folder) for _ in range(RUNS)]
        times = [float(f"{seconds:.4g}") for seconds, _ in runs]
        yield {"model": name, "ranks": ranks, "batch": runs[0][1], "seconds": times}


def print_rows(record, place, what, rows):
    for row in rows:
        if what == "division":
            print(f"{place}, {row}, {simulate.division_of(record)}", flush=True)
            continue
        if what == "link":
            print(f"{place}: {row['latency'] * 1e6:.3g} µs, {row['bytes_per_second'] / 1e6:.4g} MB/s", flush=True)
            continue
        measured, simulated = statistics.median(row["seconds"]), simulate.checked(record, place, what, row)
        times = f"{measured * 1e3:.3f} ms, simulated {simulated * 1e3:.3f} ms, {simulated / measured:.2f}"
        print(f"{place}, {what} {row.get('parameters', '')}, {row['ranks']} ranks: {times}; {row}", flush=True)


def machine_in_words():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    isa = "AVX-512" if any("avx512f" in line for line in lines) else "AVX2"
    return f"{name} ({isa}), {os.cpu_count()} cores"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", type=pathlib.Path)
    parser.add_argument("--times", type=pathlib.Path, help="times of leaves; those of the record are kept without them")
    parser.add_argument("--programs", type=pathlib.Path, help="folder with thalweg, examples/link and examples/sums")
    parser.add_argument("--data", type=pathlib.Path, help="folder that keeps the rows of the fits")
    parser.add_argument("--only", default="", help="part of the names of the measurements, as 100/sums")
    arguments = parser.parse_args()
    record = json.loads(arguments.record.read_text()) if arguments.record.exists() else {"links": {}, "checks": {}}
    if arguments.times:
        commit = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True)
        record |= {"date": str(datetime.date.today()), "commit": commit.stdout.strip(), "machine": machine_in_words(),
                   **json.loads(arguments.times.read_text())}
    measurements = {"link": measure_link, "sums": measure_sums, **{name: measure_fit(name) for name in FITS}}
    measurements["division"] = measure_division
    with tempfile.TemporaryDirectory() as folder:
        folder = arguments.data or pathlib.Path(folder)
        for rate in RATES if arguments.programs else []:
            place = f"{rate} Mbit/s" if rate else "shared memory"
            wanted = [what for what in measurements if arguments.only in f"{place}/{what}"]
            if not wanted:
                continue
            with network.hosts(rate) as machine:
                for what in wanted:
                    rows = list(measurements[what](machine, arguments.programs.resolve(), folder))
                    if what == "link":
                        record["links"][place] = rows[0]
                    elif what == "division":
                        record["division"] = rows or record.get("division")
                    elif rows:
                        record["checks"].setdefault(place, {})[what] = rows
                    print_rows(record, place, what, rows)
    arguments.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
