//! Claims of delta encodings of Parquet: the numbers of values for which their decoders allocate memory.

use super::format::Decoded;

/// Number of values that any page may have: a thousand times as many as writers store in one.
const MIN_VALUES: usize = 1 << 24;

/// Checks bytes that begin with numbers in `DELTA_BINARY_PACKED`: numbers, or the lengths of texts.
///
/// # Errors
/// A description of the claim that the page cannot keep.
pub(super) fn check_delta(bytes: &[u8]) -> Decoded<()> {
    check(&mut DeltaNumbers::read(bytes), bytes.len())
}

/// Checks bytes that begin with two lists of numbers in `DELTA_BINARY_PACKED`: the lengths of the common beginnings of
/// texts and of their other parts.
///
/// # Errors
/// As [`check_delta`].
pub(super) fn check_delta_lengths(bytes: &[u8]) -> Decoded<()> {
    let mut beginnings = DeltaNumbers::read(bytes);
    check(&mut beginnings, bytes.len())?;
    let Some(rest) = beginnings.and_then(DeltaNumbers::end) else { return Ok(()) };
    check(&mut DeltaNumbers::read(rest), bytes.len())
}

/// Checks the number of values of a list; bytes that are no such list are left to the decoder, which refuses them.
fn check(numbers: &mut Option<DeltaNumbers<'_>>, page_bytes: usize) -> Decoded<()> {
    match numbers {
        Some(DeltaNumbers { count, .. }) if *count > MIN_VALUES.max(page_bytes) as u64 => {
            Err(format!("a page of {page_bytes} bytes claims {count} values"))
        }
        _ => Ok(()),
    }
}

/// List of numbers in `DELTA_BINARY_PACKED` after its header.
#[derive(Clone, Copy, Debug)]
struct DeltaNumbers<'a> {
    count: u64,
    miniblocks: usize,
    values_per_miniblock: u64,
    /// Blocks of the numbers after the first, and what follows.
    blocks: &'a [u8],
}

impl<'a> DeltaNumbers<'a> {
    /// Reads the header and the first number; `None` if there is none.
    fn read(bytes: &'a [u8]) -> Option<DeltaNumbers<'a>> {
        let mut blocks = bytes;
        let (block_size, miniblocks) = (varint(&mut blocks)?, varint(&mut blocks)?);
        let (count, _first) = (varint(&mut blocks)?, varint(&mut blocks)?);
        let values_per_miniblock = block_size.checked_div(miniblocks)?;
        Some(DeltaNumbers { count, miniblocks: usize::try_from(miniblocks).ok()?, values_per_miniblock, blocks })
    }

    /// Returns the bytes after the last block; `None` if it is not complete.
    fn end(self) -> Option<&'a [u8]> {
        let (mut rest, mut left) = (self.blocks, self.count.saturating_sub(1));
        while left > 0 {
            varint(&mut rest)?;
            let (widths, packed) = rest.split_at_checked(self.miniblocks)?;
            rest = packed;
            for &width in widths {
                if left > 0 {
                    let bytes = u64::from(width).checked_mul(self.values_per_miniblock)? / 8;
                    rest = rest.get(usize::try_from(bytes).ok()?..)?;
                    left = left.saturating_sub(self.values_per_miniblock);
                }
            }
        }
        Some(rest)
    }
}

/// Reads an unsigned number of at most ten bytes of seven bits.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header of blocks of 128 numbers in four parts, a count of five bytes, and the first number.
    fn claim(count: u32) -> Vec<u8> {
        let digits = (0..5).map(|i| (count >> (7 * i)) as u8 & 0x7f | if i < 4 { 0x80 } else { 0 });
        [128, 1, 4].into_iter().chain(digits).chain([0]).collect()
    }

    /// Block of 128 numbers, each one more than the one before.
    const BLOCK: [u8; 5] = [2, 0, 0, 0, 0];

    #[test]
    fn a_page_has_not_more_values_than_any_page_may_have() {
        let most = MIN_VALUES as u32;
        assert_eq!(check_delta(&claim(most)), Ok(()));
        for count in [most + 1, i32::MAX as u32, u32::MAX] {
            assert_eq!(check_delta(&claim(count)), Err(format!("a page of 9 bytes claims {count} values")));
        }
        let long = [claim(most + 100), vec![0; MIN_VALUES + 100]].concat();
        assert_eq!(check_delta(&long), Ok(()), "a byte for each");
    }

    #[test]
    fn the_second_list_of_lengths_is_found_after_the_first() {
        let beginnings = [claim(300), [BLOCK; 3].concat()].concat();
        assert_eq!(check_delta_lengths(&[beginnings.clone(), claim(300)].concat()), Ok(()));
        let page = [beginnings.clone(), claim(i32::MAX as u32)].concat();
        assert_eq!(
            check_delta_lengths(&page),
            Err(format!("a page of {} bytes claims {} values", page.len(), i32::MAX))
        );
        // A width of 8 bits in the first of four parts of 32 numbers.
        let packed = [claim(33), vec![2, 8, 0, 0, 0], vec![1; 32]].concat();
        assert!(check_delta_lengths(&[packed, claim(u32::MAX)].concat()).is_err());
        assert_eq!(check_delta_lengths(&beginnings[..12]), Ok(()), "the decoder refuses it");
    }
}
