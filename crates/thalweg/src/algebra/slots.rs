//! A coordinate's memory, and the columns it is kept in.

use crate::real::Real;

/// A slot's name, the value it starts with, and its sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// The letter of the papers: `m`, `v`, …
    pub name: &'static str,
    /// Its value before the first step.
    pub start: f64,
    /// Whether it can be negative.
    pub sign: Signedness,
}

/// Whether a slot can be negative: what never is can be kept in 8 bits with a longer reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signedness {
    /// It can.
    Any,
    /// It never is: a mean of squares, a largest size.
    Positive,
}

impl Slot {
    /// A slot of any sign that starts at 0.
    pub const fn zero(name: &'static str) -> Self {
        Self { name, start: 0.0, sign: Signedness::Any }
    }

    /// A slot that is never negative.
    pub const fn positive(name: &'static str, start: f64) -> Self {
        Self { name, start, sign: Signedness::Positive }
    }
}

/// What [`Slots::zip`] does. A trait, for a closure that is called from two places is not sure to be inlined, and what
/// is not inlined is not compiled for the instruction set.
pub trait ZipSlots<T, U> {
    /// Sees one of each.
    fn visit(&mut self, a: &mut T, b: &mut U);
}

/// The slots of one coordinate, loaded from and stored to one column per slot.
pub trait Slots<F: Real>: Copy + Send + Sync {
    /// One `T` for each slot.
    type Each<T: Send>: Send;

    /// One for each slot, in their order.
    fn each<T: Send>(next: &mut impl FnMut() -> T) -> Self::Each<T>;
    /// Another in the place of each.
    fn map<T: Send, U: Send>(each: Self::Each<T>, to: &mut impl FnMut(T) -> U) -> Self::Each<U>;
    /// References to each.
    fn by_ref<T: Send>(each: &mut Self::Each<T>) -> Self::Each<&mut T>;
    /// The slots, each number from its `T`.
    fn load<T: Send>(from: &Self::Each<T>, number: impl Fn(&T) -> F + Copy) -> Self;
    /// Gives each number to its `T`.
    fn store<T: Send>(self, to: &mut Self::Each<T>, put: impl Fn(&mut T, F) + Copy);

    /// Goes through two of them side by side.
    fn zip<T: Send, U: Send>(a: &mut Self::Each<T>, b: &mut Self::Each<U>, visit: &mut impl ZipSlots<T, U>);

    /// The same columns for a shorter while.
    #[inline(always)]
    fn reborrow<'a, 'b: 'a>(columns: &'a mut Self::Each<&'b mut [F]>) -> Self::Each<&'a mut [F]> {
        Self::map(Self::by_ref(columns), &mut |column| &mut **column)
    }

    /// Cuts all columns at `middle`.
    #[inline(always)]
    #[allow(clippy::mut_mut)] // which is what `split_off_mut` takes
    fn split<'a>(mut columns: Self::Each<&'a mut [F]>, middle: usize) -> [Self::Each<&'a mut [F]>; 2] {
        let right = |column: &mut &'a mut [F]| column.split_off_mut(middle..).unwrap_or_default();
        let right = Self::map(Self::by_ref(&mut columns), &mut { right });
        [columns, right]
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

    #[inline(always)]
    fn zip<T: Send, U: Send>(a: &mut [T; N], b: &mut [U; N], visit: &mut impl ZipSlots<T, U>) {
        for k in 0..N {
            visit.visit(&mut a[k], &mut b[k]);
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

    #[inline(always)]
    fn zip<T: Send, U: Send>(a: &mut Self::Each<T>, b: &mut Self::Each<U>, visit: &mut impl ZipSlots<T, U>) {
        A::zip(&mut a.0, &mut b.0, visit);
        B::zip(&mut a.1, &mut b.1, visit);
    }
}
