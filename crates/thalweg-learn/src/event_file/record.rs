//! Records of event files: length, checksum of the length, data, checksum of the data.

/// Bytes before the data: the length and its checksum.
const HEADER: usize = 12;

/// Bytes after the data: their checksum.
const FOOTER: usize = 4;

/// Number that masks checksums, so that the checksum of data with checksums is not degenerate.
const MASK: u32 = 0xA282_EAD8;

/// Returns the masked CRC-32C of data.
fn checksum(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(MASK).to_le_bytes()
}

/// Returns the record of data.
pub(super) fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

/// Returns the length of the record of data.
pub(super) fn length(data: &[u8]) -> usize {
    HEADER + data.len() + FOOTER
}

/// Returns the data of the records up to the first that is damaged or cut.
pub(super) fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (header, after) = rest.split_at_checked(HEADER)?;
        let (length, of_length) = header.split_at(HEADER - 4);
        let count = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let (data, after) = after.split_at_checked(count)?;
        let (of_data, after) = after.split_at_checked(FOOTER)?;
        rest = after;
        (checksum(length) == *of_length && checksum(data) == *of_data).then_some(data)
    })
    .fuse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_masked_as_in_tensorflow() {
        // The CRC-32C of these bytes is a published test vector; the mask is that of tsl/lib/hash/crc32c.h.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
        let rotated = 0xE306_9283_u32.rotate_right(15);
        assert_eq!(checksum(b"123456789"), rotated.wrapping_add(0xA282_EAD8).to_le_bytes());
    }

    #[test]
    fn records_end_at_the_first_that_is_damaged_or_cut() {
        let whole = [frame(b"first"), frame(b""), frame(b"third")].concat();
        assert_eq!(records(&whole).collect::<Vec<_>>(), [&b"first"[..], b"", b"third"]);
        let ends = [0, length(b"first"), length(b"first") + length(b""), whole.len()];
        for cut in 0..whole.len() {
            let complete = ends[1..].iter().filter(|&&end| end <= cut).count();
            assert_eq!(records(&whole[..cut]).count(), complete, "{cut}");
            let mut damaged = whole.clone();
            damaged[cut] ^= 1;
            assert!(records(&damaged).count() <= ends[1..].iter().filter(|&&end| end <= cut).count(), "{cut}");
        }
        assert_eq!(records(&[u64::MAX.to_le_bytes().to_vec(), vec![0; 99]].concat()).count(), 0);
    }
}
