//! Models, and the file that holds one.

mod file;
mod linear;

pub use file::{About, Coefficient, ModelFile, ModelKind};
pub use linear::{Loss, mean_loss, scores, sigmoid};
