//! Fits of models to data, and models.

mod checkpoint;
pub(crate) mod fit;
mod fit_config;
mod model;
mod predictions;
mod source;
mod work;

pub(crate) use model::PyModel;
