//! Number of references to an object.

use pyo3::prelude::*;

/// Returns how many references there are to an object, that of `object` included: with fewer than two, nobody else can
/// reach it.
pub fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object lives, as `object` is a reference to it, and the lock of Python is held, as its type says.
    unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) }
}
