"""Measures a fit on a file that is many times as large as the memory.

Usage: python3 bench/large.py SMALL.csv FOLDER [--gigabytes 10] [--ceiling 512M] [--out FILE]

The rows of SMALL.csv (bench/make.py dense) are repeated until the file is large. Both files are then fitted for one epoch with the same memory
limit, the large one also under a limit of the operating system on allocations (ulimit -d). The record has the peak memory and the speed: bytes
of text per second of the whole program.
"""

import argparse
import json
import os
import resource
import subprocess
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "target/release/thalweg"
UNITS = {"M": 1 << 20, "G": 1 << 30}


def repeat(small, large, size):
    with open(small, "rb") as file:
        header, body = file.readline(), file.read()
    with open(large, "wb") as file:
        file.write(header)
        while file.tell() < size:
            file.write(body)


def fit(path, ceiling, limit):
    def limited():
        if limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    started = time.perf_counter()
    # The options are the same for both files, so that the work per row is equal.
    command = [PROGRAM, "fit", path, "--target", "label", "--epochs", "1", "--batch-size", "4096", "--max-memory", ceiling,
               "--format", "json", "-q", "-o", f"{path}.model"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limited)
    report = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"the fit of {path} ended with {status}")
    return {
        "bytes": os.path.getsize(path), "rows": report["rows"], "seconds": round(seconds, 2), "peak_mib": usage.ru_maxrss >> 10,
        "mb_per_s": round(os.path.getsize(path) / seconds / 1e6, 1), "of_reading": round(report["seconds"]["read"], 2),
        "of_training": round(report["seconds"]["fit"], 2), "shuffle": report["shuffle"], "log_loss": report["validation"]["loss"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--ceiling", default="512M")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    large = arguments.folder / "large.csv"
    size = int(arguments.gigabytes * 1e9)
    if not large.exists() or large.stat().st_size < size:
        repeat(arguments.small, large, size)
    ceiling = int(arguments.ceiling[:-1]) * UNITS[arguments.ceiling[-1]]
    record = {"ceiling_mib": ceiling >> 20}
    # The small file is measured before and after the large one, to detect noise of the machine.
    record["small"] = [fit(arguments.small, arguments.ceiling, None)]
    record["large"] = fit(large, arguments.ceiling, ceiling)
    record["small"].append(fit(arguments.small, arguments.ceiling, None))
    print(json.dumps(record, indent=1))
    if arguments.out:
        arguments.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
