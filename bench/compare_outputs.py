"""Compares the outputs of two builds of the program, byte for byte.

    python3 bench/compare_outputs.py OLD NEW

OLD and NEW are paths of two `thalweg` programs, for example of the commit before a change and after it. Each command below
runs with both, in folders of their own, on the data sets of the repository. What is compared: model files, JSON on standard
output (without measured times), predictions, traces, files of runs, pictures. The exit status is 1 if anything differs.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ["breast_cancer.csv", "diabetes.csv"]

# Command lines, and what they write. Data files are in the current folder.
CASES = {
    "fit logistic": "fit breast_cancer.csv --target diagnosis --format json --quiet",
    "fit squared": "fit diabetes.csv --target progression --format json --quiet",
    "fit seed": "fit diabetes.csv --target progression --seed 3 --format json --quiet",
    "fit full batch": "fit breast_cancer.csv --target diagnosis --batch-size full --val-fraction 0 --epochs 50 "
                      "--method momentum:lr=0.1 --format json --quiet",
    "fit l1": "fit diabetes.csv --target progression --l1 0.1 --format json --quiet",
    "fit huber": "fit diabetes.csv --target progression --loss huber --format json --quiet",
    "fit fm": "fit breast_cancer.csv --target diagnosis --model fm:rank=4 --epochs 20 --format json --quiet",
    "fit mlp": "fit breast_cancer.csv --target diagnosis --model mlp:16 --epochs 20 --format json --quiet",
    "fit dropout": "fit breast_cancer.csv --target diagnosis --model mlp:16,dropout=0.2 --epochs 20 --format json --quiet",
    "minimize adam": "minimize rosenbrock --method adam:lr=0.1 --trace trace.csv --plot path.svg --format json",
    "minimize nag": "minimize quadratic:condition=100 --method nag:lr=0.01 --trace trace.csv --format json",
    "minimize formula": "minimize (x-1)^2+exp(y)-y --method rmsprop:lr=0.01 --trace trace.csv --format json",
    "minimize starts": "minimize himmelblau --starts 10 --format json",
    "minimize perturb": "minimize saddle --perturb --format json",
    "compare defaults": "compare rosenbrock --protocol defaults --runs runs.jsonl --format json --quiet",
    "compare rate": "compare booth --protocol rate --methods sgd,momentum,adam --runs runs.jsonl --format json --quiet",
    "compare noise": "compare noisy --protocol defaults --methods sgd,adam,lion --runs runs.jsonl --format json "
                     "--quiet",
    "methods": "methods --format json",
    "problems": "problems --format json",
}

MEASURED = {"seconds", "rows_per_second", "started", "thalweg"}


def without_times(value):
    """The same JSON without measured times."""
    if isinstance(value, dict):
        value = {key: without_times(inner) for key, inner in value.items() if key not in MEASURED}
        if "curve" in value:
            # Points of a curve: step, evaluations, seconds, value.
            value["curve"] = [[*point[:2], *point[3:]] for point in value["curve"]]
        return value
    if isinstance(value, list):
        return [without_times(inner) for inner in value]
    return value


def normalized(name, content):
    """The bytes to compare: JSON without times, everything else as it is."""
    try:
        if name.endswith((".jsonl", "stdout")):
            lines = [content] if name == "stdout" else content.splitlines()
            # Runs are written in the order in which the threads end them.
            return sorted(json.dumps(without_times(json.loads(line))) for line in lines if line.strip())
    except ValueError:
        pass
    return content


def outputs(program, arguments):
    """Everything that one command writes, by name."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in DATA:
            (folder / name).write_bytes((ROOT / "data" / name).read_bytes())
        ran = subprocess.run([program, *arguments.split()], cwd=folder, capture_output=True, check=False)
        written = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name not in DATA}
        written |= {"stdout": ran.stdout, "exit status": str(ran.returncode).encode()}
        return {name: normalized(name, content) for name, content in written.items()}, ran.stderr.decode()


def main():
    old, new = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    different = 0
    for name, arguments in CASES.items():
        (before, error), (after, _) = outputs(old, arguments), outputs(new, arguments)
        if before["exit status"] != b"0":
            print(f"{name}: the old program failed: {error.strip()}")
        changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        different += bool(changed)
        print(f"{name}: {'DIFFERENT: ' + ', '.join(changed) if changed else 'same: ' + ', '.join(sorted(before))}")
    print(f"{different} of {len(CASES)} commands differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
