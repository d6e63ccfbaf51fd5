"""What notebooks and terminals show: pictures of results, and the progress of long work."""

import base64
import os
import pickle
import pty
import re
import select
import subprocess
import sys
import time
import xml.etree.ElementTree

import numpy as np
import pytest

import thalweg
from thalweg import _progress


def picture_of(html):
    """Return the SVG in what a notebook shows, and its texts."""
    images = [image.get("src") for image in xml.etree.ElementTree.fromstring(html).iter("img")]
    assert len(images) == 1
    svg = base64.b64decode(images[0].removeprefix("data:image/svg+xml;base64,")).decode()
    root = xml.etree.ElementTree.fromstring(svg)
    return svg, [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]


def curves_of(text):
    """Return the long lines of a picture, each from its first point."""
    paths = [re.split("[ L]", path) for path in re.findall('<path d="M([^"Z]*)"', text)]
    points = [np.array(path, dtype=float).reshape(-1, 2) for path in paths if len(path) > 12]
    return [line - line[0] for line in points]


@pytest.mark.parametrize("function", ["rosenbrock", "(x^2 - y^2)/2", "x^4 - 3*x", "booth"])
def test_the_picture_of_a_run_is_that_of_the_program(program, tmp_path, function):
    for view in ("contour", "surface"):
        path = tmp_path / f"{view}.svg"
        options = ["--method", "adam:lr=0.05", "--steps", "200", "--plot", path, "--view", view]
        program("minimize", function, *options)
        result = thalweg.minimize(function, method="adam:lr=0.05", max_steps=200)
        assert result.plot(view=view).svg == path.read_text(encoding="utf-8")
    again = pickle.loads(pickle.dumps(result))
    svg, texts = picture_of(again._repr_html_())
    assert svg == result.plot().svg and "Path" in texts
    assert result.message in again._repr_html_() and set(again) == set(result)
    program("minimize", function, "--method", "adam:lr=0.05", "--steps", "200", "--plot", tmp_path / "a.png")
    assert result.plot().png == (tmp_path / "a.png").read_bytes()


def test_a_run_with_a_callback_and_bounds_is_repeated():
    calls = []

    def stop(x):
        calls.append(x)
        return len(calls) == 30

    result = thalweg.minimize("rosenbrock", bounds=[(-2, 0.5), (None, None)], method="adam", lr=0.1, callback=stop)
    svg = result.plot().svg
    assert len(calls) == 30 and "after 29 steps" in svg and "callback" in svg
    assert thalweg.minimize("rosenbrock", method="adam", lr=0.1, max_steps=29).plot().svg != svg


def test_a_callable_has_no_picture():
    result = thalweg.minimize(lambda x: float(x @ x), [1.0, 1.0], max_steps=5)
    assert result._repr_html_() is None
    with pytest.raises(thalweg.Error, match="plot needs the result of a formula"):
        result.plot()
    with pytest.raises(thalweg.Error, match="view must be"):
        thalweg.minimize("x^2", max_steps=3).plot(view="map")


def test_the_picture_of_a_fit_is_on_the_page_of_the_program(program, csv, tmp_path):
    page = tmp_path / "page.html"
    options = ["--method", "adam:lr=0.05", "--epochs", "12", "--report", page, "-o", tmp_path / "m", "--quiet"]
    program("fit", csv, "--target", "price", *options)
    fit = thalweg.fit(csv, "price", method="adam:lr=0.05", epochs=12)
    svg, texts = picture_of(fit._repr_html_())
    assert svg == fit.plot().svg and fit.plot().png.startswith(b"\x89PNG")
    # The page shows the same curves in colors of its own, and at another height.
    ours, theirs = curves_of(svg), curves_of(page.read_text(encoding="utf-8"))
    assert len(ours) == 2
    for curve in ours:
        assert any(curve.shape == other.shape and np.allclose(curve, other, atol=0.02) for other in theirs)
    assert {"Loss", "Learning rate", "validation"} <= set(texts)
    solver = thalweg.fit(csv, "price")
    assert "Learning rate" not in picture_of(solver._repr_html_())[1]


def test_schedules_are_drawn():
    schedule = thalweg.schedule("warmup:steps=100+cosine")
    assert schedule._repr_svg_() == schedule.plot().svg == schedule.plot(steps=1000).svg != schedule.plot(steps=200).svg
    texts = list(xml.etree.ElementTree.fromstring(schedule.plot(200).svg).itertext())
    assert "warmup:steps=100+cosine" in texts and "200" in texts
    assert schedule.plot().png.startswith(b"\x89PNG")
    with pytest.raises(thalweg.Error):
        schedule.plot(steps=0)


# Fits or compares for some tenths of a second, with the argument of the command line.
WORK = """
import sys, time, thalweg
import numpy as np
thalweg.set_threads(1)
X = np.random.default_rng(0).normal(size=(2000, 4))
progress = {"None": None, "True": True, "False": False}[sys.argv[1]]
thalweg.fit((X, X[:, 0]), "y", method="adam", epochs=40, patience=0, refit="never", progress=progress,
            callback=lambda epoch: time.sleep(0.02))
thalweg.compare("rosenbrock", methods="sgd,adam", protocol="rate", steps=20000, progress=progress, threads=1)
for fun, max_steps in [("rosenbrock", 10**9), (lambda x: (1.5e-9, [1e-9]), None)]:
    start = time.monotonic()
    thalweg.minimize(fun, [1.5] * (2 if max_steps else 1), jac=None if max_steps else True, lr=1e-9, max_steps=max_steps,
                     gradient_tolerance=None, progress=progress, callback=lambda x: time.monotonic() - start > 0.4)
print("IPython" in sys.modules)
"""


def on_a_terminal(argument):
    """Return what a script writes to its terminal."""
    leader, follower = pty.openpty()
    run = subprocess.Popen([sys.executable, "-c", WORK, argument], stderr=follower, stdout=subprocess.PIPE)
    os.close(follower)
    written, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([leader], [], [], 0.05)[0]:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            written += part
        elif run.poll() is not None:
            break
    assert run.communicate(timeout=30)[0] == b"False\n" and run.returncode == 0
    os.close(leader)
    return written.decode()


def test_progress_is_shown_on_a_terminal_alone():
    text = on_a_terminal("None")
    lines = text.split("\r")
    assert any("/40 epochs  loss" in line for line in lines) and any(" runs  rate: " in line for line in lines), text
    assert any("/1,000,000,000 steps  f " in line for line in lines), text
    assert any(" steps  f 1.5e-09, gradient norm 1e-09" in line and "/" not in line for line in lines), text
    assert all(len(line) <= 79 for line in lines)
    # The last line is erased.
    assert lines[-2].strip() == "" and lines[-1] == ""
    assert on_a_terminal("False") == ""
    for argument, is_shown in [("None", False), ("True", True), ("False", False)]:
        run = subprocess.run(
            [sys.executable, "-c", WORK, argument], capture_output=True, text=True, timeout=60, check=True
        )
        assert ("epochs" in run.stderr) == is_shown, run.stderr


def test_a_broken_stream_ends_no_work(monkeypatch):
    class Closed:
        def isatty(self):
            return True

        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            raise AssertionError

    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setattr(_progress, "_INTERVAL", 0.0)
    fit = thalweg.fit((np.eye(40), np.arange(40.0)), "y", method="adam", epochs=5)
    monkeypatch.setattr(sys, "stderr", None)
    assert thalweg.fit((np.eye(40), np.arange(40.0)), "y", method="adam", epochs=5).model == fit.model


def test_progress_is_shown_below_the_cell_of_a_notebook():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    code = WORK.replace("sys.argv[1]", '"None"')
    cells = [nbformat.v4.new_code_cell(text) for text in (code, code.replace('"None"]', '"False"]'))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    shown = []

    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, index):
            if message["msg_type"] in ("display_data", "update_display_data"):
                shown.append((index, message["content"]["data"].get("text/html")))
            return super().process_message(message, cell, index)

    Client(notebook, timeout=120, kernel_name="python3").execute()
    assert any("<progress value=" in html and "/40 epochs  loss" in html for _, html in shown)
    assert any(" runs  rate: " in html for _, html in shown)
    assert any('<progress max="1"></progress> ' in html and " steps  f " in html for _, html in shown)
    # Nothing is left, and nothing shown where it is switched off.
    assert {index for index, _ in shown} == {0} and shown[-1] == (0, "")
