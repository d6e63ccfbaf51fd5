//! Request of a caller to end a long operation.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use thalweg::random::Random;

use crate::error::{Error, Result};
use crate::team::{SingleProcess, SumShards, Team, gather_messages};

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
    Agreement(&'a Agreement<'a>),
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
            Source::Agreement(agreement) => agreement.is_requested(),
        }
    }

    /// Returns the ranks that see the request at the same place: those of its agreement, or this process alone.
    pub(crate) fn team(self) -> &'a dyn Team {
        match self.0 {
            Source::Agreement(agreement) => agreement.team,
            Source::Never | Source::Flag(_) | Source::Function(_) => &SingleProcess,
        }
    }

    /// Returns the shards of the vectors of sums, of which each rank needs the sum of its own; `None` if all ranks need
    /// the whole sum.
    pub(crate) fn shards(self) -> Option<&'a SumShards> {
        match self.0 {
            Source::Agreement(agreement) => agreement.shards,
            Source::Never | Source::Flag(_) | Source::Function(_) => None,
        }
    }

    /// Returns the answers of this rank to the questions of its agreement and of those around it, for the other ranks.
    pub(crate) fn answers(self) -> u64 {
        match self.0 {
            Source::Agreement(agreement) => u64::from(agreement.answers()) | agreement.outer.answers() << ANSWER_BITS,
            Source::Never | Source::Flag(_) | Source::Function(_) => 0,
        }
    }

    /// Takes over what all ranks know now: a question is answered with yes if it is on any of them.
    pub(crate) fn agree(self, answers: u64) {
        if let Source::Agreement(agreement) = self.0 {
            agreement.agreed.fetch_or(answers as u8, Ordering::Relaxed);
            agreement.outer.agree(answers >> ANSWER_BITS);
        }
    }

    /// Answers a question of the agreement with yes if `yes`, and returns the common answer of the ranks. Several ranks
    /// have it at the same place, after the next exchange.
    pub(crate) fn agreed_on(self, question: Question, yes: bool) -> bool {
        match self.0 {
            Source::Agreement(agreement) => agreement.answer(question, yes),
            Source::Never | Source::Flag(_) | Source::Function(_) => yes,
        }
    }

    /// Returns the numbers of ranks 0, 1, … one after another. The ranks learn each other's answers.
    pub(crate) fn gather_numbers(self, numbers: Vec<f64>) -> Vec<f64> {
        let team = self.team();
        if team.ranks() == 1 {
            return numbers;
        }
        let mut message = Vec::with_capacity(size_of::<u64>() + size_of_val(&numbers[..]));
        message.extend(self.answers().to_ne_bytes());
        message.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        let mut all = Vec::new();
        for message in gather_messages(team, &message) {
            let mut words = message.as_chunks().0.iter();
            self.agree(words.next().map_or(0, |answers| u64::from_ne_bytes(*answers)));
            all.extend(words.map(|number| f64::from_ne_bytes(*number)));
        }
        all
    }

    /// Returns `true` if a rank says so, at once: a collective operation of its own.
    pub(crate) fn any_rank(self, yes: bool) -> bool {
        let team = self.team();
        let mut all = vec![0; team.ranks()];
        team.all_gather(&[u8::from(yes)], &mut all, &vec![1; team.ranks()]);
        all.contains(&1)
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
        let (looks, mut swaps) = (items.len() > ROWS_PER_LOOK, random.swaps(items.len()));
        loop {
            if looks {
                self.check()?;
            }
            let mut count = 0;
            for (a, b) in swaps.by_ref().take(ROWS_PER_LOOK) {
                items.swap(a, b);
                count += 1;
            }
            if count < ROWS_PER_LOOK {
                break;
            }
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
            Source::Agreement(_) => "Interrupt of several ranks",
        })
    }
}

/// What the ranks of a training answer together, so that all of them take the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Must the operation end at once?
    Interrupt = 0,
    /// Is the time of the training up?
    Time = 1,
    /// Must the training end after a checkpoint?
    End = 2,
}

impl Question {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Number of bits for the answers to all questions.
const ANSWER_BITS: u32 = u8::BITS;

/// Request to end that all ranks see at the same place: a signal or a clock is not read by two ranks at the same step.
///
/// A rank that sees the request says so in its next exchange of numbers with the others, after which it holds for all
/// of them. A team of one process agrees with itself at any time. A request once seen stays: the caller may withdraw
/// it, but the sum that it cut short is lost.
pub(crate) struct Agreement<'a> {
    team: &'a dyn Team,
    outer: Interrupt<'a>,
    /// Reason of this agreement besides the outer request.
    reason: &'a (dyn Fn() -> bool + Sync),
    /// Shards of the vectors of sums.
    shards: Option<&'a SumShards>,
    /// Questions that this rank has answered with yes.
    said: AtomicU8,
    /// Questions whose common answer is yes.
    agreed: AtomicU8,
}

impl<'a> Agreement<'a> {
    /// Creates the agreement of the ranks of `team` on a request of the caller.
    pub(crate) fn of(team: &'a dyn Team, outer: Interrupt<'a>) -> Self {
        let team = if matches!(outer.0, Source::Agreement(_)) { outer.team() } else { team };
        Self { team, outer, reason: &|| false, shards: None, said: AtomicU8::new(0), agreed: AtomicU8::new(0) }
    }

    /// Creates an agreement of the ranks of `outer` that also ends for a reason.
    pub(crate) fn with_reason(outer: Interrupt<'a>, reason: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { reason, ..Self::of(outer.team(), outer) }
    }

    /// Creates an agreement of the ranks of `outer` in whose sums each rank needs its shard alone.
    pub(crate) fn with_shards(outer: Interrupt<'a>, shards: &'a SumShards) -> Self {
        Self { shards: Some(shards), ..Self::of(outer.team(), outer) }
    }

    /// Returns the request on which the ranks agree.
    pub(crate) fn interrupt(&'a self) -> Interrupt<'a> {
        Interrupt(Source::Agreement(self))
    }

    /// Returns `true` if the ranks agree on the request itself, whatever they agree on outside.
    pub(crate) fn is_reached(&self) -> bool {
        self.has_agreed(Question::Interrupt, || self.answers())
    }

    fn is_requested(&self) -> bool {
        self.is_reached() || matches!(self.outer.0, Source::Agreement(outer) if outer.is_requested())
    }

    fn answers(&self) -> u8 {
        let asked_outside = || !matches!(self.outer.0, Source::Agreement(_)) && self.outer.is_requested();
        if self.said.load(Ordering::Relaxed) & Question::Interrupt.bit() == 0 && ((self.reason)() || asked_outside()) {
            self.said.fetch_or(Question::Interrupt.bit(), Ordering::Relaxed);
        }
        self.said.load(Ordering::Relaxed)
    }

    fn answer(&self, question: Question, yes: bool) -> bool {
        if yes {
            self.said.fetch_or(question.bit(), Ordering::Relaxed);
        }
        self.has_agreed(question, || self.said.load(Ordering::Relaxed))
    }

    /// Returns the common answer: what all ranks know since their latest exchange or, alone, what this one says.
    fn has_agreed(&self, question: Question, said: impl FnOnce() -> u8) -> bool {
        let agreed = self.agreed.load(Ordering::Relaxed);
        let agreed = if agreed & question.bit() == 0 && self.team.ranks() == 1 {
            let said = said();
            // Many threads ask at once, and nearly always nothing changes.
            if said & !agreed != 0 { self.agreed.fetch_or(said, Ordering::Relaxed) | said } else { agreed }
        } else {
            agreed
        };
        agreed & question.bit() != 0
    }
}
