"""Times fits and predictions in Python beside scikit-learn, PyTorch and the program.

    python bench/peers/python_fit.py target/release/thalweg [--rows 1000000] [--rounds 5]

The rows are 28 numbers in double precision and a label. Each round fits by all in turn: five epochs of batches of 4,096
rows by Adam (SGDClassifier: one row at a time, which is all it does). The medians over the rounds are printed. Memory is
the largest resident set of a process that fits, less that before the fit. Measured with scikit-learn 1.9 and torch 2.15
on two threads.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

FIT = {"method": "adam:lr=0.01", "batch_size": 4096, "epochs": 5, "patience": 0, "refit": "never", "l2": 1e-6}


def rows(count):
    random = np.random.default_rng(0)
    x = random.normal(size=(count, 28))
    y = np.where(x @ random.normal(size=28) + random.normal(size=count) > 0, "yes", "no")
    return x, y


def fit_thalweg(x, y):
    import thalweg

    return thalweg.fit((x, y), "y", val_fraction=0.01, **FIT)


def fit_sklearn(x, y):
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=5, tol=None).fit(x, y)


def fit_torch(x, y):
    import torch

    torch.set_num_threads(2)
    features = torch.from_numpy(x).float()
    target = torch.from_numpy((y == "yes").astype(np.float32))
    model = torch.nn.Linear(28, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    for _ in range(5):
        order = torch.randperm(len(features))
        for start in range(0, len(features), 4096):
            batch = order[start : start + 4096]
            optimizer.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                model(features[batch]).squeeze(1), target[batch]
            )
            loss.backward()
            optimizer.step()
    return model


def seconds(run):
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def memory(count):
    """Print the memory that a fit takes beyond the rows it is given."""
    x, y = rows(count)
    fit_thalweg(x[:1000], y[:1000])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The peak so far is that of making the rows; what the fit needs comes on top once this is touched.
    ballast = np.ones(max(0, before * 1024 - current_bytes()), np.uint8)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fit_thalweg(x, y)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"extra": (after - peak) * 1024, "ballast": int(ballast[:1].sum())}))


def current_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def progress_of_python(work):
    """Return the rate of a busy thread of Python while `work` runs in another, relative to its rate alone."""

    def count(until):
        turns = 0
        while not until():
            turns += sum(range(100)) > 0
        return turns

    end = time.perf_counter() + 2
    alone = count(lambda: time.perf_counter() > end) / 2
    thread = threading.Thread(target=work)
    start = time.perf_counter()
    thread.start()
    turns = count(lambda: not thread.is_alive())
    return turns / (time.perf_counter() - start) / alone


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="measure memory in this process, and end")
    options = parser.parse_args()
    if options.memory:
        return memory(options.rows)

    import pyarrow as pa
    import pyarrow.parquet
    import thalweg

    x, y = rows(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        columns = {f"x{i}": x[:, i] for i in range(28)} | {"y": y}
        pa.parquet.write_table(pa.table(columns), path)
        command = [options.program, "fit", path, "-t", "y", "-q", "-o", Path(folder) / "a.model", "--format", "json"]
        command += [part for key, value in FIT.items() for part in (f"--{key.replace('_', '-')}", str(value))]
        command += ["--val-fraction", "0.01"]

        def program():
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            return json.loads(done.stdout)["seconds"]

        times = {name: [] for name in ("thalweg", "SGDClassifier", "torch", "program", "program's fit")}
        for _ in range(options.rounds):
            for name, run in (
                ("thalweg", lambda: fit_thalweg(x, y)),
                ("SGDClassifier", lambda: fit_sklearn(x, y)),
                ("torch", lambda: fit_torch(x, y)),
            ):
                times[name].append(seconds(run)[0])
            wall, of_phases = seconds(program)
            times["program"].append(wall)
            times["program's fit"].append(sum(value for key, value in of_phases.items() if key != "total"))
        for name, values in times.items():
            ratio = statistics.median(value / own for value, own in zip(values, times["thalweg"]))
            print(f"{name:<20} {statistics.median(values):8.3f} s  {ratio:7.2f} × thalweg")
    print("phases of the program:", of_phases, "of the package:", fit_thalweg(x, y).report["seconds"])

    model = fit_thalweg(x, y).model
    one = x[:1].copy()
    for name, batch, repeats in (("one row", one, 20_000), ("all rows", x, 3)):
        model.predict(batch)
        total, _ = seconds(lambda: [model.predict(batch) for _ in range(repeats)])
        print(f"predict {name}: {total / repeats * 1e6:.1f} µs")

    thalweg.set_threads(1)
    print(f"a busy thread of Python beside a fit: {progress_of_python(lambda: fit_thalweg(x, y)):.3f} of its rate alone")
    found = subprocess.run(
        [sys.executable, __file__, options.program, "--rows", str(options.rows), "--memory"],
        capture_output=True,
        text=True,
    )
    extra = json.loads(found.stdout)["extra"]
    print(f"memory: {extra / 2**20:.0f} MiB, {extra / (options.rows * 28 * 8):.2f} × 8 bytes for each number")
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import thalweg"], check=True)
    whole = time.perf_counter() - start
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    print(f"import: {(whole - (time.perf_counter() - start)) * 1e3:.1f} ms beyond numpy's")


if __name__ == "__main__":
    main()
