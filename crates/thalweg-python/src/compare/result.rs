//! The runs of a comparison with their report.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;
use thalweg_cli::results::ComparisonView;
use thalweg_compare::run_file::{self, RunFile};
use thalweg_compare::{ComparisonHeader, ComparisonReport, ProtocolResult, Quartiles, Run};
use thalweg_learn::{Destination, Error};

use crate::error::{IntoPyErr, OrRaise, invalid};
use crate::picture::{Form, Image, draw, view_of};

/// The runs of a comparison with their report; see ``thalweg.Comparison``.
#[pyclass(name = "Comparison", module = "thalweg._thalweg", frozen)]
pub(crate) struct PyComparison {
    header: ComparisonHeader,
    runs: Vec<Run>,
    pub(super) report: ComparisonReport,
    /// File of the runs, if there is one.
    path: Option<PathBuf>,
}

impl PyComparison {
    pub(super) fn new(header: ComparisonHeader, runs: Vec<Run>, path: Option<PathBuf>) -> Self {
        let report = ComparisonReport::new(&header, &runs);
        Self { header, runs, report, path }
    }

    fn view(&self) -> ComparisonView<'_> {
        ComparisonView(&self.report)
    }

    fn column<'py, T: numpy::Element>(&self, py: Python<'py>, of: impl Fn(&Run) -> T) -> Bound<'py, PyArray1<T>> {
        PyArray1::from_iter(py, self.runs.iter().map(of))
    }
}

#[pymethods]
impl PyComparison {
    /// Return the report as JSON, that of the program.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        serde_json::to_string_pretty(&self.report).map_err(|error| invalid(py, &error.to_string()))
    }

    /// Return the report as the program prints it.
    fn text(&self) -> String {
        self.view().text()
    }

    /// Return the settings, the protocols with their tables, and the warnings as HTML.
    fn html(&self) -> (String, Vec<(&'static str, String)>, String) {
        let view = self.view();
        let table = |protocol: &ProtocolResult| (protocol.protocol.name(), view.table_html(protocol));
        (view.settings_html(), self.report.results.iter().map(table).collect(), view.warnings_html())
    }

    /// Write the page that the program writes.
    #[allow(clippy::needless_pass_by_value, reason = "an argument of Python is extracted as a value")]
    fn write_page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let destination = Destination::open(&path).or_raise(py)?;
        let page = py.detach(|| self.view().page(self.path.as_deref()));
        let page = page.map_err(|error| invalid(py, &error.to_string()))?;
        destination.write(page.as_bytes()).or_raise(py)
    }

    /// Draw the results of a protocol.
    fn draw<'py>(&self, py: Python<'py>, protocol: &str, view: &str, form: &str) -> PyResult<Image<'py>> {
        let (shown, view) = (self.view(), view_of(py, view)?);
        draw(py, Form::named(py, form)?, || shown.svg(protocol, view), || shown.png(protocol, view))
    }

    /// Return the lowest value so far over the steps for each protocol and method.
    fn curves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let protocols = PyDict::new(py);
        for protocol in &self.report.results {
            let methods = PyDict::new(py);
            for method in &protocol.methods {
                let curve = PyDict::new(py);
                let steps = method.curve.iter().map(|(step, _)| step.cast_signed());
                curve.set_item("step", PyArray1::from_iter(py, steps))?;
                let part = |of: fn(&Quartiles) -> f64| {
                    PyArray1::from_iter(py, method.curve.iter().map(move |(_, value)| of(value)))
                };
                curve.set_item("low", part(|value| value.low))?;
                curve.set_item("median", part(|value| value.median))?;
                curve.set_item("high", part(|value| value.high))?;
                methods.set_item(&method.method, curve)?;
            }
            protocols.set_item(protocol.protocol.name(), methods)?;
        }
        Ok(protocols)
    }

    /// Return all runs, column by column.
    fn runs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let runs = || self.runs.iter();
        let name = |value: Value| value.as_str().unwrap_or_default().to_owned();
        let json = |value: serde_json::Result<Value>| value.map(name).unwrap_or_default();
        columns.set_item("protocol", runs().map(|run| run.protocol.name()).collect::<Vec<_>>())?;
        let phases = runs().map(|run| json(serde_json::to_value(run.phase)));
        columns.set_item("phase", phases.collect::<Vec<_>>())?;
        columns.set_item("method", runs().map(|run| run.method.as_str()).collect::<Vec<_>>())?;
        columns.set_item("setting", runs().map(|run| run.setting.as_str()).collect::<Vec<_>>())?;
        columns.set_item("lr", self.column(py, |run| run.lr))?;
        columns.set_item("seed", self.column(py, |run| run.seed.cast_signed()))?;
        let ends = runs().map(|run| json(serde_json::to_value(run.end_reason)));
        columns.set_item("ended", ends.collect::<Vec<_>>())?;
        columns.set_item("steps", self.column(py, |run| run.steps.cast_signed()))?;
        columns.set_item("seconds", self.column(py, |run| run.seconds))?;
        columns.set_item("value", self.column(py, |run| run.curve.lowest()))?;
        Ok(columns)
    }

    /// Return the content of a file of these runs.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let mut bytes = Vec::new();
        let header = run_file::write_line(&mut bytes, &self.header);
        let written = header.and_then(|()| self.runs.iter().try_for_each(|run| run_file::write_line(&mut bytes, run)));
        written.map_err(|error| invalid(py, &error.to_string()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Return the comparison of the content of a file of runs.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        let content = run_file::read(data).map_err(|error| invalid(py, &format!("not a file of runs: {error}")))?;
        Ok(Self::new(content.header, content.runs, None))
    }

    /// Read a file of runs; the flag is true if its last line is cut.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Self, bool)> {
        let file = File::open(&path).map_err(|source| Error::Io { path: path.clone(), source }.into_py_err(py))?;
        let content = py.detach(|| run_file::read(BufReader::new(file)));
        let failed = |error| invalid(py, &format!("{} is not a file of runs: {error}", path.display()));
        let RunFile { header, runs, is_cut, .. } = content.map_err(failed)?;
        Ok((py.detach(|| Self::new(header, runs, Some(path))), is_cut))
    }

    /// Write a file of these runs, as a whole or not at all.
    #[allow(clippy::needless_pass_by_value, reason = "an argument of Python is extracted as a value")]
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let bytes = self.to_bytes(py)?;
        Destination::open(&path).and_then(|destination| destination.write(bytes.as_bytes())).or_raise(py)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("from_bytes")?, (slf.get().to_bytes(slf.py())?,)))
    }
}
