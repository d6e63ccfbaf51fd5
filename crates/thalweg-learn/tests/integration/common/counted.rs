//! Team that counts bytes.

use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg_learn::train::{Team, ThreadTeam};

/// Team that counts the bytes for other ranks.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) team: &'a ThreadTeam,
    pub(crate) bytes: AtomicUsize,
}

impl Counted<'_> {
    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Team for Counted<'_> {
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
