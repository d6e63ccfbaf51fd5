//! Random corruption of file contents.

/// Returns the bytes with one to five random changes; `round` is the seed.
pub(in crate::data) fn corrupted(bytes: &[u8], round: u64) -> Vec<u8> {
    // SplitMix64.
    let mut state = round;
    let mut random = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..=random(4) {
        let at = random(bytes.len());
        let span = random(8).min(bytes.len() - at);
        match random(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + span)),
            2 => bytes.extend_from_within(at..at + span),
            3 => bytes[at..at + span].fill([0, 255, 0x80, 0x7f][random(4)]),
            _ if at < bytes.len() => bytes[at] = random(256) as u8,
            _ => {}
        }
    }
    bytes
}
