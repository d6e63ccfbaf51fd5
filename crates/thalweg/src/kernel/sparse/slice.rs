//! Some coordinates of a tensor: gathered into tiles and scattered back.

use super::super::parallel::Splittable;
use super::super::slot_buffer::SlotBuffer;
use crate::real::Real;

/// Cost of a number that is gathered and scattered, in numbers that are read in order, for the division of work among
/// threads. Its time is that of about 16, but the lines that several threads write move between the caches of cores:
/// steps of fewer than 16 Ki coordinates take longer on two threads than on one.
const COST: usize = 2;

/// Coordinates gathered at a time: few enough that their cache lines stay in the nearest cache until they are
/// written.
pub(in crate::kernel) const TILE: usize = 128;

/// A set of coordinates of a tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CoordinateSet<'a> {
    /// Coordinates in ascending order, counted from the start of all parameters; the tensor begins at `offset`.
    Listed { coordinates: &'a [u32], offset: usize },
    /// All coordinates of a tensor with this length.
    All(usize),
}

impl CoordinateSet<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Listed { coordinates, .. } => coordinates.len(),
            Self::All(n) => *n,
        }
    }

    /// Splits off the first `middle` coordinates; the third result is where in the tensor the others begin.
    fn split(self, middle: usize) -> (Self, Self, usize) {
        match self {
            Self::Listed { coordinates, offset } => {
                let (left, right) = coordinates.split_at(middle);
                let begin = right.first().map_or(offset, |&first| first as usize);
                let left = Self::Listed { coordinates: left, offset };
                (left, Self::Listed { coordinates: right, offset: begin }, begin - offset)
            }
            Self::All(n) => (Self::All(middle), Self::All(n - middle), middle),
        }
    }

    /// Writes the coordinates from number `first` on, counted from the start of the tensor.
    fn write(&self, first: usize, out: &mut [u32]) {
        match self {
            Self::Listed { coordinates, offset } => {
                let offset = *offset as u32;
                out.iter_mut().zip(&coordinates[first..]).for_each(|(out, coordinate)| *out = coordinate - offset);
            }
            Self::All(_) => out.iter_mut().enumerate().for_each(|(i, out)| *out = (first + i) as u32),
        }
    }
}

/// Some coordinates of a tensor with their slots, all in the element type.
#[derive(Debug)]
pub(crate) struct SparseSlice<'a, F: Real> {
    coordinates: CoordinateSet<'a>,
    x: &'a mut [F],
    slots: Vec<&'a mut [F]>,
    /// Number of the last pending step that each coordinate of the tensor has taken; empty where none can be pending.
    last_steps: &'a mut [u16],
}

impl<'a, F: Real> SparseSlice<'a, F> {
    pub(crate) fn new(
        coordinates: CoordinateSet<'a>,
        x: &'a mut [F],
        slots: &'a mut [SlotBuffer<F>],
        last_steps: &'a mut [u16],
    ) -> Self {
        Self { coordinates, x, slots: slots.iter_mut().map(SlotBuffer::full).collect(), last_steps }
    }

    /// Number of coordinates in the slice.
    pub(crate) fn count(&self) -> usize {
        self.coordinates.len()
    }

    /// The first step that any of the coordinates has not taken, if that is before `now`.
    pub(super) fn first_pending(&self, now: u16) -> Option<u16> {
        let last = match self.coordinates {
            CoordinateSet::Listed { coordinates, offset } => {
                coordinates.iter().filter_map(|&i| self.last_steps.get(i as usize - offset)).min()
            }
            CoordinateSet::All(_) => self.last_steps.iter().min(),
        };
        last.copied().filter(|&last| last < now)
    }

    /// Calls `work` with each tile and the number of its first coordinate. Only the tile's coordinates are filled in:
    /// `work` gathers what it needs, and scatters what it changes.
    pub(in crate::kernel) fn for_each_tile(mut self, mut work: impl FnMut(&mut Self, &mut SparseTile<F>, usize)) {
        let mut tile = SparseTile::new(self.slots.len());
        for from in (0..self.count()).step_by(TILE) {
            tile.len = TILE.min(self.count() - from);
            self.coordinates.write(from, &mut tile.coordinates[..tile.len]);
            work(&mut self, &mut tile, from);
        }
    }
}

impl<F: Real> Splittable for SparseSlice<'_, F> {
    fn len(&self) -> usize {
        self.count() * COST
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let (coordinates, coordinates_right, begin) = self.coordinates.split(middle / COST);
        let (x, x_right) = self.x.split_at_mut(begin);
        let (last_steps, last_steps_right) = self.last_steps.split_at_mut(begin.min(self.last_steps.len()));
        let (slots, slots_right) = self.slots.into_iter().map(|slot| slot.split_at_mut(begin)).unzip();
        let right =
            Self { coordinates: coordinates_right, x: x_right, slots: slots_right, last_steps: last_steps_right };
        Ok((Self { coordinates, x, slots, last_steps }, right))
    }
}

/// Gathered coordinates, side by side.
pub(in crate::kernel) struct SparseTile<F> {
    pub(in crate::kernel) len: usize,
    /// Coordinates within the tensor.
    pub(super) coordinates: [u32; TILE],
    pub(in crate::kernel) x: [F; TILE],
    pub(in crate::kernel) slots: Vec<[F; TILE]>,
    pub(in crate::kernel) last_steps: [u16; TILE],
}

impl<F: Real> SparseTile<F> {
    fn new(slots: usize) -> Self {
        let x = [F::ZERO; TILE];
        Self { len: 0, coordinates: [0; TILE], x, slots: vec![x; slots], last_steps: [0; TILE] }
    }

    /// Gathers the last steps of the coordinates; returns `true` if any has steps pending before `now`.
    pub(in crate::kernel) fn gather_last_steps(&mut self, slice: &SparseSlice<'_, F>, now: u16) -> bool {
        gather(slice.last_steps, &self.coordinates[..self.len], &mut self.last_steps);
        self.last_steps[..self.len].iter().min().is_some_and(|&last| last < now)
    }

    /// Sorts the coordinates by their last steps; to be called before x and the slots are gathered.
    pub(super) fn sort_by_last_step(&mut self) {
        let mut keys: Vec<(u16, u32)> = self.last_steps.into_iter().zip(self.coordinates).take(self.len).collect();
        keys.sort_unstable();
        for (i, (last_step, coordinate)) in keys.into_iter().enumerate() {
            (self.last_steps[i], self.coordinates[i]) = (last_step, coordinate);
        }
    }

    /// Gathers x and the slots.
    pub(in crate::kernel) fn gather(&mut self, slice: &SparseSlice<'_, F>) {
        let coordinates = &self.coordinates[..self.len];
        gather(slice.x, coordinates, &mut self.x);
        for (from, slot) in slice.slots.iter().zip(&mut self.slots) {
            gather(from, coordinates, slot);
        }
    }

    /// Scatters x and the slots; the coordinates have then taken the steps up to `now`.
    pub(in crate::kernel) fn scatter(&self, slice: &mut SparseSlice<'_, F>, now: u16) {
        let coordinates = &self.coordinates[..self.len];
        scatter(&self.x, coordinates, slice.x);
        for (to, slot) in slice.slots.iter_mut().zip(&self.slots) {
            scatter(slot, coordinates, to);
        }
        if !slice.last_steps.is_empty() {
            for &i in coordinates {
                slice.last_steps[i as usize] = now;
            }
        }
    }
}

fn gather<T: Copy>(from: &[T], coordinates: &[u32], to: &mut [T; TILE]) {
    to.iter_mut().zip(coordinates).for_each(|(to, &i)| *to = from[i as usize]);
}

fn scatter<T: Copy>(from: &[T; TILE], coordinates: &[u32], to: &mut [T]) {
    from.iter().zip(coordinates).for_each(|(from, &i)| to[i as usize] = *from);
}
