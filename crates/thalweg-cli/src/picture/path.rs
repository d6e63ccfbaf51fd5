//! The way of a run, as it is drawn.

/// Points kept at most; then every other one is let go, and half as many are taken from there on.
const MOST: usize = 20_000;
/// Numbers kept at most, of all coordinates of all points.
const ROOM: usize = 1 << 23;

/// Points of a run with their steps and values. Of long runs they are thinned evenly; first and last are always there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    pub(crate) points: Vec<Place>,
    last: Option<Place>,
    every: u64,
    seen: u64,
}

/// A point of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) step: u64,
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
}

impl Path {
    /// Takes the next point.
    pub(crate) fn take(&mut self, place: Place) {
        self.every = self.every.max(1);
        if self.seen.is_multiple_of(self.every) {
            let most = MOST.min(ROOM / place.x.len().max(1)).max(64);
            self.points.push(place);
            self.last = None;
            if self.points.len() > most {
                let mut i = 0;
                self.points.retain(|_| {
                    i += 1;
                    i % 2 == 1
                });
                self.every *= 2;
            }
        } else {
            self.last = Some(place);
        }
        self.seen += 1;
    }

    /// All points.
    pub(crate) fn end(mut self) -> Vec<Place> {
        self.points.extend(self.last);
        self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_thinned_evenly_between_its_ends() {
        let mut path = Path::default();
        for step in 0..100_001 {
            path.take(Place { step, x: vec![step as f64], value: 0.0, gradient_norm: 0.0 });
        }
        let points = path.end();
        assert!((10_000..=20_002).contains(&points.len()), "{}", points.len());
        assert_eq!((points[0].step, points[points.len() - 1].step), (0, 100_000));
        let apart: Vec<u64> = points.windows(2).map(|pair| pair[1].step - pair[0].step).collect();
        assert!(apart[..apart.len() - 1].iter().all(|step| *step == apart[0]), "{apart:?}");
    }
}
