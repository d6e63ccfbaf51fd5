//! Memory of tensors of Python frameworks as slices, by the exchange table of `DLPack`.
//!
//! Frameworks such as PyTorch offer a C table of functions at the type of their tensors
//! (`__dlpack_c_exchange_api__`), by which the memory of a tensor is found in a tenth of a microsecond, with its type,
//! device and layout. All other ways are ten times as slow or check nothing.
//!
//! This is the one crate of the workspace with unsafe code, of two kinds: calls of C (through the table, and for the
//! number of references to an object), and slices of the memory that the table tells of. What they rely on is checked
//! where that is possible: the version of the table, the device, the type, the alignment, that the numbers lie side by
//! side, and that no two slices of a call share memory where one of them is written. What cannot be checked is a
//! promise of the framework, or of the caller: the table is what the type says it is; and no other thread changes or
//! frees the memory during a call, as with the steps of the framework.

mod exchange;
mod memory;
mod references;
mod slices;

pub use exchange::{Exchange, ExchangeError};
pub use memory::{Dimensions, MemoryOrder, TensorMemory};
pub use references::references;
pub use slices::{MemorySlice, MemorySliceMut, NumberType, Overlap, with_slices};
