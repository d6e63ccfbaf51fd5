"""The program, to which the package is compared, and tables."""

import json
import os
import subprocess
from pathlib import Path

# Read when scipy is imported: without it, scikit-learn skips one of its checks.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[3]


class Program:
    """The program `thalweg`."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, check=True):
        command = [self.path, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=300)

    def fit(self, folder, *arguments):
        """Return the report and the bytes of the model of a fit."""
        model = folder / "program.model"
        run = self("fit", *arguments, "--quiet", "--format", "json", "-o", model)
        return json.loads(run.stdout), model.read_bytes()


@pytest.fixture(scope="session")
def program():
    """Return the program that cargo has built, in the target folder of the workspace or of the environment."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    for path in (target / "debug/thalweg", target / "release/thalweg"):
        if path.exists():
            return Program(path)
    pytest.skip(f"the program is not built in {target}: cargo build -p thalweg-cli")


def columns(rows=400, seed=5):
    """Return the columns of a table with numbers, texts, missing values, labels, classes and counts."""
    random = np.random.default_rng(seed)
    size = np.round(random.normal(50, 20, rows), 2)
    rooms = random.integers(1, 6, rows)
    town = random.choice(["Ulm", "Bonn", "Kiel"], rows)
    offset = np.array([{"Ulm": 4.0, "Bonn": -3.0, "Kiel": 0.0}[name] for name in town])
    price = np.round(3.0 * size + 7.0 * rooms + offset + random.normal(0, 5, rows), 3)
    noise = random.normal(0, 20, rows)
    kind = np.where(size + noise > 60, "large", np.where(size + noise > 40, "medium", "small"))
    return {
        "size": size,
        "rooms": rooms,
        "town": town,
        "price": price,
        "sold": np.where(size + noise > 50, "yes", "no"),
        "kind": kind,
        "visits": random.poisson(np.exp(size / 40)),
        "w": np.round(random.uniform(0.5, 2.0, rows), 2),
    }


def write_csv(path, table):
    """Write columns as a CSV file, each number in its shortest form."""
    lines = [",".join(table)]
    for row in zip(*(values.tolist() for values in table.values()), strict=True):
        lines.append(",".join(map(str, row)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def csv(tmp_path_factory):
    """Return the path of a table in a CSV file."""
    return write_csv(tmp_path_factory.mktemp("data") / "houses.csv", columns())
