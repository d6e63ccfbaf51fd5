//! Numbers of bytes as texts.

/// Parses a number of bytes with an optional unit, such as a memory limit: `1000`, `512K`, `512M`, `2G`, with powers of
/// 1024. Returns `None` for any other text.
///
/// ```
/// use thalweg_learn::fit::parse_bytes;
/// assert_eq!([parse_bytes("2G"), parse_bytes("2 GB")], [Some(2 << 30), None]);
/// ```
pub fn parse_bytes(text: &str) -> Option<usize> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim_end_matches(['b', 'B', 'i']) {
        "" => Some(0),
        "k" | "K" => Some(10),
        "m" | "M" => Some(20),
        "g" | "G" => Some(30),
        _ => None,
    };
    shift.zip(digits.parse::<usize>().ok()).and_then(|(shift, n)| n.checked_mul(1 << shift))
}
