"""Minimization against known minima and against scipy."""

import json

import numpy as np
import pytest
import scipy.optimize

import thalweg
from thalweg import Error


def test_the_result_has_the_fields_of_scipy():
    result = thalweg.minimize("(1-x)^2 + 100*(y-x^2)^2", [-1.2, 1], method="lbfgs")
    reference = scipy.optimize.minimize(
        scipy.optimize.rosen, [-1.2, 1], jac=scipy.optimize.rosen_der, method="BFGS"
    )
    for name in ("x", "fun", "jac", "nit", "nfev", "njev", "success", "status", "message"):
        assert type(result[name]) is type(reference[name]) or isinstance(reference[name], np.generic), name
    assert np.allclose(result.x, reference.x, atol=1e-5)
    assert result.success and result.status == 0 and result.critical.kind == "minimum"


@pytest.mark.parametrize("jac", ["function", True, None])
def test_all_forms_of_gradients(jac):
    calls = []

    def fun(x, shift):
        calls.append(1)
        value, gradient = ((x - shift) ** 2).sum(), 2 * (x - shift)
        return (value, gradient) if jac is True else value

    gradient = (lambda x, shift: 2 * (x - shift)) if jac == "function" else jac
    result = thalweg.minimize(fun, [5.0, -1.0], args=(2.0,), jac=gradient, method="sgd:lr=0.2", gradient_tolerance=1e-6)
    assert np.allclose(result.x, 2.0, atol=1e-6)
    assert result.nfev == len(calls)
    assert ("central differences" in result.message) == (jac is None)


def test_bounds_are_those_of_scipy():
    pairs = [(0, None), (None, 0.5)]
    for bounds in (pairs, scipy.optimize.Bounds([0, -np.inf], [np.inf, 0.5])):
        result = thalweg.minimize("(x+1)^2 + (y-1)^2", [1, 0], method="sgd:lr=0.1", bounds=bounds)
        assert result.x.tolist() == [0.0, 0.5] and result.success


def test_scipy_runs_a_method_of_ours():
    for method in ("adam:lr=0.1", "lbfgs"):
        result = scipy.optimize.minimize(
            scipy.optimize.rosen,
            [-1.2, 1.0],
            jac=scipy.optimize.rosen_der,
            method=thalweg.scipy_method(method),
            tol=1e-6,
            options={"maxiter": 20_000},
        )
        assert isinstance(result, scipy.optimize.OptimizeResult)
        assert result.success and np.allclose(result.x, 1, atol=1e-4)
    with pytest.raises(Error, match="constraints must not be given"):
        scipy.optimize.minimize(
            scipy.optimize.rosen, [0, 0], method=thalweg.scipy_method(), constraints={"type": "eq", "fun": sum}
        )


def test_callbacks_end_a_run():
    points = []

    def by_result(intermediate_result):
        points.append(intermediate_result.x)
        return intermediate_result.nit == 3

    def by_exception(xk):
        raise StopIteration

    result = thalweg.minimize("x^2", [8], method="sgd:lr=0.25", callback=by_result)
    assert [float(x[0]) for x in points[:4]] == [8, 4, 2, 1]
    assert result.why == "observer" and not result.success and result.status == 4
    assert thalweg.minimize("x^2", [8], callback=by_exception).nit == 0


def test_exceptions_go_through():
    class Own(Exception):
        pass

    def fail(*_):
        raise Own

    with pytest.raises(Own):
        thalweg.minimize(fail, [1.0], jac=lambda x: x)
    with pytest.raises(Own):
        thalweg.minimize(lambda x: float(x[0]), [1.0], jac=fail)
    with pytest.raises(Own):
        thalweg.minimize("x^2", [1.0], callback=fail)


def test_a_run_that_leaves_the_domain_is_no_error():
    result = thalweg.minimize("log(x)", [1], method="sgd:lr=1")
    assert not result.success and result.why == "not_finite" and result.status == 6
    assert result.best.x.tolist() != result.x.tolist() or np.isfinite(result.best.fun)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: thalweg.minimize("x +", [1]), Error, "expected"),
        (lambda: thalweg.minimize("x + y", [1]), Error, "x0 must have 2 numbers"),
        (lambda: thalweg.minimize(lambda x: x @ x), Error, "minimize needs x0"),
        (lambda: thalweg.minimize(3, [1]), TypeError, "fun must be a formula or callable"),
        (lambda: thalweg.minimize(lambda x: x, [1, 2], jac=lambda x: x), Error, "fun must return one number"),
        (lambda: thalweg.minimize(lambda x: 1.0, [1, 2], jac=lambda x: x[:1]), Error, "jac returns must have 2 numbers"),
        (lambda: thalweg.minimize("x^2", [1], bounds=[(0, 1), (0, 1)]), Error, "bounds must have 1 pairs"),
        (lambda: thalweg.minimize("x^2", [1], bounds=[(2, 1)]), Error, "bounds of coordinate 0"),
        (lambda: thalweg.minimize("x^2", [np.nan]), Error, "finite"),
        (lambda: thalweg.minimize("x^2", [1], max_steps=-1), (Error, TypeError), "max_steps"),
        (lambda: thalweg.formula("x*y")([1]), Error, r"x must have 2 numbers \(x, y\), but has 1"),
        (lambda: thalweg.formula("x*y")("ab"), TypeError, "x must be an array or a sequence of numbers"),
        (lambda: thalweg.problem("rosenborck"), Error, "rosenbrock"),
        (lambda: thalweg.minimize("rosenbrok"), Error, "rosenbrock"),
        (lambda: thalweg.minimize("quadratik:condition=10", [1, 1]), Error, "quadratic"),
        (lambda: thalweg.minimize("x^2", [1], noise=-1), Error, "noise must be a finite number of at least 0, but is -1"),
        (lambda: thalweg.minimize("x^2", [1], noise=np.inf), Error, "noise must be a finite number"),
        (lambda: thalweg.minimize("x^2", [1], noise="much"), TypeError, "noise"),
        (lambda: thalweg.minimize("x^2", [1], seed=-1), TypeError, "seed"),
        (lambda: thalweg.minimize(lambda x: x @ x, [1], noise=0.1), Error, "noise needs a formula"),
        (lambda: thalweg.minimize("rosenbrock", progress=1), TypeError, "progress must be True, False or None"),
        (lambda: thalweg.critical(lambda x: x, [0]), Error, "critical needs jac and hess"),
    ],
)
def test_hostile_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_problems_have_their_minima():
    for row in thalweg.problems():
        problem = thalweg.problem(row["name"])
        values = [problem.formula(x) for x in problem.minima]
        assert not values or min(values) == pytest.approx(problem.min_value, abs=1e-6)
        for x in problem.minima:
            gradient = problem.formula.gradient(x)
            # Some have a tip at their minimum, where there is no gradient.
            assert not np.isfinite(gradient).all() or np.abs(gradient).max() < 1e-3


@pytest.mark.parametrize(
    ("function", "options"),
    [
        ("noisy", {"seed": 7}),
        ("noisy:noise=2", {}),
        ("noisy", {"noise": 0.0}),
        ("x^4 - 2*x^2 + y^2", {"noise": 0.5, "seed": 3, "schedule": "cosine"}),
    ],
)
def test_noise_is_that_of_the_program(program, function, options):
    result = thalweg.minimize(function, [1.5, -1], method="adam:lr=0.1", max_steps=90, gradient_tolerance=0.0, **options)
    arguments = [text for key, value in options.items() for text in (f"--{key}", value)]
    common = ["--start=1.5,-1", "--method", "adam:lr=0.1", "--steps", 90, "--gradient-norm", 0, "--format", "json"]
    found = json.loads(program("minimize", *common, *arguments, "--", function, check=False).stdout)
    assert result.x.tolist() == found["x"] and result.nit == found["steps"] == 90
    assert len({tuple(thalweg.minimize(function, [1.5, -1], noise=0.1, seed=seed).x) for seed in (1, 1, 2)}) == 2


def test_a_picture_of_a_noisy_run_ends_where_the_run_does():
    result, calm = (thalweg.minimize("x^2 + y^2", [1, 2], lr=0.1, max_steps=30, noise=noise) for noise in (3, 0))
    assert result.plot().svg == result.plot().svg != calm.plot().svg
