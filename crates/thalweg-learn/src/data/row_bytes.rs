//! Encoded rows as bytes: in the blocks of a file, and in messages between ranks.

use bytemuck::{Pod, cast_slice, cast_slice_mut, zeroed_vec};

use super::row_matrix::RowMatrix;
use super::rows::{Rows, SparseRows};

/// Source of the numbers that [`Rows::write_parts`] has written.
pub(super) trait NumberSource {
    /// Error of numbers that are not there.
    type Error;

    /// Reads the next numbers.
    fn read<T: Pod>(&mut self, count: usize) -> Result<Vec<T>, Self::Error>;
}

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

    /// Reads `count` rows of the shape of these, of which [`Rows::write_parts`] has passed on the bytes.
    pub(super) fn read_parts<S: NumberSource>(&self, count: usize, source: &mut S) -> Result<Rows, S::Error> {
        let lengths: Vec<u64> = source.read(4)?;
        let [ends, values, targets, weights] = [0, 1, 2, 3].map(|i| lengths[i] as usize);
        let mut read = self.empty_like();
        let width = read.width();
        let numbers: Vec<f32> = source.read(count.saturating_mul(width))?;
        read.numbers = RowMatrix::new(width, &numbers);
        drop(numbers);
        read.codes = source.read(count.saturating_mul(read.code_width))?;
        let ends: Vec<u64> = source.read(ends)?;
        read.sparse = SparseRows {
            ends: ends.into_iter().map(|end| end as usize).collect(),
            index: source.read(values)?,
            value: source.read(values)?,
        };
        read.target = source.read(targets)?;
        read.weight = source.read(weights)?;
        Ok(read)
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
        let mut source = MessageReader(message);
        let Ok(read) = source.read::<u64>(1).and_then(|count| self.read_parts(count[0] as usize, &mut source));
        assert!(source.0.is_empty(), "a message of whole rows");
        self.append(&read);
    }
}

/// Bytes of a message that have not been read.
struct MessageReader<'m>(&'m [u8]);

impl NumberSource for MessageReader<'_> {
    type Error = std::convert::Infallible;

    fn read<T: Pod>(&mut self, count: usize) -> Result<Vec<T>, Self::Error> {
        let mut numbers: Vec<T> = zeroed_vec(count);
        let bytes: &mut [u8] = cast_slice_mut(&mut numbers);
        bytes.copy_from_slice(self.0.split_off(..bytes.len()).expect("a message of whole rows"));
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
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
}
