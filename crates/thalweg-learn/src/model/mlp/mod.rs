//! Multilayer perceptrons: configuration, network, and model of encoded rows.

mod batch;
mod config;
mod dropout;
mod matrix;
mod model;
mod network;
mod pass;
mod row_product;
#[cfg(test)]
mod tests;

pub use batch::{Evaluation, Workspace};
pub use config::{Activation, MlpConfig};
pub use matrix::MatrixElement;
pub use model::MlpModel;
pub(super) use model::RowActivations;
pub use network::MlpNetwork;
