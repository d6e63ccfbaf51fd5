//! Reading of safetensors files up to the end that their header gives, since a pipe may have no end.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::data::open_input;
use crate::error::{Error, Result};

/// Maximum length of the header in bytes, as in the safetensors library.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Entry of the header.
#[derive(Deserialize)]
struct HeaderEntry {
    /// Offsets of the first byte and after the last; the entry of the metadata has none.
    data_offsets: Option<(u64, u64)>,
}

/// Reads a file; of one that is longer than its header says, only as much as shows it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut file = open_input(path)?;
    read_container(&mut file).map_err(|source| Error::Io { path: path.to_path_buf(), source })
}

fn read_container(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(8).read_to_end(&mut bytes)?;
    let length = bytes.first_chunk().map(|&length| u64::from_le_bytes(length));
    let Some(length) = length.filter(|&length| length <= MAX_HEADER_BYTES) else { return Ok(bytes) };
    file.take(length).read_to_end(&mut bytes)?;
    // A damaged header is refused by the parser, whatever follows.
    let entries: HashMap<String, HeaderEntry> = serde_json::from_slice(&bytes[8..]).unwrap_or_default();
    let end = entries.values().filter_map(|entry| entry.data_offsets).map(|(_, end)| end).max().unwrap_or(0);
    file.take(end.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_pipe_is_read_up_to_the_end_that_its_header_gives() {
        let header = br#"{"__metadata__":{"k":"v"},"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#;
        let start = [&(header.len() as u64).to_le_bytes()[..], header, &[7; 16]].concat();
        let mut pipe = start.chain(io::repeat(1));
        let read = read_container(&mut pipe).expect("the bytes exist");
        assert_eq!(read, [&start[..], &[1]].concat());
        let read = read_container(&mut io::repeat(b'y')).expect("the bytes exist");
        assert_eq!(read, [b'y'; 8], "no header is so long");
        assert_eq!(read_container(&mut &b"short"[..]).expect("the bytes exist"), b"short");
    }
}
