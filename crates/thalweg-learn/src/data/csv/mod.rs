//! Delimited text: detection of the dialect, parallel parsing, and location of cells for messages.

mod boundaries;
mod column_builder;
mod detect;
mod dialect;
mod header;
mod locator;
mod parser;
mod reader;
mod scan;
mod title_lines;

pub(super) use boundaries::{RECORD_START, RecordScanner, STATES, ScanState};
pub(super) use locator::CsvCellLocator;
pub(super) use reader::CsvReader;
