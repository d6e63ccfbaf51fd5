//! Detection of the delimiter from the first rows of a text.

use super::scan::{self, Field};
use crate::data::missing::MissingTokens;
use crate::data::number::parse_number;
use crate::data::read_options::ReadOptions;
use crate::data::text_syntax::{Delimiter, Syntax};

/// Candidate characters, the most likely first: where a comma and another agree, the comma is a decimal mark.
const CHARACTERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// Most rows inspected to detect the delimiter.
const MAX_INSPECTED_ROWS: usize = 50;

/// Least number of rows of texts alone that are columns if all have the same number of words.
const MIN_ROWS_OF_WORDS: usize = 5;

/// Least number of words in such a row.
const MIN_WORDS: usize = 3;

/// Returns the given delimiter, or detects it.
pub(super) fn delimiter(text: &[u8], options: &ReadOptions) -> Delimiter {
    if let Some(given) = options.delimiter {
        return given;
    }
    let rows = |delimiter| rows(text, Syntax { delimiter, quoting: options.quoting() }, options.comment);
    let mut best = (0.0, Delimiter::Character(b','));
    for candidate in CHARACTERS.map(Delimiter::Character) {
        let fraction = agreement(&rows(candidate));
        if fraction > best.0 {
            best = (fraction, candidate);
        }
    }
    let missing = MissingTokens::of_options(options);
    let words = rows(Delimiter::Whitespace);
    let expected = options.expected_columns();
    let is_expected = |word: &Field| std::str::from_utf8(value(text, word)).is_ok_and(|name| expected.contains(name));
    let is_known = options.known_format.delimiter == Some(Delimiter::Whitespace);
    let are_columns = match best.1 {
        _ if is_known && (best.0 == 0.0 || words.first().is_some_and(|row| row.iter().any(is_expected))) => true,
        _ if !is_regular(&words) => false,
        _ if best.0 == 0.0 => are_columns(text, &words, &missing),
        // Fields that consist of several numbers: the text between tabs is aligned by spaces, the commas are decimal.
        Delimiter::Character(b'\t' | b',') => are_aligned_numbers(text, &rows(best.1), &words, &missing),
        _ => false,
    };
    if are_columns { Delimiter::Whitespace } else { best.1 }
}

/// Returns the fields of the first rows that are not blank.
pub(super) fn rows(text: &[u8], syntax: Syntax, comment: Option<u8>) -> Vec<Vec<Field>> {
    let (mut rows, mut at) = (Vec::new(), 0);
    while let Some(start) = scan::next_record(text, at, comment).filter(|_| rows.len() < MAX_INSPECTED_ROWS) {
        let fields = scan::record(text, start, syntax);
        at = fields.last().map_or(text.len(), |last| last.end);
        let is_blank = fields.len() == 1 && value(text, &fields[0]).is_empty() && fields[0].quote.is_none();
        if !is_blank {
            rows.push(fields);
        }
    }
    rows
}

fn value<'t>(text: &'t [u8], field: &Field) -> &'t [u8] {
    text[field.value..field.end].trim_ascii()
}

/// Returns the most common width, the larger of two; 0 if there are no rows.
pub(super) fn common_width(widths: &[usize]) -> usize {
    let count = |width: usize| widths.iter().filter(|other| **other == width).count();
    widths.iter().copied().max_by_key(|&width| (count(width), width)).unwrap_or(0)
}

/// Fraction of the rows with the most common number of fields, or 0 if that number is 1.
fn agreement(rows: &[Vec<Field>]) -> f64 {
    match common_width(&rows.iter().map(Vec::len).collect::<Vec<_>>()) {
        0 | 1 => 0.0,
        width => rows.iter().filter(|row| row.len() == width).count() as f64 / rows.len() as f64,
    }
}

/// Returns `true` if all rows have the same number of fields, of which there are several.
fn is_regular(rows: &[Vec<Field>]) -> bool {
    let width = rows.last().map_or(0, Vec::len);
    width > 1 && rows.iter().all(|row| row.len() == width && row.iter().all(|field| field.closed))
}

/// Returns `true` for words that are the cells of a table rather than those of sentences or names.
fn are_columns(text: &[u8], words: &[Vec<Field>], missing: &MissingTokens) -> bool {
    let below = &words[usize::from(words.len() > 1)..];
    let is_numeric = |column: usize| below.iter().all(|row| is_value(value(text, &row[column]), missing));
    let width = words[0].len();
    (0..width).any(is_numeric) || (words.len() >= MIN_ROWS_OF_WORDS && width >= MIN_WORDS)
}

/// Returns `true` if every row has a field of several words, of which most are numbers, and runs of blanks.
fn are_aligned_numbers(text: &[u8], fields: &[Vec<Field>], words: &[Vec<Field>], missing: &MissingTokens) -> bool {
    let has_numbers = |row: &Vec<Field>| {
        row.iter().any(|field| {
            let value = value(text, field);
            let words: Vec<_> = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
            words.len() > 1 && words.iter().filter(|word| is_value(word, missing)).count() * 2 > words.len()
        })
    };
    let has_runs = |row: &Vec<Field>| row.windows(2).any(|pair| text[pair[0].end..pair[1].value].len() > 1);
    let is_separate = |row: &Vec<Field>| row.iter().all(|word| !value(text, word).ends_with(b","));
    let below = |rows: &[Vec<Field>], holds: &dyn Fn(&Vec<Field>) -> bool| {
        rows[usize::from(rows.len() > 1)..].iter().all(holds)
    };
    below(fields, &has_numbers) && below(words, &has_runs) && words.iter().all(is_separate)
}

/// Returns `true` for a number, with a point or a comma as decimal mark, and for a missing value.
fn is_value(word: &[u8], missing: &MissingTokens) -> bool {
    let Ok(word) = std::str::from_utf8(word) else { return false };
    missing.contains(word) || parse_number(&word.replacen(',', ".", 1)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Delimiter {
        delimiter(text.as_bytes(), &ReadOptions::default())
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
            // Blanks inside of fields.
            ("full name\nJane Doe\nJohn Smith\n", b','),
            ("price\n1 200\n3 400\n", b','),
            ("name\tgrade\nJane Doe\t1 a\nJohn Smith\t2 b\n", b'\t'),
            ("a,  b\n1,  2\n3,  4\n", b','),
            ("place,sum\n12.5 7.25,1\n13.5 8.25,2\n", b','),
            ("a\tb\n1 200\t2 300\n1 300\t4 500\n", b'\t'),
        ] {
            assert_eq!(detected(text), Delimiter::Character(wanted), "{text}");
        }
    }

    #[test]
    fn columns_that_are_aligned_by_blanks_are_detected() {
        for text in [
            " 0.00632  18.00   2.310  0\n 0.02731   0.00   7.070  0\n",
            "18.0   8   307.0  70  1\t\"chevrolet chevelle malibu\"\n15.0   8   ?      70  1\t\"buick skylark 320\"\n",
            "x y\n1 2\n3 4\n",
            "name  y\nann   1\nbob  10\n",
            "  1,5   2,25  ja\n 10,5   3,75  nein\n",
            "low high 2 small\nhigh low 3 big\n",
            &"vhigh low small\n".repeat(5),
        ] {
            assert_eq!(detected(text), Delimiter::Whitespace, "{text}");
        }
    }
}
