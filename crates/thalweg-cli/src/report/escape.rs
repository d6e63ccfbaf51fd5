//! Names and texts of data for terminals, tables and pages: control characters are escaped, long names are cut.

use std::borrow::Cow;

/// Most characters of a name in a report.
const MAX_NAME_CHARS: usize = 100;

/// Most characters of a sentence with names in a report.
const MAX_SENTENCE_CHARS: usize = 1000;

/// Escapes control characters, and those that change the direction of a text or end a line, as `\n` or `\u{1b}`.
pub(crate) fn escape_controls(text: &str) -> Cow<'_, str> {
    escape_where(text, is_control)
}

/// As [`escape_controls`], but keeps the line ends of a text of several lines.
pub(crate) fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_where(text, |c| c != '\n' && is_control(c))
}

/// Returns a name as one line of a report; a long one is cut.
pub(crate) fn display_name(name: &str) -> String {
    shorten(&escape_controls(name), MAX_NAME_CHARS)
}

/// Returns a sentence with names as one line of a report; a long one is cut.
pub(crate) fn display_sentence(text: &str) -> String {
    shorten(&escape_controls(text), MAX_SENTENCE_CHARS)
}

/// Cuts a text to a number of characters, the last of which is then an ellipsis.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

fn escape_where(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !is_escaped(c) => out.push(c),
            '\n' | '\r' | '\t' => out.extend(c.escape_default()),
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// Returns `true` for the control characters C0 and C1 and DEL, line and paragraph separators, and bidirectional marks.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
        let plain = "größe × 10⁻³ «a\\b» 日本 👩‍🔬";
        assert!(matches!(escape_controls(plain), Cow::Borrowed(same) if same == plain));
        assert_eq!(escape_controls("\u{1b}[31m\u{7}\u{7f}\u{9b}1m"), r"\u{1b}[31m\u{7}\u{7f}\u{9b}1m");
        assert_eq!(escape_controls("a\nb\r\tc\u{2028}\0"), r"a\nb\r\tc\u{2028}\u{0}");
        assert_eq!(escape_controls("\u{202e}evil\u{2066}\u{200f}"), r"\u{202e}evil\u{2066}\u{200f}");
        assert_eq!(escape_lines("a\n\u{1b}b\n"), "a\n\\u{1b}b\n");
        for c in ('\0'..=' ').chain('\u{7f}'..='\u{a0}') {
            let escaped = escape_controls(&c.to_string()).into_owned();
            assert!(!escaped.contains(char::is_control), "{c:?}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(display_name(&"é".repeat(100)), "é".repeat(100));
        assert_eq!(display_name(&"é".repeat(101)), "é".repeat(99) + "…");
        assert_eq!(shorten("abc", 2), "a…");
        assert_eq!(display_sentence(&"\n".repeat(2000)).chars().count(), 1000);
    }
}
