//! The paths of the compared runs, replayed by the runner of the comparison.

use anyhow::{Context, Result};
use thalweg_compare::{ComparisonReport, MethodResult, ProtocolResult};

use super::charts::{in_given_order, style};
use super::comparison_error::into_anyhow;
use crate::picture::backdrop::MethodPath;

/// Returns the path of each method in its first reported run, and the title of their picture.
pub(super) fn record(report: &ComparisonReport, protocol: &ProtocolResult) -> Result<(Vec<MethodPath>, String)> {
    let record = |method: &MethodResult| -> Result<MethodPath> {
        let replayed = report.header.replay(&method.first_run).map_err(into_anyhow)?;
        let points = replayed.context("expected a function, found data")?.path;
        Ok(MethodPath { name: method.method.clone(), style: style(report, method), points })
    };
    let paths = in_given_order(report, protocol).into_iter().map(record).collect::<Result<_>>()?;
    let seed = protocol.methods.first().map_or(0, |method| method.first_run.seed);
    Ok((paths, format!("Paths from the start of seed {seed}")))
}
