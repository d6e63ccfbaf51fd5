//! State that a rule keeps for each coordinate, and its layout in memory.

use crate::real::Real;

/// Description of a slot: a number that a rule keeps for each coordinate from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Name in the saved state: the letter of the papers, such as `m` or `v`.
    pub name: &'static str,
    /// Value before the first step.
    pub start: f64,
    /// Sign that its values can have.
    pub sign: Signedness,
}

/// Sign of a slot's values: those that are never negative have a larger range in 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signedness {
    /// Values of either sign.
    Signed,
    /// Values of at least 0: a mean of squares, a maximum of magnitudes.
    NonNegative,
}

impl Slot {
    /// A slot of either sign that starts at 0.
    pub const fn zero(name: &'static str) -> Self {
        Self { name, start: 0.0, sign: Signedness::Signed }
    }

    /// A slot that is never negative.
    pub const fn nonnegative(name: &'static str, start: f64) -> Self {
        Self { name, start, sign: Signedness::NonNegative }
    }
}

/// Slots of one coordinate, loaded from and stored to one array per slot (structure of arrays).
pub trait Slots<F: Real>: Copy + Send + Sync {
    /// One `T` per slot.
    type Each<T: Send>: Send;

    /// Makes one element per slot, in their order.
    fn each<T: Send>(next: &mut impl FnMut() -> T) -> Self::Each<T>;
    /// Maps the element of each slot.
    fn map<T: Send, U: Send>(each: Self::Each<T>, to: &mut impl FnMut(T) -> U) -> Self::Each<U>;
    /// Borrows the element of each slot.
    fn by_ref<T: Send>(each: &mut Self::Each<T>) -> Self::Each<&mut T>;
    /// Reads each slot from its element.
    fn load<T: Send>(from: &Self::Each<T>, number: impl Fn(&T) -> F + Copy) -> Self;
    /// Writes each slot to its element.
    fn store<T: Send>(self, to: &mut Self::Each<T>, put: impl Fn(&mut T, F) + Copy);

    /// Reborrows all arrays for a shorter lifetime.
    #[inline(always)]
    fn reborrow<'a, 'b: 'a>(arrays: &'a mut Self::Each<&'b mut [F]>) -> Self::Each<&'a mut [F]> {
        Self::map(Self::by_ref(arrays), &mut |array| &mut **array)
    }

    /// Splits all arrays at `middle`.
    #[inline(always)]
    #[allow(clippy::mut_mut)] // the arrays are shortened in place
    fn split<'a>(mut arrays: Self::Each<&'a mut [F]>, middle: usize) -> [Self::Each<&'a mut [F]>; 2] {
        let right = Self::map(Self::by_ref(&mut arrays), &mut |array: &mut &'a mut [F]| {
            let (left, right) = std::mem::take(array).split_at_mut(middle);
            *array = left;
            right
        });
        [arrays, right]
    }
}

impl<F: Real, const N: usize> Slots<F> for [F; N] {
    type Each<T: Send> = [T; N];

    #[inline(always)]
    fn each<T: Send>(next: &mut impl FnMut() -> T) -> [T; N] {
        std::array::from_fn(|_| next())
    }

    #[inline(always)]
    fn map<T: Send, U: Send>(each: [T; N], to: &mut impl FnMut(T) -> U) -> [U; N] {
        each.map(to)
    }

    #[inline(always)]
    fn by_ref<T: Send>(each: &mut [T; N]) -> [&mut T; N] {
        each.each_mut()
    }

    #[inline(always)]
    fn load<T: Send>(from: &[T; N], number: impl Fn(&T) -> F + Copy) -> Self {
        std::array::from_fn(|k| number(&from[k]))
    }

    #[inline(always)]
    fn store<T: Send>(self, to: &mut [T; N], put: impl Fn(&mut T, F) + Copy) {
        for k in 0..N {
            put(&mut to[k], self[k]);
        }
    }
}

impl<F: Real, A: Slots<F>, B: Slots<F>> Slots<F> for (A, B) {
    type Each<T: Send> = (A::Each<T>, B::Each<T>);

    #[inline(always)]
    fn each<T: Send>(next: &mut impl FnMut() -> T) -> Self::Each<T> {
        (A::each(next), B::each(next))
    }

    #[inline(always)]
    fn map<T: Send, U: Send>(each: Self::Each<T>, to: &mut impl FnMut(T) -> U) -> Self::Each<U> {
        (A::map(each.0, to), B::map(each.1, to))
    }

    #[inline(always)]
    fn by_ref<T: Send>(each: &mut Self::Each<T>) -> Self::Each<&mut T> {
        (A::by_ref(&mut each.0), B::by_ref(&mut each.1))
    }

    #[inline(always)]
    fn load<T: Send>(from: &Self::Each<T>, number: impl Fn(&T) -> F + Copy) -> Self {
        (A::load(&from.0, number), B::load(&from.1, number))
    }

    #[inline(always)]
    fn store<T: Send>(self, to: &mut Self::Each<T>, put: impl Fn(&mut T, F) + Copy) {
        self.0.store(&mut to.0, put);
        self.1.store(&mut to.1, put);
    }
}
