//! Parquet files of a few bytes that claim sizes they do not have.

use std::fs;
use std::io::Write;

use super::tests::read_columns;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Number of 32 or 64 bits.
fn number(number: i64) -> Vec<u8> {
    varint(((number << 1) ^ (number >> 63)) as u64)
}

fn text(text: &str) -> Vec<u8> {
    [varint(text.len() as u64), text.as_bytes().to_vec()].concat()
}

fn list(kind: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    [vec![0xf0 | kind], varint(elements.len() as u64), elements.concat()].concat()
}

/// Structure of fields: identifier, type, value.
fn structure(fields: &[(u8, u8, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    for (id, kind, value) in fields {
        bytes.push((id - last) << 4 | kind);
        bytes.extend(value);
        last = *id;
    }
    bytes.push(0);
    bytes
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).expect("tests are small")
}

fn group(children: i64) -> Vec<u8> {
    structure(&[(3, 5, number(0)), (4, 8, text("g")), (5, 5, number(children))])
}

/// Type of a column of 64-bit floats.
const FLOATS: i64 = 5;

/// Type of a column of texts.
const TEXTS: i64 = 6;

/// Required column.
fn leaf(kind: i64) -> Vec<u8> {
    structure(&[(1, 5, number(kind)), (3, 5, number(0)), (4, 8, text("y"))])
}

/// File of a schema, groups of rows, and pages.
fn file(schema: &[Vec<u8>], rows: i64, groups: &[Vec<u8>], pages: &[u8]) -> Vec<u8> {
    let footer =
        structure(&[(1, 5, number(1)), (2, 9, list(12, schema)), (3, 6, number(rows)), (4, 9, list(12, groups))]);
    [b"PAR1", pages, &footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

/// File of one column of floats: pages, of which a dictionary is the first; codec 0 is none, 1 is Snappy, 4 is Brotli.
fn column(rows: i64, codec: i64, dictionary: Option<Vec<u8>>, page: Vec<u8>) -> Vec<u8> {
    column_of(FLOATS, rows, codec, dictionary, page)
}

fn column_of(kind: i64, rows: i64, codec: i64, dictionary: Option<Vec<u8>>, page: Vec<u8>) -> Vec<u8> {
    let at = 4 + dictionary.as_ref().map_or(0, |page| size(page));
    let pages = [dictionary.clone().unwrap_or_default(), page].concat();
    let size = size(&pages);
    let mut meta = vec![
        (1, 5, number(kind)),
        (2, 9, list(5, &[number(0)])),
        (3, 9, list(8, &[text("y")])),
        (4, 5, number(codec)),
        (5, 6, number(rows)),
        (6, 6, number(size)),
        (7, 6, number(size)),
        (9, 6, number(at)),
    ];
    meta.extend(dictionary.map(|_| (11, 6, number(4))));
    let chunk = structure(&[(2, 6, number(4)), (3, 12, structure(&meta))]);
    let rows_of = structure(&[(1, 9, list(12, &[chunk])), (2, 6, number(size)), (3, 6, number(rows))]);
    file(&[group(1), leaf(kind)], rows, &[rows_of], &pages)
}

fn page(values: i64, encoding: i64, unpacked: i64, body: &[u8]) -> Vec<u8> {
    let head = structure(&[(1, 5, number(values)), (2, 5, number(encoding)), (3, 5, number(3)), (4, 5, number(3))]);
    let sizes = [(1, 5, number(0)), (2, 5, number(unpacked)), (3, 5, number(size(body))), (5, 12, head)];
    [structure(&sizes), body.to_vec()].concat()
}

fn dictionary(values: i64, body: &[u8]) -> Vec<u8> {
    let (head, size) = (structure(&[(1, 5, number(values)), (2, 5, number(0))]), number(size(body)));
    [structure(&[(1, 5, number(2)), (2, 5, size.clone()), (3, 5, size), (7, 12, head)]), body.to_vec()].concat()
}

/// Reads the first column; returns the reason of the refusal.
fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("x");
    fs::write(&path, bytes).expect("the file is written");
    let columns = read_columns(&path, &[0], 1000).map_err(|error| error.to_string());
    let reason =
        |text: String| text.split_once("x: invalid Parquet file: ").map_or(text.clone(), |(_, reason)| reason.into());
    columns.map(|mut columns| columns.remove(0)).map_err(reason)
}

#[test]
fn files_that_keep_their_claims_are_read() {
    let numbers = [1.5_f64, 2.0].map(f64::to_le_bytes).concat();
    assert_eq!(read(&column(2, 0, None, page(2, 0, 16, &numbers))).as_deref(), Ok(&["1.5".into(), "2".into()][..]));
    // Index 1 of one bit, three times.
    let packed = page(3, 8, 3, &[1, 6, 1]);
    assert_eq!(read(&column(3, 0, Some(dictionary(2, &numbers)), packed)), Ok(vec!["2".to_string(); 3]));
}

#[test]
fn groups_in_one_another_are_bounded() {
    let nested =
        |depth: usize| file(&[vec![group(1)], vec![group(1); depth], vec![leaf(FLOATS)]].concat(), 0, &[], &[]);
    let unsupported = read(&nested(99)).expect_err("a column of groups is not supported");
    assert!(unsupported.ends_with("found a struct in each row"), "{unsupported}");
    for depth in [100, 300, 1000, 100_000] {
        assert_eq!(read(&nested(depth)), Err("its columns lie in more than 100 groups in one another".to_string()));
    }
}

#[test]
fn a_group_has_no_more_children_than_elements_follow() {
    for children in [2, i64::from(i32::MAX), -1] {
        let reason = format!("a group claims {children} children where 1 columns and groups follow");
        assert_eq!(read(&file(&[group(children), leaf(FLOATS)], 0, &[], &[])), Err(reason));
    }
}

#[test]
fn columns_and_row_groups_are_bounded_by_the_size_of_the_file() {
    let columns = 1 << 17;
    let bytes = file(&[vec![group(columns)], vec![leaf(FLOATS); columns as usize]].concat(), 0, &[], &[]);
    assert_eq!(read(&bytes), Err(format!("{} bytes cannot have {columns} columns", bytes.len())));
    let (columns, groups) = (1000, 1000);
    let group_of_rows = structure(&[(1, 9, list(12, &[])), (2, 6, number(0)), (3, 6, number(0))]);
    let schema = [vec![group(columns)], vec![leaf(FLOATS); columns as usize]].concat();
    let reason = read(&file(&schema, 0, &vec![group_of_rows; groups], &[])).expect_err("the groups have no columns");
    assert!(reason.ends_with("cannot have 1000 groups of 1000 columns"), "{reason}");
}

#[test]
fn pages_unpack_to_no_more_than_they_can() {
    // 2³¹ − 1 zeros, as their length by Snappy and 15 bytes.
    let body = [&[0xff, 0xff, 0xff, 0xff, 7][..], &[0; 15]].concat();
    let reason = "a page of 20 bytes claims to unpack to 2147483647 bytes".to_string();
    assert_eq!(read(&column(10, 1, None, page(10, 0, i64::from(i32::MAX), &body))), Err(reason));
    let reason = "a page has a negative size".to_string();
    assert_eq!(read(&column(10, 1, None, page(10, 0, -1, &body))), Err(reason));
}

#[test]
fn a_dictionary_has_no_more_values_than_bytes() {
    let file = column(1, 0, Some(dictionary(i64::from(i32::MAX), &[0; 16])), page(1, 8, 3, &[1, 2, 0]));
    assert_eq!(read(&file), Err("a dictionary of 16 bytes claims 2147483647 values".to_string()));
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 1 << 16, 1, 22);
    writer.write_all(bytes).expect("the bytes are packed");
    drop(writer);
    packed
}

#[test]
fn pages_that_unpack_to_more_than_they_claim_are_refused() {
    let numbers = [1.5_f64, 2.0].map(f64::to_le_bytes).concat();
    let body = brotli(&numbers);
    assert_eq!(read(&column(2, 4, None, page(2, 0, 16, &body))).as_deref(), Ok(&["1.5".into(), "2".into()][..]));
    let body = brotli(&vec![0; 129 << 20]);
    let reason = format!("a page of {} bytes unpacks to more than {}", body.len(), 1 << 27);
    assert_eq!(read(&column(2, 4, None, page(2, 0, 16, &body))), Err(reason));
}

#[test]
fn deltas_have_no_more_values_than_any_page_may_have() {
    // Blocks of 128 in 4 parts; the count, and the first number.
    let lengths = |count: u64| [varint(128), varint(4), varint(count), varint(0)].concat();
    let huge = i32::MAX as u64;
    // Lengths of texts, then their common beginnings and their other parts.
    for (encoding, body) in [(6, lengths(huge)), (7, lengths(huge)), (7, [lengths(1), lengths(huge)].concat())] {
        let file = column_of(TEXTS, 10, 0, None, page(i64::from(i32::MAX), encoding, size(&body), &body));
        assert_eq!(read(&file), Err(format!("a page of {} bytes claims {huge} values", body.len())));
    }
    // One text, whose length 2 is stored as 4.
    let body = [varint(128), varint(4), varint(1), varint(4), b"ab".to_vec()].concat();
    let file = column_of(TEXTS, 1, 0, None, page(1, 6, size(&body), &body));
    assert_eq!(read(&file).as_deref().map(<[String]>::len), Ok(1));
}
