//! Export of models to the formats of other programs.

#![allow(clippy::cast_possible_wrap, reason = "whole numbers of ONNX are signed, and sizes are those of a file")]

mod error;
mod features;
mod graph;
mod onnx_format;
mod predictions;
mod scores;

use prost::Message;

pub use error::ExportError;

use crate::model::ModelFile;
use features::RowEncoding;
use graph::GraphBuilder;
use onnx_format::{ModelProto, OperatorSetId};

/// Version of the ONNX format.
const IR_VERSION: i64 = 8;

/// Version of the operators of ONNX.
const OPERATORS: i64 = 17;

/// Version of the operators for machine learning.
const LEARNING_OPERATORS: i64 = 2;

/// Domain of the operators for machine learning.
const LEARNING_DOMAIN: &str = "ai.onnx.ml";

/// Returns the model as an ONNX file, which takes raw rows and computes in double precision what
/// [`predict`](crate::predict()) does.
///
/// Each column is an input of shape rows × 1 with the name of the column: a number (double, NaN is a missing value), or
/// the text of a level (string; the empty string and the other texts for missing values are one). Levels are compared
/// as texts, in the spelling of the schema. Features that are addressed by index are one input, `features`. The outputs
/// are `prediction`, or `label` with `probabilities` (of the classes in the order of the schema, the negative one of
/// two first) or, for losses without probabilities, `score`. A name that a column has is followed by an underscore.
///
/// The same model gives the same bytes.
///
/// ```
/// use thalweg_learn::{Callbacks, FitConfig, Table, export};
///
/// let sizes = [1.0, 2.0, 3.0, 4.0];
/// let table = Table::from_row_major(&sizes, 1)?.with_column_names(["size"])?.with_column("price", &sizes)?;
/// let (_, model) = FitConfig::new("price").run(&table, Callbacks::new())?;
/// let onnx = export::to_onnx(&model)?;
/// assert!(onnx.windows(4).any(|name| name == b"size"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A column or an interaction that is hashed; a model larger than 2 GB.
pub fn to_onnx(model: &ModelFile) -> Result<Vec<u8>, ExportError> {
    error::check(model)?;
    let mut graph = GraphBuilder::new(&model.schema);
    let rows = RowEncoding::new(&mut graph, &model.schema)?;
    let scores = scores::add(&mut graph, model, &rows);
    predictions::add(&mut graph, model, &scores);
    let operators = |domain: &str, version| OperatorSetId { domain: domain.into(), version };
    let file = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "thalweg".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph.finish()),
        opset_import: vec![operators("", OPERATORS), operators(LEARNING_DOMAIN, LEARNING_OPERATORS)],
    };
    Ok(file.encode_to_vec())
}

#[cfg(test)]
mod tests;
