//! Fits of models to data, and models.

mod checkpoint;
pub(crate) mod fit;
pub(crate) mod fit_config;
mod model;
pub(crate) mod partial_fit;
mod predictions;
mod row_predictor;
pub(crate) mod source;
mod team;

pub(crate) use model::PyModel;
