//! Where the fields of raw delimited text lie.
//!
//! One idea of a field serves the reader, the message that names a place in the file, and the search for the delimiter.

use super::chunk::Shape;

/// Characters that part fields, the likeliest first: where a comma and another agree, the comma is a decimal one.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// Rows looked at to tell the delimiter.
const ROWS_SEEN: usize = 50;

/// The place of one field in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Where its value begins: after blanks and the opening quote.
    pub(super) value: usize,
    /// The opening quote.
    pub(super) quote: Option<usize>,
    /// The delimiter, line end or end of text after it.
    pub(super) end: usize,
    /// Whether its quote closes.
    pub(super) closed: bool,
}

/// The field that begins at `from`.
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

/// The fields of the record that begins at `from`, after empty lines.
pub(super) fn record(text: &[u8], from: usize, delimiter: u8) -> Vec<Field> {
    let mut at = from;
    while matches!(text.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let mut fields = vec![field(text, at, delimiter)];
    while let Some(last) = fields.last().filter(|last| text.get(last.end) == Some(&delimiter)) {
        fields.push(field(text, last.end + 1, delimiter));
    }
    fields
}

/// The character that parts the fields: the one by which most of the first rows have the same number of fields.
pub(super) fn delimiter(text: &[u8]) -> u8 {
    let mut best = (0.0, b',');
    for candidate in DELIMITERS {
        let share = agreement(text, candidate);
        if share > best.0 {
            best = (share, candidate);
        }
    }
    best.1
}

/// The share of the first rows with the commonest number of fields, or 0 where that is one field.
fn agreement(text: &[u8], delimiter: u8) -> f64 {
    let mut widths = Vec::new();
    let mut from = 0;
    while from < text.len() && widths.len() < ROWS_SEEN {
        let fields = record(text, from, delimiter);
        from = fields.last().map_or(text.len(), |last| last.end + 1);
        widths.push(fields.len());
    }
    let count = |width: usize| widths.iter().filter(|&&w| w == width).count();
    let Some(&commonest) = widths.iter().max_by_key(|&&width| (count(width), width)) else {
        return 0.0;
    };
    if commonest < 2 { 0.0 } else { count(commonest) as f64 / widths.len() as f64 }
}

/// Where the next record begins: after line ends and lines of comments.
#[inline]
pub(super) fn next_record(text: &[u8], mut at: usize, shape: &Shape) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'\n' | b'\r' => at += 1,
            byte if shape.comment == Some(*byte) => {
                at += memchr::memchr2(b'\n', b'\r', &text[at..]).unwrap_or(text.len() - at);
            }
            _ => return Some(at),
        }
    }
}

/// Where the last whole record of `text` ends, which begins with one; nothing if none does.
pub(super) fn last_end(text: &[u8], delimiter: u8) -> Option<usize> {
    if memchr::memchr(b'"', text).is_none() {
        // Old files end their lines with a return alone; the last byte may be half of a line end.
        let old = || memchr::memrchr(b'\r', &text[..text.len().saturating_sub(1)]);
        return memchr::memrchr(b'\n', text).or_else(old).map(|end| end + 1);
    }
    let (mut from, mut last) = (0, None);
    while let Some(length) = memchr::memchr(b'\n', &text[from..]) {
        let mut end = from + length;
        if memchr::memchr(b'"', &text[from..end]).is_some() {
            // A quote may hold the line's end.
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

    /// The oracle: what the `csv` crate makes of the same text.
    fn parsed(text: &[u8], delimiter: u8) -> Vec<Vec<String>> {
        ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text)
            .into_records()
            .map(|row| row.expect("valid text").iter().map(str::to_string).collect())
            .collect()
    }

    #[test]
    fn fields_are_those_of_the_parser() {
        let text = "a,\"b,\"\"c\",d\n\"p\"\"q,r\",s\n\"x\ny\"z,,\"\"\r\n\r\n1,2,\"\"\"\"\n\"q\" \"r\",s\"t,é";
        let mut from = 0;
        for row in parsed(text.as_bytes(), b',') {
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
    fn an_open_quote_is_seen() {
        let fields = record(b"1,\"two\nthree,4", 0, b',');
        assert_eq!(fields[1], Field { value: 3, quote: Some(2), end: 14, closed: false });
    }

    #[test]
    fn the_delimiter_is_found() {
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
            assert_eq!(char::from(delimiter(text.as_bytes())), char::from(wanted), "{text}");
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
            assert_eq!(last_end(text.as_bytes(), b','), end, "{text}");
        }
    }
}
