"""Steps against trajectories of PyTorch, Keras and Optax, and the life of an optimizer: state, copies, pickles."""

import copy
import json
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

import thalweg

GOLDEN = Path(__file__).parents[3] / "golden"


def golden_cases():
    """Return the reference trajectories of all methods."""
    for path in sorted(GOLDEN.glob("*.json")):
        cases = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(cases, list):
            continue
        for number, case in enumerate(cases):
            if "x" in case and len(case["tensors"]) == 1 and "average" not in case:
                yield pytest.param(case, id=f"{path.stem}-{number}")


GRADIENTS = json.loads((GOLDEN / "gradients.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", list(golden_cases()))
def test_trajectories_are_those_of_other_libraries(case):
    x = np.array(GRADIENTS["x0"])
    optimizer = thalweg.Optimizer(case["spec"], schedule=case.get("schedule"))
    expected = dict(zip(case["steps"], case["x"], strict=True))
    size = np.abs(x)
    for t, gradient in enumerate(GRADIENTS["gradients"][: max(expected)], start=1):
        assert optimizer.step(x, np.array(gradient)) == "stepped"
        size = np.maximum(size, np.abs(x))
        if t in expected:
            assert np.all(np.abs(x - expected[t]) <= 1e-12 * size), t
    assert optimizer.steps == max(expected)


def quadratic_steps(optimizer, x, steps):
    for _ in range(steps):
        optimizer.step(x, 2 * x)


@pytest.mark.parametrize("method", [row["name"] for row in thalweg.methods() if not row["is_solver"]])
def test_a_run_continues_from_its_state_to_the_same_bits(method):
    start = np.linspace(-1, 2, 12).reshape(3, 4)
    whole, x = thalweg.Optimizer(method), start.copy()
    quadratic_steps(whole, x, 20)
    first, half = thalweg.Optimizer(method), start.copy()
    quadratic_steps(first, half, 10)
    by_state = thalweg.Optimizer(method, half)
    by_state.load_state_dict(first.state_dict())
    for continued in (by_state, pickle.loads(pickle.dumps(first)), copy.deepcopy(first), copy.copy(first)):
        y = half.copy()
        quadratic_steps(continued, y, 10)
        assert y.tobytes() == x.tobytes()
        assert continued.steps == 20


def test_lists_and_dicts_are_stepped_as_single_arrays():
    rng = np.random.default_rng(0)
    single = [rng.normal(size=shape) for shape in [(3,), (2, 5), ()]]
    as_list = [array.copy() for array in single]
    as_dict = dict(zip("abc", [array.copy() for array in single], strict=True))
    optimizers = [thalweg.Optimizer("adam:lr=0.1") for _ in single]
    of_list, of_dict = thalweg.Optimizer("adam:lr=0.1", as_list), thalweg.Optimizer("adam:lr=0.1")
    for _ in range(5):
        for optimizer, array in zip(optimizers, single, strict=True):
            optimizer.step(array, 2 * array)
        of_list.step(as_list, tuple(2 * array for array in as_list))
        # The order of a dict does not matter.
        of_dict.step(as_dict, {name: 2 * as_dict[name] for name in reversed(as_dict)})
    for a, b, c in zip(single, as_list, as_dict.values(), strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()
    assert set(of_dict.state_dict()["slots"]) == {f"{name}.{slot}" for name in "abc" for slot in "mv"}


def test_both_types_and_both_orders():
    for dtype, order in [(np.float32, "C"), (np.float64, "F")]:
        x = np.asarray(np.arange(6).reshape(2, 3), dtype=dtype, order=order)
        g = np.asarray(np.arange(6)[::-1].reshape(2, 3), dtype=dtype, order="C")
        expected = x - dtype(0.5) * g
        thalweg.Optimizer("sgd", lr=0.5).step(x, g)
        assert np.array_equal(x, expected) and x.dtype == dtype


def test_groups_have_hyperparameters_of_their_own():
    x = {"w": np.ones(2), "b": np.ones(1)}
    g = {"w": np.ones(2), "b": np.ones(1)}
    optimizer = thalweg.Optimizer("sgd", x, lr=0.5, groups={"bias": {"params": ["b"], "lr": 0.25}})
    optimizer.step(x, g)
    assert x["w"].tolist() == [0.5, 0.5] and x["b"].tolist() == [0.75]
    assert optimizer.hyperparameter("lr", group="bias") == 0.25
    optimizer.set_hyperparameter("lr", 0.0, group="bias")
    optimizer.lr = 1.0
    copy.deepcopy(optimizer).step(x, g)
    assert x["w"].tolist() == [-0.5, -0.5] and x["b"].tolist() == [0.75]


def test_sparse_steps_are_dense_steps():
    rng = np.random.default_rng(1)
    dense, sparse = np.ones(50), np.ones(50)
    a, b = thalweg.Optimizer("adamw", lr=0.01), thalweg.Optimizer("adamw", lr=0.01)
    for _ in range(30):
        places = np.sort(rng.choice(50, size=4, replace=False))
        values = rng.normal(size=4)
        g = np.zeros(50)
        g[places] = values
        a.step(dense, g)
        b.step_sparse(sparse, places, values)
    with pytest.raises(thalweg.Error, match=r"call sync\(x\) first"):
        b.state_dict()
    b.sync(sparse)
    assert np.allclose(dense, sparse, rtol=1e-12, atol=0)


def test_methods_and_schedules_as_values():
    method = thalweg.adam(lr=0.02, schedule="step:every=2,factor=0.5", clip_norm=1.0)
    assert str(method) == "adam:lr=0.02,clip_norm=1"
    assert thalweg.Method(method, beta1=0.5).hyperparameters["beta1"] == 0.5
    assert pickle.loads(pickle.dumps(method)) == method and hash(copy.copy(method)) == hash(method)
    optimizer = thalweg.Optimizer(method)
    x = np.zeros(1)
    rates = []
    for _ in range(4):
        rates.append(optimizer.lr)
        optimizer.step(x, np.ones(1))
    assert rates == [0.02, 0.02, 0.01, 0.01]
    cosine = thalweg.schedule("cosine")
    assert pickle.loads(pickle.dumps(cosine)) == cosine
    assert cosine.with_total_steps(2)(1) == pytest.approx(0.5)


def test_large_arrays_are_stepped_the_same_by_any_number_of_threads():
    g = np.random.default_rng(2).normal(size=200_000)
    results = []
    for threads in (1, 3):
        thalweg.set_threads(threads)
        assert thalweg.threads() == threads
        x, optimizer = np.zeros_like(g), thalweg.Optimizer("lamb")
        for _ in range(3):
            optimizer.step(x, g)
        results.append(x.tobytes())
    thalweg.set_threads(None)
    assert results[0] == results[1]


def test_one_optimizer_in_several_threads():
    x = np.zeros(10_000)
    g = np.ones_like(x)
    optimizer = thalweg.Optimizer("sgd", lr=1.0)
    failures = []

    def work():
        for _ in range(100):
            try:
                optimizer.step(x, g)
            except thalweg.Error as error:  # x is in use by the other thread
                failures.append(str(error))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert np.all(x == -optimizer.steps)
    assert optimizer.steps + len(failures) == 200
    assert all("share memory" in failure for failure in failures)


def test_accumulated_and_skipped_gradients():
    x = np.zeros(2)
    optimizer = thalweg.Optimizer("sgd", lr=1.0, accumulate=2, nonfinite="skip", average="polyak")
    assert optimizer.step(x, np.array([1.0, 0.0])) == "accumulated"
    continued = pickle.loads(pickle.dumps(optimizer))
    assert continued.step(x, np.array([0.0, 1.0])) == "stepped"
    assert x.tolist() == [-0.5, -0.5] and continued.average.tolist() == [-0.5, -0.5]
    assert continued.step(x, np.array([np.inf, 0.0])) == "skipped"
    assert continued.skipped == 1


def test_plateau_schedules_observe_losses():
    optimizer = thalweg.Optimizer("sgd", np.zeros(1), lr=1.0, schedule="plateau:patience=0,factor=0.5")
    for _ in range(3):
        optimizer.observe(1.0)
    assert optimizer.lr < 1.0
