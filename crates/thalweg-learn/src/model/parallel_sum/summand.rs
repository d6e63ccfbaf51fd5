//! Number types of sums that ranks exchange.

use bytemuck::{cast_slice, cast_slice_mut};
use thalweg::Real;

/// Number type of a sum whose terms may be on several ranks: `f32` or `f64`.
pub trait Summand: Real {
    /// Returns the bytes of numbers.
    fn bytes(numbers: &[Self]) -> &[u8];

    /// Returns the bytes of numbers, to be changed.
    fn bytes_mut(numbers: &mut [Self]) -> &mut [u8];

    /// Returns words of memory as numbers.
    fn of_words(words: &[u64]) -> &[Self];

    /// Returns words of memory as numbers, to be changed.
    fn of_words_mut(words: &mut [u64]) -> &mut [Self];
}

macro_rules! summand {
    ($number:ty) => {
        impl Summand for $number {
            fn bytes(numbers: &[Self]) -> &[u8] {
                cast_slice(numbers)
            }

            fn bytes_mut(numbers: &mut [Self]) -> &mut [u8] {
                cast_slice_mut(numbers)
            }

            fn of_words(words: &[u64]) -> &[Self] {
                cast_slice(words)
            }

            fn of_words_mut(words: &mut [u64]) -> &mut [Self] {
                cast_slice_mut(words)
            }
        }
    };
}

summand!(f32);
summand!(f64);
