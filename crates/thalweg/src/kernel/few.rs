//! Some coordinates of a tensor: fetched into tiles, worked there, and put back.

use super::column::Column;
use super::work::Piece;
use crate::real::Real;

/// Numbers that lie apart cost about as much as so many that lie side by side.
pub(super) const COST: usize = 16;

/// So many coordinates at a time: few enough that the cache lines they come from stay in the nearest cache until they are
/// put back.
pub(super) const TILE: usize = 128;

/// Which coordinates of a tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Places<'a> {
    /// Those listed, in ascending order; the tensor begins at `from`.
    Listed {
        at: &'a [u32],
        from: usize,
    },
    All(usize),
}

impl Places<'_> {
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
pub struct Few<'a, F: Real> {
    places: Places<'a>,
    x: &'a mut [F],
    columns: Vec<&'a mut [F]>,
    /// The step up to which each coordinate has come, where it may be behind.
    last: &'a mut [u16],
}

impl<'a, F: Real> Few<'a, F> {
    pub(crate) fn new(places: Places<'a>, x: &'a mut [F], columns: &'a mut [Column<F>], last: &'a mut [u16]) -> Self {
        Self { places, x, columns: columns.iter_mut().filter_map(Column::full).collect(), last }
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// The first step that one of them has missed, if any has before `now`.
    pub(super) fn oldest(&self, now: u16) -> Option<u16> {
        let last = match self.places {
            Places::Listed { at, from } => at.iter().filter_map(|&i| self.last.get(i as usize - from)).min(),
            Places::All(_) => self.last.iter().min(),
        };
        last.copied().filter(|&last| last < now)
    }

    /// Each tile in turn, in `room`; what `work` does not want is left as it is.
    pub(super) fn each_tile(mut self, mut work: impl FnMut(&mut Self, &mut Room<F>, usize)) {
        let mut room = Room::new(self.columns.len());
        for from in (0..self.count()).step_by(TILE) {
            room.n = TILE.min(self.count() - from);
            self.places.write(from, &mut room.places[..room.n]);
            work(&mut self, &mut room, from);
        }
    }
}

impl<F: Real> Piece for Few<'_, F> {
    fn len(&self) -> usize {
        self.count() * COST
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let (places, places_right, begin) = self.places.cut(middle / COST);
        let (x, x_right) = self.x.split_at_mut(begin);
        let (last, last_right) = self.last.split_at_mut(begin.min(self.last.len()));
        let (columns, columns_right) = self.columns.into_iter().map(|column| column.split_at_mut(begin)).unzip();
        let left = Self { places, x, columns, last };
        Ok((left, Self { places: places_right, x: x_right, columns: columns_right, last: last_right }))
    }
}

/// Where coordinates of one tile stand side by side.
pub(super) struct Room<F> {
    pub(super) n: usize,
    pub(super) places: [u32; TILE],
    pub(super) x: [F; TILE],
    pub(super) slots: Vec<[F; TILE]>,
    pub(super) last: [u16; TILE],
}

impl<F: Real> Room<F> {
    fn new(slots: usize) -> Self {
        let x = [F::ZERO; TILE];
        Self { n: 0, places: [0; TILE], x, slots: vec![x; slots], last: [0; TILE] }
    }

    /// Fetches the steps up to which the coordinates have come; whether one of them is behind.
    pub(super) fn fetch_last(&mut self, few: &Few<'_, F>, now: u16) -> bool {
        fetch(few.last, &self.places[..self.n], &mut self.last);
        self.last[..self.n].iter().min().is_some_and(|&last| last < now)
    }

    /// Orders the coordinates by the steps up to which they have come; to be called before the rest is fetched.
    pub(super) fn order(&mut self) {
        let mut keys: Vec<(u16, u32)> = self.last.into_iter().zip(self.places).take(self.n).collect();
        keys.sort_unstable();
        for (i, (last, place)) in keys.into_iter().enumerate() {
            (self.last[i], self.places[i]) = (last, place);
        }
    }

    pub(super) fn fetch(&mut self, few: &Few<'_, F>) {
        let places = &self.places[..self.n];
        fetch(few.x, places, &mut self.x);
        for (column, slot) in few.columns.iter().zip(&mut self.slots) {
            fetch(column, places, slot);
        }
    }

    /// Puts all back, come up to step `now`.
    pub(super) fn put(&self, few: &mut Few<'_, F>, now: u16) {
        let places = &self.places[..self.n];
        put(&self.x, places, few.x);
        for (column, slot) in few.columns.iter_mut().zip(&self.slots) {
            put(slot, places, column);
        }
        if !few.last.is_empty() {
            for &i in places {
                few.last[i as usize] = now;
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
