//! Fits of models to data, and models.

mod checkpoint;
pub(crate) mod fit;
mod fit_config;
mod model;
pub(crate) mod partial_fit;
mod predictions;
mod row_predictor;
mod source;
mod work;

pub(crate) use model::PyModel;
