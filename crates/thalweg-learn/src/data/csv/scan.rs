//! Location of fields and records in raw delimited text.
//!
//! The parser, the locator of cells and the detection of the delimiter share this one definition of a field.

use std::borrow::Cow;

/// Candidate delimiters, the most likely first: where a comma and another agree, the comma is a decimal mark.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// Most rows inspected to detect the delimiter.
const MAX_INSPECTED_ROWS: usize = 50;

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

/// Returns the field that begins at `from`.
pub(super) fn field(text: &[u8], from: usize, delimiter: u8) -> Field {
    let at = |i: usize| text.get(i).copied();
    let blank = |byte| matches!(byte, b' ' | b'\t') && byte != delimiter;
    let mut i = from;
    while at(i).is_some_and(blank) {
        i += 1;
    }
    let start = i;
    let quoted = at(start) == Some(b'"');
    let mut closed = !quoted;
    if quoted {
        i += 1;
        while !closed && i < text.len() {
            match (text[i], at(i + 1)) {
                (b'"', Some(b'"')) => i += 2,
                (b'"', _) => {
                    closed = true;
                    i += 1;
                }
                _ => i += 1,
            }
        }
    }
    i += memchr::memchr3(delimiter, b'\n', b'\r', &text[i..]).unwrap_or(text.len() - i);
    Field { value: start + usize::from(quoted), quote: quoted.then_some(start), end: i, closed }
}

/// Returns the fields of the record at `from`, skipping empty lines before it.
pub(super) fn record(text: &[u8], from: usize, delimiter: u8) -> Vec<Field> {
    fields(text, from, delimiter).collect()
}

/// Iterates over the fields of [`record`].
pub(super) fn fields(text: &[u8], from: usize, delimiter: u8) -> impl Iterator<Item = Field> {
    let mut at = from;
    while matches!(text.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let following =
        move |last: &Field| (text.get(last.end) == Some(&delimiter)).then(|| field(text, last.end + 1, delimiter));
    std::iter::successors(Some(field(text, at, delimiter)), following)
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
    let (mut out, mut rest) = (String::new(), raw);
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

/// Detects the delimiter: the candidate by which most of the first rows have the same number of fields.
pub(super) fn detect_delimiter(text: &[u8]) -> u8 {
    let mut best = (0.0, b',');
    for candidate in DELIMITERS {
        let fraction = agreement(text, candidate);
        if fraction > best.0 {
            best = (fraction, candidate);
        }
    }
    best.1
}

/// Fraction of the first rows with the most common number of fields, or 0 if that number is 1.
fn agreement(text: &[u8], delimiter: u8) -> f64 {
    let mut widths = Vec::new();
    let mut from = 0;
    while from < text.len() && widths.len() < MAX_INSPECTED_ROWS {
        let fields = record(text, from, delimiter);
        from = fields.last().map_or(text.len(), |last| last.end + 1);
        widths.push(fields.len());
    }
    let count = |width: usize| widths.iter().filter(|&&w| w == width).count();
    let Some(&most_common) = widths.iter().max_by_key(|&&width| (count(width), width)) else {
        return 0.0;
    };
    if most_common < 2 { 0.0 } else { count(most_common) as f64 / widths.len() as f64 }
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
pub(super) fn last_record_end(text: &[u8], delimiter: u8) -> Option<usize> {
    if memchr::memchr(b'"', text).is_none() {
        // Old files end lines with CR alone; a CR in the last byte may be the first half of a CR LF.
        let carriage_return = || memchr::memrchr(b'\r', &text[..text.len().saturating_sub(1)]);
        return memchr::memrchr(b'\n', text).or_else(carriage_return).map(|end| end + 1);
    }
    let (mut from, mut last) = (0, None);
    while let Some(length) = memchr::memchr(b'\n', &text[from..]) {
        let mut end = from + length;
        if memchr::memchr(b'"', &text[from..end]).is_some() {
            // The line end may be inside a quoted field.
            let fields = record(text, from, delimiter);
            end = fields.last().map_or(end, |field| field.end);
            if fields.iter().any(|field| !field.closed) || end >= text.len() {
                return last;
            }
        }
        from = end + 1;
        last = Some(from);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let fields = record(text.as_bytes(), from, b',');
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
        let fields = record(b"1,\"two\nthree,4", 0, b',');
        assert_eq!(fields[1], Field { value: 3, quote: Some(2), end: 14, closed: false });
    }

    #[test]
    fn the_delimiter_is_detected() {
        for (text, wanted) in [
            ("a,b\n1,2\n", b','),
            ("a;b;c\n1,5;2,5;3\n", b';'),
            ("1,5;2,5\n2,5;3,5\n", b';'),
            ("a\tb c\n1\t2\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("title,kind\nUp,a|b\nIt,c|d\n", b','),
            ("a,b\n\"x;y\",2\n\"z;w\",3\n", b','),
            ("a,b,c\n1,2,3\n1,2\n4,5,6\n", b','),
            ("only\n1\n2\n", b','),
            ("a, b\n1, \"x, y\"\n2, \"z\"\n", b','),
            ("", b','),
        ] {
            assert_eq!(char::from(detect_delimiter(text.as_bytes())), char::from(wanted), "{text}");
        }
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
            assert_eq!(last_record_end(text.as_bytes(), b','), end, "{text}");
        }
    }
}
