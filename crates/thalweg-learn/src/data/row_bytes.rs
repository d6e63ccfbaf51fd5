//! Encoded rows as bytes: in the blocks of a file, and in messages between ranks.

use bytemuck::{Pod, cast_slice, pod_read_unaligned};

use super::rows::Rows;

/// Parts of the bytes of rows: four lengths, numbers, codes, ends of sparse rows, their indices and values, targets,
/// weights.
pub(super) type ByteParts<'b> = [&'b [u8]; 8];

impl Rows {
    /// Passes on the bytes of the rows, part after part. Their shape and their number are not among them.
    pub(super) fn write_parts<E>(&self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let lengths = [self.sparse.ends.len(), self.sparse.index.len(), self.target.len(), self.weight.len()];
        let lengths = lengths.map(|length| length as u64);
        let ends: Vec<u64> = self.sparse.ends.iter().map(|end| *end as u64).collect();
        let numbers = self.numbers.to_vec();
        let parts: [&[u8]; 8] = [
            cast_slice(&lengths),
            cast_slice(&numbers),
            cast_slice(&self.codes),
            cast_slice(&ends),
            cast_slice(&self.sparse.index),
            cast_slice(&self.sparse.value),
            cast_slice(&self.target),
            cast_slice(&self.weight),
        ];
        parts.into_iter().try_for_each(&mut write)
    }

    /// Divides the bytes of `count` rows of the shape of these, as [`Rows::write_parts`] has passed them on; `None` if
    /// they are no such bytes: the lengths of the parts do not agree.
    pub(super) fn byte_parts<'b>(&self, count: usize, mut bytes: &'b [u8]) -> Option<ByteParts<'b>> {
        let mut part = |numbers: usize, size: usize| bytes.split_off(..numbers.checked_mul(size)?);
        let lengths = part(4, size_of::<u64>())?;
        let length =
            |i: usize| usize::try_from(lengths.as_chunks().0.iter().map(|n| u64::from_ne_bytes(*n)).nth(i)?).ok();
        let (ends, values, targets, weights) = (length(0)?, length(1)?, length(2)?, length(3)?);
        let parts = [
            lengths,
            part(count.checked_mul(self.width())?, size_of::<f32>())?,
            part(count.checked_mul(self.code_width)?, size_of::<u32>())?,
            part(ends, size_of::<u64>())?,
            part(values, size_of::<u32>())?,
            part(values, size_of::<f32>())?,
            part(targets, size_of::<f64>())?,
            part(weights, size_of::<f64>())?,
        ];
        let for_each_row = [ends, targets, weights].into_iter().all(|length| length == 0 || length == count);
        let mut sparse_ends = numbers_in::<u64>(parts[3]);
        let ends_ascend = sparse_ends.clone().is_sorted() && sparse_ends.next_back().unwrap_or(0) == values as u64;
        (bytes.is_empty() && for_each_row && ends_ascend).then_some(parts)
    }

    /// Appends rows that [`Rows::byte_parts`] has divided.
    pub(super) fn append_parts(&mut self, [_, numbers, codes, ends, index, value, target, weight]: ByteParts<'_>) {
        self.numbers.append_bytes(numbers);
        self.codes.extend(numbers_in::<u32>(codes));
        let before = self.sparse.index.len();
        self.sparse.ends.extend(numbers_in::<u64>(ends).map(|end| before + end as usize));
        self.sparse.index.extend(numbers_in::<u32>(index));
        self.sparse.value.extend(numbers_in::<f32>(value));
        self.target.extend(numbers_in::<f64>(target));
        self.weight.extend(numbers_in::<f64>(weight));
    }

    /// Returns the rows as a message to another rank; one without bytes if there are none.
    pub(crate) fn to_message(&self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut message = (self.len() as u64).to_ne_bytes().to_vec();
        message.reserve(self.bytes());
        let Ok(()) = self.write_parts(|part| {
            message.extend_from_slice(part);
            Ok::<(), std::convert::Infallible>(())
        });
        message
    }

    /// Appends the rows of a message, which have the shape of these.
    ///
    /// # Panics
    /// If the bytes are no message of such rows.
    pub(crate) fn append_message(&mut self, message: &[u8]) {
        if message.is_empty() {
            return;
        }
        let parts = message.split_first_chunk().and_then(|(count, rows)| {
            let count = usize::try_from(u64::from_ne_bytes(*count)).ok()?;
            self.byte_parts(count, rows)
        });
        self.append_parts(parts.expect("a message of whole rows"));
    }
}

/// Returns the numbers whose bytes these are, wherever they begin in memory.
fn numbers_in<T: Pod>(bytes: &[u8]) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone + '_ {
    bytes.chunks_exact(size_of::<T>()).map(pod_read_unaligned)
}

#[cfg(test)]
mod tests {
    use super::super::row_matrix::RowMatrix;
    use super::super::sparse_rows::SparseRows;
    use super::*;

    #[test]
    fn rows_come_out_of_a_message_as_they_went_in() {
        let sparse = |ends: &[usize]| SparseRows {
            ends: ends.to_vec(),
            index: (0..7).collect(),
            value: (0..7).map(|i| i as f32).collect(),
        };
        let base = Rows { target: vec![0.5, -0.0, f64::MAX], features: 9, ..Rows::default() };
        let all = [
            Rows { numbers: RowMatrix::new(2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), weight: vec![1.0; 3], ..base.clone() },
            Rows { codes: vec![1, 2, u32::MAX, 4, 5, 6], code_width: 2, ..base.clone() },
            Rows { sparse: sparse(&[2, 2, 7]), ..base.clone() },
            Rows {
                numbers: RowMatrix::new(1, &[1.0, 2.0, 3.0]),
                codes: vec![1; 3],
                code_width: 1,
                sparse: sparse(&[0, 7, 7]),
                ..base
            },
        ];
        for rows in all {
            let mut read = rows.range(0..1);
            read.append_message(&rows.empty_like().to_message());
            read.append_message(&rows.range(1..3).to_message());
            assert_eq!(read, rows);
        }
    }

    #[test]
    fn lengths_that_do_not_agree_are_no_rows() {
        let sparse = SparseRows { ends: vec![1, 3], index: vec![0, 1, 2], value: vec![1.0; 3] };
        let rows = Rows { sparse, target: vec![0.5, 1.5], weight: vec![1.0; 2], features: 9, ..Rows::default() };
        let bytes = |rows: &Rows| rows.to_message().split_off(size_of::<u64>());
        assert!(rows.byte_parts(2, &bytes(&rows)).is_some());
        assert!(rows.byte_parts(3, &bytes(&rows)).is_none());
        assert!(rows.byte_parts(2, &[bytes(&rows), vec![0]].concat()).is_none());
        assert!(rows.byte_parts(2, &bytes(&rows)[..9]).is_none());
        let ends = |ends: [usize; 2]| Rows {
            sparse: SparseRows { ends: ends.to_vec(), ..rows.sparse.clone() },
            ..rows.clone()
        };
        for other in [
            Rows { target: vec![0.5], ..rows.clone() },
            Rows { weight: vec![0.5; 3], ..rows.clone() },
            ends([3, 1]),
            ends([1, 2]),
            ends([1, usize::MAX]),
        ] {
            assert!(rows.byte_parts(2, &bytes(&other)).is_none(), "{other:?}");
        }
    }
}
