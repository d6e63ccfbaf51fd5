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
    pub sign: SlotSign,
}

/// Whether a slot can be negative: what never is can be kept in 8 bits with a longer reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotSign {
    /// It can.
    Any,
    /// It never is: a mean of squares, a largest size.
    Positive,
}

impl Slot {
    /// A slot of any sign that starts at 0.
    pub const fn zero(name: &'static str) -> Self {
        Self { name, start: 0.0, sign: SlotSign::Any }
    }

    /// A slot that is never negative.
    pub const fn positive(name: &'static str, start: f64) -> Self {
        Self { name, start, sign: SlotSign::Positive }
    }
}

/// The slots of one coordinate, loaded from and stored to one column (slice) per slot.
pub trait Slots<F: Real>: Copy + Send + Sync {
    /// The columns of some stretch of coordinates.
    type Columns<'a>: Send;

    /// Takes as many columns as there are slots.
    fn columns<'a>(from: &mut impl Iterator<Item = &'a mut [F]>) -> Self::Columns<'a>;
    /// The same columns for a shorter while.
    fn reborrow<'a>(columns: &'a mut Self::Columns<'_>) -> Self::Columns<'a>;
    /// Cuts all columns at `middle`.
    fn split(columns: Self::Columns<'_>, middle: usize) -> (Self::Columns<'_>, Self::Columns<'_>);
    /// The slots of coordinate `i`.
    fn load(columns: &Self::Columns<'_>, i: usize) -> Self;
    /// Writes them back.
    fn store(self, columns: &mut Self::Columns<'_>, i: usize);
}

impl<F: Real, const N: usize> Slots<F> for [F; N] {
    type Columns<'a> = [&'a mut [F]; N];

    fn columns<'a>(from: &mut impl Iterator<Item = &'a mut [F]>) -> Self::Columns<'a> {
        std::array::from_fn(|_| from.next().unwrap_or_default())
    }

    #[inline(always)]
    fn reborrow<'a>(columns: &'a mut Self::Columns<'_>) -> Self::Columns<'a> {
        columns.each_mut().map(|column| &mut **column)
    }

    #[inline(always)]
    fn split(columns: Self::Columns<'_>, middle: usize) -> (Self::Columns<'_>, Self::Columns<'_>) {
        let mut right = std::array::from_fn(|_| <&mut [F]>::default());
        let mut right_of = right.iter_mut();
        let left = columns.map(|column| {
            let (a, b) = column.split_at_mut(middle);
            if let Some(place) = right_of.next() {
                *place = b;
            }
            a
        });
        (left, right)
    }

    #[inline(always)]
    fn load(columns: &Self::Columns<'_>, i: usize) -> Self {
        std::array::from_fn(|k| columns[k][i])
    }

    #[inline(always)]
    fn store(self, columns: &mut Self::Columns<'_>, i: usize) {
        for k in 0..N {
            columns[k][i] = self[k];
        }
    }
}

impl<F: Real, A: Slots<F>, B: Slots<F>> Slots<F> for (A, B) {
    type Columns<'a> = (A::Columns<'a>, B::Columns<'a>);

    fn columns<'a>(from: &mut impl Iterator<Item = &'a mut [F]>) -> Self::Columns<'a> {
        (A::columns(from), B::columns(from))
    }

    #[inline(always)]
    fn reborrow<'a>(columns: &'a mut Self::Columns<'_>) -> Self::Columns<'a> {
        (A::reborrow(&mut columns.0), B::reborrow(&mut columns.1))
    }

    #[inline(always)]
    fn split(columns: Self::Columns<'_>, middle: usize) -> (Self::Columns<'_>, Self::Columns<'_>) {
        let (a, b) = (A::split(columns.0, middle), B::split(columns.1, middle));
        ((a.0, b.0), (a.1, b.1))
    }

    #[inline(always)]
    fn load(columns: &Self::Columns<'_>, i: usize) -> Self {
        (A::load(&columns.0, i), B::load(&columns.1, i))
    }

    #[inline(always)]
    fn store(self, columns: &mut Self::Columns<'_>, i: usize) {
        self.0.store(&mut columns.0, i);
        self.1.store(&mut columns.1, i);
    }
}
