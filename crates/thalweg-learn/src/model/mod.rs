//! Models, and the file that holds one.

mod file;
mod linear;

pub use file::{About, ModelFile, ModelKind};
pub use linear::{Loss, mean_loss, scores, sigmoid};
