//! Exchange of partial sums between ranks.
//!
//! The gradient is divided into a slice for each rank. A rank receives the slice of all partial sums, adds them along
//! the tree, and sends the result to all. Gradients of few numbers are not worth two messages: every rank receives all
//! partial sums, and adds them itself. The bits are the same either way.

use std::ops::Range;

use thalweg::Real;

use super::partition::TreePartition;
use crate::interrupt::Interrupt;
use crate::team::Team;

/// Bytes of all partial sums up to which every rank receives all of them.
const MAX_GATHERED_BYTES: usize = 1 << 14;

/// Numbers of the gradient that are exchanged at a time, so that the memory for messages has a bound.
const NUMBERS_AT_A_TIME: usize = 1 << 22;

/// Sums of the rows of this rank, one for each of its parts.
pub(super) struct PartialSums<F> {
    len: usize,
    /// Gradients, one after another.
    gradients: Vec<F>,
    losses: Vec<f64>,
}

impl<F: Real> PartialSums<F> {
    /// Begins without parts, for gradients of `len` numbers.
    pub(super) fn new(len: usize) -> Self {
        Self { len, gradients: Vec::new(), losses: Vec::new() }
    }

    /// Appends the sum of a part: `sum` adds the gradient to its slice, which begins as `before` or with zeros, and
    /// returns the loss.
    pub(super) fn push(&mut self, before: Option<&[F]>, sum: impl FnOnce(&mut [F]) -> f64) {
        let start = self.gradients.len();
        match before {
            Some(before) => self.gradients.extend_from_slice(before),
            None => self.gradients.resize(start + self.len, F::ZERO),
        }
        self.losses.push(sum(&mut self.gradients[start..]));
    }

    /// Writes the sum of all parts of all ranks to `gradient`, and returns that of their losses. The ranks learn each
    /// other's requests to end.
    pub(super) fn exchange(self, partition: &TreePartition, interrupt: Interrupt<'_>, gradient: &mut [F]) -> f64 {
        // Once, so that all ranks receive the same.
        let answers = interrupt.answers();
        let mut exchange = Exchange { sums: &self, partition, answers, interrupt, team: interrupt.team(), loss: 0.0 };
        if partition.parts().len() * self.len * size_of::<F>() <= MAX_GATHERED_BYTES {
            exchange.gather_all(gradient);
        } else {
            for start in (0..self.len).step_by(NUMBERS_AT_A_TIME) {
                exchange.sum_slices(start..(start + NUMBERS_AT_A_TIME).min(self.len), gradient);
            }
        }
        exchange.loss
    }
}

/// Exchange of the partial sums of one batch.
struct Exchange<'a, F> {
    sums: &'a PartialSums<F>,
    partition: &'a TreePartition,
    /// Answers of this rank.
    answers: u64,
    interrupt: Interrupt<'a>,
    team: &'a dyn Team,
    /// Sum of all losses.
    loss: f64,
}

impl<F: Real> Exchange<'_, F> {
    /// Sends all partial sums to all ranks, each of which adds them.
    fn gather_all(&mut self, gradient: &mut [F]) {
        let len = self.sums.len;
        let lens = self.message_lens(len);
        let mut received = vec![0; lens.iter().sum()];
        self.team.all_gather(&self.message(0..len), &mut received, &lens);
        self.add(&received, len, gradient);
    }

    /// Sums the numbers of a range of the gradient, a slice of it on each rank.
    fn sum_slices(&mut self, range: Range<usize>, gradient: &mut [F]) {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        let slices: Vec<Range<usize>> = (0..ranks)
            .map(|k| range.start + range.len() * k / ranks..range.start + range.len() * (k + 1) / ranks)
            .collect();
        let messages: Vec<Vec<u8>> = slices.iter().map(|slice| self.message(slice.clone())).collect();
        let sent_lens: Vec<usize> = messages.iter().map(Vec::len).collect();
        let own = slices[rank].clone();
        let received_lens = self.message_lens(own.len());
        let mut received = vec![0; received_lens.iter().sum()];
        self.team.all_to_all(&messages.concat(), &sent_lens, &mut received, &received_lens);
        self.add(&received, own.len(), &mut gradient[own.clone()]);
        let mut sent = Vec::new();
        push_numbers(&gradient[own], &mut sent);
        let lens: Vec<usize> = slices.iter().map(|slice| slice.len() * size_of::<F>()).collect();
        let mut received = vec![0; lens.iter().sum()];
        self.team.all_gather(&sent, &mut received, &lens);
        read_numbers(&received, &mut gradient[range]);
    }

    /// Returns a message with a slice of the partial sums of this rank: its answers, the losses, and the numbers.
    fn message(&self, slice: Range<usize>) -> Vec<u8> {
        let PartialSums { len, gradients, losses } = self.sums;
        let bytes = HEADER_BYTES + losses.len() * (size_of::<f64>() + slice.len() * size_of::<F>());
        let mut message = Vec::with_capacity(bytes);
        message.extend(self.answers.to_ne_bytes());
        push_numbers(losses, &mut message);
        for part in 0..losses.len() {
            push_numbers(&gradients[part * len..][slice.clone()], &mut message);
        }
        message
    }

    /// Returns the lengths of the messages of all ranks with slices of this length.
    fn message_lens(&self, slice_len: usize) -> Vec<usize> {
        let of_part = size_of::<f64>() + slice_len * size_of::<F>();
        self.partition.parts_per_rank().into_iter().map(|parts| HEADER_BYTES + parts * of_part).collect()
    }

    /// Adds the partial sums in the messages of all ranks along the tree, and writes the sum to `slice`.
    fn add(&mut self, received: &[u8], slice_len: usize, slice: &mut [F]) {
        let (mut losses, mut numbers) = (Vec::new(), Vec::new());
        let (mut rest, mut answers) = (received, 0);
        let mut take = |bytes| rest.split_off(..bytes).expect("messages of the expected lengths");
        for parts in self.partition.parts_per_rank() {
            answers |= u64::from_ne_bytes(*take(HEADER_BYTES).first_chunk().expect("eight bytes"));
            let mut of_rank = vec![0.0; parts];
            read_numbers(take(parts * size_of::<f64>()), &mut of_rank);
            losses.extend(of_rank);
            for _ in 0..parts {
                let mut of_part = vec![F::ZERO; slice_len];
                read_numbers(take(slice_len * size_of::<F>()), &mut of_part);
                numbers.push(of_part);
            }
        }
        self.partition.fold(|a, b| {
            losses[a] += losses[b];
            let (before, after) = numbers.split_at_mut(b);
            before[a].iter_mut().zip(&after[0]).for_each(|(a, b)| *a = *a + *b);
        });
        slice.copy_from_slice(&numbers[0]);
        self.loss = losses[0];
        self.interrupt.agree(answers);
    }
}

/// Bytes of the answers at the beginning of a message.
const HEADER_BYTES: usize = size_of::<u64>();

/// Appends the bytes of numbers, `size_of::<F>()` for each.
fn push_numbers<F: Real>(numbers: &[F], bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + size_of_val(numbers), 0);
    let bytes = &mut bytes[start..];
    if size_of::<F>() == size_of::<f32>() {
        bytes.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(b, x)| *b = (x.to_f64() as f32).to_ne_bytes());
    } else {
        bytes.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(b, x)| *b = x.to_f64().to_ne_bytes());
    }
}

/// Reads the numbers that [`push_numbers`] has written.
fn read_numbers<F: Real>(bytes: &[u8], numbers: &mut [F]) {
    if size_of::<F>() == size_of::<f32>() {
        let bytes = bytes.as_chunks().0;
        numbers.iter_mut().zip(bytes).for_each(|(x, b)| *x = F::of(f64::from(f32::from_ne_bytes(*b))));
    } else {
        numbers.iter_mut().zip(bytes.as_chunks().0).for_each(|(x, b)| *x = F::of(f64::from_ne_bytes(*b)));
    }
}
