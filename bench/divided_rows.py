"""Fits a table that exceeds the memory limit on several ranks, and compares it with the fit of one process.

    python3 bench/divided_rows.py --program target/release/thalweg --gigabytes 2 --ranks 4
    python3 bench/divided_rows.py --program target/release/thalweg --file clicks.parquet --target clicked --ranks 4

The program has the feature `mpi`. Prints the checksum of each model, the bytes that each process reads, and its largest
resident memory; ends with code 1 if the models differ.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

COLUMNS = 28


def write_table(path, size):
    """Writes rows of numbers and a label to a file of about this size."""
    header = ",".join(f"x{k}" for k in range(COLUMNS)) + ",y\n"
    with open(path, "w") as file:
        file.write(header)
        row = 0
        while file.tell() < size:
            lines = []
            for row in range(row, row + 10_000):
                numbers = [(row * (7919 + 104729 * k) % 1_000_003) / 8192 for k in range(COLUMNS)]
                label = int(sum(numbers[:5]) > 5 * 61 + (row * 31 % 101 - 50))
                lines.append(",".join(f"{x:.4f}" for x in numbers) + f",{label}\n")
            row += 1
            file.write("".join(lines))


def processes(pid):
    """Returns the processes of the program among a process and its descendants."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid] if name == "thalweg" else [found for child in children for found in processes(int(child))]


def usage(pid):
    """Returns the bytes that a process has read so far, and its largest resident memory in bytes."""
    try:
        read = int(Path(f"/proc/{pid}/io").read_text().split("rchar: ")[1].split()[0])
        status = Path(f"/proc/{pid}/status").read_text()
        return read, int(status.split("VmHWM:")[1].split()[0]) << 10
    except (OSError, IndexError):
        return None


def run(command, model):
    """Runs a fit, and returns the checksum of its model, the seconds, and the usage of each process."""
    found = {}
    start = time.monotonic()
    child = subprocess.Popen(command + ["-o", str(model)], stdout=subprocess.DEVNULL)

    def watch():
        while child.poll() is None:
            for pid in processes(child.pid):
                found[pid] = usage(pid) or found.get(pid)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = child.wait()
    watcher.join()
    if code != 0:
        sys.exit(f"{' '.join(command)} ended with code {code}")
    checksum = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
    return checksum, time.monotonic() - start, [found[pid] for pid in sorted(found)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--mpirun", default="mpirun --oversubscribe --bind-to none")
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--ranks", type=int, nargs="+", default=[4])
    parser.add_argument("--memory", default="256M")
    parser.add_argument("--data", help="folder of the table, which is kept")
    parser.add_argument("--file", help="a table in a file of any format, instead of one that is made")
    parser.add_argument("--target", default="y", help="target of the file")
    parser.add_argument("--epochs", default="2")
    args = parser.parse_args()
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(args.file or Path(args.data or folder) / "table.csv")
        if not data.exists():
            write_table(data, args.gigabytes * 1e9)
        fit = [args.program, "fit", str(data), "-t", args.target, "--method", "adam:lr=0.01", "--batch-size", "16384"]
        fit += ["-e", args.epochs, "--max-memory", args.memory, "--sample-rows", "50000", "--threads", "1", "-q"]
        print(f"{data.stat().st_size:,} bytes, {args.memory} for each process")
        checksums = set()
        for ranks in [1, *args.ranks]:
            launcher = [] if ranks == 1 else [*args.mpirun.split(), "-n", str(ranks)]
            model = Path(folder) / f"{ranks}.model"
            checksum, seconds, used = run(launcher + fit, model)
            checksums.add(checksum)
            read = ", ".join(f"{read / 1e6:,.0f} MB" for read, _ in used)
            peak = ", ".join(f"{peak / 2**20:,.0f} MiB" for _, peak in used)
            print(f"{ranks} ranks: {checksum}, {seconds:.0f} s; read {read}; peak {peak}", flush=True)
    return int(len(checksums) > 1)


if __name__ == "__main__":
    sys.exit(main())
