//! Models, and the file that holds one.

mod file;
mod linear;
mod loss;

pub use file::{About, Coefficient, ModelFile, ModelKind};
pub use linear::{mean_loss, scores};
pub use loss::{Loss, sigmoid};
