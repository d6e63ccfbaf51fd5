//! Compact protocol of Thrift, in which Parquet stores its metadata: as much of it as shows what a file claims.
//!
//! The decoder of the crate `parquet` reads a known field as the type it expects, whatever type is stored. So a known
//! field of another type is refused here: otherwise both could read different claims from the same bytes.

/// Identifier of a field, and the type that it must have.
pub(super) type KnownField = (i16, u8);

pub(super) const BOOLEAN: u8 = 1;
pub(super) const BYTE: u8 = 3;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

const FALSE: u8 = 2;
const I16: u8 = 4;
const DOUBLE: u8 = 7;
const SET: u8 = 10;
const MAP: u8 = 11;
const UUID: u8 = 13;

/// Most levels of unknown values inside one another, the limit of the decoder.
const MAX_DEPTH: u8 = 64;

/// Reason why bytes could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThriftError {
    /// The bytes end within a value.
    Truncated,
    /// The bytes contradict the protocol or the known fields.
    Malformed,
}

type Result<T> = std::result::Result<T, ThriftError>;

/// Reader of values from bytes.
#[derive(Clone, Debug)]
pub(super) struct ThriftReader<'a> {
    rest: &'a [u8],
}

impl<'a> ThriftReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> ThriftReader<'a> {
        ThriftReader { rest: bytes }
    }

    /// Calls `visit` with each field of a structure. It reads the value and returns `true`, or `false` to have the
    /// value skipped.
    pub(super) fn fields(
        &mut self,
        known: &[KnownField],
        mut visit: impl FnMut(&mut Self, i16) -> Result<bool>,
    ) -> Result<()> {
        let mut last = 0_i16;
        while let Some((field, kind)) = self.field(last)? {
            if known.iter().any(|&(id, expected)| id == field && expected != kind) {
                return Err(ThriftError::Malformed);
            }
            if !visit(self, field)? {
                self.skip_value(kind, MAX_DEPTH)?;
            }
            last = field;
        }
        Ok(())
    }

    /// Skips a structure, whose known fields must have the given types.
    pub(super) fn skip_struct(&mut self, known: &[KnownField]) -> Result<()> {
        self.fields(known, |_, _| Ok(false))
    }

    /// Reads the head of the field that follows the field before, which must have the given type.
    pub(super) fn next_field(&mut self, (id, kind): KnownField) -> Result<()> {
        if self.field(id - 1)? == Some((id, kind)) { Ok(()) } else { Err(MALFORMED) }
    }

    /// Reads a number of 64 bits.
    pub(super) fn i64(&mut self) -> Result<i64> {
        self.zigzag()
    }

    /// Reads a number of 32 bits.
    pub(super) fn i32(&mut self) -> Result<i32> {
        // The decoder ignores higher bits too.
        Ok(self.zigzag()? as i32)
    }

    /// Reads the number of elements of a list of structures.
    pub(super) fn struct_list(&mut self) -> Result<usize> {
        match self.list()? {
            (STRUCT, length) => Ok(length),
            (_, 0) => Ok(0),
            _ => Err(ThriftError::Malformed),
        }
    }

    /// Reads the identifier and the type of the next field; `None` at the end of a structure.
    fn field(&mut self, last: i16) -> Result<Option<(i16, u8)>> {
        let byte = self.byte()?;
        let (delta, kind) = (byte >> 4, byte & 15);
        if kind == 0 {
            return Ok(None);
        }
        let id = if delta == 0 { self.zigzag()? as i16 } else { last.checked_add(delta.into()).ok_or(MALFORMED)? };
        Ok(Some((id, if kind == FALSE { BOOLEAN } else { kind })))
    }

    /// Reads the type and the number of the elements of a list.
    fn list(&mut self) -> Result<(u8, usize)> {
        let byte = self.byte()?;
        let length = if byte >> 4 == 15 { self.varint()? } else { (byte >> 4).into() };
        Ok((byte & 15, i32::try_from(length).map_err(|_| MALFORMED)? as usize))
    }

    fn skip_value(&mut self, kind: u8, depth: u8) -> Result<()> {
        let inner = depth.checked_sub(1).ok_or(MALFORMED)?;
        match kind {
            BOOLEAN => Ok(()),
            BYTE => self.skip_bytes(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.skip_bytes(8),
            UUID => self.skip_bytes(16),
            BINARY => {
                let length = self.varint()?;
                self.skip_bytes(length)
            }
            STRUCT => {
                while let Some((_, kind)) = self.field(0)? {
                    self.skip_value(kind, inner)?;
                }
                Ok(())
            }
            LIST | SET => {
                let (kind, length) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(kind, inner))
            }
            MAP => {
                let length = self.varint()?;
                if length == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                (0..length).try_for_each(|_| {
                    self.skip_element(kinds >> 4, inner)?;
                    self.skip_element(kinds & 15, inner)
                })
            }
            _ => Err(MALFORMED),
        }
    }

    /// Skips an element of a list. The decoder skips no byte for a boolean one, contrary to the protocol.
    fn skip_element(&mut self, kind: u8, depth: u8) -> Result<()> {
        if matches!(kind, BOOLEAN | FALSE) { Err(MALFORMED) } else { self.skip_value(kind, depth) }
    }

    fn byte(&mut self) -> Result<u8> {
        let (&byte, rest) = self.rest.split_first().ok_or(ThriftError::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    fn skip_bytes(&mut self, count: u64) -> Result<()> {
        let rest = usize::try_from(count).ok().and_then(|count| self.rest.get(count..));
        self.rest = rest.ok_or(ThriftError::Truncated)?;
        Ok(())
    }

    /// Reads an unsigned number of at most ten bytes of seven bits.
    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(MALFORMED)
    }

    fn zigzag(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

const MALFORMED: ThriftError = ThriftError::Malformed;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of value as a field of a structure, then field 20: the number 7.
    const VALUES: &[u8] = &[
        0x11, 0x12, 0x13, 9, 0x14, 2, 0x15, 2, 0x16, 2, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 2, b'a', b'b', 0x19, 0x25,
        2, 4, 0x1a, 0x18, 1, b'x', 0x1b, 1, 0x58, 2, 1, b'y', 0x1c, 0x15, 2, 0, 0x0c, 28, 0, 0x0d, 30, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x55, 14, 0, 99,
    ];

    #[test]
    fn unknown_values_are_skipped() {
        let (mut reader, mut seen) = (ThriftReader::new(VALUES), Vec::new());
        reader
            .fields(&[(20, I32)], |reader, field| {
                seen.push(field);
                if field == 20 { reader.i32().map(|number| number == 7) } else { Ok(false) }
            })
            .expect("the values are well-formed");
        assert_eq!((seen.last(), reader.rest), (Some(&20), &[99][..]));
        for length in 0..VALUES.len() - 1 {
            let mut reader = ThriftReader::new(&VALUES[..length]);
            assert_eq!(reader.skip_struct(&[]), Err(ThriftError::Truncated), "{length}");
        }
    }

    #[test]
    fn what_the_decoder_would_read_in_another_way_is_refused() {
        let refused = |bytes: &[u8]| ThriftReader::new(bytes).skip_struct(&[(1, I32)]) == Err(MALFORMED);
        assert!(refused(&[0x18, 1, 0, 0]), "another type of a known field");
        assert!(refused(&[0x29, 0x11, 0, 0]), "a list of booleans");
        assert!(refused(&[0x2e, 0]), "an unknown type");
        assert!(refused(&[[0x25].as_slice(), &[0x80; 10], &[0, 0]].concat()), "a number of eleven bytes");
        assert!(refused(&[&[0x29][..], &[0x19; 70], &[0; 70]].concat()), "lists in one another");
    }
}
