"""The program that comes with the package: the same output, exit codes and signals as the program alone."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MODULE = [sys.executable, "-m", "thalweg"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        [],
        ["fti"],
        ["methods"],
        ["problems", "--format", "json"],
        ["minimize", "rosenbrock", "--method", "lbfgs"],
        ["minimize", "x^2", "--method", "sgd:lr=100", "--max-steps", "500"],
        ["fit", "no-such-file.csv"],
        ["fit", "{csv}", "--target", "prize"],
        ["fit", "{csv}", "--target", "price", "--epochs", "0"],
        ["inspect", "{csv}"],
    ],
    ids=" ".join,
)
def test_output_and_exit_code_are_those_of_the_program(program, csv, tmp_path, arguments):
    arguments = [argument.replace("{csv}", str(csv)) for argument in arguments]
    runs = [
        subprocess.run([*command, *arguments], capture_output=True, cwd=tmp_path, timeout=60)
        for command in ([program.path], MODULE)
    ]
    assert runs[0].returncode == runs[1].returncode
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == runs[1].stderr


def test_a_fit_and_its_predictions(program, csv, tmp_path):
    model = tmp_path / "a.model"
    fit = [*MODULE, "fit", csv, "--target", "price", "-o", model, "--quiet"]
    subprocess.run(fit, check=True, capture_output=True, timeout=60)
    assert model.read_bytes() == program.fit(tmp_path, csv, "--target", "price")[1]
    predict = [*MODULE, "predict", model, "-", "--quiet"]
    output = subprocess.run(predict, input=csv.read_bytes(), capture_output=True, timeout=60)
    assert output.stdout.count(b"\n") == 400
    # A reader that has seen enough is no error.
    text = subprocess.run(f"{' '.join(MODULE)} methods | head -1", shell=True, capture_output=True, timeout=60)
    assert (text.stdout.count(b"\n"), text.stderr) == (1, b"")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_ends_a_fit_in_order(csv, tmp_path, number, code):
    model, history = tmp_path / "a.model", tmp_path / "history.jsonl"
    options = ["--method", "adam:lr=1e-4", "--epochs", "10000000", "--patience", "0", "--history", history, "-o", model]
    run = subprocess.Popen([*MODULE, "fit", csv, "--target", "price", *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    end = time.monotonic() + 30
    while not (history.exists() and history.stat().st_size > 1000) and time.monotonic() < end:
        time.sleep(0.01)
    run.send_signal(number)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == code and b"Traceback" not in errors
    assert model.exists()


def test_the_console_script_is_the_program():
    script = shutil.which("thalweg", path=str(Path(sys.executable).parent))
    if script is None or os.environ.get("PYTHONPATH"):
        pytest.skip("the package is not installed with its console script")
    assert subprocess.run([script, "--version"], capture_output=True, check=True).stdout.startswith(b"thalweg ")
