"""Errors name the argument, and what was expected and found; no argument causes a panic."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import thalweg


@pytest.mark.parametrize(
    ("x", "g", "error", "message"),
    [
        (np.zeros(2), np.zeros(3), thalweg.Error, r"g must have the shape \(2,\) of x, but has \(3,\)"),
        (np.zeros(2), np.zeros(2, np.float32), TypeError, "g must be an array of float64, but is one of float32"),
        (np.zeros(2, int), np.zeros(2), TypeError, "x must be an array of float32 or float64, but is one of int64"),
        (np.zeros(2), [0.0, 0.0], TypeError, "g must be an array of float64, but is list"),
        (3.0, 1.0, TypeError, "x must be an array of float32 or float64, but is float"),
        (np.zeros(6)[::2], np.zeros(3), thalweg.Error, "x must be aligned and contiguous"),
        ([], [], thalweg.Error, "x must contain at least one array"),
        ([np.zeros(2), np.zeros(2, np.float32)], [], TypeError, r"x\[1\] must be an array of float64, as the others"),
        ({"a": np.zeros(2)}, {"b": np.zeros(2)}, thalweg.Error, "g must contain an array 'a'"),
        ({"a": np.zeros(2)}, [np.zeros(2)], TypeError, "g must be a dict of arrays as before, but is a list of arrays"),
        ({1: np.zeros(2)}, {1: np.zeros(2)}, TypeError, "a key of x must be a text, but is int"),
        ([np.zeros(2)], [np.zeros(3)], thalweg.Error, r"g\[0\] must have the shape"),
        (np.zeros(2), np.array([0.0, np.nan]), thalweg.NotFiniteError, r"the gradient must be finite, but x\[1\]"),
        (np.array(["a"]), np.array(["a"]), TypeError, "x must be an array of float32 or float64, but is one of <U1"),
        (np.zeros(2, ">f8"), np.zeros(2), TypeError, "x must be an array"),
        (np.zeros(2, complex), np.zeros(2), TypeError, "x must be an array"),
    ],
)
def test_hostile_arrays(x, g, error, message):
    with pytest.raises(error, match=message):
        thalweg.Optimizer("adam").step(x, g)


def test_read_only_and_shared_memory():
    x = np.zeros(4)
    x.flags.writeable = False
    with pytest.raises(thalweg.Error, match="x must be writeable, but is read-only"):
        thalweg.Optimizer("sgd").step(x, np.zeros(4))
    y = np.zeros(5)
    with pytest.raises(thalweg.Error, match="g must not share memory"):
        thalweg.Optimizer("sgd").step(y, y)
    with pytest.raises(thalweg.Error, match="g must not share memory"):
        thalweg.Optimizer("sgd").step(y[:4], y[1:])
    with pytest.raises(thalweg.Error, match=r"x\[1\] must not share memory"):
        thalweg.Optimizer("sgd").step([y, y], [np.zeros(5), np.zeros(5)])
    misaligned = np.frombuffer(bytearray(33), dtype=np.uint8)[1:].view(np.float64)
    with pytest.raises(thalweg.Error, match="x must be aligned"):
        thalweg.Optimizer("sgd").step(misaligned, np.zeros(4))
    x = np.zeros(4)
    thalweg.Optimizer("sgd", lr=1.0).step(x, misaligned)
    assert not x.any()


def test_arrays_of_other_sizes_than_before():
    optimizer = thalweg.Optimizer("adam", np.zeros(3))
    with pytest.raises(thalweg.Error, match="x must have 3 numbers, but has 2"):
        optimizer.step(np.zeros(2), np.zeros(2))
    with pytest.raises(TypeError, match="x must be an array of float64"):
        optimizer.step(np.zeros(3, np.float32), np.zeros(3, np.float32))
    with pytest.raises(TypeError, match="x must be an array as before, but is a list"):
        thalweg.Optimizer("nag:nesterov=lookahead", np.zeros(3)).eval_point([np.zeros(3)])


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        (("adma",), {}, thalweg.Error, "unknown method 'adma'.*did you mean 'adam'"),
        (("adam",), {"lr": -1}, thalweg.Error, "lr must be at least 0 and finite, but is -1"),
        (("adam",), {"lr": float("nan")}, thalweg.Error, "lr"),
        (("adam",), {"lr": "0.1,beta1=0"}, TypeError, "lr must be a number or the name of a choice"),
        (("adam",), {"lr": None}, TypeError, "lr must be a number or a text, but is NoneType"),
        (("adam",), {"lr": True}, TypeError, "lr must be a number or a text, but is bool"),
        (("adam",), {"lr": np.zeros(2)}, TypeError, "lr must be a number or a text, but is ndarray"),
        (("adam",), {"bate1": 0.5}, thalweg.Error, "unknown parameter of adam 'bate1'.*did you mean 'beta1'"),
        (("adam",), {"schedule": "cosine"}, thalweg.Error, "cosine needs a length"),
        (("adam",), {"schedule": 3}, TypeError, "schedule must be a text or a Schedule, but is int"),
        ((3,), {}, TypeError, "method must be a text or a Method, but is int"),
        (("lbfgs",), {}, thalweg.Error, "lbfgs does not step by a gradient alone"),
        (("sgd", np.zeros(1)), {"groups": {"a": {"params": ["y"]}}}, thalweg.Error, "names 'y', which is none"),
        (("sgd", np.zeros(1)), {"groups": {"a": 3}}, TypeError, r"groups\['a'\] must be a dict, but is int"),
        (("sgd", np.zeros(1)), {"groups": 3}, TypeError, "groups must be a dict of dicts"),
    ],
)
def test_hostile_settings(arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        thalweg.Optimizer(*arguments, **keywords)


def test_errors_have_their_parts_and_are_pickled():
    with pytest.raises(thalweg.Error) as caught:
        thalweg.Method("adam", lr=-1)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.kind, again.found, str(again)) == ("range", "-1", str(caught.value))
    assert isinstance(again, ValueError)


@pytest.mark.parametrize(
    ("coordinates", "error", "message"),
    [
        (np.array([1, 0]), thalweg.Error, "ascending"),
        (np.array([0, 3]), thalweg.Error, "below 3"),
        (np.array([-1, 0]), thalweg.Error, "at least 0"),
        (np.array([0, 2**40]), thalweg.Error, "below 2"),
        (np.array([0.0, 1.0]), TypeError, "coordinates must be an array of integers"),
        ([0, 1], TypeError, "coordinates must be an array of integers, but is list"),
        (np.array([[0, 1]]), thalweg.Error, "coordinates must have one dimension"),
        (np.array([True, False]), TypeError, "coordinates must be an array of integers"),
    ],
)
def test_hostile_coordinates(coordinates, error, message):
    x = np.zeros(3)
    with pytest.raises(error, match=message):
        thalweg.Optimizer("sgd").step_sparse(x, coordinates, np.zeros(2))
    assert not x.any()


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("slots"),
        lambda state: state.pop("form"),
        lambda state: state.update(form="tree"),
        lambda state: state.update(dtype="int8"),
        lambda state: state.update(tensors=[["x", 1 << 60]]),
        lambda state: state.update(tensors=[["x"]]),
        lambda state: state.update(tensors=3),
        lambda state: state.update(t=-1),
        lambda state: state.update(t="many"),
        lambda state: state.update(method="sgd"),
        lambda state: state.update(gathered=3),
        lambda state: state.update(average=None),
        lambda state: state["slots"].update({"x.m": np.zeros(2)}),
        lambda state: state["slots"].update({"x.m": np.full(3, np.nan)}),
        lambda state: state["slots"].update({"x.m": "zeros"}),
        lambda state: state["slots"].pop("x.v"),
        lambda state: state["slots"].update({"y.m": np.zeros(3)}),
        lambda state: state.update(carry=float("nan")),
        lambda state: state.update(plateau=object()),
        lambda state: state.update(extra={1: 2}),
    ],
)
def test_damaged_states_change_nothing(change):
    x = np.ones(3)
    optimizer = thalweg.Optimizer("adam", x)
    optimizer.step(x, np.ones(3))
    state = optimizer.state_dict()
    change(state)
    for target in (optimizer, thalweg.Optimizer("adam")):
        with pytest.raises((thalweg.Error, TypeError)):
            target.load_state_dict(state)
    assert optimizer.steps == 1


ANY_ARRAY = st.one_of(
    hnp.arrays(
        dtype=st.one_of(
            hnp.floating_dtypes(), hnp.integer_dtypes(), hnp.boolean_dtypes(), hnp.complex_number_dtypes()
        ),
        shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    hnp.arrays(np.float64, hnp.array_shapes(min_side=0, max_side=4)),
    hnp.arrays(np.float32, hnp.array_shapes(min_side=0, max_side=4)).map(np.asfortranarray),
)
VIEWS = st.sampled_from([lambda a: a, lambda a: a.T, lambda a: a[..., ::-1] if a.ndim else a, lambda a: a[:0] if a.ndim else a])
ANYTHING = st.one_of(
    ANY_ARRAY,
    st.lists(ANY_ARRAY, max_size=3),
    st.dictionaries(st.text(max_size=3), ANY_ARRAY, max_size=3),
    st.none(),
    st.integers(),
    st.text(max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(x=ANYTHING, g=ANYTHING, x_view=VIEWS, g_view=VIEWS, method=st.sampled_from(["adam", "lamb", "nag", "sgd"]))
def test_no_arrays_cause_a_panic(x, g, x_view, g_view, method):
    x = x_view(x) if isinstance(x, np.ndarray) else x
    g = g_view(g) if isinstance(g, np.ndarray) else g
    before = x.copy() if isinstance(x, np.ndarray) else None
    optimizer = thalweg.Optimizer(method)
    try:
        assert optimizer.step(x, g) == "stepped"
    except (thalweg.Error, TypeError) as error:
        assert str(error)
        if before is not None:
            assert x.tobytes() == before.tobytes()
    try:
        optimizer.step_sparse(x, g, x)
        optimizer.eval_point(g)
        optimizer.sync(x, g)
    except (thalweg.Error, TypeError) as error:
        assert str(error)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30), key=st.text(max_size=8), value=st.one_of(st.text(max_size=8), st.floats(), st.integers()))
def test_no_text_causes_a_panic(text, key, value):
    for call in (
        lambda: thalweg.Method(text),
        lambda: thalweg.Method("adam:" + text),
        lambda: thalweg.Method("adam", **{key: value}),
        lambda: thalweg.schedule(text),
        lambda: thalweg.formula(text),
        lambda: thalweg.problem(text),
    ):
        try:
            call()
        except (thalweg.Error, TypeError) as error:
            assert str(error)
