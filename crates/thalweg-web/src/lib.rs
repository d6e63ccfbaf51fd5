//! The computations of the explorer, the page of thalweg in the browser: runs of methods on functions,
//! contours, critical points, the search for learning rates, pictures, and the code that repeats all of it.
//!
//! The modules are plain Rust over the public interface of the libraries; `bindings` is what the page calls. Every
//! number on the page comes from here. `web/build` compiles the crate to WebAssembly and makes the page.

pub mod bindings;
pub mod catalog;
mod code_parts;
mod equation;
pub mod error;
pub mod function;
mod latex;
pub mod map;
pub mod path;
#[cfg(feature = "pictures")]
pub mod picture;
#[cfg(feature = "pictures")]
pub mod picture_bindings;
pub mod plane;
pub mod regression;
pub mod reproduce;
mod reproduce_table;
pub mod scene;
pub mod step;
pub mod table;
pub mod table_file;
pub mod tuning;
