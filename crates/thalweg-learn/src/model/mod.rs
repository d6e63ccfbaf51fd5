//! Models, and the file that holds one.

mod factor;
mod file;
mod linear;
mod loss;
pub mod net;
mod tensor;

pub use factor::FactorMachine;
pub use file::{About, Coefficient, ModelFile, ModelKind};
pub use linear::{mean_loss, scores};
pub use loss::{Loss, sigmoid};
pub use tensor::{Role, Tensor};
