//! Characters that a picture shows.

/// Character in the place of one that is not shown.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Returns the character, or the replacement character for one that is invisible and changes how others are shown: a
/// control character, or a mark of the direction of a text.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => REPLACEMENT,
        c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => REPLACEMENT,
        c => c,
    }
}
