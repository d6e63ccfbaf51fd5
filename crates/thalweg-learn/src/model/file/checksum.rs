//! Checksum of a model, the last key of its description.
//!
//! CRC-32 detects every change of up to 32 neighbouring bits. It covers the description and the tensors, not the bytes
//! of the file, so that other programs may write the same content in another order.

use crc32fast::Hasher;

use super::NamedTensor;

/// Text between the description and its checksum.
const BEFORE: &str = r#","checksum":""#;

/// Text after the checksum.
const AFTER: &str = r#""}"#;

/// Numbers that are hashed together.
const VALUES_PER_PART: usize = 1 << 10;

/// Number of hexadecimal digits.
const DIGITS: usize = 8;

/// Appends the checksum to a description, a JSON object; `hash` adds the tensors.
pub(crate) fn append(description: &str, hash: impl FnOnce(&mut Hasher)) -> String {
    let checksum = compute(description, hash);
    let open = description.strip_suffix('}').expect("a description is an object");
    format!("{open}{BEFORE}{checksum}{AFTER}")
}

/// Checks the checksum of a description; `hash` adds the tensors.
///
/// # Errors
/// The reason in words.
pub(crate) fn check(description: &str, hash: impl FnOnce(&mut Hasher)) -> Result<(), String> {
    let (open, expected) = split(description).ok_or("damaged: expected a checksum at the end of its description")?;
    let found = compute(&format!("{open}}}"), hash);
    if expected == found { Ok(()) } else { Err(format!("damaged: expected checksum {expected}, found {found}")) }
}

/// Splits a description into the text before its checksum, and the checksum.
fn split(description: &str) -> Option<(&str, &str)> {
    let rest = description.strip_suffix(AFTER)?;
    let (before, checksum) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    Some((before.strip_suffix(BEFORE)?, checksum))
}

fn compute(description: &str, hash: impl FnOnce(&mut Hasher)) -> String {
    let mut hasher = Hasher::new();
    hasher.update(description.as_bytes());
    hash(&mut hasher);
    format!("{:08x}", hasher.finalize())
}

/// Adds the tensors of a model.
pub(super) fn hash_tensors(tensors: &[NamedTensor], hasher: &mut Hasher) {
    for NamedTensor { name, shape, values } in tensors {
        hasher.update(name.as_bytes());
        for &length in shape {
            hasher.update(&(length as u64).to_le_bytes());
        }
        // Many bytes at a time take a fraction of the time of eight.
        let mut bytes = Vec::with_capacity(VALUES_PER_PART * size_of::<f64>());
        for part in values.chunks(VALUES_PER_PART) {
            bytes.clear();
            for value in part {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
            hasher.update(&bytes);
        }
    }
}
