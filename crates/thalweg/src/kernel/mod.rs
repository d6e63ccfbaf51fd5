//! What happens to a SLICE: the fused loop, the dress every method wears, narrow numbers, fixed-tree sums, threads.

mod aligned;
mod codec;
mod column;
mod dither;
mod dress;
mod fused;
mod gather;
mod held;
mod isa;
mod look;
mod numbers;
mod staged;
mod step;
mod survey;
mod tree;
mod work;

pub(crate) use column::Column;
pub use column::StateType;
pub use dither::Dither;
pub use dress::{Decay, Dress};
pub(crate) use gather::gather;
pub use isa::Isa;
pub use look::Look;
pub use numbers::{Numbers, NumbersMut};
pub(crate) use step::Averaged;
pub use step::{Fused, Share, Step};
pub(crate) use survey::{all_finite_in, square_sums};
pub use tree::{all_finite, square_sum};
