"""Compares reading and training with other libraries, taking turns.

Usage: python3 bench/learn.py FOLDER DATA [--peers PYTHON] [--out FILE] [--parts PART,…] [--turns N] [--add]

FOLDER receives the generated files (bench/make.py); DATA has fashion-mnist and 20news-bow. Build first:
cargo build --release && cargo bench -p thalweg-learn --bench learn --no-run. The record is one JSON object.

In each turn Thalweg is measured, then the other libraries. If FILE is a record of the same machine, the parts measured now
replace those in it, or with --add their turns are added to those in it; each part has its commit and its time.
"""

import argparse
import datetime
import gzip
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import reading
from program import PROGRAM, ROOT, bench, commit, fit, output, peer, tell

TURNS = 5


def accuracy(model, data, labels):
    predicted = output(PROGRAM, "predict", model, data, "-q").split()
    return sum(float(a) == float(b) for a, b in zip(predicted, labels, strict=True)) / len(labels)


def whole_fit(python, file):
    report, _ = fit(file, "--target", "label", "--epochs", 5, "--patience", 0, "--batch-size", 4096)
    yield {"library": "thalweg", "seconds": report["wall_seconds"], "log_loss": report["validation"]["loss"], "parts": report["seconds"]}
    yield from peer(python, "learn.py", "fit", file)


def dense(python, file):
    for row in bench("train"):
        yield {"library": "thalweg"} | {key: row[key] for key in ("batch", "rows_per_s", "roof_rows_per_s")}
    yield from peer(python, "learn.py", "dense", file)


def sparse(python, file):
    for threads in (2, 1):
        for row in bench("sparse", file, threads=threads):
            yield {"library": "thalweg", "threads": threads} | {key: row[key] for key in ("method", "held_out_loss", "numbers_per_s")}
    yield from peer(python, "learn.py", "sparse", file)


def images(python, folder):
    with gzip.open(f"{folder}/t10k-labels-idx1-ubyte.gz") as labels:
        labels = labels.read()[8:]
    for model in ("softmax", "mlp:256,128"):
        options = ["--model", model, "--loss", "softmax", "--batch-size", 256, "--method", "adam:lr=0.001", "--val-fraction", 0.1]
        train, test = f"{folder}/train-images-idx3-ubyte.gz", f"{folder}/t10k-images-idx3-ubyte.gz"
        report, path = fit(train, *options, "--epochs", 5, "--patience", 0)
        yield {"library": "thalweg", "model": model, "batch": 256, "epochs": report["epochs"], "rows": report["train_rows"],
               "epoch_seconds": report["seconds"]["fit"] / report["epochs"], "accuracy_after_5": accuracy(path, test, labels)}
    yield from peer(python, "learn.py", "images", folder)


def text(python, folder):
    with gzip.open(f"{folder}/test.libsvm.gz", "rt") as test:
        labels = [line.split()[0] for line in test]
    report, path = fit(f"{folder}/train.libsvm.gz", "--model", "softmax", "--epochs", 10, "--batch-size", 64)
    yield {"library": "thalweg", "model": "softmax", "seconds": report["wall_seconds"],
           "accuracy": accuracy(path, f"{folder}/test.libsvm.gz", labels)}
    yield from peer(python, "learn.py", "text", folder)


# Each part with the function that measures one turn, and its files.
PARTS = {
    "csv": (reading.csv, "dense.csv"), "mixed": (reading.mixed, "mixed.csv"), "parquet": (reading.parquet, "dense.parquet"),
    "libsvm": (reading.libsvm, "sparse.svm", "sparse.vw"), "threads": (reading.threads, "dense.csv", "mixed.csv"),
    "predict": (reading.predict, "short.csv", "dense.csv"), "scale": (reading.scale, "scale3.csv", "scale10.csv"),
    "fit": (whole_fit, "dense.csv"), "dense": (dense, "dense.csv"), "sparse": (sparse, "sparse.svm"),
    "images": (images, "fashion-mnist"), "text": (text, "20news-bow"),
}
# How bench/make.py makes each file: the kind, the number of rows or the source, and the gigabytes of repeated rows.
MADE = {
    "dense.csv": ("dense", 1_000_000), "sparse.svm": ("sparse", 200_000), "mixed.csv": ("mixed", 3_100_000),
    "short.csv": ("short", 1_000_000), "dense.parquet": ("parquet", "dense.csv"), "sparse.vw": ("vowpal", "sparse.svm"),
    "scale3.csv": ("repeat", "dense.csv", 3), "scale10.csv": ("repeat", "dense.csv", 10),
}


def file_of(name, arguments):
    """Returns the path of a file, which is made if it is missing."""
    if name not in MADE:
        return arguments.data / name
    path = arguments.folder / name
    if not path.exists():
        kind, source, *rest = MADE[name]
        source = file_of(source, arguments) if source in MADE else source
        subprocess.run([arguments.peers, ROOT / "bench/make.py", kind, str(source), path, *map(str, rest)], check=True)
    return path


def machine():
    """Returns what is told of the machine: fields of lscpu and the kernel."""
    fields = dict(line.split(":", 1) for line in output("lscpu").splitlines() if ":" in line)
    told = {name: fields[name].strip() for name in ("Model name", "CPU family", "Model", "L1d cache", "L2 cache", "L3 cache")}
    widest = next(name for name in ("avx512f", "avx2", "sse2") if name in fields["Flags"].split())
    return told | {"cores": os.cpu_count(), "widest instructions": widest, "kernel": platform.release()}


def versions(python):
    """Returns the versions of the other libraries that the interpreter has."""
    script = """import importlib.metadata as metadata, json
names = "pandas polars pyarrow scikit-learn torch vowpalwabbit".split()
print(json.dumps({d.name: d.version for d in metadata.distributions() if d.name in names}))"""
    return json.loads(output(python, "-c", script))


def measured(part, arguments, first_turn):
    """Measures a part in turns; returns its rows and what is told of all of them."""
    measure, *names = PARTS[part]
    paths = [file_of(name, arguments) for name in names]
    about = {"commit": commit(), "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"), "load": os.getloadavg()[0]}
    rows = []
    for turn in range(first_turn, first_turn + arguments.turns):
        for row in measure(arguments.peers, *paths):
            rows.append({"part": part, "turn": turn} | row)
            tell(rows[-1])
    return rows, about


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", default=sys.executable, help="Python interpreter that has the other libraries")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--add", action="store_true", help="add the turns to those of the record, of the same commit")
    arguments = parser.parse_args()
    record = {"date": "", "machine": machine(), "libraries": versions(arguments.peers), "parts": {}, "rows": []}
    if arguments.out and arguments.out.exists():
        before = json.loads(arguments.out.read_text())
        for field in ("machine", "libraries"):
            if before[field] != record[field]:
                raise SystemExit(f"{arguments.out} has another {field}: {before[field]} instead of {record[field]}")
        record |= before
    for part in arguments.parts.split(","):
        before = [row for row in record["rows"] if row["part"] == part] if arguments.add else []
        rows, about = measured(part, arguments, 1 + max((row["turn"] for row in before), default=-1))
        if before and record["parts"][part]["commit"] != about["commit"]:
            raise SystemExit(f"{part} was measured at {record['parts'][part]['commit']}, and now at {about['commit']}")
        record["date"] = datetime.date.today().isoformat()
        record["parts"][part] = about
        record["rows"] = [row for row in record["rows"] if row["part"] != part] + before + rows
        # After each part, so that those measured are kept if a later one fails.
        if arguments.out:
            arguments.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
