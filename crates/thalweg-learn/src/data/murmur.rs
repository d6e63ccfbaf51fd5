//! Hash function of feature names, as other libraries for feature hashing use it.

/// `MurmurHash3`, x86, 32 bits (Austin Appleby, public domain), as scikit-learn's `FeatureHasher` and Vowpal Wabbit use
/// it.
///
/// For each four bytes k (little-endian): k ← rotl(k·c₁, 15)·c₂; h ← rotl(h ⊕ k, 13)·5 + 0xe6546b64; then the remaining
/// bytes and the length are mixed in. Not cryptographic: collisions can be constructed.
pub(crate) fn murmur3(data: &[u8], seed: u32) -> u32 {
    let (words, remainder) = data.as_chunks::<4>();
    let mut hash = seed;
    for &word in words {
        hash = (hash ^ scramble(u32::from_le_bytes(word))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let remainder = remainder.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    hash ^= scramble(remainder);
    // The definition mixes in the length as 32 bits.
    hash ^= data.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

fn scramble(word: u32) -> u32 {
    word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::murmur3;

    /// `sklearn.utils.murmurhash3_32(text, seed, positive=True)` of scikit-learn 1.9.
    #[test]
    fn hashes_are_those_of_scikit_learn() {
        for (text, seed, hash) in [
            (&b""[..], 0, 0),
            (b"", 1, 1_364_076_727),
            (b"a", 0, 1_009_084_850),
            (b"ab", 0, 2_613_040_991),
            (b"abc", 0, 3_017_643_002),
            (b"abcd", 0, 1_139_631_978),
            (b"hello world", 0, 1_586_663_183),
            (b"hello world", 42, 3_926_694_905),
            ("größe=é".as_bytes(), 7, 3_698_135_315),
            (b"\x00\xff\x80", 123_456_789, 1_510_294_633),
        ] {
            assert_eq!(murmur3(text, seed), hash, "{text:?} {seed}");
        }
    }

    /// Hashes of all lengths up to 256, combined; expected value by scikit-learn.
    #[test]
    fn every_length_is_hashed_as_in_scikit_learn() {
        let hash = (0..257_u32).fold(0_u32, |all, n| {
            let text: Vec<u8> = (0..n).map(|i| ((i * 7 + n) % 256) as u8).collect();
            all.wrapping_mul(31).wrapping_add(murmur3(&text, n))
        });
        assert_eq!(hash, 1_893_039_796);
    }
}
