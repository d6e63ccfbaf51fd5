"""Compares reading and training with other libraries, taking turns.

Usage: python3 bench/learn.py FOLDER DATA [--peers PYTHON] [--out FILE]

FOLDER receives the generated files (bench/make.py); DATA has fashion-mnist and 20news-bow. Build first:
cargo build --release && cargo bench -p thalweg-learn --bench learn --no-run. The record is one JSON object.
"""

import argparse
import datetime
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target/release/thalweg"


def lines(command):
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def bench(*arguments):
    """Runs the newest build of the benchmark."""
    built = [path for path in (ROOT / "target/release/deps").glob("learn-*") if "." not in path.name]
    return lines([max(built, key=os.path.getmtime), *map(str, arguments)])


def fit(data, *options):
    """Returns the report of a fit, its wall-clock seconds and the path of the model."""
    model = Path(tempfile.gettempdir()) / "bench-learn.model"
    started = time.perf_counter()
    command = [PROGRAM, "fit", data, "-o", model, "--format", "json", "-q", *map(str, options)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report, time.perf_counter() - started, model


def accuracy(model, data, labels):
    predicted = subprocess.run([PROGRAM, "predict", model, data, "-q"], check=True, capture_output=True, text=True).stdout.split()
    return sum(float(a) == float(b) for a, b in zip(predicted, labels, strict=True)) / len(labels)


def ours(part, file):
    if part == "read" or part == "libsvm":
        for row in bench("read", file):
            yield {"seconds": row["seconds"], "mb_per_s": row["mb_per_s"]}
    elif part == "fit":
        runs = [fit(file, "--target", "label", "--epochs", 5, "--patience", 0, "--batch-size", 4096) for _ in range(3)]
        report, seconds, _ = min(runs, key=lambda run: run[1])
        yield {"seconds": seconds, "log_loss": report["validation"]["loss"], "parts": report["seconds"]}
    elif part == "dense":
        for row in bench("train"):
            yield {key: row[key] for key in ("batch", "rows_per_s", "roof_rows_per_s")}
    elif part == "sparse":
        for row in bench("sparse", file):
            yield {key: row[key] for key in ("method", "held_out_loss", "numbers_per_s")}
    elif part == "images":
        with gzip.open(f"{file}/t10k-labels-idx1-ubyte.gz") as labels:
            labels = labels.read()[8:]
        for model in ("softmax", "mlp:256,128"):
            options = ["--model", model, "--loss", "softmax", "--batch-size", 256, "--method", "adam:lr=0.001", "--val-fraction", 0.1]
            train, test = f"{file}/train-images-idx3-ubyte.gz", f"{file}/t10k-images-idx3-ubyte.gz"
            report, _, path = fit(train, *options, "--epochs", 20)
            yield {"model": model, "batch": 256, "epochs": report["epochs"], "epoch_seconds": report["seconds"]["fit"] / report["epochs"],
                   "rows": report["train_rows"], "accuracy": accuracy(path, test, labels)}
    elif part == "text":
        with gzip.open(f"{file}/test.libsvm.gz", "rt") as test:
            labels = [line.split()[0] for line in test]
        report, seconds, path = fit(f"{file}/train.libsvm.gz", "--model", "softmax", "--epochs", 10, "--batch-size", 64)
        yield {"model": "softmax", "seconds": seconds, "accuracy": accuracy(path, f"{file}/test.libsvm.gz", labels)}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def machine():
    """Returns what is told of the machine: fields of lscpu, the kernel and the load."""
    fields = dict(line.split(":", 1) for line in output("lscpu").splitlines() if ":" in line)
    told = {name: fields[name].strip() for name in ("Model name", "CPU family", "Model", "L1d cache", "L2 cache", "L3 cache")}
    widest = next(name for name in ("avx512f", "avx2", "sse2") if name in fields["Flags"].split())
    return told | {"cores": os.cpu_count(), "widest instructions": widest, "kernel": platform.release(), "load": os.getloadavg()[0]}


def versions(python):
    """Returns the versions of the other libraries that the interpreter has."""
    script = """import importlib.metadata as metadata, json
names = "pandas polars pyarrow scikit-learn torch vowpalwabbit".split()
print(json.dumps({d.name: d.version for d in metadata.distributions() if d.name in names}))"""
    return json.loads(output(python, "-c", script))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", default=sys.executable, help="Python interpreter that has the other libraries")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--parts", default="read,fit,dense,libsvm,sparse,images,text")
    arguments = parser.parse_args()
    dense, sparse = arguments.folder / "dense.csv", arguments.folder / "sparse.svm"
    for kind, rows, path in (("dense", 1_000_000, dense), ("sparse", 200_000, sparse)):
        if not path.exists():
            subprocess.run([arguments.peers, ROOT / "bench/make.py", kind, str(rows), path], check=True)
    files = {"read": dense, "fit": dense, "dense": dense, "libsvm": sparse, "sparse": sparse,
             "images": arguments.data / "fashion-mnist", "text": arguments.data / "20news-bow"}
    rows = []
    for part in arguments.parts.split(","):
        # Measured before and after the other libraries, to detect noise of the machine.
        for turn in range(2):
            rows += [{"part": part, "library": "thalweg", "turn": turn, **row} for row in ours(part, files[part])]
            if turn == 0:
                rows += lines([arguments.peers, ROOT / "bench/peers/learn.py", part, files[part]])
        for row in rows:
            if row["part"] == part:
                print(json.dumps(row), flush=True)
    if arguments.out:
        record = {"date": datetime.date.today().isoformat(), "commit": output("git", "-C", ROOT, "describe", "--always", "--dirty"),
                  "machine": machine(), "libraries": versions(arguments.peers), "rows": rows}
        arguments.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
