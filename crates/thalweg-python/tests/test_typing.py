"""The types of the package, checked by mypy and stubtest."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

ROOT = Path(__file__).parents[1]
ALLOWED = [
    r"thalweg\.torch.*",  # cannot be imported without torch
    r"thalweg\.sklearn\..*\.set_\w+_request",  # made by scikit-learn when a class is made
    r"thalweg\._types\.(Outcome|View)",  # aliases of Literal, which stubtest takes for unions
    r"thalweg\._thalweg\.__all__",
]


def check(tmp_path, *arguments):
    environment = {**os.environ, "MYPYPATH": str(ROOT / "python"), "MYPY_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_the_package_is_typed_strictly(cache):
    run = check(cache, "mypy", "--strict", "--config-file", ROOT / "pyproject.toml", "-p", "thalweg")
    assert run.returncode == 0, run.stdout + run.stderr


def test_users_see_the_types(cache):
    example = ROOT / "tests/typed_example.py"
    run = check(cache, "mypy", "--strict", "--config-file", ROOT / "pyproject.toml", example)
    found = [int(line) for line in re.findall(r"typed_example\.py:(\d+): error", run.stdout)]
    lines = example.read_text(encoding="utf-8").splitlines()
    expected = range(lines.index("# Each of these lines is an error.") + 2, len(lines) + 1)
    assert sorted(set(found)) == list(expected), run.stdout


def test_the_types_are_those_of_the_extension(cache):
    allowed = cache / "allowed"
    allowed.write_text("\n".join(ALLOWED), encoding="utf-8")
    options = ["--mypy-config-file", ROOT / "pyproject.toml", "--allowlist", allowed, "--ignore-unused-allowlist"]
    run = check(cache, "mypy.stubtest", "thalweg", *options)
    assert run.returncode == 0, run.stdout + run.stderr
