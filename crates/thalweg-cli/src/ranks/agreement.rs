//! What the ranks of a fit tell each other besides the numbers of its steps.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use thalweg_learn::train::{difference_of_ranks, gather_messages};

use super::Ranks;
use crate::report::format::pluralize;

impl Ranks {
    /// Returns the largest number of all ranks.
    pub(crate) fn largest(&self, number: u8) -> u8 {
        self.gather(vec![number]).concat().into_iter().max().unwrap_or(number)
    }

    /// Returns the number of ranks and of the threads of each, as in `4 ranks × 16 threads`.
    pub(crate) fn description(&self, threads: usize) -> String {
        let all = self.gather((threads as u64).to_ne_bytes().to_vec()).concat();
        let all: Vec<u64> = all.as_chunks().0.iter().map(|threads| u64::from_ne_bytes(*threads)).collect();
        let (least, most) = all.iter().fold((u64::MAX, 0), |(least, most), &n| (n.min(least), n.max(most)));
        let threads = if least == most { pluralize(most, "thread") } else { format!("{least} to {most} threads") };
        format!("{} × {threads}", pluralize(self.count() as u64, "rank"))
    }

    /// Returns an error on all ranks if one of them has other values than rank 0: their machines have different files.
    pub(crate) fn check_equal(&self, values: &BTreeMap<String, String>) -> Result<()> {
        difference_of_ranks(self.team(), values).map_or(Ok(()), |text| Err(anyhow!(text)))
    }

    fn gather(&self, message: Vec<u8>) -> Vec<Vec<u8>> {
        if self.count() == 1 { vec![message] } else { gather_messages(self.team(), &message) }
    }
}
