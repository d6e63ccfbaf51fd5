//! Ranks that train one model together.

mod threads;

use std::fmt::Debug;

pub use threads::ThreadTeam;

/// Processes that run the same training together, each of which is a rank: `mpirun -n 4` starts ranks 0 to 3.
///
/// A team only moves bytes. What is added, and in which order, is decided by this crate, so that results do not depend
/// on the number of ranks, on the network, or on the library that moves the bytes.
///
/// Every method but `rank` and `ranks` is a collective operation: all ranks call the same methods in the same order,
/// one at a time, with lengths that match. An implementation ends the process if a rank is lost; it never returns bytes
/// that were not sent.
///
/// ```
/// use thalweg_learn::train::{Team, ThreadTeam};
/// let received = ThreadTeam::run(3, |team| {
///     // Each rank sends its number to every rank.
///     let mut numbers = [0; 3];
///     team.all_gather(&[team.rank() as u8], &mut numbers, &[1; 3]);
///     numbers
/// });
/// assert_eq!(received, [[0, 1, 2]; 3]);
/// ```
pub trait Team: Debug + Send + Sync {
    /// Returns the number of this rank, from 0.
    fn rank(&self) -> usize;

    /// Returns the number of ranks, at least 1.
    fn ranks(&self) -> usize;

    /// Sends a message to each rank, itself included, and receives one from each. `sent` is the messages to ranks 0, 1,
    /// … one after another, whose lengths are `sent_lens`; `received` is filled with those from ranks 0, 1, …, whose
    /// lengths are `received_lens`.
    fn all_to_all(&self, sent: &[u8], sent_lens: &[usize], received: &mut [u8], received_lens: &[usize]);

    /// Sends the same message to each rank, and fills `received` with the messages of ranks 0, 1, …, whose lengths are
    /// `received_lens`.
    fn all_gather(&self, sent: &[u8], received: &mut [u8], received_lens: &[usize]);
}

/// Team of one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SingleProcess;

impl Team for SingleProcess {
    fn rank(&self) -> usize {
        0
    }

    fn ranks(&self) -> usize {
        1
    }

    fn all_to_all(&self, sent: &[u8], _: &[usize], received: &mut [u8], _: &[usize]) {
        received.copy_from_slice(sent);
    }

    fn all_gather(&self, sent: &[u8], received: &mut [u8], _: &[usize]) {
        received.copy_from_slice(sent);
    }
}

/// Returns the messages of all ranks, whose lengths the others need not know.
pub fn gather_messages(team: &dyn Team, message: &[u8]) -> Vec<Vec<u8>> {
    let ranks = team.ranks();
    let mut lens = vec![0; ranks * size_of::<u64>()];
    team.all_gather(&(message.len() as u64).to_ne_bytes(), &mut lens, &vec![size_of::<u64>(); ranks]);
    let lens: Vec<usize> = lens.as_chunks().0.iter().map(|len| u64::from_ne_bytes(*len) as usize).collect();
    let mut messages: Vec<Vec<u8>> = lens.iter().map(|&len| Vec::with_capacity(len)).collect();
    // In rounds of bounded size: messages may be longer than a count of MPI.
    let longest = lens.iter().copied().max().unwrap_or(0);
    let piece = (MAX_ROUND_BYTES / ranks).max(1);
    for start in (0..longest).step_by(piece) {
        let part = |len: usize| start.min(len)..(start + piece).min(len);
        let received_lens: Vec<usize> = lens.iter().map(|&len| part(len).len()).collect();
        let mut received = vec![0; received_lens.iter().sum()];
        team.all_gather(&message[part(message.len())], &mut received, &received_lens);
        let mut rest = received.as_slice();
        for (message, &len) in messages.iter_mut().zip(&received_lens) {
            message.extend_from_slice(rest.split_off(..len).expect("a part of each message"));
        }
    }
    messages
}

/// Most bytes that a rank receives at a time.
const MAX_ROUND_BYTES: usize = 1 << 28;
