"""Measures reading and predicting: parts of bench/learn.py.

Reading is measured in two ways. "cold": from the start of the program to encoded rows in memory, as `thalweg fit` needs
them (types, statistics, division into training and validation rows, encoding), against the first read of a fresh process of
another library, to its table, without the start of that process. "warm": to columns in memory, the best of several reads in
one process, for both.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from program import PROGRAM, bench, fit, peer, usage_of

# One step on one batch: the smallest training there is.
ONE_STEP = ("--method", "sgd:lr=0.1", "--batch-size", 4096, "--max-steps", 1, "--patience", 0)
PIECE = 1 << 20
SCALE_MEMORY = "512M"
# Entries in a row of the libsvm file of bench/make.py: of 60 draws, those that are different.
LIBSVM_ENTRIES = 54.5


def start_seconds():
    """Returns the time in which the program starts and ends."""
    return usage_of([PROGRAM, "--version"])[1]


def encoded_mib(numbers=0, categories=0, entries=0.0):
    """Returns the memory of a million encoded rows.

    It is 32-bit numbers with target and weight, padded to cache lines where that costs at most a quarter; codes of
    categories; entries of libsvm text and where they end; and the target in 64 bits.
    """
    packed = numbers + 2 if numbers else 0
    padded = -(-packed // 16) * 16
    stride = padded if padded - packed <= packed // 4 else packed
    return 1e6 * (4 * (stride + categories) + (8 * entries + 8 if entries else 0) + 8) / 2**20


def cold(path, when="cold", **shape):
    """Measures the time from the start of the program to encoded rows, and the peak of memory of the whole process, to
    which the evaluation of the model belongs."""
    threads = ("--threads", 1) if when.endswith("one thread") else ()
    start = start_seconds()
    report, _ = fit(path, "--target", "label", *ONE_STEP, *threads)
    row = {"when": when, "seconds": start + report["seconds"]["read"], "peak_mib": report["peak_mib"]}
    if shape:
        encoded = encoded_mib(**shape) * report["rows"] / 1e6
        row |= {"encoded_mib": encoded, "limit_mib": 1.5 * encoded + 64}
    return row


def warm(path, when="warm"):
    row, = bench("read", path, threads=1 if when.endswith("one thread") else None)
    return {"when": when, "seconds": row["seconds"]}


def roof(path, written=0):
    """Measures two threads that copy a file from the cache of the system in pieces, do nothing with them, and write so
    many bytes to a new file."""
    size = os.path.getsize(path)

    def copy(first, out):
        piece = memoryview(bytearray(2 * PIECE))
        with open(path, "rb", buffering=0) as file:
            for start in range(first * PIECE, size, 2 * PIECE):
                os.preadv(file.fileno(), [piece[:PIECE]], start)
                place, end = (min(at, size) * written // size for at in (start, start + PIECE))
                os.pwrite(out.fileno(), piece[:end - place], place)

    def once():
        with tempfile.TemporaryFile() as out:
            threads = [threading.Thread(target=copy, args=(first, out)) for first in (0, 1)]
            began = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return time.perf_counter() - began

    return {"library": "roof", "seconds": min(once() for _ in range(3))}


def table(python, path, libraries, **shape):
    """One turn of reading a table."""
    yield {"library": "thalweg", **cold(path, **shape)}
    yield {"library": "thalweg", **warm(path)}
    for library in libraries:
        yield from peer(python, "read.py", library, path)
    yield roof(path) | {"when": "cold"}


def csv(python, path):
    return table(python, path, ("polars", "pyarrow", "pandas"), numbers=28)


def mixed(python, path):
    # Of twelve numbers three have missing values, each with an indicator; dates and texts are left out of the rows.
    return table(python, path, ("polars", "pyarrow", "pandas"), numbers=15, categories=5)


def parquet(python, path):
    return table(python, path, ("pyarrow", "polars", "pandas"), numbers=28)


def libsvm(python, path, _):
    yield {"library": "thalweg", **cold(path, entries=LIBSVM_ENTRIES)}
    yield {"library": "thalweg", **warm(path)}
    for library in ("Vowpal Wabbit", "scikit-learn"):
        yield from peer(python, "read.py", library, path)
    yield roof(path) | {"when": "warm"}


def threads(_, *paths):
    """One turn of reading with one thread and with two; of the large file only from the start of the program."""
    for path in paths:
        for when in ("cold", "cold, one thread", "warm", "warm, one thread"):
            if when.startswith("cold"):
                yield {"library": "thalweg", "file": path.name, **cold(path, when)}
            elif path.name == "dense.csv":
                yield {"library": "thalweg", "file": path.name, **warm(path, when)}


def predict(_, *paths):
    """One turn of `thalweg predict` from file to file, the whole program, and of single rows through a pipe."""
    for path in paths:
        target = "y" if path.name == "short.csv" else "label"
        with tempfile.TemporaryDirectory() as folder:
            model, out = f"{folder}/predict.model", Path(folder) / "out.csv"
            usage_of([PROGRAM, "fit", path, "--target", target, *ONE_STEP, "-q", "-o", model])
            _, seconds, peak = usage_of([PROGRAM, "predict", model, path, "-q", "-o", out])
            with open(out, "rb") as lines:
                rows = sum(1 for _ in lines) - 1
            row = {"library": "thalweg", "file": path.name, "rows_per_s": rows / seconds, "peak_mib": peak}
            yield row | {"pipe_ms": first_rows(model, path)}
            yield {"library": "roof", "file": path.name, "rows_per_s": rows / roof(path, written=os.path.getsize(out))["seconds"]}


def first_rows(model, path):
    """Returns the longest time from a row written to a pipe to the line of its prediction, of the first five."""
    with open(path, "rb") as file:
        header, *rows = [next(file) for _ in range(6)]
    process = subprocess.Popen([PROGRAM, "predict", model, "-", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdin.write(header)
    longest = 0.0
    for row in rows:
        # A pause, so that the first row does not come together with the header.
        time.sleep(0.1)
        began = time.perf_counter()
        process.stdin.write(row)
        process.stdout.readline()
        longest = max(longest, time.perf_counter() - began)
    process.stdin.close()
    process.stdout.close()
    if process.wait():
        raise SystemExit(f"predict ended with {process.returncode}")
    return 1e3 * longest


def scale(_, *paths):
    """One turn of fits to files of different sizes under the same memory limit."""
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            history = Path(folder) / "history.jsonl"
            report, _ = fit(path, "--target", "label", "--method", "adam:lr=0.001", "--batch-size", 4096, "--epochs", 3,
                            "--patience", 0, "--max-memory", SCALE_MEMORY, "--history", history)
            # Seconds of an epoch.
            first, second, _ = (report["train_rows"] / json.loads(line)["rows_per_second"] for line in open(history, encoding="utf-8"))
            yield {"library": "thalweg", "gigabytes": round(os.path.getsize(path) / 1e9), "rows": report["rows"],
                   "seconds": report["wall_seconds"], "rows_per_s": report["rows"] / report["wall_seconds"],
                   "first_seconds": report["seconds"]["read"] + first, "second_seconds": second, "peak_mib": report["peak_mib"]}
