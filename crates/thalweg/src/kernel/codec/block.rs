//! Blocks: the unit in which slots are encoded.

/// Length of a block.
pub(crate) const BLOCK: usize = 64;

/// A block in the element type. The last one of a tensor is padded with zeros.
pub(in crate::kernel) type Block<F> = [F; BLOCK];
