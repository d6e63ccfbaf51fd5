//! Ranks that train one model together.

mod shards;
mod threads;

use std::collections::BTreeMap;
use std::fmt::Debug;

pub(crate) use shards::SumShards;
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
    let lens: Vec<usize> = gather_numbers(team, message.len() as u64).into_iter().map(|len| len as usize).collect();
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

/// Returns the numbers of ranks 0, 1, …
pub(crate) fn gather_numbers(team: &dyn Team, number: u64) -> Vec<u64> {
    let ranks = team.ranks();
    let mut all = vec![0; ranks * size_of::<u64>()];
    team.all_gather(&number.to_ne_bytes(), &mut all, &vec![size_of::<u64>(); ranks]);
    all.as_chunks().0.iter().map(|number| u64::from_ne_bytes(*number)).collect()
}

/// Sends a message to each rank, and returns those of all ranks to this one, whose lengths it need not know.
pub(crate) fn exchange_messages(team: &dyn Team, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let ranks = team.ranks();
    // Each rank learns the lengths of its messages, and how long the longest of all is.
    let own_longest = messages.iter().map(Vec::len).max().unwrap_or(0);
    let lens = messages.iter().flat_map(|message| [message.len() as u64, own_longest as u64]);
    let sent: Vec<u8> = lens.flat_map(u64::to_ne_bytes).collect();
    let (mut received, header) = (vec![0; sent.len()], vec![2 * size_of::<u64>(); ranks]);
    team.all_to_all(&sent, &header, &mut received, &header);
    let numbers: Vec<usize> = received.as_chunks().0.iter().map(|n| u64::from_ne_bytes(*n) as usize).collect();
    let lens: Vec<usize> = numbers.iter().copied().step_by(2).collect();
    let longest = numbers.iter().copied().skip(1).step_by(2).max().unwrap_or(0);
    let mut all: Vec<Vec<u8>> = lens.iter().map(|&len| Vec::with_capacity(len)).collect();
    let piece = (MAX_ROUND_BYTES / ranks).max(1);
    for start in (0..longest).step_by(piece) {
        let part = |len: usize| start.min(len)..(start + piece).min(len);
        let parts: Vec<&[u8]> = messages.iter().map(|message| &message[part(message.len())]).collect();
        let sent_lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let received_lens: Vec<usize> = lens.iter().map(|&len| part(len).len()).collect();
        let mut received = vec![0; received_lens.iter().sum()];
        team.all_to_all(&parts.concat(), &sent_lens, &mut received, &received_lens);
        let mut rest = received.as_slice();
        for (message, &len) in all.iter_mut().zip(&received_lens) {
            message.extend_from_slice(rest.split_off(..len).expect("a part of each message"));
        }
    }
    all
}

/// Returns on all ranks what the first of them whose values are not those of rank 0 has, in words; `None` if all have
/// the same.
pub fn difference_of_ranks(team: &dyn Team, values: &BTreeMap<String, String>) -> Option<String> {
    let entries = |values: &[u8]| -> BTreeMap<String, String> {
        serde_json::from_slice(values).expect("ranks of one version read the values of each other")
    };
    let own = serde_json::to_vec(values).expect("texts have a text form");
    let all: Vec<_> = gather_messages(team, &own).iter().map(|values| entries(values)).collect();
    all.iter().enumerate().find_map(|(rank, theirs)| {
        let (name, value) = all[0].iter().find(|(name, value)| theirs.get(*name) != Some(value))?;
        let found = theirs.get(name).map_or("nothing", String::as_str);
        Some(format!(
            "rank {rank} has other data or another machine than rank 0: expected {name} {value}, found {found}"
        ))
    })
}

/// Most bytes that a rank receives at a time.
const MAX_ROUND_BYTES: usize = 1 << 28;
