//! Number types in which slots are stored.

use super::codec::BLOCK;
use crate::text::choices;

/// Length below which slots are stored in full where 8 bits are asked for: there is little to save.
const MIN_Q8_LEN: usize = 4096;

choices! {
    /// Number type in which a method's slots are stored.
    #[derive(Default)]
    pub enum StateType {
        /// The type of the parameters.
        #[default]
        Full = "full",
        /// `f32`, whatever the type of the parameters.
        F32 = "f32",
        /// bf16: 8 bits of mantissa, rounded stochastically.
        Bf16 = "bf16",
        /// 8 bits, and one exponent for each block of 64: a code is |v| + c rounded to 4 bits of mantissa, c a fixed
        /// fraction of the largest octave of the block, so that precision is relative for large numbers and absolute
        /// for small ones. Signed slots have 8 octaves above c; nonnegative ones have 16 and never become 0, so that
        /// √v has 5 bits of precision. Tensors of fewer than 4,096 numbers are stored in full.
        Q8 = "8bit",
    }
}

impl StateType {
    /// The type in which the slots of a tensor of `len` numbers are stored.
    pub(crate) fn of_tensor(self, len: usize) -> Self {
        if self == Self::Q8 && len < MIN_Q8_LEN { Self::Full } else { self }
    }

    /// Number of elements of the storage for a slot of `len` numbers: numbers for [`Full`](Self::Full) and
    /// [`F32`](Self::F32), words of 32 bits for the others. [`Q8`](Self::Q8) also needs one exponent for every 64
    /// numbers, rounded up.
    ///
    /// ```
    /// use thalweg::method::StateType;
    /// assert_eq!(StateType::Full.storage_len(100), 100);
    /// assert_eq!(StateType::Bf16.storage_len(100), 64); // two blocks of 64 numbers, two numbers in a word
    /// ```
    pub fn storage_len(self, len: usize) -> usize {
        let padded = len.next_multiple_of(BLOCK);
        match self {
            Self::Full => len,
            Self::F32 => padded,
            Self::Bf16 => padded / 2,
            Self::Q8 => padded / 4,
        }
    }
}
