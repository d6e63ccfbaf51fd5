//! Conversion of UTF-32 to UTF-8, which the library of encodings leaves out.

use std::io::{self, Read};

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// Reader of UTF-32 as UTF-8; what is no character becomes U+FFFD.
pub(super) struct Utf32Reader<R> {
    inner: R,
    order: ByteOrder,
    /// Converted bytes, and the number of those that were read.
    converted: Vec<u8>,
    done: usize,
}

/// Characters that are converted at a time.
const CHARACTERS: usize = 1 << 12;

impl<R: Read> Utf32Reader<R> {
    pub(super) fn new(inner: R, order: ByteOrder) -> Self {
        Self { inner, order, converted: Vec::new(), done: 0 }
    }

    fn convert(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(4 * CHARACTERS);
        self.inner.by_ref().take(4 * CHARACTERS as u64).read_to_end(&mut bytes)?;
        let (units, rest) = bytes.as_chunks::<4>();
        let code = |unit: &[u8; 4]| match self.order {
            ByteOrder::LittleEndian => u32::from_le_bytes(*unit),
            ByteOrder::BigEndian => u32::from_be_bytes(*unit),
        };
        let characters = units.iter().map(|unit| char::from_u32(code(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
        let incomplete = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        self.converted = characters.chain(incomplete).collect::<String>().into_bytes();
        self.done = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf32Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done == self.converted.len() {
            self.convert()?;
        }
        let count = (&self.converted[self.done..]).read(buffer)?;
        self.done += count;
        Ok(count)
    }
}
