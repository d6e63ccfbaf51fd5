//! The exchange table of a type of tensors.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyType};

use crate::memory::{RawTensor, TensorMemory};

/// Attribute of a type with the capsule of its table, and the name of the capsule.
const ATTRIBUTE: &str = "__dlpack_c_exchange_api__";
const CAPSULE: &std::ffi::CStr = c"dlpack_exchange_api";

/// Major version of `DLPack` whose table this crate reads.
const MAJOR: u32 = 1;

/// Table of functions of a framework: `DLPackExchangeAPI` of `dlpack.h` 1.3.
#[repr(C)]
struct RawTable {
    major: u32,
    minor: u32,
    previous: *const c_void,
    /// Allocation, owning import and export, which are not used here.
    unused: [Option<unsafe extern "C" fn()>; 3],
    tensor_of_object: Option<unsafe extern "C" fn(*mut c_void, *mut RawTensor) -> c_int>,
    current_work_stream: Option<unsafe extern "C" fn()>,
}

/// Exchange table of one type of tensors.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    tensor_of_object: unsafe extern "C" fn(*mut c_void, *mut RawTensor) -> c_int,
}

/// Reason why a type has no table that this crate can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// The type has no table.
    Missing,
    /// The table has another major version than 1.
    Version {
        /// Major version that was found.
        major: u32,
    },
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "expected a type of tensors with the attribute {ATTRIBUTE}"),
            Self::Version { major } => write!(f, "expected version {MAJOR} of DLPack, found {major}"),
        }
    }
}

impl Exchange {
    /// Returns the table of a type of tensors.
    ///
    /// # Errors
    /// A type without a table, or with one of another version.
    pub fn of(tensor_type: &Bound<'_, PyType>) -> Result<Self, ExchangeError> {
        let attribute = tensor_type.getattr(ATTRIBUTE).map_err(|_| ExchangeError::Missing)?;
        let capsule = attribute.cast_into::<PyCapsule>().map_err(|_| ExchangeError::Missing)?;
        let table: NonNull<RawTable> =
            capsule.pointer_checked(Some(CAPSULE)).map_err(|_| ExchangeError::Missing)?.cast();
        // SAFETY: a capsule of this name holds a pointer to a table that lives as long as the process (dlpack.h), and
        // the version comes first in all of them. It is read as a whole only if its version is known.
        let major = unsafe { (&raw const (*table.as_ptr()).major).read() };
        if major != MAJOR {
            return Err(ExchangeError::Version { major });
        }
        // SAFETY: as above; tables of this major version have these fields.
        let table = unsafe { table.as_ref() };
        // Frameworks may leave this function out.
        table.tensor_of_object.map(|tensor_of_object| Self { tensor_of_object }).ok_or(ExchangeError::Missing)
    }

    /// Returns where the numbers of a tensor lie, as long as the tensor is not changed otherwise.
    ///
    /// The tensor must be an instance of the type whose table this is, or of a subtype of it.
    ///
    /// # Errors
    /// The exception of the framework, for example for a tensor without memory.
    pub fn memory<'a>(&self, tensor: &'a Bound<'_, PyAny>) -> PyResult<TensorMemory<'a>> {
        let mut raw = MaybeUninit::<RawTensor>::uninit();
        // SAFETY: the object lives during the call, its type is that of the table, and the place for the result is
        // valid; the lock of Python is held, as `tensor` shows.
        let status = unsafe { (self.tensor_of_object)(tensor.as_ptr().cast(), raw.as_mut_ptr()) };
        if status != 0 {
            return Err(PyErr::take(tensor.py()).unwrap_or_else(|| {
                pyo3::exceptions::PyTypeError::new_err("the tensor has no memory that can be exchanged")
            }));
        }
        // SAFETY: after a status of 0, the function has written the result (dlpack.h).
        let raw = unsafe { raw.assume_init() };
        let memory = TensorMemory::of(&raw);
        if memory.len > 0 && memory.address.is_null() {
            return Err(pyo3::exceptions::PyTypeError::new_err("the tensor has no memory: its storage is empty"));
        }
        Ok(memory)
    }
}
