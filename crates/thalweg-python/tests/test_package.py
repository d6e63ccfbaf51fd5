"""The package as a whole: import, generated files, documentation."""

import doctest
import importlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import thalweg
from thalweg import _thalweg

ROOT = Path(__file__).parents[1]
MODULES = [
    importlib.import_module(f"thalweg.{path.stem}" if path.stem != "__init__" else "thalweg")
    for path in sorted((ROOT / "python/thalweg").glob("*.py"))
    if path.stem != "__main__"
]


def test_the_functions_of_methods_are_up_to_date():
    spec = importlib.util.spec_from_file_location("make_methods", ROOT / "tools/make_methods.py")
    make_methods = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_methods)
    assert make_methods.TARGET.read_text(encoding="utf-8") == make_methods.source(), "run tools/make_methods.py"


def test_every_method_has_its_function_with_its_defaults():
    for row in thalweg.methods():
        assert row["name"] in thalweg.__all__
        function = getattr(thalweg, row["name"])
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(function).parameters.items()
            if name != "options"
        }
        assert defaults == row["defaults"]
        assert str(function()) == str(thalweg.Method(row["name"]))


def test_import_takes_no_time_and_no_other_package():
    code = (
        "import sys, time; start = time.process_time(); import thalweg; seconds = time.process_time() - start;"
        "heavy = {'numpy', 'torch', 'pandas', 'sklearn', 'scipy', 'polars', 'pyarrow'} & set(sys.modules);"
        "print(seconds, *heavy)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    assert all(len(run.stdout.split()) == 1 for run in runs), runs[0].stdout
    assert min(float(run.stdout) for run in runs) <= 0.02


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_of_the_documentation_run(module):
    results = doctest.testmod(module)
    assert results.failed == 0


PAGES = [ROOT / "README.md", ROOT.parents[1] / "README.md", ROOT.parents[1] / "docs/python.md"]


def run_blocks(path, monkeypatch, is_of_torch):
    """Run the blocks of a page one after the other: those that need torch, or the others."""
    # They use files of the repository.
    monkeypatch.chdir(ROOT.parents[1])
    blocks = re.findall("^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    blocks = [block for block in blocks if ("torch" in block) == is_of_torch]
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, path.name, str(path), 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert test.examples and runner.summarize().failed == 0


@pytest.mark.parametrize("path", PAGES, ids=["package", "project", "docs"])
def test_examples_of_the_pages_run(path, monkeypatch):
    run_blocks(path, monkeypatch, False)


def test_examples_of_torch_run(monkeypatch):
    pytest.importorskip("torch", minversion="2.10")
    run_blocks(PAGES[-1], monkeypatch, True)


NATIVE = [_thalweg.Method, _thalweg.Schedule, _thalweg.Formula, _thalweg.Optimizer, _thalweg.Model]


def native_members():
    """Return what users see of the classes of the extension."""
    for cls in NATIVE:
        yield cls.__name__, cls
        for name, member in vars(cls).items():
            if not name.startswith("_"):
                yield f"{cls.__name__}.{name}", member


@pytest.mark.parametrize(("name", "member"), [pytest.param(*pair, id=pair[0]) for pair in native_members()])
def test_members_of_the_extension_have_documentation_that_runs(name, member):
    assert member.__doc__, name
    test = doctest.DocTestParser().get_doctest(member.__doc__, {}, name, None, None)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


def test_without_torch_the_import_says_what_to_install():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "try:\n    import thalweg.torch\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "thalweg.torch needs PyTorch, which `pip install 'thalweg[torch]'` installs\n"


def test_every_public_name_is_documented():
    for name in thalweg.__all__:
        assert name == "__version__" or getattr(thalweg, name).__doc__, name


def test_a_child_process_steps_after_its_parent_did():
    code = (
        "import os, numpy as np, thalweg\n"
        "g = np.ones(100_000)\n"
        "optimizer = thalweg.Optimizer('adam')\n"
        "thalweg.set_threads(2)\n"
        "x = np.zeros_like(g); optimizer.step(x, g)\n"
        "child = os.fork()\n"
        "optimizer.step(x, g)\n"
        "if child:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    print('both')\n"
        "else:\n"
        "    os._exit(0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stdout == "both\n"


def test_threads_are_those_of_the_environment():
    code = "import thalweg; print(thalweg.threads())"
    for value, expected in [("3", "3"), ("0", None), ("many", None)]:
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "THALWEG_THREADS": value}, check=True
        )
        assert expected is None or run.stdout.strip() == expected
        assert int(run.stdout) >= 1

