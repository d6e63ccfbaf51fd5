//! Exchange of partial sums between ranks.
//!
//! The gradient is divided into a slice for each rank. A rank receives the slice of all partial sums, adds them along
//! the tree, and sends the result to all, unless each needs its own shard alone, which is its slice then. Gradients of
//! few numbers are not worth two messages: every rank receives all partial sums, and adds them itself. The bits are the
//! same either way. The losses and the answers of the ranks travel in headers: with the partial sums that all receive,
//! and in a message of their own otherwise.

use std::cell::Cell;
use std::mem::take;
use std::ops::Range;

use bytemuck::{cast_slice, cast_slice_mut};

use super::partition::{Part, TreePartition};
use super::slices::{MAX_NUMBERS, lens_in_bytes, rounds};
use super::summand::Summand;
use crate::interrupt::Interrupt;

/// Bytes of all partial sums up to which every rank receives all of them.
const MAX_GATHERED_BYTES: usize = 1 << 16;

/// Bytes of a partial sum up to which every rank receives all of them, however many there are: these bytes take less
/// time on a network than the start of a message, of which slices need one for each rank.
const MAX_GATHERED_BYTES_PER_PART: usize = 1 << 11;

/// Numbers of the gradient for each rank that are exchanged at a time: the messages stay in the cache of a core, and
/// take much longer than their latency.
const NUMBERS_PER_RANK: usize = 1 << 16;

/// Bit among the answers of a rank that says that one of its sums is not finite.
const NOT_FINITE: u64 = 1 << 63;

thread_local! {
    /// Memory for partial sums and messages, which the sums of a thread use in turn: to get it anew would take longer
    /// than an exchange.
    static BUFFERS: Cell<Buffers> =
        const { Cell::new(Buffers { parts: Vec::new(), sent: Vec::new(), received: Vec::new() }) };
}

/// Sums of the rows of this rank, one for each of its parts.
pub(super) struct PartialSums<'a, F> {
    /// Gradient of the first part, in the place of the sum of all parts.
    first: &'a mut [F],
    losses: Vec<f64>,
    buffers: Buffers,
}

impl<'a, F: Summand> PartialSums<'a, F> {
    /// Begins without parts; the sum of all parts is added to `gradient`.
    pub(super) fn new(gradient: &'a mut [F]) -> Self {
        Self { first: gradient, losses: Vec::new(), buffers: BUFFERS.take() }
    }

    /// Appends the sum of a part: `sum` adds the gradient to its slice and returns the loss.
    pub(super) fn push(&mut self, part: &Part, sum: impl FnOnce(&mut [F]) -> f64) {
        let gradient = if self.losses.is_empty() {
            // The first rows are added to what the gradient has, as they are by one rank.
            if part.rows.start > 0 {
                self.first.fill(F::ZERO);
            }
            &mut *self.first
        } else {
            let (len, other) = (self.first.len(), self.losses.len() - 1);
            self.buffers.parts.resize(words_of::<F>((other + 1) * len), 0);
            let gradient = &mut F::of_words_mut(&mut self.buffers.parts)[other * len..][..len];
            gradient.fill(F::ZERO);
            gradient
        };
        self.losses.push(sum(gradient));
    }

    /// Returns the gradient of a part.
    fn gradient(&self, part: usize) -> &[F] {
        match part.checked_sub(1) {
            None => self.first,
            Some(other) => &F::of_words(&self.buffers.parts)[other * self.first.len()..][..self.first.len()],
        }
    }

    /// Replaces the gradient by the sum of all parts of all ranks, and returns that of their losses. The ranks learn
    /// each other's requests to end.
    pub(super) fn exchange(self, partition: &TreePartition, interrupt: Interrupt<'_>) -> f64 {
        let (len, part_bytes) = (self.first.len(), size_of_val(self.first));
        let shards = interrupt.shards().filter(|shards| shards.vector_len() == len);
        let parts = partition.parts_per_rank();
        let mut exchange = Exchange { sums: self, partition, parts, interrupt, loss: 0.0 };
        let (ranks, at_a_time) = (exchange.parts.len(), (NUMBERS_PER_RANK * exchange.parts.len()).min(MAX_NUMBERS));
        if partition.parts().len() * part_bytes <= MAX_GATHERED_BYTES || part_bytes <= MAX_GATHERED_BYTES_PER_PART {
            exchange.gather_all();
        } else if let Some(shards) = shards {
            rounds(shards.ranges(), at_a_time / ranks).for_each(|slices| exchange.sum_slices(&slices));
            let own = &exchange.sums.first[shards.ranges()[interrupt.team().rank()].clone()];
            let is_finite = own.iter().all(|g| g.is_finite());
            shards.set_finite(exchange.gather_headers(is_finite));
        } else {
            exchange.gather_headers(true);
            let range = |start: usize| start..(start + at_a_time).min(len);
            (0..len).step_by(at_a_time).for_each(|start| exchange.sum_whole(range(start)));
        }
        BUFFERS.set(exchange.sums.buffers);
        exchange.loss
    }
}

/// Exchange of the partial sums of one batch.
struct Exchange<'a, F> {
    sums: PartialSums<'a, F>,
    partition: &'a TreePartition,
    /// Number of parts of each rank.
    parts: Vec<usize>,
    interrupt: Interrupt<'a>,
    /// Sum of all losses.
    loss: f64,
}

/// Memory of a sum.
#[derive(Default)]
struct Buffers {
    /// Gradients of the parts but the first, one after another.
    parts: Vec<u64>,
    sent: Vec<u64>,
    received: Vec<u64>,
}

impl<F: Summand> Exchange<'_, F> {
    /// Sends all partial sums to all ranks, each of which adds them.
    fn gather_all(&mut self) {
        let (len, own) = (self.sums.first.len(), self.parts[self.interrupt.team().rank()]);
        let words = |parts: usize| header_words(parts) + words_of::<F>(parts * len);
        let (mut sent, mut received) = self.take_messages();
        self.write_header(&mut sent, true);
        sent.resize(words(own), 0);
        let numbers = F::of_words_mut(&mut sent[header_words(own)..]);
        for part in 0..own {
            numbers[part * len..][..len].copy_from_slice(self.sums.gradient(part));
        }
        self.gather(&sent, &mut received, words);
        let (mut headers, mut numbers, mut rest) = (Vec::new(), Vec::new(), received.as_slice());
        for &parts in &self.parts {
            let message = rest.split_off(..words(parts)).expect("a message of each rank");
            let (header, of_parts) = message.split_at(header_words(parts));
            headers.extend_from_slice(header);
            numbers.extend_from_slice(&F::of_words(of_parts)[..parts * len]);
        }
        self.read_headers(&headers);
        self.fold(&mut numbers, len);
        self.sums.first.copy_from_slice(&numbers[..len]);
        (self.sums.buffers.sent, self.sums.buffers.received) = (sent, received);
    }

    /// Tells all ranks the losses and the answers of this one, and whether its sums are finite. Returns `true` if those
    /// of all ranks are.
    fn gather_headers(&mut self, is_finite: bool) -> bool {
        let (mut sent, mut received) = self.take_messages();
        self.write_header(&mut sent, is_finite);
        self.gather(&sent, &mut received, header_words);
        let all_finite = self.read_headers(&received);
        (self.sums.buffers.sent, self.sums.buffers.received) = (sent, received);
        all_finite
    }

    /// Sums the numbers of a range of the gradient, a slice of it on each rank, for all ranks.
    fn sum_whole(&mut self, range: Range<usize>) {
        let (team, ranks) = (self.interrupt.team(), self.parts.len());
        let start_of = |rank| range.start + range.len() * rank / ranks;
        let slices: Vec<Range<usize>> = (0..ranks).map(|rank| start_of(rank)..start_of(rank + 1)).collect();
        let own = slices[team.rank()].len();
        let lens = lens_in_bytes::<F>(&slices);
        self.sum_slices_then(&slices, |gradient, sums| {
            team.all_gather(F::bytes(&sums[..own]), F::bytes_mut(&mut gradient[range]), &lens);
        });
    }

    /// Sums the numbers of slices of the gradient, each for its rank.
    fn sum_slices(&mut self, slices: &[Range<usize>]) {
        let own = slices[self.interrupt.team().rank()].clone();
        self.sum_slices_then(slices, |gradient, sums| gradient[own.clone()].copy_from_slice(&sums[..own.len()]));
    }

    /// Sums the numbers of slices of the gradient, one on each rank, and calls `then` with the gradient and the sums.
    fn sum_slices_then(&mut self, slices: &[Range<usize>], then: impl FnOnce(&mut [F], &[F])) {
        let team = self.interrupt.team();
        let parts = self.parts[team.rank()];
        let (lens, own) = (lens_in_bytes::<F>(slices), slices[team.rank()].len());
        let sent_lens: Vec<usize> = lens.iter().map(|len| parts * len).collect();
        let received_lens: Vec<usize> = self.parts.iter().map(|parts| parts * own * size_of::<F>()).collect();
        let (mut sent, mut received) = self.take_messages();
        let count = self.partition.parts().len() * own;
        received.resize(words_of::<F>(count), 0);
        let sums = &mut F::of_words_mut(&mut received)[..count];
        let is_contiguous = slices.windows(2).all(|pair| pair[0].end == pair[1].start);
        if let (1, true, [first, ..], [.., last]) = (parts, is_contiguous, slices, slices) {
            let range = first.start..last.end;
            team.all_to_all(F::bytes(&self.sums.first[range]), &sent_lens, F::bytes_mut(sums), &received_lens);
        } else {
            let numbers = parts * slices.iter().map(Range::len).sum::<usize>();
            sent.resize(words_of::<F>(numbers), 0);
            let mut rest = F::of_words_mut(&mut sent);
            for (slice, part) in slices.iter().flat_map(|slice| (0..parts).map(move |part| (slice, part))) {
                let of_part = rest.split_off_mut(..slice.len()).expect("room for each part");
                of_part.copy_from_slice(&self.sums.gradient(part)[slice.clone()]);
            }
            let sent = &F::of_words(&sent)[..numbers];
            team.all_to_all(F::bytes(sent), &sent_lens, F::bytes_mut(sums), &received_lens);
        }
        self.fold(sums, own);
        then(self.sums.first, sums);
        (self.sums.buffers.sent, self.sums.buffers.received) = (sent, received);
    }

    /// Returns the memory for messages, to be put back.
    fn take_messages(&mut self) -> (Vec<u64>, Vec<u64>) {
        let Buffers { sent, received, .. } = &mut self.sums.buffers;
        (take(sent), take(received))
    }

    /// Gathers the messages of all ranks, whose words are a function of the number of their parts.
    fn gather(&self, sent: &[u64], received: &mut Vec<u64>, words: impl Fn(usize) -> usize) {
        let lens: Vec<usize> = self.parts.iter().map(|&parts| words(parts) * size_of::<u64>()).collect();
        received.resize(lens.iter().sum::<usize>() / size_of::<u64>(), 0);
        self.interrupt.team().all_gather(cast_slice(sent), cast_slice_mut(received), &lens);
    }

    /// Replaces a message by the answers of this rank and its losses.
    fn write_header(&self, message: &mut Vec<u64>, is_finite: bool) {
        message.clear();
        // All ranks receive the same, as it is read once.
        message.push(self.interrupt.answers() | if is_finite { 0 } else { NOT_FINITE });
        message.extend(self.sums.losses.iter().map(|loss| loss.to_bits()));
    }

    /// Adds the losses in the headers of all ranks, and takes over their answers. Returns `true` if the sums of all
    /// ranks are finite.
    fn read_headers(&mut self, mut headers: &[u64]) -> bool {
        let (mut answers, mut losses) = (0, Vec::new());
        for &parts in &self.parts {
            let header = headers.split_off(..header_words(parts)).expect("a header of each rank");
            answers |= header[0];
            losses.extend(header[1..].iter().map(|loss| f64::from_bits(*loss)));
        }
        self.partition.fold(|a, b| losses[a] += losses[b]);
        self.loss = losses[0];
        self.interrupt.agree(answers & !NOT_FINITE);
        answers & NOT_FINITE == 0
    }

    /// Adds the numbers of all parts, `len` for each, along the tree to those of the first part.
    fn fold(&self, numbers: &mut [F], len: usize) {
        self.partition.fold(|a, b| {
            let (before, after) = numbers.split_at_mut(b * len);
            before[a * len..][..len].iter_mut().zip(&after[..len]).for_each(|(a, b)| *a = *a + *b);
        });
    }
}

/// Returns the words of the header of a rank with this many parts.
fn header_words(parts: usize) -> usize {
    1 + parts
}

/// Returns the words that numbers take.
fn words_of<F>(numbers: usize) -> usize {
    (numbers * size_of::<F>()).div_ceil(size_of::<u64>())
}
