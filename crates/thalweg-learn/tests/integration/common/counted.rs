//! Team that counts what is sent.

use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg_learn::train::{Team, ThreadTeam};

/// Team that counts what its rank sends to the others.
#[derive(Debug)]
pub(crate) struct CountingTeam<'a> {
    team: &'a ThreadTeam,
    exchanges: AtomicUsize,
    bytes: AtomicUsize,
}

/// Messages of a rank to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) exchanges: usize,
    pub(crate) bytes: usize,
}

impl<'a> CountingTeam<'a> {
    pub(crate) fn new(team: &'a ThreadTeam) -> Self {
        Self { team, exchanges: AtomicUsize::new(0), bytes: AtomicUsize::new(0) }
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic { exchanges: self.exchanges.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }

    fn count(&self, bytes: usize) {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Team for CountingTeam<'_> {
    fn rank(&self) -> usize {
        self.team.rank()
    }

    fn ranks(&self) -> usize {
        self.team.ranks()
    }

    fn all_to_all(&self, sent: &[u8], sent_lens: &[usize], received: &mut [u8], received_lens: &[usize]) {
        self.count(sent.len() - sent_lens[self.rank()]);
        self.team.all_to_all(sent, sent_lens, received, received_lens);
    }

    fn all_gather(&self, sent: &[u8], received: &mut [u8], received_lens: &[usize]) {
        self.count(sent.len() * (self.ranks() - 1));
        self.team.all_gather(sent, received, received_lens);
    }
}
