//! Parts of errors, one of each kind.

use std::io;
use std::path::{Path, PathBuf};

use super::*;

/// Parts of an error: name of the kind, path, line and column in the data, name of the column, found, expected.
type Parts = (&'static str, Option<&'static str>, Option<(u64, u64)>, Option<&'static str>, &'static str, &'static str);

fn at(line: u64, column: u64) -> Position {
    Position { path: Some("a.csv".into()), line, column }
}

fn name(text: &str) -> String {
    text.into()
}

fn path() -> PathBuf {
    "a.csv".into()
}

fn no_place(kind: &'static str) -> Parts {
    (kind, Some("a.csv"), None, None, "", "")
}

/// Returns an error of each kind in the order of [`ErrorKind`], with its parts; an empty text stands for none.
fn errors() -> Vec<(Error, Parts)> {
    let mut errors = errors_of_reading();
    errors.extend(errors_of_columns());
    errors.extend(errors_of_files());
    errors
}

fn errors_of_reading() -> Vec<(Error, Parts)> {
    let io = || io::Error::other("no disk");
    vec![
        (Error::Interrupted, ("interrupted", None, None, None, "", "")),
        (Error::Io { path: path(), source: io() }, no_place("io")),
        (Error::Decompress { path: path(), source: io() }, no_place("decompress")),
        (Error::Destination { path: path(), reason: name("a folder") }, no_place("destination")),
        (Error::RepeatedStream { path: path() }, no_place("repeated_stream")),
        (
            Error::NotUtf8 { at: at(2, 5), byte: 0xFF, offset: 9 },
            ("not_utf8", Some("a.csv"), Some((2, 5)), None, "0xFF", "UTF-8 text"),
        ),
        (Error::Empty { path: path() }, ("empty", Some("a.csv"), None, None, "an empty file", "rows")),
        (Error::NoRows { path: Some(path()) }, ("no_rows", Some("a.csv"), None, None, "", "rows")),
        (
            Error::DuplicateColumn { at: at(1, 3), name: name("size"), first: 1 },
            ("duplicate_column", Some("a.csv"), Some((1, 3)), Some("size"), "size", ""),
        ),
        (
            Error::Array { array: name("indices"), expected: name("4 numbers"), found: name("5") },
            ("array", None, None, None, "5", "4 numbers"),
        ),
        (
            Error::RaggedRow { at: at(4, 9), expected: 3, width_of: WidthSource::Header, found: 2, lines: 1 },
            ("ragged_row", Some("a.csv"), Some((4, 9)), None, "2", "3 fields as in the header"),
        ),
        (Error::UnterminatedQuote { at: at(7, 1) }, ("unterminated_quote", Some("a.csv"), Some((7, 1)), None, "", "")),
        (
            Error::TooManySkippedRows { limit: 5, last: name("bad") },
            ("too_many_skipped_rows", None, None, None, "", ""),
        ),
        (
            Error::LongRecord { at: at(3, 1), limit_mib: 16 },
            ("long_record", Some("a.csv"), Some((3, 1)), None, "", "a row of at most 16 MiB"),
        ),
    ]
}

fn errors_of_columns() -> Vec<(Error, Parts)> {
    let labels = TargetProblem::NotBinary { labels: vec![name("x"), name("y"), name("z")] };
    let expected = ExpectedCell::FiniteNumber;
    vec![
        (
            Error::UnknownColumn { path: None, name: name("c"), nearest: None, columns: vec![name("a"), name("b")] },
            ("unknown_column", None, None, Some("c"), "c", "one of a, b"),
        ),
        (
            Error::MissingColumn { path: Some(path()), column: name("size"), nearest: None },
            ("missing_column", Some("a.csv"), Some((1, 1)), Some("size"), "", "a column 'size'"),
        ),
        (
            Error::Width { path: Some(path()), width: 4, found: 2 },
            ("width", Some("a.csv"), Some((1, 1)), None, "2", "4 fields as in training, or 3 without the target"),
        ),
        (
            CellError { at: at(5, 2), column: name("b"), expected, found: name("inf") }.into(),
            ("cell", Some("a.csv"), Some((5, 2)), Some("b"), "inf", "a finite number of moderate size"),
        ),
        (
            TargetError { at: at(1, 4), column: name("y"), problem: labels }.into(),
            ("target", Some("a.csv"), Some((1, 4)), Some("y"), "3: x, y, z", "two distinct labels"),
        ),
        (
            Error::TargetAsFeature { option: "ignore", column: name("y") },
            ("target_as_feature", None, None, Some("y"), "y", "columns to predict from"),
        ),
        (
            Error::InteractionOfExcluded { path: Some(path()), column: name("id"), reason: name("constant") },
            ("interaction_of_excluded", Some("a.csv"), None, Some("id"), "", ""),
        ),
        (
            NoFeaturesError { path: Some(path()), excluded_columns: name("id"), free_text: None }.into(),
            no_place("no_features"),
        ),
    ]
}

fn errors_of_files() -> Vec<(Error, Parts)> {
    vec![
        (Error::NotModel { path: path(), reason: name("no header") }, no_place("not_model")),
        (Error::Binary { path: path(), format: "IDX", reason: name("too short") }, no_place("binary")),
        (
            Error::NotTable(path(), name("a PDF document")),
            ("not_table", Some("a.csv"), None, None, "a PDF document", "a table"),
        ),
        (
            Error::TooLarge { path: path(), limit: SizeLimit::Columns { limit: 5, found: 7 } },
            ("too_large", Some("a.csv"), None, None, "7", "at most 5 columns"),
        ),
        (
            Error::TooLarge { path: path(), limit: SizeLimit::Expansion { stored: 300, limit_mib: 512 } },
            ("too_large", Some("a.csv"), None, None, "more", "rows of at most 512 MiB in memory from 300 bytes"),
        ),
        (
            Error::TooLarge { path: path(), limit: SizeLimit::Window { limit_mib: 8 } },
            ("too_large", Some("a.csv"), None, None, "a larger one", "a zstd window of at most 8 MiB"),
        ),
        (
            MemoryNeed { limit: MemoryLimit::Given(1 << 30), parts: vec![MemoryPart::new("weights", 2 << 30)] }.into(),
            ("memory", None, None, None, "a need of about 2048 MiB: weights 2048 MiB", "at most 1024 MiB of memory"),
        ),
        (
            Error::LabelCount { path: path(), images: "b.idx".into(), expected: 10, found: (9, 1) },
            ("label_count", Some("a.csv"), None, None, "9", "10 labels"),
        ),
        (
            Error::Libsvm { at: at(6, 8), expected: "index:value", found: name("x") },
            ("libsvm", Some("a.csv"), Some((6, 8)), None, "x", "index:value"),
        ),
        (
            Error::TooManyFeatures { path: Some(path()), limit: 7, found: 8 },
            ("too_many_features", Some("a.csv"), None, None, "8", "at most 7 indexed features"),
        ),
        (
            MismatchError { path: Some(path()), problem: MismatchProblem::NoIndexedFeatures }.into(),
            ("mismatch", Some("a.csv"), None, None, "columns", "a libsvm file or a sparse matrix as in training"),
        ),
        (
            MismatchError {
                path: Some(path()),
                problem: MismatchProblem::UnseenLevels { column: name("x"), values: 3 },
            }
            .into(),
            ("mismatch", Some("a.csv"), None, Some("x"), "none in 3 values", "at least one value seen in training"),
        ),
        (
            Error::OtherColumns {
                path: path(),
                first: "b.csv".into(),
                expected: vec![name("x")],
                found: vec![name("y")],
            },
            ("other_columns", Some("a.csv"), None, None, "y", "the columns of b.csv (x)"),
        ),
        (
            Error::ColumnType { path: Some(path()), column: name("x"), found: name("a list") },
            ("column_type", Some("a.csv"), None, Some("x"), "a list", "numbers, texts or dates"),
        ),
        (
            Error::NewerModel { path: path(), known: 3, format: 4 },
            ("newer_model", Some("a.csv"), None, None, "4", "a model format of at most 3"),
        ),
        (Error::from(CheckpointError::InUse { path: path() }), ("checkpoint", None, None, None, "", "")),
        (
            Error::Method(thalweg::Error::Range { name: name("lr"), expected: "positive", found: -1.0 }),
            ("method", None, None, None, "", ""),
        ),
    ]
}

#[test]
fn each_error_has_the_parts_that_it_displays() {
    for (error, (kind, path, place, column, found, expected)) in errors() {
        assert_eq!(error.kind().to_string(), kind);
        assert_eq!(error.path(), path.map(Path::new), "{kind}");
        assert_eq!(error.position().map(|at| (at.line, at.column)), place, "{kind}");
        assert_eq!(error.column(), column, "{kind}");
        assert_eq!(error.found().unwrap_or_default(), found, "{kind}");
        assert_eq!(error.expected().unwrap_or_default(), expected, "{kind}");

        let message = error.to_string();
        if let Some(at) = error.position() {
            assert!(message.starts_with(&format!("{at}: ")), "{message}");
        }
        for part in [path.unwrap_or_default(), column.unwrap_or_default(), found] {
            assert!(message.contains(part), "{message} has no '{part}'");
        }
    }
}

#[test]
fn the_kinds_are_all_tested() {
    let mut tested: Vec<usize> = errors().iter().map(|(error, _)| error.kind() as usize).collect();
    tested.dedup();
    assert_eq!(tested, (0..=ErrorKind::Method as usize).collect::<Vec<_>>());
}

#[test]
fn errors_of_data_in_memory_have_neither_path_nor_line() {
    let missing = Error::MissingColumn { path: None, column: "size".into(), nearest: None };
    assert_eq!((missing.path(), missing.position()), (None, None));
    let at = Position { path: None, line: 2, column: 3 };
    let libsvm = Error::Libsvm { at: at.clone(), expected: "index:value", found: "x".into() };
    assert_eq!((libsvm.path(), libsvm.position()), (None, Some(at)));
}
