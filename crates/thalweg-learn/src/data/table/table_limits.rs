//! Limits on what is read into a table.

use crate::interrupt::Interrupt;

/// Limits on the part of the files that is read into a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableLimits<'a> {
    /// Number of rows at which reading stops.
    pub(crate) rows: usize,
    /// Column of weights: rows of weight 0 are not counted.
    pub(crate) weight_column: Option<&'a str>,
    /// Estimated memory in bytes at which reading stops.
    pub(crate) bytes: usize,
    /// Request to end the reading.
    pub(crate) interrupt: Interrupt<'a>,
}
