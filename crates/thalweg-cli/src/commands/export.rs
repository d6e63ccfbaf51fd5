//! Options of `thalweg export`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(after_help = "\
An ONNX file takes raw rows: one input of shape rows × 1 for each column, with its name, of numbers
(double, NaN is a missing value) or of texts (string, the empty string is a missing value). Texts are
compared with the levels that `thalweg inspect` lists as they are written. The outputs are those of
`thalweg predict`: prediction, or label and probabilities.

Examples:
  thalweg export people.model people.onnx")]
pub(crate) struct ExportCommand {
    /// Model file written by `thalweg fit`
    pub(crate) model: PathBuf,
    /// File to write; its extension determines the format: .onnx
    pub(crate) output: PathBuf,
}
