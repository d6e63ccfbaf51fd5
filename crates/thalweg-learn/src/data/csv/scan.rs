//! Location of fields and records in raw delimited text.
//!
//! The parser, the locator of cells and the detection of the syntax share this one definition of a field.

use std::borrow::Cow;
use std::ops::Range;

use crate::data::text_syntax::{Delimiter, Quoting, Syntax, is_blank};

/// Position of one field in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Start of the value, after blanks and the opening quote.
    pub(super) value: usize,
    /// Position of the opening quote.
    pub(super) quote: Option<usize>,
    /// End of the field: position of the delimiter or line end after it, or the end of the text.
    pub(super) end: usize,
    /// If false, the field is quoted and the text ends before the closing quote.
    pub(super) closed: bool,
}

/// Returns the position of the first byte at or after `at` that is no blank.
#[inline]
pub(super) fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len() - at)
}

/// Returns the end of a field between blanks whose value ends at `end`: blanks before a line end belong to it.
#[inline]
pub(super) fn end_before_blanks(text: &[u8], end: usize) -> usize {
    let next = skip_blanks(text, end);
    if matches!(text.get(next), None | Some(b'\n' | b'\r')) { next } else { end }
}

/// Returns the position of the quote that closes the field which opens with the quote at `open`; within the field, a
/// quote is doubled. `None` if the text ends before it.
fn closing_quote(text: &[u8], open: usize) -> Option<usize> {
    let mut from = open + 1;
    loop {
        let quote = from + memchr::memchr(b'"', &text[from..])?;
        if text.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

/// Returns the field that begins at `from`.
pub(super) fn field(text: &[u8], from: usize, syntax: Syntax) -> Field {
    let at = |i: usize| text.get(i).copied();
    let blank = |byte| is_blank(byte) && syntax.delimiter != Delimiter::Character(byte);
    let mut i = from;
    while at(i).is_some_and(blank) {
        i += 1;
    }
    let start = i;
    let quoted = at(start) == Some(b'"') && syntax.quoting == Quoting::Fields;
    let mut closed = !quoted;
    if quoted {
        let end = closing_quote(text, start);
        closed = end.is_some();
        i = end.map_or(text.len(), |end| end + 1);
    }
    let rest = &text[i..];
    i += match syntax.delimiter {
        Delimiter::Character(delimiter) => memchr::memchr3(delimiter, b'\n', b'\r', rest),
        Delimiter::Whitespace => rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')),
    }
    .unwrap_or(rest.len());
    if syntax.delimiter == Delimiter::Whitespace {
        i = end_before_blanks(text, i);
    }
    Field { value: start + usize::from(quoted), quote: quoted.then_some(start), end: i, closed }
}

/// Returns the fields of the record at `from`, skipping empty lines before it.
pub(super) fn record(text: &[u8], from: usize, syntax: Syntax) -> Vec<Field> {
    fields(text, from, syntax).collect()
}

/// Iterates over the fields of [`record`].
pub(super) fn fields(text: &[u8], from: usize, syntax: Syntax) -> impl Iterator<Item = Field> {
    let mut at = from;
    while matches!(text.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let following = move |last: &Field| syntax.continues(text, last.end).then(|| field(text, last.end + 1, syntax));
    std::iter::successors(Some(field(text, at, syntax)), following)
}

/// Returns the value of a field: unquoted, with doubled quotes as one, without surrounding blanks.
pub(super) fn unquote<'t>(text: &'t str, field: &Field) -> Cow<'t, str> {
    // The delimiter is an ASCII character, so a field consists of whole characters.
    let raw = &text[field.value..field.end];
    if field.quote.is_none() {
        return Cow::Borrowed(raw.trim());
    }
    match raw.split_once('"') {
        Some((inside, after)) if after.trim().is_empty() => Cow::Borrowed(inside.trim()),
        _ => Cow::Owned(undouble(raw).trim().to_string()),
    }
}

/// Returns a quoted text after its opening quote with doubled quotes as one; text after the closing quote is kept.
fn undouble(raw: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(raw.len()), raw);
    while let Some((before, after)) = rest.split_once('"') {
        out.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            out.push_str(after);
            return out;
        };
        out.push('"');
        rest = more;
    }
    out.push_str(rest);
    out
}

/// Returns the start of the next record at or after `at`, skipping line ends and comment lines; `None` at the end.
#[inline]
pub(super) fn next_record(text: &[u8], mut at: usize, comment: Option<u8>) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'\n' | b'\r' => at += 1,
            byte if comment == Some(*byte) => {
                at += memchr::memchr2(b'\n', b'\r', &text[at..]).unwrap_or(text.len() - at);
            }
            _ => return Some(at),
        }
    }
}

/// Returns the end of the last whole record of `text`, which begins with one; `None` if no record is whole.
pub(super) fn last_record_end(text: &[u8], syntax: Syntax) -> Option<usize> {
    // Old files end lines with CR alone; a CR in the last byte may be the first half of a CR LF.
    let last_line_end = |range: Range<usize>| {
        let is_whole = |end: &usize| text[*end] == b'\n' || end + 1 < text.len();
        let ends = memchr::memrchr2_iter(b'\n', b'\r', &text[range.clone()]).map(|end| range.start + end);
        ends.into_iter().find(is_whole).map(|end| end + 1)
    };
    if syntax.quoting == Quoting::None {
        return last_line_end(0..text.len());
    }
    let (mut outside, mut from, mut last) = (0, 0, None);
    while let Some(length) = memchr::memchr(b'"', &text[from..]) {
        let quote = from + length;
        from = quote + 1;
        if opens_field(text, quote, syntax) {
            last = last_line_end(outside..quote).or(last);
            let Some(end) = closing_quote(text, quote) else { return last };
            (outside, from) = (end + 1, end + 1);
        }
    }
    last_line_end(outside..text.len()).or(last)
}

/// Returns `true` if the quote at this position, which is in no quoted field, opens one: it is the first character of a
/// field, after blanks.
fn opens_field(text: &[u8], quote: usize, syntax: Syntax) -> bool {
    let ends_field = |byte: u8| {
        matches!(byte, b'\n' | b'\r')
            || match syntax.delimiter {
                Delimiter::Character(delimiter) => byte == delimiter,
                Delimiter::Whitespace => is_blank(byte),
            }
    };
    let before = text[..quote].iter().rev().find(|byte| ends_field(**byte) || !is_blank(**byte));
    before.is_none_or(|byte| ends_field(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Syntax = Syntax { delimiter: Delimiter::Character(b','), quoting: Quoting::Fields };

    /// Reference: the records that the `csv` crate reads from the same text.
    fn reference(text: &[u8], delimiter: u8) -> Vec<Vec<String>> {
        ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text)
            .into_records()
            .map(|row| row.expect("the text is valid").iter().map(str::to_string).collect())
            .collect()
    }

    #[test]
    fn fields_are_those_of_the_csv_crate() {
        let text = "a,\"b,\"\"c\",d\n\"p\"\"q,r\",s\n\"x\ny\"z,,\"\"\r\n\r\n1,2,\"\"\"\"\n\"q\" \"r\",s\"t,é";
        let mut from = 0;
        for row in reference(text.as_bytes(), b',') {
            let fields = record(text.as_bytes(), from, COMMA);
            assert_eq!(fields.len(), row.len());
            for (field, cell) in fields.iter().zip(&row) {
                let first = cell.replace('"', "\"\"");
                let raw = &text[field.value..field.end];
                assert!(raw.starts_with(&first) || raw.replace('"', "") == cell.replace('"', ""), "{raw} {cell}");
                assert!(field.closed);
            }
            from = fields[fields.len() - 1].end + 1;
        }
    }

    #[test]
    fn an_unterminated_quote_is_reported() {
        let fields = record(b"1,\"two\nthree,4", 0, COMMA);
        assert_eq!(fields[1], Field { value: 3, quote: Some(2), end: 14, closed: false });
    }

    #[test]
    fn the_last_whole_record_is_found() {
        for (text, end) in [
            ("a,b\nc", Some(4)),
            ("a,b", None),
            ("a\rb\rc", Some(4)),
            ("a\r", None),
            ("a,\"b\nc\"\nd", Some(8)),
            ("a\nb,\"c\nd", Some(2)),
            ("5\" pipe\nx\ny", Some(10)),
            ("a,\"b\"\n", Some(6)),
        ] {
            assert_eq!(last_record_end(text.as_bytes(), COMMA), end, "{text}");
        }
    }

    /// [`last_record_end`] by the records one after another.
    fn last_record_end_by_records(text: &[u8], syntax: Syntax) -> Option<usize> {
        let (mut from, mut last) = (0, None);
        loop {
            let fields = record(text, from, syntax);
            let end = fields.last().map_or(from, |field| field.end);
            let is_cut = |end: usize| end >= text.len() || (text[end] == b'\r' && end + 1 == text.len());
            // An empty line ends as a record does.
            let line_ends = |from: usize| (from..text.len()).take_while(|&i| matches!(text[i], b'\n' | b'\r')).count();
            let leading = line_ends(from) - usize::from(line_ends(from) > 0 && is_cut(from + line_ends(from) - 1));
            last = if leading > 0 { Some(from + leading) } else { last };
            if fields.iter().any(|field| !field.closed) || is_cut(end) {
                return last;
            }
            from = end + 1;
            last = Some(from);
        }
    }

    #[test]
    fn the_last_whole_record_is_that_of_all_records() {
        let mut random = thalweg::random::Random::new(3);
        let delimiters = [Delimiter::Character(b','), Delimiter::Character(b'\t'), Delimiter::Whitespace];
        for round in 0..60_000 {
            let text: Vec<u8> = (0..round % 17).map(|_| b"a,\t \"\"\"\n\r"[random.below(9) as usize]).collect();
            for delimiter in delimiters {
                let syntax = Syntax { delimiter, quoting: Quoting::Fields };
                let (found, expected) = (last_record_end(&text, syntax), last_record_end_by_records(&text, syntax));
                assert_eq!(found, expected, "{:?} {delimiter:?}", text.escape_ascii().to_string());
            }
        }
    }
}
