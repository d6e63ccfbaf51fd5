//! Some coordinates of a tensor: fetched into tiles, worked there, and put back.

use super::super::parallel::Splittable;
use super::super::slot_buffer::SlotBuffer;
use crate::real::Real;

/// Numbers that lie apart cost about as much as so many that lie side by side.
pub(in crate::kernel) const COST: usize = 16;

/// So many coordinates at a time: few enough that the cache lines they come from stay in the nearest cache until they are
/// put back.
pub(in crate::kernel) const TILE: usize = 128;

/// Which coordinates of a tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CoordinateSet<'a> {
    /// Those listed, in ascending order; the tensor begins at `from`.
    Listed {
        at: &'a [u32],
        from: usize,
    },
    All(usize),
}

impl CoordinateSet<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Listed { at, .. } => at.len(),
            Self::All(n) => *n,
        }
    }

    /// The first `middle`, the others counted from where these begin, and that place.
    fn cut(self, middle: usize) -> (Self, Self, usize) {
        match self {
            Self::Listed { at, from } => {
                let (left, right) = at.split_at(middle);
                let begin = right.first().map_or(from, |&first| first as usize);
                (Self::Listed { at: left, from }, Self::Listed { at: right, from: begin }, begin - from)
            }
            Self::All(n) => (Self::All(middle), Self::All(n - middle), middle),
        }
    }

    /// Writes those from the `first` on, counted from the beginning of the tensor.
    fn write(&self, first: usize, out: &mut [u32]) {
        match self {
            Self::Listed { at, from } => {
                let from = *from as u32;
                out.iter_mut().zip(&at[first..]).for_each(|(out, at)| *out = at - from);
            }
            Self::All(_) => out.iter_mut().enumerate().for_each(|(i, out)| *out = (first + i) as u32),
        }
    }
}

/// Some coordinates of a tensor, with their slots in the element type.
#[derive(Debug)]
pub struct SparseSlice<'a, F: Real> {
    places: CoordinateSet<'a>,
    x: &'a mut [F],
    buffers: Vec<&'a mut [F]>,
    /// The step up to which each coordinate has come, where it may be behind.
    last: &'a mut [u16],
}

impl<'a, F: Real> SparseSlice<'a, F> {
    pub(crate) fn new(
        places: CoordinateSet<'a>,
        x: &'a mut [F],
        buffers: &'a mut [SlotBuffer<F>],
        last: &'a mut [u16],
    ) -> Self {
        Self { places, x, buffers: buffers.iter_mut().filter_map(SlotBuffer::full).collect(), last }
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// The first step that one of them has missed, if any has before `now`.
    pub(in crate::kernel) fn oldest(&self, now: u16) -> Option<u16> {
        let last = match self.places {
            CoordinateSet::Listed { at, from } => at.iter().filter_map(|&i| self.last.get(i as usize - from)).min(),
            CoordinateSet::All(_) => self.last.iter().min(),
        };
        last.copied().filter(|&last| last < now)
    }

    /// Each tile in turn, in `tile`; what `work` does not want is left as it is.
    pub(in crate::kernel) fn each_tile(mut self, mut work: impl FnMut(&mut Self, &mut SparseTile<F>, usize)) {
        let mut tile = SparseTile::new(self.buffers.len());
        for from in (0..self.count()).step_by(TILE) {
            tile.n = TILE.min(self.count() - from);
            self.places.write(from, &mut tile.places[..tile.n]);
            work(&mut self, &mut tile, from);
        }
    }
}

impl<F: Real> Splittable for SparseSlice<'_, F> {
    fn len(&self) -> usize {
        self.count() * COST
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let (places, places_right, begin) = self.places.cut(middle / COST);
        let (x, x_right) = self.x.split_at_mut(begin);
        let (last, last_right) = self.last.split_at_mut(begin.min(self.last.len()));
        let (buffers, columns_right) = self.buffers.into_iter().map(|buffer| buffer.split_at_mut(begin)).unzip();
        let left = Self { places, x, buffers, last };
        Ok((left, Self { places: places_right, x: x_right, buffers: columns_right, last: last_right }))
    }
}

/// Where coordinates of one tile stand side by side.
pub(in crate::kernel) struct SparseTile<F> {
    pub(in crate::kernel) n: usize,
    pub(in crate::kernel) places: [u32; TILE],
    pub(in crate::kernel) x: [F; TILE],
    pub(in crate::kernel) slots: Vec<[F; TILE]>,
    pub(in crate::kernel) last: [u16; TILE],
}

impl<F: Real> SparseTile<F> {
    fn new(slots: usize) -> Self {
        let x = [F::ZERO; TILE];
        Self { n: 0, places: [0; TILE], x, slots: vec![x; slots], last: [0; TILE] }
    }

    /// Fetches the steps up to which the coordinates have come; whether one of them is behind.
    pub(in crate::kernel) fn fetch_last(&mut self, slice: &SparseSlice<'_, F>, now: u16) -> bool {
        fetch(slice.last, &self.places[..self.n], &mut self.last);
        self.last[..self.n].iter().min().is_some_and(|&last| last < now)
    }

    /// Orders the coordinates by the steps up to which they have come; to be called before the rest is fetched.
    pub(in crate::kernel) fn order(&mut self) {
        let mut keys: Vec<(u16, u32)> = self.last.into_iter().zip(self.places).take(self.n).collect();
        keys.sort_unstable();
        for (i, (last, place)) in keys.into_iter().enumerate() {
            (self.last[i], self.places[i]) = (last, place);
        }
    }

    pub(in crate::kernel) fn fetch(&mut self, slice: &SparseSlice<'_, F>) {
        let places = &self.places[..self.n];
        fetch(slice.x, places, &mut self.x);
        for (buffer, slot) in slice.buffers.iter().zip(&mut self.slots) {
            fetch(buffer, places, slot);
        }
    }

    /// Puts all back, come up to step `now`.
    pub(in crate::kernel) fn put(&self, slice: &mut SparseSlice<'_, F>, now: u16) {
        let places = &self.places[..self.n];
        put(&self.x, places, slice.x);
        for (buffer, slot) in slice.buffers.iter_mut().zip(&self.slots) {
            put(slot, places, buffer);
        }
        if !slice.last.is_empty() {
            for &i in places {
                slice.last[i as usize] = now;
            }
        }
    }
}

fn fetch<T: Copy>(from: &[T], places: &[u32], to: &mut [T; TILE]) {
    to.iter_mut().zip(places).for_each(|(to, &i)| *to = from[i as usize]);
}

fn put<T: Copy>(from: &[T; TILE], places: &[u32], to: &mut [T]) {
    from.iter().zip(places).for_each(|(from, &i)| to[i as usize] = *from);
}
