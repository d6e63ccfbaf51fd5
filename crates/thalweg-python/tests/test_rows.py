"""Rows in memory: the same models as of the same rows in files, whatever holds them; errors name the argument."""

import sys
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
import scipy.sparse
from conftest import columns, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import thalweg

TABLE = columns()
FRAMES = {
    "dict": lambda: TABLE,
    "dict of lists": lambda: {name: values.tolist() for name, values in TABLE.items()},
    "dict of objects": lambda: {name: values.astype(object) for name, values in TABLE.items()},
    "dict of series": lambda: {name: pd.Series(values) for name, values in TABLE.items()},
    "pandas": lambda: pd.DataFrame(TABLE),
    "pandas with an index": lambda: pd.DataFrame(TABLE, index=pd.Index(np.arange(400)[::-1], name="id")),
    "pandas with categories": lambda: pd.DataFrame(TABLE).astype({"town": "category", "kind": "category"}),
    "pandas with nullable types": lambda: pd.DataFrame(TABLE).convert_dtypes(),
    "pandas with objects": lambda: pd.DataFrame(TABLE).astype(object),
    "polars": lambda: pl.DataFrame(TABLE),
    "polars in chunks": lambda: pl.concat([pl.DataFrame(TABLE)[:150], pl.DataFrame(TABLE)[150:]], rechunk=False),
    "polars with categories": lambda: pl.DataFrame(TABLE).with_columns(pl.col("town", "kind").cast(pl.Categorical)),
    "pyarrow": lambda: pa.table(TABLE),
    "pyarrow reader": lambda: pa.table(TABLE).to_reader(max_chunksize=70),
    "pyarrow batch": lambda: pa.table(TABLE).to_batches()[0],
}


@pytest.mark.parametrize("target", ["price", "sold", "kind"])
@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_a_frame_gives_the_model_of_the_program(program, csv, tmp_path, make, target):
    _, expected = program.fit(tmp_path, csv, "--target", target)
    fit = thalweg.fit(make(), target)
    assert fit.model.to_bytes() == expected
    assert (fit.model.predict(make()) == fit.model.predict(csv)).all()


def test_a_parquet_file_gives_the_same_model(program, csv, tmp_path):
    path = tmp_path / "houses.parquet"
    pyarrow.parquet.write_table(pa.table(TABLE), path)
    expected = program.fit(tmp_path, path, "--target", "price")[1]
    assert program.fit(tmp_path, csv, "--target", "price")[1] == expected
    assert thalweg.fit(path, "price").model.to_bytes() == expected
    frames = {"pandas": pd.read_parquet(path), "polars": pl.read_parquet(path), "pyarrow": pa.table(TABLE)}
    for name, frame in frames.items():
        assert thalweg.fit(frame, "price").model.to_bytes() == expected, name


def test_other_types_and_missing_values_give_the_model_of_their_parquet_file(program, tmp_path):
    rows = 300
    random = np.random.default_rng(3)
    some = random.random(rows) < 0.1
    number = np.where(some, np.nan, random.normal(size=rows))
    frame = pd.DataFrame(
        {
            "number": number,
            "small": random.normal(size=rows).astype(np.float32),
            "byte": random.integers(0, 200, rows).astype(np.uint8),
            "large": random.integers(0, 50, rows) + 2**60,
            "flag": random.random(rows) < 0.5,
            "text": np.where(some, None, random.choice(["a", "b c", "é"], rows)),
            "day": pd.to_datetime("2026-01-01") + pd.to_timedelta(random.integers(0, 9, rows), "D"),
            "y": np.nan_to_num(number) * 2 + random.normal(size=rows),
        }
    )
    path = tmp_path / "types.parquet"
    frame.to_parquet(path)
    expected = program.fit(tmp_path, path, "--target", "y")[1]
    assert thalweg.fit(frame, "y").model.to_bytes() == expected
    assert thalweg.fit(pl.from_pandas(frame), "y").model.to_bytes() == expected
    by_numpy = {name: frame[name].to_numpy() for name in frame}
    assert thalweg.fit(by_numpy, "y").model.to_bytes() == expected
    assert (thalweg.Model.from_bytes(expected).predict(by_numpy) == thalweg.Model.from_bytes(expected).predict(path)).all()


def test_pandas_without_pyarrow(csv, monkeypatch):
    expected = thalweg.fit(csv, "price").model
    frame = pd.DataFrame(TABLE).astype({"town": object, "kind": "category"})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError):
        frame.__arrow_c_stream__()
    assert thalweg.fit(frame, "price").model == expected


X = np.column_stack([TABLE["size"], TABLE["rooms"], TABLE["w"]])
ARRAYS = {
    "C": lambda: X,
    "Fortran": lambda: np.asfortranarray(X),
    "strided": lambda: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "reversed": lambda: np.ascontiguousarray(X[::-1])[::-1],
    "transposed": lambda: np.ascontiguousarray(X.T).T,
    "big-endian": lambda: X.astype(">f8"),
    "read-only": lambda: np.broadcast_to(X, X.shape),
    "objects": lambda: X.astype(object),
    "frame": lambda: pd.DataFrame(X, columns=["c1", "c2", "c3"]),
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_a_matrix_gives_the_model_of_its_file(program, tmp_path, make):
    path = write_csv(tmp_path / "x.csv", {"c1": X[:, 0], "c2": X[:, 1], "c3": X[:, 2], "price": TABLE["price"]})
    expected = program.fit(tmp_path, path, "--target", "price")[1]
    fit = thalweg.fit((make(), TABLE["price"]), "price")
    assert fit.model.to_bytes() == expected
    assert (fit.model.predict(make()) == fit.model.predict(path)).all()


@pytest.mark.parametrize("dtype", ["f4", "f2", "i8", "i4", "u1", "u8", "?"])
def test_numbers_of_all_types(tmp_path, dtype):
    rows = np.abs(X).astype(dtype)
    table = {f"c{i + 1}": rows[:, i] for i in range(3)} | {"y": TABLE["price"].astype("f4")}
    path = tmp_path / "x.parquet"
    pyarrow.parquet.write_table(pa.table(table), path)
    if dtype == "?":
        rows = rows ^ (np.arange(400) % 3 == 0)[:, None]
        pyarrow.parquet.write_table(pa.table(table | {f"c{i + 1}": rows[:, i] for i in range(3)}), path)
    expected = thalweg.fit(path, "y").model
    for order in "CF":
        assert thalweg.fit((np.array(rows, order=order), table["y"]), "y").model == expected


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_])
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr"])
def test_a_sparse_matrix_gives_the_model_of_its_file(program, tmp_path, form, dtype):
    random = np.random.default_rng(2)
    dense = np.where(random.random((200, 30)) < 0.1, random.integers(1, 9, (200, 30)), 0).astype(dtype)
    y = dense[:, :5].astype(float).sum(axis=1) + random.normal(0, 0.1, 200).round(3)
    lines = []
    for row, target in zip(dense, y, strict=True):
        lines.append(" ".join([str(target), *(f"{i}:{float(row[i])}" for i in np.flatnonzero(row))]))
    lines[0] += " 29:0" if not dense[:, 29].any() else ""
    path = tmp_path / "a.libsvm"
    path.write_text("\n".join(lines))
    expected = program.fit(tmp_path, path, "--zero-based")[1]
    for cls in (scipy.sparse.csr_matrix, scipy.sparse.csr_array):
        matrix = cls(dense).asformat(form)
        fit = thalweg.fit((matrix, y))
        assert fit.model.to_bytes() == expected
        assert (fit.model.predict(matrix) == fit.model.predict(path)).all()


def test_sparse_matrices_with_repeated_entries_and_wide_indices():
    coo = scipy.sparse.coo_matrix(([1.0, 2.0, 3.0, 4.0], ([0, 0, 1, 2], [1, 1, 0, 2])), shape=(3, 3))
    repeated = scipy.sparse.csr_matrix((coo.data, coo.col, [0, 2, 3, 4]), shape=(3, 3))
    before = repeated.data.copy()
    y = np.array([1.0, 2.0, 3.0])
    arguments = {"val_fraction": 0.0, "epochs": 3}
    expected = thalweg.fit((coo.tocsr(), y), **arguments).model
    assert thalweg.fit((repeated, y), **arguments).model == expected
    assert (repeated.data == before).all()
    wide = coo.tocsr()
    wide.indptr, wide.indices = wide.indptr.astype(np.int64), wide.indices.astype(np.int64)
    assert thalweg.fit((wide, y), **arguments).model == expected


def test_weights_and_validation_rows(csv, tmp_path):
    expected = thalweg.fit(csv, "price", weight="w", ignore="visits")
    table = {name: values for name, values in TABLE.items() if name != "w"}
    fit = thalweg.fit(table, "price", weight=TABLE["w"], ignore="visits")
    assert fit.report["weight"] == "weight"
    assert (fit.model.predict(table) == expected.model.predict(csv)).all()
    rows = {name: table[name] for name in ("size", "rooms", "town")}
    for data in [(rows, TABLE["price"], TABLE["w"]), (pd.DataFrame(rows), pl.Series(TABLE["price"]), TABLE["w"].tolist())]:
        tuple_fit = thalweg.fit(data, "price")
        keyword_fit = thalweg.fit(data[:2], "price", weight=data[2])
        assert tuple_fit.model == keyword_fit.model

    other = columns(90, seed=8)
    path = write_csv(tmp_path / "other.csv", other)
    expected = thalweg.fit(csv, "price", validation=path)
    for validation in [other, pd.DataFrame(other), path]:
        fit = thalweg.fit(csv, "price", validation=validation)
        assert fit.model == expected.model and fit.report["validation"] == expected.report["validation"]
    small = (X[:50], TABLE["price"][:50])
    fit = thalweg.fit((X, TABLE["price"]), "price", validation=small, method="adam", epochs=5)
    assert fit.report["validation_rows"] == 50 and fit.report["train_rows"] == 400


def test_labels_of_arrays_are_predicted_as_texts():
    labels = np.where(X[:, 0] > 50, 1, -1)
    model = thalweg.fit((X, labels)).model
    assert model.classes == ["-1", "1"]
    assert np.mean(model.predict(X).astype(int) == labels) > 0.95
    model = thalweg.fit((X, labels > 0)).model
    assert model.classes == ["false", "true"] or model.classes == ["False", "True"]
    assert np.allclose(model.predict_proba(X).sum(axis=1), 1)


def test_a_row_alone_has_the_prediction_of_the_batch(csv):
    for target, arguments in [("price", {}), ("sold", {}), ("kind", {"model": "mlp:8", "epochs": 3})]:
        model = thalweg.fit(csv, target, **arguments).model
        frame = pd.DataFrame(TABLE)
        every = model.predict(frame)
        for row in (0, 17, 399):
            assert model.predict(frame.iloc[[row]])[0] == every[row]


@pytest.mark.parametrize("target", [TABLE["price"], TABLE["sold"], TABLE["kind"]])
@pytest.mark.parametrize("arguments", [{}, {"model": "mlp:5", "epochs": 3}, {"categorical": "c2"}])
def test_a_few_rows_of_a_matrix_have_the_predictions_of_the_batch(target, arguments):
    rows = X.copy()
    rows[5, 0] = np.nan
    model = thalweg.fit((rows, target), "y", **arguments).model
    every = model.predict(rows)
    few = np.concatenate([model.predict(rows[start : start + 40]) for start in range(0, 400, 40)])
    assert (few == every).all()
    if model.classes:
        assert (model.predict_proba(rows[:7]) == model.predict_proba(rows)[:7]).all()
    with pytest.raises(thalweg.DataError, match="row 3.*inf"):
        model.predict(np.where(np.arange(9).reshape(3, 3) == 6, np.inf, X[:3]))


def test_numbers_are_not_copied():
    rows = 400_000
    random = np.random.default_rng(0)
    for order, dtype in [("C", np.float64), ("F", np.float64), ("C", np.float32)]:
        x = np.array(random.normal(size=(rows, 10)), dtype=dtype, order=order)
        y = x.sum(axis=1)
        tracemalloc.start()
        thalweg.fit((x, y), "y", epochs=1, method="sgd")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # numpy reports the memory of its arrays.
        assert peak < x.nbytes / 10


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ((X,), TypeError, "data must be"),
        ((X, TABLE["price"], TABLE["w"], 3), TypeError, r"\(X, y\) or \(X, y, weight\), but has 4 items"),
        ((X, None), TypeError, r"data\[1\] must be an array"),
        ((X, TABLE["price"][:10]), thalweg.Error, "column 'y': expected 400 values"),
        ((X, X), thalweg.Error, r"data\[1\] must have one dimension"),
        ((X[:, 0], TABLE["price"]), thalweg.Error, r"data\[0\] must have two dimensions"),
        ((X[:0], TABLE["price"][:0]), thalweg.Error, "at least one row and one column"),
        ((X[:, :0], TABLE["price"]), thalweg.Error, "at least one row and one column"),
        ((X.astype(complex), TABLE["price"]), TypeError, "is one of complex128"),
        ((X, TABLE["price"].astype(complex)), TypeError, "is one of complex128"),
        ((np.where(X > 90, np.inf, X), TABLE["price"]), thalweg.DataError, "inf"),
        ((X, np.where(X[:, 0] > 90, np.inf, TABLE["price"])), thalweg.DataError, "inf"),
        (("a.csv", TABLE["price"]), TypeError, r"data\[0\] must be a data frame"),
        ({}, thalweg.Error, "at least one column"),
        ({3: [1]}, TypeError, "a key of data must be a text, but is int"),
        ({"a": [1, 2], "y": [1]}, thalweg.Error, "column 'y': expected 2 values"),
        ({"a": "text", "y": [1]}, TypeError, r"data\['a'\] must be an array"),
        ({"a": [{}, {}], "y": [1, 2]}, TypeError, r"data\['a'\] must be"),
        ({"a": [b"x", b"y"], "y": [1, 2]}, TypeError, r"data\['a'\] must be"),
        (pl.DataFrame(TABLE).lazy(), thalweg.Error, r"call collect\(\)"),
        (pl.Series([1.0, 2.0]), TypeError, "data must be a table of columns"),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}), thalweg.Error, "unknown column 'y'"),
        (pd.DataFrame(), (thalweg.Error, TypeError), "data|rows|column"),
        (pl.DataFrame(), (thalweg.Error, TypeError), "data|rows|column"),
        (pl.DataFrame({"y": pl.Series([], dtype=pl.Float64)}), thalweg.Error, "expected at least one"),
        (object(), TypeError, "data must be a path"),
    ],
)
def test_hostile_rows(data, error, message):
    with pytest.raises(error, match=message):
        thalweg.fit(data, "y")


def test_hostile_rows_of_predictions():
    model = thalweg.fit((X, TABLE["price"]), "price").model
    with pytest.raises(thalweg.Error, match="at most 3 columns, but has 4"):
        model.predict(np.column_stack([X, X[:, 0]]))
    with pytest.raises(thalweg.DataError, match="missing column 'c3'"):
        model.predict(X[:, :2])
    with pytest.raises(thalweg.Error, match="two dimensions"):
        model.predict(X[0])
    with pytest.raises(thalweg.DataError, match="missing column 'c1'"):
        model.predict(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(TypeError, match="data must be"):
        model.predict(3)
    model = thalweg.fit((scipy.sparse.csr_matrix(X), TABLE["price"])).model
    with pytest.raises(thalweg.Error, match="data must be a sparse matrix"):
        model.predict(X)


NUMBERS = st.one_of(hnp.floating_dtypes(), hnp.integer_dtypes(), hnp.boolean_dtypes(), hnp.complex_number_dtypes(),
                    hnp.unicode_string_dtypes(max_len=3), hnp.datetime64_dtypes(), hnp.byte_string_dtypes(max_len=2))  # fmt: skip
ANY_ARRAY = hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12))
CELL = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.binary(max_size=2))
ROWS = st.one_of(
    ANY_ARRAY,
    ANY_ARRAY.map(np.asfortranarray),
    ANY_ARRAY.map(lambda array: array.T[::-1] if array.ndim else array),
    st.dictionaries(st.text(max_size=3), st.one_of(ANY_ARRAY, st.lists(CELL, max_size=12)), max_size=3),
    st.lists(CELL, max_size=3),
    st.none(),
)


@settings(max_examples=400, deadline=None)
@given(rows=ROWS, y=st.one_of(ANY_ARRAY, st.lists(CELL, max_size=12)), model=st.booleans())
def test_no_rows_cause_a_panic(rows, y, model):
    for data in [(rows, y), (rows, y, y), rows]:
        try:
            if model:
                MODEL.predict(rows)
            else:
                thalweg.fit(data, "y", max_steps=3, method="sgd")
        except (thalweg.Error, TypeError, OSError) as error:
            assert str(error)


MODEL = thalweg.fit((X, TABLE["price"]), "y").model
