//! libsvm text compared with scikit-learn, with a simple parser word by word, and with corrupted text.

use std::path::Path;

use super::entries::LibsvmRows;
use super::line::LineFormat;
use super::parser::parse_chunk;
use crate::data::read_options::IndexBase;
use crate::data::testing::corrupt::corrupted;
use crate::data::testing::shared::{decompressed_bytes, shared_data};
use crate::error::Result;

/// Parses a text; returns its rows with indices from 0, and the index of the first feature in the file.
fn read(path: &Path, text: &[u8], base: IndexBase) -> Result<(LibsvmRows, u32)> {
    let mut all = parse_chunk(path, text, 1, LineFormat { has_labels: true, base })?;
    let first = match base {
        IndexBase::Zero => 0,
        IndexBase::One => 1,
        IndexBase::Auto => u32::from(all.min_index > 0),
    };
    all.rows.index.iter_mut().for_each(|index| *index -= first);
    Ok((all, first))
}

fn rows(text: &str, base: IndexBase) -> (LibsvmRows, u32) {
    read(Path::new("x"), text.as_bytes(), base).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &[u8], base: IndexBase) -> String {
    read(Path::new("x"), text, base).expect_err("a line is invalid").to_string()
}

/// Labels, and the entries of each row with indices as written.
type Parsed = (Vec<f64>, Vec<Vec<(u32, f32)>>);

/// Reference parser: word by word, every number by the standard library; `None` for invalid text.
fn reference(text: &str) -> Option<Parsed> {
    let (mut labels, mut rows) = (Vec::new(), Vec::new());
    for line in text.split('\n').map(|line| line.find('#').map_or(line, |comment| &line[..comment])) {
        let mut words = line.split([' ', '\t', '\r', '\x0b', '\x0c']).filter(|word| !word.is_empty()).peekable();
        let Some(label) = words.next() else { continue };
        labels.push(label.parse().ok().filter(|label: &f64| label.is_finite())?);
        if let Some(qid) = words.next_if(|word| word.starts_with("qid:")) {
            (qid.len() > 4 && qid[4..].bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        }
        let mut row = Vec::new();
        for word in words {
            let (index, value) = word.split_once(':')?;
            let digits = index.bytes().all(|byte| byte.is_ascii_digit());
            let index = index.parse().ok().filter(|&index: &u32| digits && index < u32::MAX)?;
            row.push((index, (value.parse::<f64>().ok()? as f32)));
        }
        row.sort_by_key(|&(index, _)| index);
        let twice = row.windows(2).any(|pair| pair[0].0 == pair[1].0);
        (!twice && row.iter().all(|(_, value)| value.is_finite())).then_some(())?;
        rows.push(row);
    }
    Some((labels, rows))
}

/// Converts rows to the form of [`reference`].
fn to_parsed(found: &LibsvmRows) -> Parsed {
    let row = |row| {
        let (index, value) = found.rows.row(row);
        index.iter().copied().zip(value.iter().copied()).collect()
    };
    (found.labels.clone(), (0..found.rows.ends.len()).map(row).collect())
}

const TEXT: &str = "+1 1:0.5 3:-2 # a comment 5:1\r\n\n  # only words\n-1.5e0\tqid:7  2:1e-3\t10:.25 \n0 7:3 2:1 4:0\n\
                    2.0 12:1.#x\n3\n1 4294967294:123456789012345678901234567890 5:0.1000000000000000055511151231257827\n";

#[test]
fn lines_are_read() {
    let (found, first) = rows(TEXT, IndexBase::Auto);
    assert_eq!((first, found.min_index, found.max_index), (1, 1, 4_294_967_294));
    assert_eq!(found.labels, [1.0, -1.5, 0.0, 2.0, 3.0, 1.0]);
    assert_eq!(found.rows.row(0), (&[0, 2][..], &[0.5, -2.0][..]));
    assert_eq!(found.rows.row(1), (&[1, 9][..], &[1e-3, 0.25][..]));
    assert_eq!(found.rows.row(2), (&[1, 3, 6][..], &[1.0, 0.0, 3.0][..]));
    assert_eq!(found.rows.row(4), (&[][..], &[][..]));
    assert_eq!(found.rows.row(5), (&[4, 4_294_967_293][..], &[0.1, 1.234_567_9e29][..]));
}

#[test]
fn the_index_base_is_detected_or_given() {
    let of = |text, base| {
        let (found, first) = rows(text, base);
        (first, found.rows.index)
    };
    assert_eq!(of("1 0:1 2:1\n1 1:1", IndexBase::Auto), (0, vec![0, 2, 1]));
    assert_eq!(of("1 1:1 2:1", IndexBase::Auto), (1, vec![0, 1]));
    assert_eq!(of("1 1:1 2:1", IndexBase::Zero), (0, vec![1, 2]));
    assert_eq!(of("1 1:1 2:1", IndexBase::One), (1, vec![0, 1]));
    assert!(of("", IndexBase::Auto).1.is_empty());
    let text = refused("1 1:1\n1 2:1 0:1\n".as_bytes(), IndexBase::One);
    assert_eq!(text, "x:2:7: expected an index of at least 1, the first feature being 1, found '0:1'");
}

#[test]
fn errors_have_a_position_and_an_expectation() {
    for (text, wanted) in [
        ("1 1:1\nspam 1:1\n", "x:2:1: expected a number as label at the start of the line, found 'spam'"),
        ("nan 1:1\n", "x:1:1: expected a number as label at the start of the line, found 'nan'"),
        ("1,3 1:1\n", "x:1:1: expected a single label, found '1,3'"),
        ("1 qid:x 1:1\n", "x:1:7: expected an integer qid, found 'x'"),
        ("1 2 1:1\n", "x:1:3: expected `index:value` pairs after the label, found '2'"),
        ("1 ä:1\n", "x:1:3: expected an integer index of at most 4294967294, found 'ä:1'"),
        ("1 # ä\n1 5:1 -2:1", "x:2:7: expected an integer index of at most 4294967294, found '-2:1'"),
        ("1 4294967295:1", "x:1:3: expected an integer index of at most 4294967294, found '4294967295:1'"),
        (
            "1 99999999999999999999999999:1",
            "x:1:3: expected an integer index of at most 4294967294, found '99999999999999999999999999:1'",
        ),
        ("1 3:1\t1:1  3:2", "x:1:12: expected each index only once in a line, found '3:2'"),
        ("3 3:1 3:1", "x:1:7: expected each index only once in a line, found '3:1'"),
        ("1 3:", "x:1:5: expected a finite number that fits in 32 bits, found ''"),
        ("1 3:x", "x:1:5: expected a finite number that fits in 32 bits, found 'x'"),
        ("1 3:1e39", "x:1:5: expected a finite number that fits in 32 bits, found '1e39'"),
        ("1 3:inf", "x:1:5: expected a finite number that fits in 32 bits, found 'inf'"),
        ("1 3:0.", ""),
        ("1 3:1:1", "x:1:5: expected a finite number that fits in 32 bits, found '1:1'"),
    ] {
        if wanted.is_empty() {
            rows(text, IndexBase::Auto);
        } else {
            assert_eq!(refused(text.as_bytes(), IndexBase::Auto), wanted);
        }
    }
}

/// Generates lines of many entries.
fn long_text(lines: u32) -> String {
    let entry = |i: u32, j: u32| {
        let index = 1 + j * 1000 + (i * 7 + j * 13) % 1000;
        let hash = i.wrapping_mul(2_654_435_761).wrapping_add(j.wrapping_mul(40_503));
        match hash % 4 {
            0 => format!(" {index}:1"),
            1 => format!(" {index}:{}", f64::from(hash) / 4294.967),
            _ => format!(" {index}:0.{:04}", hash % 10_000),
        }
    };
    (0..lines).map(|i| format!("{}{}\n", i % 3, (0..40).map(|j| entry(i, j)).collect::<String>())).collect()
}

#[test]
fn a_long_text_is_read_as_by_the_reference() {
    let text = long_text(2000);
    let (found, first) = rows(&text, IndexBase::Zero);
    assert!(Some(to_parsed(&found)) == reference(&text) && first == 0);
    let invalid = format!("{text}1 2:x\n{text}");
    let message = "x:2001:5: expected a finite number that fits in 32 bits, found 'x'";
    assert_eq!(refused(invalid.as_bytes(), IndexBase::Auto), message);
}

#[test]
fn corrupted_text_is_read_as_by_the_reference_or_refused() {
    let seed = format!("{TEXT}{}", long_text(3));
    let (mut valid, mut invalid) = (0, 0);
    for round in 0..4000 {
        let bytes = corrupted(seed.as_bytes(), round);
        let read = read(Path::new("x"), &bytes, IndexBase::Zero);
        let text = String::from_utf8_lossy(&bytes);
        let wanted = reference(&text);
        valid += usize::from(read.is_ok());
        invalid += usize::from(read.is_err());
        match (read, wanted) {
            (Ok((found, _)), Some(wanted)) => assert!(to_parsed(&found) == wanted, "round {round}"),
            (Err(_), None) => {}
            (read, _) => panic!("round {round}: {:?} of {text}", read.map(|_| ())),
        }
    }
    assert!(valid > 400 && invalid > 400, "{valid} {invalid}");
}

/// Rows, features, entries, sums of labels and values, and Σ ((k mod 97) + 1)·index over entries k, indices from 0:
/// as `sklearn.datasets.load_svmlight_file` 1.9 reads the files.
#[test]
fn real_files_are_read_as_by_scikit_learn() {
    for (file, (rows, features, entries), labels, values, indices) in [
        ("a9a/a9a.gz", (32_561, 123, 451_592), -16_879.0, 451_592.0, 1_082_361_314),
        ("a9a/a9a.t.gz", (16_281, 122, 225_731), -8_589.0, 225_731.0, 539_278_297),
        ("agaricus/agaricus.txt.train", (6_513, 126, 143_286), 3_140.0, 143_286.0, 426_953_780),
        ("20news-bow/train.libsvm.gz", (11_314, 39_302, 1_745_767), 116_455.0, 3_520_006.0, 1_800_882_202_050),
        ("20news-bow/test.libsvm.gz", (7_532, 39_302, 1_116_461), 77_530.0, 2_133_007.0, 1_157_844_689_809_u64),
    ] {
        let Some(path) = shared_data(file) else { continue };
        let (found, first) = read(&path, &decompressed_bytes(&path), IndexBase::Auto).expect("the file is valid");
        assert_eq!(
            (found.rows.ends.len(), found.max_index, found.rows.index.len()),
            (rows, features, entries),
            "{file}"
        );
        assert_eq!((first, found.min_index, *found.rows.ends.last().expect("the file has rows")), (1, 1, entries));
        assert_eq!(found.labels.iter().sum::<f64>().to_bits(), f64::to_bits(labels));
        assert_eq!(found.rows.value.iter().map(|&value| f64::from(value)).sum::<f64>().to_bits(), f64::to_bits(values));
        let places = found.rows.index.iter().enumerate();
        assert_eq!(places.map(|(k, &index)| (k as u64 % 97 + 1) * u64::from(index)).sum::<u64>(), indices);
    }
}

#[test]
fn without_labels_a_blank_line_is_a_row_and_with_them_it_is_none() {
    let text = "2:1\n\n1:3\n# a remark\n\n";
    let format = |has_labels| LineFormat { has_labels, base: IndexBase::One };
    let rows = parse_chunk(Path::new("x"), text.as_bytes(), 1, format(false)).expect("the lines are valid");
    assert_eq!(rows.rows.ends, [1, 1, 2, 2]);
    assert!(rows.labels.len() == 4 && rows.labels.iter().all(|label| label.is_nan()));
    let labelled = "1 2:1\n\n0\n";
    let rows = parse_chunk(Path::new("x"), labelled.as_bytes(), 1, format(true)).expect("the lines are valid");
    assert_eq!(rows.rows.ends, [1, 1]);
}

#[test]
fn the_first_rows_may_have_no_features() {
    use super::libsvm_format;
    use crate::data::ReadOptions;
    let optional = ReadOptions { optional_labels: true, ..ReadOptions::default() };
    for (text, has_labels) in [
        ("1 \n0\n1 2:3\n", Some(true)),
        ("1\n0\n", None),
        ("1 2:3\n", Some(true)),
        ("\n2:3\n", Some(false)),
        ("1\n2:3\n", None),
        ("x,y\n1,2\n", None),
    ] {
        let found = libsvm_format(text.as_bytes(), &optional).map(|format| format.has_labels);
        assert_eq!(found, has_labels, "{text}");
    }
}
