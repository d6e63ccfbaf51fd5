"""Values that threads share: the same results as in one thread, and no global lock where Python has none."""

import subprocess
import sys
import sysconfig
import threading

import numpy as np
import pytest

import thalweg

THREADS = 4


def in_threads(work):
    """Return the results of a function of the number of its thread, all of which begin at once."""
    barrier, results = threading.Barrier(THREADS), [None] * THREADS

    def run(number):
        barrier.wait()
        try:
            results[number] = work(number)
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_formulas_schedules_and_models_are_shared():
    formula = thalweg.formula("(1-x)^2 + 100*(y-x^2)^2")
    schedule = thalweg.schedule("warmup:steps=10+cosine:steps=90")
    X = np.random.default_rng(0).normal(size=(5000, 3))
    model = thalweg.fit((X, X[:, 0] - 2 * X[:, 1]), "y").model
    points = np.random.default_rng(1).normal(size=(200, 2))

    def work(number):
        gradients = np.array([formula.gradient(point) for point in np.roll(points, number, axis=0)])
        path = thalweg.minimize(formula, points[0], method="lbfgs")
        return np.roll(gradients, -number, axis=0), [schedule(step) for step in range(100)], model.predict(X), path.x

    x, y = points.T
    expected = np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]).T
    first = work(0)
    for found in in_threads(work):
        np.testing.assert_allclose(found[0], expected, rtol=1e-9)
        assert all(np.array_equal(one, other) for one, other in zip(found, first, strict=True))


def test_an_optimizer_has_one_step_at_a_time():
    steps, numbers = 50, 70_000
    x = np.zeros(numbers)
    optimizer = thalweg.Optimizer("adam", x, lr=0.1)
    g = np.ones(numbers)

    def work(number):
        done = 0
        for _ in range(steps):
            try:
                optimizer.step(x, g)
                done += 1
            except thalweg.Error as error:
                # Another thread steps these arrays.
                assert "x" in str(error)
        return done

    done = sum(in_threads(work))
    assert 0 < done == optimizer.steps
    alone, y = thalweg.Optimizer("adam", lr=0.1), np.zeros(numbers)
    for _ in range(done):
        alone.step(y, g)
    assert np.array_equal(x, y)


def test_optimizers_of_their_own_do_not_disturb_each_other():
    def work(number):
        x = np.zeros(100_000, dtype=np.float32)
        optimizer = thalweg.Optimizer("nadam", lr=0.01 * (number + 1))
        for step in range(20):
            optimizer.step(x, np.full_like(x, np.sin(step)))
        return x

    for number, found in enumerate(in_threads(work)):
        assert np.array_equal(found, work(number))


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a global lock")
def test_the_lock_stays_off():
    code = "import sys, thalweg; thalweg.minimize('x^2', [1.0]); print(sys._is_gil_enabled())"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
