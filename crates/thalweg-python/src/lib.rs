//! The extension module of the Python package `thalweg`: the libraries of the workspace as classes and functions of
//! Python. What users import is in `python/thalweg`.

#![allow(
    clippy::doc_markdown,
    clippy::doc_link_with_quotes,
    reason = "the documentation of classes and functions is that of Python, in the form of numpydoc"
)]

mod arguments;
mod arrays;
mod compare;
mod error;
mod formula;
mod learn;
mod method;
mod minimize;
mod optimizer;
mod picture;
mod pool;
mod program;
mod schedule;
mod stateless;
mod values;
mod work;

/// The extension module of the package thalweg.
#[pyo3::pymodule(gil_used = false)]
mod _thalweg {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::compare::{PyComparison, compare};
    #[pymodule_export]
    use crate::formula::{PyFormula, classify, is_problem, problem, problem_table};
    #[pymodule_export]
    use crate::learn::PyModel;
    #[pymodule_export]
    use crate::learn::fit::fit;
    #[pymodule_export]
    use crate::learn::partial_fit::{PyTrainingState, partial_fit};
    #[pymodule_export]
    use crate::method::{PyMethod, hyperparameter_table, method_table, option_table};
    #[pymodule_export]
    use crate::minimize::draw::draw_run;
    #[pymodule_export]
    use crate::minimize::minimize;
    #[pymodule_export]
    use crate::optimizer::PyOptimizer;
    #[pymodule_export]
    use crate::picture::draw_curve;
    #[pymodule_export]
    use crate::pool::{set_threads, threads};
    #[pymodule_export]
    use crate::program::run_program;
    #[pymodule_export]
    use crate::schedule::PySchedule;
    #[pymodule_export]
    use crate::stateless::{PyStatePack, PyStatelessOptimizer};

    /// Adds the version of the package. Panics of decoders of damaged files become errors, and print nothing.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        thalweg_cli::panic_hook::omit_decoders();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
