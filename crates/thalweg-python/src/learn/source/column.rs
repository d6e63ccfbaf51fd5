//! Columns of one value for each row.

use std::sync::Arc;

use numpy::prelude::*;
use numpy::{PyArray1, PyReadonlyArray1, PyUntypedArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};
use thalweg_learn::arrow::array::builder::LargeStringBuilder;
use thalweg_learn::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringArray, TimestampMicrosecondArray, UInt64Array,
};

use crate::error::{invalid, wrong_type};

/// Values of a column.
pub(crate) enum Column<'py> {
    /// Numbers of numpy, which are not copied.
    F64(PyReadonlyArray1<'py, f64>),
    /// Numbers of numpy, which are not copied.
    F32(PyReadonlyArray1<'py, f32>),
    /// Values of any other type.
    Array(ArrayRef),
}

impl<'py> Column<'py> {
    /// Recognizes the values of a column: an array of one dimension, or what numpy makes one of.
    pub(crate) fn of(values: &Bound<'py, PyAny>, argument: &str) -> PyResult<Self> {
        let py = values.py();
        let numpy = py.import("numpy")?;
        if values.is_instance_of::<PyString>() || values.is_none() {
            return Err(wrong_type(argument, "an array or a sequence of values", values));
        }
        // A list of texts and numbers is one of objects, not of texts.
        let array = if values.is_instance_of::<PyList>() {
            let objects = numpy.call_method1("array", (values, "object"))?;
            numpy.call_method1("asarray", (&objects,))?
        } else {
            numpy.call_method1("asarray", (values,))?
        };
        let array = array.cast_into::<PyUntypedArray>()?;
        let array = match array.shape() {
            [_] => array,
            [_, 1] => array.call_method1("reshape", (-1,))?.cast_into::<PyUntypedArray>()?,
            shape => {
                let message = format!("{argument} must have one dimension, but its shape is {shape:?}");
                return Err(invalid(py, &message));
            }
        };
        Self::of_array(&array, argument)
    }

    /// Recognizes the values of an array of one dimension.
    pub(super) fn of_array(array: &Bound<'py, PyUntypedArray>, argument: &str) -> PyResult<Self> {
        let py = array.py();
        let as_type = |name: &str| array.call_method1("astype", (name,));
        let contiguous = |array: &Bound<'py, PyAny>| py.import("numpy")?.call_method1("ascontiguousarray", (array,));
        let (kind, bytes) = (array.dtype().kind(), array.dtype().itemsize());
        Ok(match kind {
            b'f' if bytes == 4 => {
                let array =
                    if array.is_instance_of::<PyArray1<f32>>() { contiguous(array)? } else { as_type("float32")? };
                Self::F32(array.cast_into::<PyArray1<f32>>()?.readonly())
            }
            b'f' => {
                let array = if array.is_instance_of::<PyArray1<f64>>() { contiguous(array)? } else { doubles(array)? };
                Self::F64(array.cast_into::<PyArray1<f64>>()?.readonly())
            }
            b'u' => {
                let array = as_type("uint64")?.cast_into::<PyArray1<u64>>()?.readonly();
                Self::Array(Arc::new(UInt64Array::from(array.as_array().to_vec())))
            }
            b'i' => {
                let array = as_type("int64")?.cast_into::<PyArray1<i64>>()?.readonly();
                Self::Array(Arc::new(Int64Array::from(array.as_array().to_vec())))
            }
            b'b' => {
                let array = as_type("bool")?.cast_into::<PyArray1<bool>>()?.readonly();
                Self::Array(Arc::new(BooleanArray::from(array.as_array().to_vec())))
            }
            b'M' => {
                let ticks = as_type("datetime64[us]")?.call_method1("view", ("int64",))?;
                let ticks = ticks.cast_into::<PyArray1<i64>>()?.readonly();
                // The smallest integer stands for no time.
                let ticks = ticks.as_array().to_vec().into_iter().map(|tick| (tick != i64::MIN).then_some(tick));
                Self::Array(Arc::new(ticks.collect::<TimestampMicrosecondArray>()))
            }
            b'U' => Self::Array(texts(&contiguous(array)?, bytes)?),
            b'O' | b'T' => Self::Array(objects(array, argument)?),
            _ => {
                let found = array.dtype().to_string();
                let expected = "numbers, booleans, texts or times";
                return Err(PyTypeError::new_err(format!(
                    "{argument} must be an array of {expected}, but is one of {found}"
                )));
            }
        })
    }
}

/// Returns the texts of an array in which each has the same number of bytes: code points of 32 bits, filled with 0.
fn texts(array: &Bound<'_, PyAny>, bytes: usize) -> PyResult<ArrayRef> {
    let py = array.py();
    let native = array.call_method1("astype", (array.getattr("dtype")?.call_method1("newbyteorder", ("=",))?,))?;
    let characters = bytes / size_of::<u32>();
    if characters == 0 {
        return Ok(Arc::new(LargeStringArray::from(vec![""; array.len()?])));
    }
    let codes = native.call_method1("view", ("uint32",))?.cast_into::<PyArray1<u32>>()?.readonly();
    let codes = codes.as_slice()?;
    let found = py.detach(|| {
        let mut texts = LargeStringBuilder::with_capacity(codes.len() / characters, codes.len());
        let mut text = String::new();
        for codes in codes.chunks_exact(characters) {
            text.clear();
            let len = codes.iter().rposition(|code| *code != 0).map_or(0, |last| last + 1);
            for code in &codes[..len] {
                text.push(char::from_u32(*code).ok_or(*code)?);
            }
            texts.append_value(&text);
        }
        Ok::<_, u32>(texts.finish())
    });
    match found {
        Ok(texts) => Ok(Arc::new(texts)),
        Err(code) => Err(invalid(py, &format!("texts must be of Unicode characters, but one has U+{code:04X}"))),
    }
}

/// Returns the values of an array of objects: texts, or numbers or booleans alone; None and NaN are missing.
fn objects(array: &Bound<'_, PyUntypedArray>, argument: &str) -> PyResult<ArrayRef> {
    let items = array.call_method0("tolist")?.cast_into::<PyList>()?;
    let (mut numbers, mut booleans, mut texts) = (0, 0, 0);
    for item in items.iter().filter(|item| !is_missing(item)) {
        if item.is_instance_of::<PyString>() {
            texts += 1;
        } else if item.is_instance_of::<PyBool>() {
            booleans += 1;
        } else if item.is_instance_of::<PyFloat>() || item.is_instance_of::<PyInt>() || item.hasattr("__float__")? {
            numbers += 1;
        } else {
            return Err(wrong_type(argument, "an array of numbers, booleans, texts or None", &item));
        }
    }
    Ok(if texts > 0 || (numbers > 0 && booleans > 0) {
        let text =
            |item: Bound<'_, PyAny>| present(item).map(|item| item.str().map(|text| text.to_string())).transpose();
        Arc::new(items.iter().map(text).collect::<PyResult<LargeStringArray>>()?)
    } else if booleans > 0 {
        let value = |item: Bound<'_, PyAny>| present(item).map(|item| item.extract::<bool>()).transpose();
        Arc::new(items.iter().map(value).collect::<PyResult<BooleanArray>>()?)
    } else if items.iter().all(|item| is_missing(&item) || item.extract::<i64>().is_ok()) {
        let value = |item: Bound<'_, PyAny>| present(item).map(|item| item.extract::<i64>()).transpose();
        Arc::new(items.iter().map(value).collect::<PyResult<Int64Array>>()?)
    } else {
        let value = |item: Bound<'_, PyAny>| present(item).map(|item| item.extract::<f64>()).transpose();
        Arc::new(items.iter().map(value).collect::<PyResult<Float64Array>>()?)
    })
}

/// Returns a value unless it is missing.
fn present(item: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
    if is_missing(&item) { None } else { Some(item) }
}

/// Returns `true` for None, NaN, and the missing values of pandas.
fn is_missing(item: &Bound<'_, PyAny>) -> bool {
    let is_named = || item.get_type().name().is_ok_and(|name| name == "NAType" || name == "NaTType");
    item.is_none() || item.cast::<PyFloat>().is_ok_and(|number| number.value().is_nan()) || is_named()
}

/// Converts floating-point numbers of another precision to double precision; those of half precision are the numbers of
/// their shortest texts, as in files.
pub(super) fn doubles<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
    let exact = array.call_method1("astype", ("float64",))?;
    if array.dtype().itemsize() != 2 {
        return Ok(exact);
    }
    let numpy = array.py().import("numpy")?;
    let texts = array.call_method1("astype", ("str",))?.call_method1("astype", ("float64",))?;
    let are_whole = numpy.call_method1("equal", (numpy.call_method1("trunc", (&exact,))?, &exact))?;
    numpy.call_method1("where", (are_whole, exact, texts))
}
