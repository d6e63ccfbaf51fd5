//! Updates of slices: the fused loop, modifiers of a step, slots in fewer bits, pairwise sums, instruction sets,
//! threads.

mod accumulate;
mod aligned_vec;
mod blocks;
mod codec;
mod dither;
mod dot;
mod fused;
mod isa;
mod lazy;
mod lookahead;
mod modifiers;
mod norms;
mod pairwise_sum;
mod parallel;
mod pool;
mod segment;
mod slot_buffer;
mod slot_mut;
mod sparse;
mod state_type;
mod step;
mod tensor_ref;
mod tensor_segment;
mod tensor_slots;
mod tiled;
mod vectors;

pub(crate) use accumulate::accumulate;
pub(crate) use codec::BLOCK;
pub use dot::dot;
pub use isa::Isa;
pub(crate) use lazy::{CatchUpTable, sync};
pub(crate) use lookahead::Lookahead;
pub use modifiers::Decay;
pub(crate) use modifiers::StepModifiers;
pub(crate) use norms::{all_finite_in, square_sums};
pub(crate) use pairwise_sum::all_finite;
pub use pairwise_sum::square_sum;
pub use slot_buffer::SlotBuffer;
pub use slot_mut::SlotMut;
pub(crate) use sparse::{CoordinateSet, SparseLookahead, SparseReplay, SparseSlice, SparseStep};
pub use state_type::StateType;
pub(crate) use step::{AverageUpdate, BoxedRule, TensorUpdate};
pub use tensor_ref::{TensorMut, TensorRef};
pub(crate) use tensor_slots::TensorSlots;
pub(crate) use vectors::{
    Displacement, add_scaled, add_scaled_dot, displacement, scale, subtract_from, write_scaled, write_sum,
};
