//! One fork-join for a list of pieces of any sizes.

use rayon::prelude::*;

/// Up to this many numbers are one thread's work: a fork and a join cost about as much as a step of so many.
const SERIAL: usize = 1 << 15;
/// The same for a caller outside the pool, who has to wake a thread of it and to be woken: some 15 µs.
const SERIAL_OUTSIDE: usize = 1 << 17;
/// Pieces are cut at multiples of this many numbers.
pub(super) const SPLIT_MULTIPLE: usize = 1 << 12;

/// What can be given to a thread, and cut in two if it is too much for one.
pub(super) trait Splittable: Sized + Send {
    /// How many numbers it holds.
    fn len(&self) -> usize;
    /// Its first `middle` numbers and the rest; or itself, where it must stay whole.
    fn cut(self, middle: usize) -> Result<(Self, Self), Self>;
}

/// Works all of `pieces`, each thread some share of about the same size.
///
/// The cut decides who works where, never what comes out.
pub(super) fn for_each_balanced<P: Splittable>(
    pieces: impl Iterator<Item = P>,
    total: usize,
    work: impl Fn(P) + Sync + Send,
) {
    let threads = threads(total);
    if threads == 1 {
        return pieces.for_each(work);
    }
    // Four shares a thread: who is held up gives his last ones to the others.
    let size = (total.div_ceil(4 * threads)).next_multiple_of(SPLIT_MULTIPLE).max(SERIAL / 2);
    let shares = cut(pieces, size);
    shares.into_par_iter().with_max_len(1).for_each(|for_each_balanced| for_each_balanced.into_iter().for_each(&work));
}

/// How many threads so many numbers are worth.
fn threads(total: usize) -> usize {
    let serial = if rayon::current_thread_index().is_some() { SERIAL } else { SERIAL_OUTSIDE };
    if total <= serial { 1 } else { rayon::current_num_threads() }
}

/// Whether pieces of these lengths are so many and so small, beside a thread's share, that none need be cut, for several
/// threads to work them.
pub(super) fn is_many(lengths: impl ExactSizeIterator<Item = usize>, total: usize) -> bool {
    let threads = threads(total);
    let small = SERIAL.min(total / (8 * threads));
    threads > 1 && lengths.len() >= 16 * threads && lengths.max().is_none_or(|longest| longest <= small)
}

/// Shares of about `size` numbers.
fn cut<P: Splittable>(pieces: impl Iterator<Item = P>, size: usize) -> Vec<Vec<P>> {
    let mut shares = Vec::new();
    let (mut for_each_balanced, mut tile) = (Vec::new(), size);
    for mut piece in pieces {
        while piece.len() > tile + SPLIT_MULTIPLE {
            match piece.cut(tile.next_multiple_of(SPLIT_MULTIPLE)) {
                Ok((head, rest)) => {
                    for_each_balanced.push(head);
                    shares.push(std::mem::take(&mut for_each_balanced));
                    (piece, tile) = (rest, size);
                }
                Err(whole) => {
                    piece = whole;
                    break;
                }
            }
        }
        tile = tile.saturating_sub(piece.len());
        for_each_balanced.push(piece);
        if tile == 0 {
            shares.push(std::mem::take(&mut for_each_balanced));
            tile = size;
        }
    }
    shares.push(for_each_balanced);
    shares
}
