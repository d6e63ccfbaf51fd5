"""The estimators: scikit-learn's own checks without a single expected failure, and what users do with them."""

import copy
import doctest
import importlib
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

sklearn = pytest.importorskip("sklearn", minversion="1.6")

from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import thalweg
from thalweg.sklearn import (
    FMClassifier,
    FMRegressor,
    LinearClassifier,
    LinearRegressor,
    MLPClassifier,
    MLPRegressor,
    TableClassifier,
    TableRegressor,
)

LINEAR = [LinearClassifier, LinearRegressor]
FACTORS = [FMClassifier, FMRegressor]
PERCEPTRONS = [MLPClassifier, MLPRegressor]
TABLES = [TableClassifier, TableRegressor]
METHODS = ["auto", "adam:lr=0.05", "sgd:lr=0.1", "momentum:lr=0.02", "adagrad:lr=0.1", "lion:lr=0.01"]
# Perceptrons take most of the time: each has half of the methods.
OF_PERCEPTRONS = [(MLPClassifier, METHODS[0::2]), (MLPRegressor, METHODS[1::2])]
ESTIMATORS = [
    *(cls(method) for cls in [*LINEAR, *FACTORS, *TABLES] for method in METHODS),
    *(cls(method, hidden_layer_sizes=(20,), n_iter_no_change=0) for cls, some in OF_PERCEPTRONS for method in some),
    *(cls("adam:lr=0.05", batch_size=8) for cls in [*LINEAR, *PERCEPTRONS]),
    *(cls(canonical=False) for cls in LINEAR),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_all_checks_pass_and_none_is_skipped(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    bad = [(one["check_name"], one["status"], str(one["exception"])) for one in results if one["status"] != "passed"]
    assert len(results) > 50 and not bad, bad


@pytest.mark.parametrize(
    "name", ["_base", "_canonical", "_classifier", "_linear", "_nonlinear", "_regressor", "_table", ""]
)
def test_examples_of_the_documentation_run(name):
    module = importlib.import_module(f"thalweg.sklearn.{name}".rstrip("."))
    assert doctest.testmod(module).failed == 0


def test_the_optimum_is_that_of_others():
    X, y = load_diabetes(return_X_y=True)
    ours = LinearRegressor(l2=0.01).fit(StandardScaler().fit_transform(X), y)
    ridge = Ridge(alpha=0.01 * len(y)).fit(StandardScaler().fit_transform(X), y)
    assert np.allclose(ours.coef_, ridge.coef_, rtol=1e-4, atol=1e-3)
    assert np.isclose(ours.intercept_, ridge.intercept_)
    # In the units of the columns, the coefficients give the predictions of the model.
    for estimator in (
        LinearRegressor(),
        LinearRegressor(fit_intercept=False),
        LinearRegressor(loss="huber:delta=1.35"),
    ):
        estimator.fit(X + 3, y)
        assert np.allclose(estimator.predict(X + 3), estimator.to_model().predict(X + 3), rtol=1e-5, atol=1e-3)
    X, y = load_iris(return_X_y=True)
    for labels in (y, y == 1, y > 0):
        for arguments in ({}, {"loss": "softmax"}):
            estimator = LinearClassifier(**arguments).fit(X, labels)
            direct = estimator.to_model().predict_proba(X)[:, estimator._order()]
            assert np.allclose(estimator.predict_proba(X), direct, atol=1e-5)
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    ours = LinearClassifier(l2=0.01).fit(X, y)
    other = LogisticRegression(C=1 / (0.01 * len(y)), tol=1e-8, max_iter=10_000).fit(X, y)
    assert np.allclose(ours.coef_, other.coef_, rtol=1e-3, atol=1e-4)
    assert np.allclose(ours.predict_proba(X), other.predict_proba(X), atol=1e-4)


@pytest.mark.parametrize("cls", [LinearClassifier, MLPClassifier])
def test_order_and_repetition_do_not_matter_to_the_bit(cls):
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 4))
    y = random.integers(0, 3, 60)
    weights = random.integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), weights)
    order = random.permutation(len(repeated))
    arguments = {"canonical": True, "batch_size": 16, "max_iter": 5}
    a = cls("adam", **arguments).fit(X, y, sample_weight=weights)
    b = cls("adam", **arguments).fit(X[repeated][order], y[repeated][order])
    assert a.to_model().to_bytes() == b.to_model().to_bytes()
    assert (a.predict_proba(X) == b.predict_proba(X)).all()


@pytest.mark.parametrize("sparse", [False, True])
def test_partial_fit_is_the_loop(sparse):
    X, y = load_iris(return_X_y=True)
    X = scipy.sparse.csr_matrix(X) if sparse else X
    # The order of the rows is that of the calls.
    arguments = {
        "canonical": False,
        "method": "adam:lr=0.05",
        "schedule": "constant",
        "batch_size": 20,
        "l2": 0.01,
        "n_iter_no_change": 0,
    }
    whole = LinearClassifier(**arguments, max_iter=6).fit(X, y)
    parts = LinearClassifier(**arguments)
    for _ in range(3):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    parts = pickle.loads(pickle.dumps(parts))
    for _ in range(3):
        parts.partial_fit(X, y)
    assert (parts.n_iter_, parts.t_) == (6, 48) == (whole.n_iter_, whole.t_)
    last = LinearClassifier(**arguments, max_iter=6).fit(X, y)
    assert np.array_equal(last.coef_, whole.coef_)
    # The fit keeps the weights of its best epoch: here the last one.
    assert whole.best_iteration_ == 6
    assert np.array_equal(parts.coef_, whole.coef_)


def test_partial_fit_knows_classes_that_come_later():
    X, y = load_iris(return_X_y=True)
    model = LinearClassifier("adam:lr=0.1", l2=1e-3)
    with pytest.raises(ValueError, match="classes must be passed"):
        model.partial_fit(X, y)
    model.partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (150, 3)
    for _ in range(60):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.score(X, y) > 0.9 and model.n_iter_ == 61
    with pytest.raises(ValueError, match="same as in the first call"):
        model.partial_fit(X, y, classes=[0, 1])


def test_validation_rows_and_curves():
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = LinearClassifier("adam", max_iter=30, n_iter_no_change=3, lr=0.3)
    model.fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:], sample_weight_val=np.ones(len(y) - 400))
    assert len(model.loss_curve_) == len(model.validation_curve_) == model.n_iter_ <= 30
    assert 1 <= model.best_iteration_ <= model.n_iter_ and model.stopped_ in ("early_stopping", "epochs")
    assert LinearClassifier("adam", max_iter=3).fit(X, y).validation_curve_ is None
    assert LinearClassifier("adam", max_iter=3, early_stopping=True).fit(X, y).validation_curve_ is not None


def test_texts_as_labels_and_class_weights():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map({0: "setosa", 1: "virginica", 2: "lily"})
    model = LinearClassifier().fit(X, names)
    assert model.classes_.tolist() == ["lily", "setosa", "virginica"]
    assert model.score(X, names) > 0.95 and list(model.feature_names_in_) == list(X.columns)
    for labels in (names.astype("category"), names.to_numpy(object), y.to_numpy()):
        assert LinearClassifier(class_weight="balanced").fit(X, labels).score(X, labels) > 0.95
    heavy = LinearClassifier(class_weight={"lily": 1e4, "setosa": 1, "virginica": 1}).fit(X, names)
    assert np.mean(heavy.predict(X) == "lily") > np.mean(model.predict(X) == "lily")


def test_pipelines_searches_and_clones():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LinearClassifier(max_iter=20)),
        {"linearclassifier__method": ["sgd:lr=0.5", "adam:lr=0.1", "nadam:lr=0.1"]},
        cv=3,
        n_jobs=2,
    )
    assert search.fit(X, y).best_score_ > 0.9
    assert cross_val_score(MLPRegressor(hidden_layer_sizes=(4,), max_iter=5), X, y, cv=3).shape == (3,)
    for estimator in (LinearClassifier(thalweg.adam(lr=0.1), l1=0.01), MLPClassifier(hidden_layer_sizes=(3, 2))):
        copied = clone(estimator)
        assert copied.get_params() == estimator.get_params()
        fitted = copied.fit(X, y)
        for again in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
            assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_the_output_of_a_pipeline_is_a_frame():
    X, y = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), LinearClassifier()).set_output(transform="pandas").fit(X, y)
    assert list(pipeline[-1].feature_names_in_) == list(X.columns)


def test_metadata_routing_and_weights():
    X, y = load_iris(return_X_y=True)
    weights = np.where(y == 2, 0, 1)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = LinearClassifier().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, estimator).fit(X, y, sample_weight=weights)
    assert pipeline[-1].classes_.tolist() == [0, 1]


def test_tables():
    random = np.random.default_rng(0)
    town = random.choice(["Ulm", "Bonn", "Kiel"], 300)
    size = random.normal(50, 10, 300)
    frame = pd.DataFrame({"town": town, "size": np.where(random.random(300) < 0.1, np.nan, size)})
    price = 3 * size + np.where(town == "Ulm", 40, 0)
    model = TableRegressor().fit(frame, price)
    assert model.score(frame, price) > 0.8 and list(model.feature_names_in_) == ["town", "size"]
    unseen = pd.DataFrame({"town": ["Rome", "Ulm"], "size": [50.0, np.nan]})
    assert np.isfinite(model.predict(unseen)).all()
    shuffled = random.permutation(300)
    again = TableRegressor().fit(frame.iloc[shuffled], price[shuffled])
    assert again.to_model() == model.to_model()
    assert {one["name"] for one in model.to_model().coefficients()} >= {"size", "town=Ulm"}
    labels = np.where(price > 170, "dear", "cheap")
    assert TableClassifier(model="mlp:4", max_iter=50).fit(frame, labels).score(frame, labels) > 0.7


def test_random_states_are_seeds():
    X, y = load_iris(return_X_y=True)
    fit = lambda state: MLPClassifier("adam", max_iter=3, hidden_layer_sizes=(3,), random_state=state).fit(X, y)
    same = [fit(state).predict_proba(X) for state in (None, 0, None)]
    assert np.array_equal(same[0], same[1]) and np.array_equal(same[0], same[2])
    assert not np.array_equal(same[0], fit(1).predict_proba(X))
    assert np.array_equal(
        fit(np.random.RandomState(3)).predict_proba(X), fit(np.random.RandomState(3)).predict_proba(X)
    )


FEW = {"method": "adam:lr=0.05", "max_iter": 3}
ALL = [
    *(cls(**FEW) for cls in [*LINEAR, *TABLES]),
    *(cls(**FEW, rank=3) for cls in FACTORS),
    *(cls(**FEW, hidden_layer_sizes=(4, 3), activation="tanh") for cls in PERCEPTRONS),
    LinearClassifier(**FEW, loss="hinge"),
    LinearRegressor(**FEW, loss="poisson"),
    TableClassifier(**FEW, model="fm:rank=2"),
]


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_an_estimator_of_a_model_predicts_the_same(tmp_path, estimator, sparse):
    X, y = load_breast_cancer(return_X_y=True)
    X = scipy.sparse.csr_matrix(np.where(X > np.median(X, axis=0), X, 0)) if sparse else X
    labels = np.where(y == 1, "benign", "malignant")
    is_classifier = sklearn.base.is_classifier(estimator)
    fitted = clone(estimator).fit(X, labels if is_classifier else y)
    path = tmp_path / "a.model"
    fitted.to_model().save(path)
    again = type(estimator).from_model(path, **({"classes": ["malignant", "benign"]} if is_classifier else {}))
    assert np.array_equal(again.predict(X), fitted.predict(X))
    for name in ("predict_proba", "decision_function"):
        if hasattr(fitted, name) and fitted.get_params().get("loss") != "hinge":
            assert np.array_equal(getattr(again, name)(X), getattr(fitted, name)(X)), name
    for name in ("coef_", "intercept_", "n_iter_", "t_", "n_features_in_", "classes_"):
        assert np.array_equal(getattr(again, name, None), getattr(fitted, name, None)), name
    for name in ("rank", "hidden_layer_sizes", "activation", "model", "loss"):
        if name in estimator.get_params() and (name != "loss" or is_classifier):
            assert getattr(again, name) == getattr(fitted, name), name
    with pytest.raises(ValueError, match="features"):
        again.predict(X[:, :5])


def test_an_estimator_of_a_model_of_the_program(program, csv, tmp_path):
    frame = pd.read_csv(csv)
    _, content = program.fit(tmp_path, csv, "--target", "kind")
    model = thalweg.Model.from_bytes(content)
    table = TableClassifier.from_model(model)
    rows = frame[model.columns]
    assert np.array_equal(table.predict(rows), model.predict(csv))
    assert table.classes_.tolist() == ["large", "medium", "small"] and list(table.feature_names_in_) == model.columns
    assert np.array_equal(
        table.predict_proba(rows), model.predict_proba(csv)[:, [model.classes.index(c) for c in table.classes_]]
    )
    # Columns of numbers with names of their own.
    for target, cls in [("price", LinearRegressor), ("sold", LinearClassifier), ("kind", LinearClassifier)]:
        _, content = program.fit(tmp_path, csv, "--target", target, "--keep", "size,rooms,visits")
        model = thalweg.Model.from_bytes(content)
        estimator = cls.from_model(tmp_path / "program.model")
        numbers = frame[["size", "rooms", "visits"]]
        expected = model.predict(csv)
        for X in (numbers, numbers.to_numpy(float)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = estimator.predict(X)
            assert np.allclose(found, expected) if target == "price" else np.array_equal(found, expected)
    for cls, name, message in [
        (LinearClassifier, "sold", "the column 'town' of the model is not one of numbers alone"),
        (LinearRegressor, "price", "the column 'town' of the model is not one of numbers alone"),
        (TableRegressor, "sold", "must predict a number"),
        (TableClassifier, "price", "must predict classes"),
        (FMRegressor, "price", "must be a factorization machine, but is 'linear'"),
        (MLPRegressor, "price", "must be a multilayer perceptron, but is 'linear'"),
    ]:
        with pytest.raises(ValueError, match=message):
            cls.from_model(thalweg.fit(frame, name).model)
    with pytest.raises(ValueError, match="must be linear, but is 'fm:rank=2'"):
        LinearRegressor.from_model(thalweg.fit(frame, "price", model="fm:rank=2").model)
    with pytest.raises(ValueError, match="classes must be the 2 labels"):
        TableClassifier.from_model(thalweg.fit(frame, "sold").model, classes=["no", "yes"])
    with pytest.raises(FileNotFoundError):
        LinearRegressor.from_model(tmp_path / "none")


def test_a_warm_start_goes_on(capsys):
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    first = LinearClassifier(warm_start=True, verbose=1).fit(X, y)
    epochs, coef = first.n_iter_, first.coef_.copy()
    lines = capsys.readouterr().out.splitlines()
    assert epochs / 2 < len(lines) <= epochs and lines[0].startswith("Epoch 1 of ") and ", loss = " in lines[0]
    first.fit(X, y)
    assert first.n_iter_ < epochs / 3 and np.allclose(first.coef_, coef, atol=1e-3)
    # A method without a state, on all rows: two fits are one of twice the epochs.
    arguments = {"method": "sgd:lr=0.5", "schedule": "constant", "n_iter_no_change": 0, "canonical": False}
    whole = LinearClassifier(**arguments, max_iter=8).fit(X, y)
    parts = LinearClassifier(**arguments, max_iter=4, warm_start=True).fit(X, y)
    assert not np.allclose(parts.coef_, whole.coef_, rtol=1e-3)
    parts.set_params(verbose=1).fit(X, y)
    assert np.allclose(parts.coef_, whole.coef_, rtol=1e-6) and parts.n_iter_ == 4
    assert capsys.readouterr().out.count("\n") == 4
    cold = LinearClassifier(**arguments, max_iter=4).fit(X, y).fit(X, y)
    assert not np.allclose(cold.coef_, whole.coef_, rtol=1e-3)
    # Rows of fewer classes, and of another one.
    few = parts.fit(X[y == 1][:50], y[y == 1][:50])
    assert few.classes_.tolist() == [0, 1] and few.predict_proba(X).shape == (len(y), 2)
    with pytest.raises(ValueError, match="the labels .* are none of the classes"):
        parts.fit(X, y + 1)
    with pytest.raises(ValueError, match="features"):
        parts.fit(X[:, :3], y)
    regressor = MLPRegressor(hidden_layer_sizes=(5,), max_iter=10, warm_start=True, n_iter_no_change=0).fit(X, y)
    losses = regressor.loss_curve_
    assert regressor.fit(X, y).loss_curve_[0] < losses[0]
    again = LinearRegressor.from_model(thalweg.fit((X, X[:, 0]), "z").model).set_params(warm_start=True)
    with pytest.raises(ValueError, match="warm_start needs a model of an estimator"):
        again.fit(X, y)
    partial = LinearRegressor("adam", verbose=1).partial_fit(X, y).partial_fit(X, y)
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"Epoch {partial.n_iter_}, loss = ")


def test_without_scikit_learn_the_import_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    import thalweg.sklearn\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "thalweg.sklearn needs scikit-learn, which `pip install 'thalweg[sklearn]'` installs\n"
