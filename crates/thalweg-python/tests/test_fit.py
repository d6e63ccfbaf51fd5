"""Fits of files: the same models and reports as the program's, interrupts, callbacks, checkpoints."""

import copy
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

import numpy as np
import pytest
from conftest import columns, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg

# Arguments of Python, and the options of the program that they stand for.
FITS = [
    ("price", {}, []),
    ("sold", {}, []),
    ("kind", {}, []),
    ("price", {"method": "adam:lr=0.05", "epochs": 7, "batch_size": 16, "schedule": "cosine"},
     ["--method", "adam:lr=0.05", "--epochs", "7", "--batch-size", "16", "--schedule", "cosine"]),
    ("sold", {"method": "adam:lr=0.05", "epochs": 5, "batch_size": 24, "sync_every": 3, "workers": 4},
     ["--method", "adam:lr=0.05", "--epochs", "5", "--batch-size", "24", "--sync-every", "3", "--workers", "4"]),
    ("price", {"method": thalweg.nadam(lr=0.01), "lr": 0.02, "batch_size": "full", "epochs": 5, "patience": 0},
     ["--method", "nadam", "--lr", "0.02", "--batch-size", "full", "--epochs", "5", "--patience", "0"]),
    ("sold", {"loss": "hinge", "class_weight": "balanced", "l2": 0.01, "val_fraction": 0.0},
     ["--loss", "hinge", "--class-weight", "balanced", "--l2", "0.01", "--val-fraction", "0"]),
    ("price", {"loss": "huber", "intercept": False, "l1": 0.1, "seed": 3, "refit": "never", "clip_norm": 2.0},
     ["--loss", "huber", "--no-intercept", "--l1", "0.1", "--seed", "3", "--refit", "never", "--clip-norm", "2"]),
    ("visits", {"loss": "poisson", "ignore": ["price", "w"], "folds": 3},
     ["--loss", "poisson", "--ignore", "price,w", "--folds", "3"]),
    ("kind", {"model": "mlp:8,4", "epochs": 4, "init": "normal:0.1", "threads": 2},
     ["--model", "mlp:8,4", "--epochs", "4", "--init", "normal:0.1"]),
    ("sold", {"model": "fm:rank=3", "keep": ["town", "rooms", "size"], "categorical": "rooms", "factor_l2": 0.02},
     ["--model", "fm:rank=3", "--keep", "town,rooms,size", "--categorical", "rooms", "--factor-l2", "0.02"]),
    ("price", {"weight": "w", "interactions": ["town*rooms", "size*rooms"], "hash_bits": 4},
     ["--weight", "w", "--interactions", "town*rooms,size*rooms", "--hash-bits", "4"]),
    ("price", {"max_memory": "128M", "sample_rows": 100, "method": "adam", "epochs": 2, "missing": "Ulm"},
     ["--max-memory", "128M", "--sample-rows", "100", "--method", "adam", "--epochs", "2", "--missing", "Ulm"]),
    ("sold", {"max_steps": 40, "until": "val_loss < 0.1", "min_delta": 1e-3, "on_diverge": "stop", "method": "sgd"},
     ["--max-steps", "40", "--until", "val_loss < 0.1", "--min-delta", "1e-3", "--on-diverge", "stop",
      "--method", "sgd"]),
    ("price", {"method": "adam", "epochs": 300, "patience": 4, "min_delta": 0.05, "max_time": 600.0},
     ["--method", "adam", "--epochs", "300", "--patience", "4", "--min-delta", "0.05", "--max-time", "600"]),
    ("sold", {"lr": "auto", "method": "adam", "epochs": 3}, ["--lr", "auto", "--method", "adam", "--epochs", "3"]),
    ("price", {"text": "town", "text_weighting": "count", "certify": True, "max_samples": 10_000},
     ["--text", "town", "--text-weighting", "count", "--certify", "--max-samples", "10000"]),
]  # fmt: skip


def without_times(report):
    """Return a report without what differs from run to run, and without the path of the model."""
    report = {key: value for key, value in report.items() if key not in ("seconds", "rows_per_second")}
    for key in ("model_path", "predict_command"):
        report.pop(key, None)
    return report


@pytest.mark.parametrize(("target", "arguments", "options"), FITS, ids=[str(number) for number in range(len(FITS))])
def test_models_and_reports_are_those_of_the_program(program, csv, tmp_path, target, arguments, options):
    fit = thalweg.fit(csv, target, **arguments)
    report, model = program.fit(tmp_path, csv, "--target", target, *options)
    assert fit.model.to_bytes() == model
    assert without_times(fit.report) == without_times(report)
    fit.model.save(tmp_path / "python.model")
    assert (tmp_path / "python.model").read_bytes() == model
    assert thalweg.Model.load(tmp_path / "program.model") == fit.model


def outcome(csv, target, arguments):
    """Return what a fit gives, apart from times."""
    fit = thalweg.fit(csv, target, **arguments)
    return fit.model.to_bytes(), without_times(fit.report)


BASE = {"method": "adam", "epochs": 8, "refit": "never"}
EFFECTS = [
    *(("price", BASE, {name: value}) for name, value in [
        ("lr", 0.5), ("schedule", "cosine"), ("batch_size", 7), ("epochs", 3), ("max_steps", 9),
        ("max_samples", 500), ("until", "train_loss < 1e9"), ("val_fraction", 0.5), ("seed", 1), ("weight", "w"),
        ("ignore", "town"), ("keep", ["town", "size"]), ("categorical", "rooms"), ("text", "town"),
        ("interactions", "town*rooms"), ("missing", "Ulm"), ("init", "normal:1"), ("l1", 0.1), ("l2", 0.5),
        ("intercept", False), ("clip_norm", 0.01), ("loss", "huber"), ("model", "mlp:3"), ("sample_rows", 50),
        ("refit", "always"), ("certify", True), ("folds", 2), ("method", "sgd"),
    ]),
    ("price", BASE | {"epochs": 60, "patience": 2}, {"min_delta": 0.3}),
    ("price", BASE | {"epochs": 60, "min_delta": 0.3}, {"patience": 1}),
    ("price", BASE | {"batch_size": 16}, {"sync_every": 3}),
    ("price", BASE | {"batch_size": 16, "sync_every": 3}, {"workers": 2}),
    ("price", BASE | {"text": "town"}, {"text_weighting": "count"}),
    ("price", BASE | {"text": "town"}, {"hash_bits": 3}),
    ("sold", BASE, {"class_weight": "balanced"}),
    ("sold", BASE | {"model": "fm:rank=2"}, {"factor_l2": 0.3}),
    ("price", BASE | {"method": "sgd:lr=1e9"}, {"on_diverge": "stop"}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::thalweg.DivergedWarning")
@pytest.mark.parametrize(("target", "base", "more"), EFFECTS, ids=lambda value: value if isinstance(value, str) else "-".join(value))
def test_every_argument_has_an_effect(csv, target, base, more):
    whole = outcome(csv, target, base)
    assert outcome(csv, target, {**base, "threads": 1}) == whole
    assert outcome(csv, target, {**base, **more}) != whole


def test_the_time_of_a_fit_is_bounded(csv):
    for limit in (0.2, "200ms"):
        fit = thalweg.fit(csv, "price", method="adam:lr=1e-6", epochs=10_000_000, patience=0, max_time=limit)
        assert fit.stopped == "max_time" and 0.1 < fit.report["seconds"]["fit"] < 2


def test_files_of_other_formats_are_read_as_by_the_program(program, tmp_path):
    table = columns(120)
    odd = tmp_path / "odd.txt"
    lines = ["title"] + [
        f"{size:.2f}".replace(".", ",") + f";{town};{price}"
        for size, town, price in zip(table["size"], table["town"], table["rooms"], strict=True)
    ]
    odd.write_bytes("\n".join([*lines, "# Müller"]).encode("latin1"))
    arguments = {"header": False, "skip_lines": 1, "delimiter": ";", "comment": "#", "decimal": ",", "quotes": False}
    options = ["--no-header", "--skip-lines", "1", "--delimiter", ";", "--comment", "#", "--decimal", ",", "--no-quotes"]
    fit = thalweg.fit(odd, "c3", encoding="latin1", **arguments)
    _, model = program.fit(tmp_path, odd, "--target", "c3", "--encoding", "latin1", *options)
    assert fit.model.to_bytes() == model

    lines = [f"{a:.1f} 0:{b} 3:{a}" for a, b in zip(table["size"], table["rooms"], strict=True)]
    libsvm = tmp_path / "rows.libsvm"
    libsvm.write_text("\n".join(lines))
    fit = thalweg.fit([libsvm], zero_based=True)
    _, model = program.fit(tmp_path, libsvm, "--zero-based")
    assert fit.model.to_bytes() == model

    for part in range(3):
        write_csv(tmp_path / f"part-{part}.csv", columns(80, seed=part))
    last = write_csv(tmp_path / "last.csv", columns(50, seed=9))
    fit = thalweg.fit(f"{tmp_path}/part-*.csv", "price", validation=last)
    _, model = program.fit(tmp_path, tmp_path / "part-*.csv", "--target", "price", "--validation", last)
    assert (fit.model.to_bytes(), fit.report["rows"]) == (model, 290)


def test_a_fit_larger_than_its_memory_is_that_of_the_program(program, tmp_path):
    rows = 400_000
    random = np.random.default_rng(1)
    table = {f"x{i}": np.round(random.normal(size=rows), 3) for i in range(24)}
    table["y"] = np.round(sum(table.values()), 3)
    path = write_csv(tmp_path / "many.csv", table)
    fit = thalweg.fit(path, "y", max_memory=128 << 20, epochs=1)
    report, model = program.fit(tmp_path, path, "--target", "y", "--max-memory", "128M", "--epochs", "1")
    assert fit.report["shuffle"] == report["shuffle"] != "full"
    assert fit.model.to_bytes() == model


def test_predictions_are_those_of_the_program(program, csv, tmp_path):
    for target, option in [("price", []), ("sold", []), ("kind", []), ("sold", ["--proba"]), ("kind", ["--proba"])]:
        model = thalweg.fit(csv, target).model
        model.save(tmp_path / "a.model")
        lines = program("predict", tmp_path / "a.model", csv, "--quiet", *option).stdout.split()
        if not option:
            found = model.predict(csv).tolist()
            assert found == (list(map(float, lines)) if target == "price" else lines)
        elif target == "sold":
            assert model.predict_proba(csv)[:, 1].tolist() == list(map(float, lines))
        else:
            assert model.predict_proba(csv).tolist() == [list(map(float, line.split(","))) for line in lines]


def test_a_model_is_a_value(csv):
    fit = thalweg.fit(csv, "kind", epochs=3)
    model = fit.model
    again = pickle.loads(pickle.dumps(model))
    assert (again, hash(again), again.to_bytes()) == (model, hash(model), model.to_bytes())
    assert copy.copy(model) is model and copy.deepcopy(model) is model
    assert model != thalweg.fit(csv, "kind", epochs=2).model and model != "model"
    assert model.classes == ["large", "medium", "small"] and model.target == "kind"
    assert [feature["name"] for feature in model.schema["features"]] == model.columns
    assert model.about["epochs"] == fit.report["refit"]["epochs"]
    assert {one["class"] for one in model.coefficients()} == set(model.classes)
    assert len(model.intercept) == 3
    copied = pickle.loads(pickle.dumps(fit))
    assert copied.report == fit.report and repr(copied) == repr(fit)
    assert thalweg.fit(csv, "price", model="mlp:4", epochs=1).model.intercept is None


def test_the_curve_has_the_losses_of_the_epochs(csv):
    epochs = []
    fit = thalweg.fit(csv, "price", method="adam", epochs=6, callback=lambda epoch: epochs.append(epoch))
    assert fit.curve["epoch"].tolist() == [1, 2, 3, 4, 5, 6] == [epoch["epoch"] for epoch in epochs]
    assert fit.curve["train_loss"].tolist() == [epoch["train_loss"] for epoch in epochs]
    assert fit.curve["monitored_loss"].tolist() == [epoch["validation_loss"] for epoch in epochs]
    assert fit.curve["lr"].tolist() == [epoch["lr"] for epoch in epochs]
    assert fit.stopped == fit.report["stopped"] == epochs[-1]["stopped"] or epochs[-1]["stopped"] is None


def test_callbacks_run_on_the_calling_thread_and_end_the_fit(csv):
    threads = set()

    def stop(epoch):
        threads.add(threading.get_ident())
        return epoch["epoch"] == 3

    fit = thalweg.fit(csv, "price", method="adam", epochs=50, callback=stop)
    assert (fit.report["epochs"], threads) == (3, {threading.get_ident()})

    def end(epoch):
        raise StopIteration

    assert thalweg.fit(csv, "price", method="adam", epochs=50, callback=end).report["epochs"] == 1

    def fail(epoch):
        raise RuntimeError(f"epoch {epoch['epoch']}")

    with pytest.raises(RuntimeError, match="epoch 1") as caught:
        thalweg.fit(csv, "price", method="adam", epochs=50, callback=fail)
    assert any(entry.name == "fail" for entry in caught.traceback)

    # A callback may use the package, whatever the number of threads.
    model = thalweg.fit(csv, "price").model
    fit = thalweg.fit(csv, "price", threads=1, method="adam", epochs=2, callback=lambda _: model.predict(csv) is None)
    assert fit.report["epochs"] == 2


# Fits until a signal arrives after the number of seconds; prints the delay of the end, and what is left.
INTERRUPTED = """
import signal, sys, threading, time, warnings
import thalweg

warnings.simplefilter("ignore", thalweg.InterruptedWarning)
sent = []

def send():
    sent.append(time.perf_counter())
    signal.raise_signal(signal.SIGINT)

def begin(epoch):
    if epoch["epoch"] == 1:
        threading.Timer(0.3, send).start()

arguments = dict(method="adam:lr=1e-6", epochs=1_000_000, patience=0, refit="never")
try:
    fit = thalweg.fit(sys.argv[1], sys.argv[2], **arguments, callback=begin)
    print(time.perf_counter() - sent[0], fit.stopped, len(fit.model.predict(sys.argv[1])))
except KeyboardInterrupt:
    print(time.perf_counter() - sent[0], "KeyboardInterrupt", 0)
"""


def test_ctrl_c_keeps_the_best_model(csv):
    runs = []
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", INTERRUPTED, csv, "price"], capture_output=True, text=True, timeout=60, check=True
        )
        seconds, stopped, rows = run.stdout.split()
        assert (stopped, rows) == ("interrupted", "400")
        runs.append(float(seconds))
    assert min(runs) < 0.2, runs


def test_ctrl_c_while_the_data_are_read_is_an_exception(tmp_path):
    rows = 600_000
    path = tmp_path / "long.csv"
    path.write_text("a,b,c,d\n" + "".join(f"{i % 977},{i % 353},{i % 71},{i}\n" for i in range(rows)))
    code = (
        "import signal, sys, threading, time, thalweg\n"
        "sent = []\n"
        "def send():\n"
        "    sent.append(time.perf_counter()); signal.raise_signal(signal.SIGINT)\n"
        "threading.Timer(0.05, send).start()\n"
        "try:\n"
        "    thalweg.fit(sys.argv[1], 'd', folds=20)\n"
        "except KeyboardInterrupt:\n"
        "    print(time.perf_counter() - sent[0])\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=True)
        for _ in range(3)
    ]
    assert min(float(run.stdout) for run in runs) < 0.2


def test_the_exception_of_another_signal_goes_through(csv):
    def expire(*_):
        raise TimeoutError("too long")

    before = signal.signal(signal.SIGALRM, expire)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        start = time.perf_counter()
        with pytest.raises(TimeoutError, match="too long"):
            thalweg.fit(csv, "price", method="adam:lr=1e-6", epochs=1_000_000, patience=0)
        assert time.perf_counter() - start < 5
    finally:
        signal.signal(signal.SIGALRM, before)


def test_other_threads_run_during_a_fit(csv):
    count = [0]
    over = threading.Event()

    def work():
        while not over.is_set():
            count[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        start, before = time.perf_counter(), count[0]
        thalweg.fit(csv, "price", method="adam", epochs=2000, patience=0, threads=1)
        seconds, during = time.perf_counter() - start, count[0] - before
    finally:
        over.set()
        thread.join()
    # Holding the lock of Python would leave it a switch every few seconds.
    assert during / seconds > 1000


def test_fits_in_several_threads_and_after_a_fork(csv):
    expected = thalweg.fit(csv, "price", seed=1).model
    models = [None] * 4

    def work(number):
        models[number] = thalweg.fit(csv, "price", seed=1, threads=2).model

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert models == [expected] * 4
    code = (
        "import os, sys, thalweg\n"
        "path = sys.argv[1]\n"
        "model = thalweg.fit(path, 'price').model\n"
        "child = os.fork()\n"
        "assert thalweg.fit(path, 'price').model == model and len(model.predict(path)) == 400\n"
        "if child:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    print('both')\n"
        "else:\n"
        "    os._exit(0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, csv], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "both\n"


def test_a_fit_continues_from_a_checkpoint_to_the_same_bytes(csv, tmp_path):
    arguments = {"method": "adam", "epochs": 12, "batch_size": 32, "patience": 0, "refit": "always"}
    whole = thalweg.fit(csv, "price", **arguments)
    folder = tmp_path / "checkpoints"

    class Crash(Exception):
        pass

    def crash(epoch):
        if epoch["epoch"] == 7:
            raise Crash

    with pytest.raises(Crash):
        thalweg.fit(csv, "price", **arguments, checkpoint=folder, checkpoint_every="epoch", callback=crash)
    assert len(list(folder.iterdir())) >= 1
    epochs = []
    fit = thalweg.fit(csv, "price", **arguments, resume=folder, callback=lambda epoch: epochs.append(epoch["epoch"]))
    assert epochs[0] > 1 and epochs[-1] == 12
    assert fit.model == whole.model
    with pytest.raises(thalweg.Error, match="checkpoint must be a folder without checkpoints"):
        thalweg.fit(csv, "price", **arguments, checkpoint=folder)
    with pytest.raises(thalweg.Error, match="force=True continues"):
        thalweg.fit(csv, "price", **{**arguments, "batch_size": 16}, resume=folder)


def test_a_diverged_fit_says_so(csv):
    with pytest.warns(thalweg.DivergedWarning, match="infinite or NaN"):
        fit = thalweg.fit(csv, "price", method="sgd:lr=1e9", epochs=3, on_diverge="stop", batch_size=16)
    assert fit.stopped == "diverged"


def test_a_fit_is_shown_in_a_notebook(csv, tmp_path):
    for target, arguments in [("price", {}), ("kind", {"method": "adam", "epochs": 5}), ("sold", {"epochs": 1})]:
        fit = thalweg.fit(csv, target, **arguments)
        root = xml.etree.ElementTree.fromstring(fit._repr_html_())
        text = "".join(root.itertext())
        assert target in text and "validation rows" in text and f"{fit.report['validation']['loss']:.4g}" in text
        assert f"{fit.report['validation']['loss']:.4g}" in repr(fit)
        assert max(map(len, repr(fit).splitlines())) <= 100
    hostile = write_csv(tmp_path / "a.csv", {"<b>x&": np.arange(50), "'><script>": np.arange(50) * 2.5})
    html = thalweg.fit(hostile, "'><script>")._repr_html_()
    assert "<script>" not in html and "&lt;b&gt;x&amp;" in html
    xml.etree.ElementTree.fromstring(html)


# Lines of two numbers each.
NUMBERS = "".join(f"{i % 37},{i}.5\n" for i in range(400))


@pytest.mark.parametrize(
    ("content", "target", "kind", "parts"),
    [
        ("a,y\n1,2\n3\n", "y", "ragged_row", {"line": 3, "found": "1"}),
        (f"a,y\n{NUMBERS}1,x\n", "y", "cell", {"line": 402, "column": "y", "found": "x"}),
        ("a,y\n1,5\n2,5\n", "y", "target", {"column": "y"}),
        ("a,y\n", "y", "no_rows", {}),
        ("", "y", "empty", {}),
        ('a,y\n1,"2\n3,4\n', "y", "unterminated_quote", {"line": 2}),
        ("a,a\n1,2\n", "a", "", {}),
    ],
)
def test_errors_of_data_have_their_place(tmp_path, content, target, kind, parts):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    if not kind:
        with pytest.raises((thalweg.Error, ValueError)):
            thalweg.fit(path, target)
        return
    with pytest.raises(thalweg.DataError, match="bad.csv") as caught:
        thalweg.fit(path, target)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.reason, error.kind, error.path) == (kind, kind, str(path))
    assert {name: getattr(error, name) for name in parts} == parts


def test_hints_are_in_the_words_of_python(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("town,y\nMünchen,1\nUlm,2\n".encode("latin1") * 20)
    with pytest.raises(thalweg.DataError, match=r"encoding='latin1'") as caught:
        thalweg.fit(path, "y")
    assert "--" not in str(caught.value)
    path.write_text(f"a,y\n{NUMBERS}not known,3\n")
    with pytest.raises(thalweg.DataError, match="missing='not known'.*categorical='a'"):
        thalweg.fit(path, "y")
    with pytest.raises(thalweg.DataError, match="loss='softmax'"):
        thalweg.fit(write_csv(tmp_path / "k.csv", columns()), "kind", loss="logistic")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"target": "prize"}, thalweg.Error, "unknown column 'prize'.*did you mean 'price'"),
        ({"target": 3}, TypeError, "target must be a text, but is int"),
        ({"target": np.zeros(3)}, TypeError, r"but is ndarray; .* one argument: fit\(\(X, y\)\)"),
        ({"data": 3}, TypeError, "data must be"),
        ({"data": []}, TypeError, "data must be"),
        ({"data": "-"}, thalweg.Error, "standard input"),
        ({"data": b"a.csv"}, TypeError, "data must be"),
        ({"data": "no-such-file.csv"}, FileNotFoundError, "no-such-file.csv"),
        ({"lr": "fast"}, thalweg.Error, "lr must be a number, or auto, but is 'fast'"),
        ({"lr": [1]}, TypeError, "lr must be a number, but is list"),
        ({"lr": True}, TypeError, "lr must be a number, but is bool"),
        ({"lr": -1}, thalweg.Error, "lr must be at least 0"),
        ({"epochs": 0}, thalweg.Error, "epochs must be a whole number of at least 1, but is 0"),
        ({"epochs": 2.5}, TypeError, "epochs must be a whole number, but is float"),
        ({"epochs": 2**70}, thalweg.Error, "epochs must be a whole number"),
        ({"seed": -1}, thalweg.Error, "seed must be a whole number of at least 0, but is -1"),
        ({"method": "adma"}, thalweg.Error, "did you mean 'adam'"),
        ({"method": 3}, TypeError, "method must be a text or a Method, but is int"),
        ({"loss": "hubr"}, thalweg.Error, "did you mean 'huber'"),
        ({"loss": "logistic", "model": "linear"}, thalweg.Error, "loss must belong to a linear model"),
        ({"model": "forest"}, thalweg.Error, "model must be 'auto'"),
        ({"refit": "allways"}, thalweg.Error, "did you mean 'always'"),
        ({"class_weight": {"a": 1}}, TypeError, "class_weight must be a text, but is dict"),
        ({"batch_size": "half"}, thalweg.Error, "batch_size must be a number of rows or 'full'"),
        ({"batch_size": 1.5}, TypeError, "batch_size must be a whole number"),
        ({"workers": 2}, thalweg.Error, "workers needs sync_every="),
        ({"sync_every": 0}, thalweg.Error, "sync_every must be a whole number of at least 1"),
        ({"sync_every": 2, "method": "saga"}, thalweg.Error, "sync_every must be 1 for saga"),
        ({"max_memory": "2 GB"}, thalweg.Error, "max_memory must be a number of bytes"),
        ({"max_memory": 1000}, thalweg.Error, "max_memory"),
        ({"max_time": "soon"}, thalweg.Error, "the time must be"),
        ({"max_time": -3}, thalweg.Error, "the time must be"),
        ({"val_fraction": 1.0}, thalweg.Error, "val_fraction must be"),
        ({"val_fraction": 0.5, "validation": "a.csv"}, thalweg.Error, "must not be given together"),
        ({"validation": 3}, TypeError, "validation must be a path"),
        ({"validation": "a.csv", "refit": "always"}, thalweg.Error, "refit must not be 'always'"),
        ({"ignore": 3}, TypeError, "ignore must be a text or a sequence of texts"),
        ({"ignore": "price"}, thalweg.Error, "ignore: expected columns to predict from"),
        ({"interactions": "size"}, thalweg.Error, "interactions: expected an interaction"),
        ({"delimiter": "ab"}, thalweg.Error, "delimiter must be one character"),
        ({"comment": "é"}, thalweg.Error, "comment must be"),
        ({"encoding": "klingon"}, thalweg.Error, "encoding"),
        ({"header": "yes"}, TypeError, "header must be True or False, but is str"),
        ({"init": "one"}, thalweg.Error, "init must be 'zero'"),
        ({"until": "later"}, thalweg.Error, "condition"),
        ({"checkpoint_every": "30s"}, thalweg.Error, "checkpoint_every needs a folder"),
        ({"checkpoint": "a", "resume": "b"}, thalweg.Error, "must not be given together"),
        ({"resume": "no-such-folder"}, thalweg.Error, "resume must be a folder"),
        ({"callback": 3}, TypeError, "callback must be callable, but is int"),
        ({"threads": 0}, thalweg.Error, "threads must be a whole number of at least 1"),
        ({"folds": 1}, thalweg.Error, "folds must be a whole number of at least 2"),
        ({"hash_bits": 40}, thalweg.Error, "hash_bits must be"),
        ({"epoch": 3}, TypeError, "epoch"),
    ],
)
def test_hostile_arguments(csv, arguments, error, message):
    with pytest.raises(error, match=message):
        thalweg.fit(**{"data": csv, "target": "price", **arguments})


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=4),
                     st.lists(st.text(max_size=4), max_size=3), st.builds(object))  # fmt: skip
NAMES = [name for name in thalweg.fit.__kwdefaults__ if name not in ("threads", "cache", "checkpoint", "resume")]


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(NAMES), value=ANYTHING)
def test_no_argument_causes_a_panic(csv, name, value):
    try:
        thalweg.fit(csv, "price", **{"max_steps": 5, "max_time": 2, "method": "sgd", name: value})
    except (thalweg.Error, TypeError, OSError) as error:
        assert str(error)
    except UserWarning:
        pass


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), place=st.integers(0, 3000), byte=st.integers(0, 255))
def test_no_bytes_of_a_model_cause_a_panic(csv, data, place, byte):
    whole = bytearray(MODEL.setdefault("bytes", None) or thalweg.fit(csv, "sold").model.to_bytes())
    MODEL["bytes"] = bytes(whole)
    with pytest.raises(thalweg.Error):
        thalweg.Model.from_bytes(data)
    whole[place % len(whole)] ^= byte
    try:
        assert thalweg.Model.from_bytes(bytes(whole)).to_bytes() == MODEL["bytes"]
    except thalweg.Error as error:
        assert str(error)


MODEL = {}


def test_a_model_needs_its_columns(csv, tmp_path):
    model = thalweg.fit(csv, "price", keep=["town", "size"]).model
    other = write_csv(tmp_path / "b.csv", {"town": np.array(["Ulm", "Bonn"]), "sise": np.array([1.0, 2.0])})
    with pytest.raises(thalweg.DataError, match="missing column 'size'.*did you mean 'sise'"):
        model.predict(other)
    with pytest.raises(thalweg.Error, match="of the number 'price'"):
        model.predict_proba(csv)
    with pytest.raises(thalweg.Error, match="hinge"):
        thalweg.fit(csv, "sold", loss="hinge").model.predict_proba(csv)
    with pytest.raises(FileNotFoundError):
        thalweg.Model.load(tmp_path / "none.model")
    with pytest.raises(OSError, match="no-folder"):
        model.save(tmp_path / "no-folder/a.model")
    assert json.dumps(model.schema) and os.path.exists(csv)
