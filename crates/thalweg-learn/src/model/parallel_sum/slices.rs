//! Slices of vectors, one for each rank, and the messages that they are sent in.

use std::ops::Range;

use super::summand::Summand;
use crate::team::Team;

/// Most numbers of a vector that are exchanged at a time, so that the memory for messages has a bound.
pub(super) const MAX_NUMBERS: usize = 1 << 22;

/// Replaces the numbers of `all` that are in the shards of other ranks by theirs; `own` is the numbers of this rank's.
pub(crate) fn gather_shards<F: Summand>(team: &dyn Team, shards: &[Range<usize>], own: &[F], all: &mut [F]) {
    let (rank, mut sent) = (team.rank(), own);
    let is_one_round = rounds(shards, MAX_NUMBERS / shards.len()).nth(1).is_none();
    if is_one_round {
        return team.all_gather(F::bytes(own), F::bytes_mut(all), &lens_in_bytes::<F>(shards));
    }
    let mut received = Vec::new();
    for slices in rounds(shards, MAX_NUMBERS / shards.len()) {
        let lens = lens_in_bytes::<F>(&slices);
        let part = sent.split_off(..slices[rank].len()).expect("the numbers of the shard");
        received.resize(slices.iter().map(Range::len).sum(), F::ZERO);
        team.all_gather(F::bytes(part), F::bytes_mut(&mut received), &lens);
        let mut rest = received.as_slice();
        for slice in slices {
            let of_rank = rest.split_off(..slice.len()).expect("the numbers of each rank");
            all[slice].copy_from_slice(of_rank);
        }
    }
}

/// Returns slices of shards that are exchanged at a time, `len` numbers of each or fewer.
pub(super) fn rounds(shards: &[Range<usize>], len: usize) -> impl Iterator<Item = Vec<Range<usize>>> {
    let longest = shards.iter().map(Range::len).max().unwrap_or(0);
    let slice = move |shard: &Range<usize>, from: usize| {
        (shard.start + from).min(shard.end)..(shard.start + from + len).min(shard.end)
    };
    (0..longest).step_by(len).map(move |from| shards.iter().map(|shard| slice(shard, from)).collect())
}

/// Returns the lengths of slices in bytes.
pub(super) fn lens_in_bytes<F>(slices: &[Range<usize>]) -> Vec<usize> {
    slices.iter().map(|slice| slice.len() * size_of::<F>()).collect()
}
