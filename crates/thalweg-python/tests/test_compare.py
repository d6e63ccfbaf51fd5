"""Comparisons: the same numbers, files, pictures and pages as those of the program."""

import csv as csv_module
import io
import json
import pathlib
import pickle
import subprocess
import sys
import threading
import xml.etree.ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg


def without_times(value):
    """Return a report without what differs from run to run."""
    if isinstance(value, dict):
        return {name: without_times(part) for name, part in value.items() if name != "seconds"}
    return [without_times(part) for part in value] if isinstance(value, list) else value


FAST = ["--tuning-seeds", "2", "--seeds", "3"]
# Arguments of the program and of the package.
CASES = {
    "defaults": (["bowl"], {"subject": "bowl"}),
    "problem": (
        ["rosenbrock", "--methods", "sgd,momentum,adam", "--steps", "300"],
        {"subject": "rosenbrock", "methods": "sgd,momentum,adam", "steps": 300},
    ),
    "problem with everything": (
        [
            "quadratic:condition=50",
            "--dim",
            "3",
            "--methods",
            "momentum:lr=0.1,momentum=0.5,adam",
            "--protocol",
            "defaults,tuned",
            "--trials",
            "4",
            "--schedule",
            "cosine",
            "--start",
            "3,2,1",
            "--steps",
            "80",
        ],
        {
            "subject": "quadratic:condition=50",
            "dim": 3,
            "methods": [thalweg.momentum(lr=0.1, momentum=0.5), "adam"],
            "protocol": ["defaults", "tuned"],
            "trials": 4,
            "schedule": thalweg.schedule("cosine"),
            "start": [3, 2, 1],
            "steps": 80,
        },
    ),
    "formula": (
        ["exp(a) - a + b^2", "--start", "b=2,a=-1", "--steps", "100", "--protocol", "rate"],
        {"subject": thalweg.formula("exp(a) - a + b^2"), "start": {"b": 2, "a": -1}, "steps": 100, "protocol": "rate"},
    ),
    "without a lower bound": (
        ["saddle", "--methods", "all", "--steps", "40", "--protocol", "defaults"],
        {"subject": "saddle", "methods": "all", "steps": 40, "protocol": "defaults"},
    ),
    "one variable": (
        ["(x - 3)^2", "--methods", "sgd", "--steps", "50"],
        {"subject": "(x - 3)^2", "methods": ["sgd"], "steps": 50},
    ),
    "data": (
        [
            "{csv}",
            "--target",
            "sold",
            "--methods",
            "sgd,adam,lbfgs",
            "--epochs",
            "4",
            "--batch-size",
            "32",
            "--l2",
            "0.01",
            "--loss",
            "hinge",
            "--protocol",
            "defaults",
        ],
        {
            "subject": "{csv}",
            "target": "sold",
            "methods": "sgd,adam,lbfgs",
            "epochs": 4,
            "batch_size": 32,
            "l2": 0.01,
            "loss": "hinge",
            "protocol": "defaults",
        },
    ),
    "data for workers": (
        ["{csv}", "--target", "price", "--methods", "sgd,lbfgs", "--epochs", "3", "--batch-size", "16", "--sync-every", "2",
         "--workers", "4", "--protocol", "defaults"],
        {"subject": "{csv}", "target": "price", "methods": "sgd,lbfgs", "epochs": 3, "batch_size": 16, "sync_every": 2,
         "workers": 4, "protocol": "defaults"},
    ),
    "data in full batches": (
        ["{csv}", "--target", "price", "--methods", "sgd,saga", "--epochs", "3", "--batch-size", "full"],
        {"subject": "{csv}", "target": "price", "methods": "sgd,saga", "epochs": 3, "batch_size": "full"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_reports_are_those_of_the_program(program, csv, tmp_path, case):
    command, arguments = CASES[case]
    command = ["compare", *(str(csv) if part == "{csv}" else part for part in command), *FAST]
    runs = tmp_path / "a.runs.jsonl"
    printed = json.loads(program(*command, "--format", "json", "--quiet", "--runs", runs).stdout)
    arguments = {name: str(csv) if value == "{csv}" else value for name, value in arguments.items()}
    comparison = thalweg.compare(**arguments, tuning_seeds=2, seeds=3, progress=False)
    assert comparison.complete
    assert without_times(comparison.report) == without_times(printed)
    # The file of the runs of the program.
    again = thalweg.Comparison.load(runs)
    assert again.report == printed
    read = ["compare", "--from", runs]
    assert str(again) == program(*read).stdout
    assert again._native.json() + "\n" == program(*read, "--format", "json").stdout
    # A file of the runs of the package.
    comparison.save(tmp_path / "b.runs.jsonl")
    assert (
        json.loads(program("compare", "--from", tmp_path / "b.runs.jsonl", "--format", "json").stdout)
        == comparison.report
    )


def test_tables_are_those_of_the_program(program, tmp_path):
    runs = tmp_path / "a.runs.jsonl"
    options = ["--methods", "sgd,momentum,adam,adagrad", "--steps", "400", "--quiet", "--format", "csv", "--runs", runs]
    text = program("compare", "rosenbrock", *options).stdout
    rows = list(csv_module.DictReader(io.StringIO(text)))
    comparison = thalweg.Comparison.load(runs)
    targets, standings = comparison.targets, comparison.standings
    assert len(rows) == len(targets["target"]) == 5 * len(standings["method"]) == 40
    for number, row in enumerate(rows):
        for name, values in targets.items():
            if values.dtype.kind == "U":
                assert row[name] == values[number]
            else:
                assert float(row[name] or "inf") == values[number], name
        for name, values in standings.items():
            value, found = values[number // 5], row.get(name)
            if values.dtype.kind == "U":
                assert found == value
            elif name == "told_apart":
                assert found == str(value).lower()
            elif found is not None:
                assert float(found or "inf") == value, name
    # Against numpy.
    chosen = pd.DataFrame(comparison.runs).query("phase == 'report'").groupby(["protocol", "method"])["value"]
    frame = pd.DataFrame(standings).set_index(["protocol", "method"])
    for name, fraction in [("low", 0.25), ("median", 0.5), ("high", 0.75)]:
        expected = chosen.apply(lambda values: np.quantile(values, fraction))
        np.testing.assert_allclose(frame[f"value_{name}"].sort_index(), expected.sort_index(), rtol=1e-12)
    curve = comparison.curves["rate"]["adam"]
    assert curve["step"][0] == 0 and (np.diff(curve["step"]) > 0).all() and (np.diff(curve["median"]) <= 0).all()
    assert curve["median"][-1] == frame.loc[("rate", "adam"), "value_median"]
    assert (curve["low"] <= curve["median"]).all() and (curve["median"] <= curve["high"]).all()


@pytest.mark.parametrize("subject", ["rosenbrock", "(x - 3)^2", "data"])
def test_pictures_and_pages_are_those_of_the_program(program, csv, tmp_path, subject):
    runs, svg, png, page = (tmp_path / name for name in ("a.runs.jsonl", "a.svg", "a.png", "a.html"))
    on = [csv, "--target", "price", "--epochs", "2"] if subject == "data" else [subject, "--steps", "100"]
    program("compare", *on, "--methods", "sgd,adam", *FAST, "--quiet", "--runs", runs, "--plot", svg)
    comparison = thalweg.Comparison.load(runs)
    assert comparison.plot().svg == svg.read_text(encoding="utf-8")
    program("compare", "--from", runs, "--plot", png)
    assert comparison.plot("rate").png == png.read_bytes()
    program("compare", "--from", runs, "--report", page)
    comparison.save_html(tmp_path / "b.html")
    assert (tmp_path / "b.html").read_bytes() == page.read_bytes()
    comparison.plot("defaults").save(tmp_path / "c.svg")
    other = (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert other != svg.read_text(encoding="utf-8") and "protocol defaults" in other
    if subject == "rosenbrock":
        program("compare", "--from", runs, "--plot", svg, "--view", "surface")
        assert comparison.plot(view="surface")._repr_svg_() == svg.read_text(encoding="utf-8")


def test_rows_in_memory_are_those_of_a_file(csv):
    arguments = {"methods": "sgd,adam", "epochs": 3, "protocol": "defaults", "seeds": 3, "progress": False}
    expected = without_times(thalweg.compare(csv, "sold", **arguments).report)
    frame = pd.read_csv(csv)
    found = without_times(thalweg.compare(frame, "sold", **arguments).report)
    assert found.pop("arena") == "data, 400 rows, target sold"
    assert expected.pop("arena") == "houses.csv, 400 rows, target sold"
    assert found["tables"] == expected["tables"]
    X, y = frame[["size", "rooms"]], frame["sold"]
    assert thalweg.compare((X, y), **arguments).report["arena"] == "data, 400 rows, target label"


def test_a_file_of_runs_is_continued(tmp_path):
    runs = tmp_path / "a.runs.jsonl"
    arguments = {"methods": "sgd,adam", "steps": 200, "seeds": 4, "progress": False}
    first = thalweg.compare("rosenbrock", runs=runs, **arguments)
    lines = runs.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == len(first.runs["lr"]) + 1
    runs.write_text("".join(lines[:40]), encoding="utf-8")
    second = thalweg.compare("rosenbrock", runs=runs, **arguments)
    # The runs that were kept have their times.
    for comparison in (first, second):
        assert without_times(comparison.report) == without_times(first.report)
    kept = {json.loads(line)["seconds"] for line in lines[1:40]}
    assert kept <= set(second.runs["seconds"].tolist())
    with pytest.raises(thalweg.Error, match="steps was 200, is 100.*force=True replaces them"):
        thalweg.compare("rosenbrock", runs=runs, **{**arguments, "steps": 100})
    other = thalweg.compare("rosenbrock", runs=runs, force=True, **{**arguments, "steps": 100})
    assert thalweg.Comparison.load(runs).report == other.report
    with open(runs, "a", encoding="utf-8") as file:
        file.write('{"protocol"')
    with pytest.warns(UserWarning, match="the last line of .* is cut"):
        thalweg.Comparison.load(runs)


def test_a_comparison_is_a_value():
    comparison = thalweg.compare("x^2", methods="sgd,adam", steps=30, seeds=2, protocol="defaults", progress=False)
    copy = pickle.loads(pickle.dumps(comparison))
    assert copy.report == comparison.report and str(copy) == str(comparison)
    assert comparison.verdict in repr(comparison) and comparison.verdicts == {"defaults": comparison.verdict}
    assert comparison.warnings and comparison.warnings == comparison.report["warnings"]


def test_a_comparison_is_shown_in_a_notebook(tmp_path):
    arguments = {"methods": "sgd,adam", "steps": 30, "seeds": 2, "epochs": 1, "protocol": "defaults", "progress": False}
    comparison = thalweg.compare("rosenbrock", **{name: value for name, value in arguments.items() if name != "epochs"})
    root = xml.etree.ElementTree.fromstring(comparison._repr_html_())
    text = "".join(root.itertext())
    assert comparison.verdict in text and "warning: " in text
    assert [cell.text for cell in root.iter("td")][:4:3] == [comparison.standings["method"][0], None] or root.find(
        ".//td"
    ) is not None
    images = [image.get("src") for image in root.iter("img")]
    assert len(images) == 1 and images[0].startswith("data:image/svg+xml;base64,")
    assert "http" not in comparison._repr_html_().replace("data:image", "")
    frame = {"x": np.arange(40.0), "<script>": np.arange(40.0) % 7}
    del arguments["steps"]
    html = thalweg.compare(frame, "<script>", **arguments)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html
    xml.etree.ElementTree.fromstring(html)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"subject": "rosenbrok"}, thalweg.Error, "rosenbrock"),
        ({"subject": "x +* y"}, thalweg.Error, r"\*"),
        ({"subject": 5}, TypeError, "subject must be"),
        ({"subject": "{csv}"}, thalweg.Error, "target="),
        ({"subject": "no.csv", "target": "a"}, FileNotFoundError, "no.csv"),
        ({"subject": "no.csv"}, thalweg.Error, "looks like the name of a file, but there is no file 'no.csv'"),
        ({"subject": pathlib.Path("no")}, thalweg.Error, "target="),
        ({"subject": print}, TypeError, "subject must be the name of a problem, a formula or data, but is"),
        ({"subject": "{csv}", "target": "prize"}, thalweg.Error, "price"),
        ({"subject": "{csv}", "target": "price", "steps": 5}, thalweg.Error, "steps applies to test problems"),
        ({"subject": "{csv}", "target": "price", "l2": -1.0}, thalweg.Error, "l2"),
        ({"subject": "{csv}", "target": 3}, TypeError, "target must be a text"),
        ({"epochs": 5}, thalweg.Error, "epochs applies to data only"),
        ({"loss": "huber"}, thalweg.Error, "loss applies to data only"),
        ({"methods": "adamm"}, thalweg.Error, "adam"),
        ({"methods": ["adam", "adam"]}, thalweg.Error, "adam"),
        ({"methods": []}, thalweg.Error, "number of methods"),
        ({"methods": 3}, TypeError, "methods must be"),
        ({"methods": [3]}, TypeError, "method must be"),
        ({"methods": "saga"}, thalweg.Error, "saga needs data"),
        ({"protocol": "best"}, thalweg.Error, "protocol must be 'defaults' or 'rate' or 'tuned', but is 'best'"),
        ({"protocol": ()}, thalweg.Error, "number of protocols"),
        ({"trials": 0}, thalweg.Error, "trials must be a whole number of at least 1, but is 0"),
        ({"seeds": 0}, thalweg.Error, "seeds must be a whole number of at least 1"),
        ({"seeds": 20_000}, thalweg.Error, "seeds must be a whole number of at most 10000, but is 20000"),
        ({"tuning_seeds": 1.5}, TypeError, "tuning_seeds must be a whole number"),
        ({"steps": 0}, thalweg.Error, "steps must be"),
        ({"dim": 0}, thalweg.Error, "dim must be"),
        ({"subject": "x^2", "dim": 2}, thalweg.Error, "dim applies to test problems only"),
        ({"start": [1.0]}, thalweg.Error, r"start must have 2 numbers \(x1, x2\), but has 1"),
        ({"start": {"x1": 1}}, thalweg.Error, "none for x2"),
        ({"start": {"x1": 1, "x2": 2, "z": 3}}, thalweg.Error, "but has more"),
        ({"start": {"x1": "a", "x2": 2}}, TypeError, r"start\['x1'\] must be a number"),
        ({"start": [np.inf, 1.0]}, thalweg.Error, "start must be finite, but x1 is inf"),
        ({"subject": "log(x)", "start": [0.0]}, thalweg.Error, "finite"),
        ({"schedule": "cosin"}, thalweg.Error, "cosine"),
        ({"force": True}, thalweg.Error, "force needs runs="),
        ({"runs": "{csv}"}, thalweg.Error, "runs must be a new file or a file of runs"),
        ({"runs": "/no/such/folder/a"}, OSError, "no/such/folder"),
        ({"progress": 1}, TypeError, "progress must be True, False or None"),
        ({"threads": 0}, thalweg.Error, "threads must be"),
    ],
    ids=str,
)
def test_errors_name_the_argument(csv, arguments, error, message):
    arguments = {name: str(csv) if value == "{csv}" else value for name, value in arguments.items()}
    with pytest.raises(error, match=message):
        thalweg.compare(
            **{
                "subject": "rosenbrock",
                "methods": "sgd",
                "steps" if "target" not in arguments and "epochs" not in arguments else "seeds": 3,
                **arguments,
            }
        )


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.lists(st.floats(), max_size=3),
    st.builds(object),
)
# Those that make a comparison long or write a file have tests of their own.
NAMES = [
    name for name in thalweg.compare.__kwdefaults__ if name not in ("seeds", "tuning_seeds", "steps", "dim", "runs")
]


@pytest.mark.parametrize("on_data", [False, True])
@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from([*NAMES, "subject", "target"]), value=ANYTHING)
def test_no_argument_causes_a_panic(csv, on_data, name, value):
    if name in ("threads", "trials", "epochs") and isinstance(value, int):
        value %= 4
    budget = {"target": "sold", "epochs": 1} if on_data else {"steps": 5}
    few = {"seeds": 1, "tuning_seeds": 1, "methods": "sgd", "protocol": "defaults", "progress": False}
    try:
        thalweg.compare(**{"subject": csv if on_data else "x^2 + y^2", **budget, **few, name: value})
    except (thalweg.Error, TypeError, OSError) as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_bytes_of_runs_cause_a_panic(data, place, byte):
    whole = bytearray(RUNS.to_bytes())
    with pytest.raises(thalweg.Error):
        type(RUNS).from_bytes(data)
    whole[place % len(whole)] ^= byte
    try:
        damaged = thalweg.Comparison(type(RUNS).from_bytes(bytes(whole)))
        assert str(damaged) and damaged._repr_html_() and damaged.standings and damaged.curves
    except thalweg.Error as error:
        assert str(error)


RUNS = thalweg.compare("x^2", methods="sgd,adam", steps=20, seeds=2, tuning_seeds=1, progress=False)._native


def test_errors_of_results(tmp_path, csv):
    comparison = thalweg.compare("x^2", methods="sgd", steps=5, seeds=1, protocol="defaults", progress=False)
    with pytest.raises(thalweg.Error, match="protocol must be 'defaults', but is 'rate'"):
        comparison.plot("rate")
    with pytest.raises(thalweg.Error, match="view must be 'contour' or 'surface', but is 'map'"):
        comparison.plot(view="map")
    with pytest.raises(thalweg.Error, match="path must end in .svg or .png"):
        comparison.plot().save(tmp_path / "a.gif")
    with pytest.raises(thalweg.Error, match="is not a file of runs"):
        thalweg.Comparison.load(csv)
    with pytest.raises(FileNotFoundError):
        thalweg.Comparison.load(tmp_path / "none")


# Compares until a signal arrives after the number of seconds; prints the delay of the end, and what is left.
INTERRUPTED = """
import signal, sys, threading, time, warnings
import thalweg

caught = warnings.catch_warnings(record=True)
sent = []

def send():
    sent.append(time.perf_counter())
    signal.raise_signal(signal.SIGINT)

threading.Timer(float(sys.argv[1]), send).start()
subject, target, protocol, steps = sys.argv[2], sys.argv[3] or None, sys.argv[4], int(sys.argv[5])
budget = {"epochs": steps} if target else {"steps": steps}
with caught as messages:
    try:
        comparison = thalweg.compare(
            subject, target, methods="sgd:lr=1e-9,adam:lr=1e-9", seeds=10_000, protocol=protocol, **budget
        )
        delay = time.perf_counter() - sent[0]
        print(delay, comparison.complete, [str(one.category.__name__) for one in messages])
    except KeyboardInterrupt:
        print(time.perf_counter() - sent[0], "KeyboardInterrupt")
"""


def interrupted(*arguments):
    runs = [
        subprocess.run(
            [sys.executable, "-c", INTERRUPTED, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        for _ in range(3)
    ]
    delays, ends = zip(*(run.stdout.strip().split(" ", 1) for run in runs), strict=True)
    assert min(map(float, delays)) < 0.2, delays
    return set(ends)


def test_ctrl_c_keeps_the_finished_runs(csv):
    assert interrupted(2, "x^2 + y^2", "", "defaults", 100_000) == {"False ['InterruptedWarning']"}


@pytest.mark.parametrize("target", ["", "price"])
def test_ctrl_c_before_a_report_is_an_exception(csv, target):
    assert interrupted(0.5, csv if target else "x^2 + y^2", target, "rate", 10_000_000) == {"KeyboardInterrupt"}


def test_other_threads_run_during_a_comparison():
    count, done = 0, threading.Event()

    def work():
        thalweg.compare(
            "rosenbrock", methods="adam:lr=1e-9", protocol="defaults", steps=300_000, threads=1, progress=False
        )
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        count += 1
    thread.join()
    assert count > 100_000
