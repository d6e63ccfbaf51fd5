//! Sorting of many items that can be interrupted.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::pool;

/// Items that are sorted, or merged, between two looks at the interrupt: some 10 ms of one thread.
const SORTED_ITEMS: usize = 1 << 17;

/// Sorts items by an order in which no two are equal: parts of them, then pairs of parts until one remains.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn sort_until<T: Copy + Send + Sync>(
    mut items: Vec<T>,
    order: impl Fn(&T, &T) -> Ordering + Sync,
    interrupt: Interrupt<'_>,
) -> Result<Vec<T>> {
    let sort = |part: &mut [T]| {
        interrupt.check()?;
        part.sort_unstable_by(&order);
        Ok(())
    };
    pool::map(items.par_chunks_mut(SORTED_ITEMS), sort).into_iter().collect::<Result<()>>()?;
    if items.len() <= SORTED_ITEMS {
        return Ok(items);
    }
    let (mut len, mut merged) = (SORTED_ITEMS, items.clone());
    while len < items.len() {
        let merge = |(from, to): (&[T], &mut [T])| {
            let (mut a, mut b) = from.split_at(len.min(from.len()));
            for to in to.chunks_mut(SORTED_ITEMS) {
                interrupt.check()?;
                for to in to {
                    let take_a = match (a.first(), b.first()) {
                        (Some(x), Some(y)) => order(x, y).is_lt(),
                        (rest, _) => rest.is_some(),
                    };
                    let part = if take_a { &mut a } else { &mut b };
                    *to = *part.split_off_first().expect("as many items as before");
                }
            }
            Ok(())
        };
        let pairs = items.par_chunks(2 * len).zip(merged.par_chunks_mut(2 * len));
        pool::map(pairs, merge).into_iter().collect::<Result<()>>()?;
        (items, merged) = (merged, items);
        len *= 2;
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_sorted_in_parts() {
        let count = 5 * SORTED_ITEMS + 17;
        let items: Vec<(usize, usize)> = (0..count).map(|i| (i * 7919 % 1009, i)).collect();
        let mut expected = items.clone();
        expected.sort_unstable();
        assert!(sort_until(items, Ord::cmp, Interrupt::NEVER).expect("nothing interrupts") == expected);
    }
}
