//! Encoding of slots in fewer bits, rounded stochastically so that the mean is unbiased.
//!
//! Rounding to nearest would lose what a slow average does: with β₂ = 0.999 a step takes a thousandth, less than half
//! of the distance between two bf16 numbers, and v would never decay.

mod bf16;
mod block;
mod float;
mod q8;
#[cfg(test)]
mod tests;

pub(super) use bf16::{Bf16Block, decode_bf16, encode_bf16, round_bf16};
pub(crate) use block::BLOCK;
pub(super) use block::Block;
pub(super) use float::narrow;
pub(super) use q8::{Q8Block, decode_q8, encode_q8, restore_q8};
