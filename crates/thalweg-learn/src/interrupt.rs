//! Request of a caller to end a long operation.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use thalweg::random::Random;

use crate::error::{Error, Result};

/// Rows of one column between two looks at an interrupt: a few milliseconds of work, whatever the cells hold.
pub(crate) const ROWS_PER_LOOK: usize = 1 << 13;

/// Reason why an operation without an interrupt is complete.
pub(crate) const UNINTERRUPTED: &str = "nothing interrupts";

/// Request of the caller to end a long operation: a flag, or a function that is called at least every 50 ms, from any
/// thread. It is only read, never changed.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use std::time::{Duration, Instant};
/// use thalweg_learn::Interrupt;
/// let flag = AtomicBool::new(false);
/// let interrupt = Interrupt::from(&flag);
/// assert!(!interrupt.is_requested());
/// flag.store(true, Ordering::Relaxed);
/// assert!(interrupt.is_requested());
/// let deadline = Instant::now() + Duration::from_secs(3600);
/// assert!(!Interrupt::when(&|| Instant::now() > deadline).is_requested());
/// ```
#[derive(Clone, Copy, Default)]
pub struct Interrupt<'a>(Source<'a>);

#[derive(Clone, Copy, Default)]
enum Source<'a> {
    #[default]
    Never,
    Flag(&'a AtomicBool),
    Function(&'a (dyn Fn() -> bool + Sync)),
}

impl<'a> Interrupt<'a> {
    /// Request that never comes.
    pub const NEVER: Interrupt<'static> = Interrupt(Source::Never);

    /// Creates a request that comes when `requested` returns `true`.
    pub fn when(requested: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self(Source::Function(requested))
    }

    /// Returns `true` if the operation must end.
    pub fn is_requested(self) -> bool {
        match self.0 {
            Source::Never => false,
            Source::Flag(flag) => flag.load(Ordering::Relaxed),
            Source::Function(requested) => requested(),
        }
    }

    /// Returns the sum of a function of row indices, in their order, unless the operation must end.
    pub(crate) fn sum_rows(self, rows: usize, of: impl Fn(usize) -> f64) -> Result<f64> {
        // As the sum of an iterator.
        let mut sum = -0.0;
        self.for_each_row(rows, |i| sum += of(i))?;
        Ok(sum)
    }

    /// Calls a function with row indices, in their order, unless the operation must end.
    pub(crate) fn for_each_row(self, rows: usize, mut visit: impl FnMut(usize)) -> Result<()> {
        for start in (0..rows).step_by(ROWS_PER_LOOK) {
            // A few rows take too little time for a check.
            if rows > ROWS_PER_LOOK {
                self.check()?;
            }
            (start..(start + ROWS_PER_LOOK).min(rows)).for_each(&mut visit);
        }
        Ok(())
    }

    /// Permutes items as [`Random::shuffle`] does. If the operation must end, they are left in an order between.
    pub(crate) fn shuffle<T>(self, items: &mut [T], random: &mut Random) -> Result<()> {
        // A few items take too little time for a check.
        let looks = items.len() > ROWS_PER_LOOK;
        for (i, (a, b)) in random.swaps(items.len()).enumerate() {
            if looks && i % ROWS_PER_LOOK == 0 {
                self.check()?;
            }
            items.swap(a, b);
        }
        Ok(())
    }

    /// Returns an error if the operation must end.
    pub(crate) fn check(self) -> Result<()> {
        if self.is_requested() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

impl<'a> From<&'a AtomicBool> for Interrupt<'a> {
    fn from(flag: &'a AtomicBool) -> Self {
        Self(Source::Flag(flag))
    }
}

impl fmt::Debug for Interrupt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Never => "Interrupt::NEVER",
            Source::Flag(_) => "Interrupt of a flag",
            Source::Function(_) => "Interrupt of a function",
        })
    }
}
