"""Runs the program and the benchmark that cargo has built, and other commands, and tells what was measured."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target/release/thalweg"
# Files whose changes change the program.
SOURCES = ("crates", "Cargo.toml", "Cargo.lock")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def lines(command, **options):
    """Returns the objects that a command prints, one a line."""
    result = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, **options)
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def peer(python, name, *arguments):
    """Returns the rows that a script of bench/peers prints."""
    return lines([python, ROOT / "bench/peers" / name, *arguments])


def bench(*arguments, threads=None):
    """Runs the newest build of the benchmark; on all cores if no number of threads is given."""
    built = [path for path in (ROOT / "target/release/deps").glob("learn-*") if "." not in path.name]
    threads = {"RAYON_NUM_THREADS": str(threads)} if threads else {}
    return lines([max(built, key=os.path.getmtime), *arguments], env=os.environ | threads)


def usage_of(command):
    """Runs a command; returns its output, its wall-clock seconds and its peak of resident memory in MiB."""
    started = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    # The process has been waited for here, since only this tells its memory.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return text, seconds, usage.ru_maxrss / 1024


def fit(data, *options):
    """Fits a model; returns the report with its wall-clock seconds and peak of memory, and the path of the model."""
    model = Path(tempfile.gettempdir()) / "bench-learn.model"
    text, seconds, peak = usage_of([PROGRAM, "fit", data, "-o", model, "--format", "json", "-q", *options])
    return json.loads(text) | {"wall_seconds": seconds, "peak_mib": peak}, model


def commit():
    """Returns the newest commit of the sources that is older than the program."""
    before = f"--before={int(PROGRAM.stat().st_mtime)}"
    changed = output("git", "-C", ROOT, "status", "--porcelain", "--", *SOURCES)
    return output("git", "-C", ROOT, "log", "-1", "--format=%h", before, "--", *SOURCES) + ("-dirty" if changed else "")


def tell(row):
    print(json.dumps(row), file=sys.stderr, flush=True)
