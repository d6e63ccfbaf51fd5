//! Hints that turn errors of the libraries into advice for the command line.

mod first_lines;
mod foreign_options;
mod method_parameters;

use std::io::Read;
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
pub(crate) use foreign_options::advice as option_advice;
use thalweg_learn::Error;
use thalweg_learn::data::{Outliers, nearest_name, open_input};
use thalweg_learn::error::{CheckpointError, ColumnRole, ExpectedCell, SizeLimit, TargetProblem, WidthSource};

use crate::name_list::list_item;
use crate::report::exclusions::text_hint;
use crate::report::read_notes::QUOTES;
use crate::report::shell::quote_for_shell;

/// Bytes by which the encoding of a text is guessed.
const ENCODING_BYTES: u64 = 1 << 16;

/// Most lines before a header that a hint takes into account.
const FIRST_LINES: u64 = 20;

/// Returns the message of an error of the core, with the known name that is most similar to an unknown one.
pub(crate) fn describe(error: &thalweg::Error) -> String {
    match suggestion(error) {
        Some(suggestion) => format!("{error}; {suggestion}"),
        None => error.to_string(),
    }
}

/// Returns what other libraries' names are called here, or the known name that is most similar to an unknown one, as a
/// question.
fn suggestion(error: &thalweg::Error) -> Option<String> {
    if let Some(advice) = method_parameters::advice(error) {
        return Some(advice);
    }
    let thalweg::Error::Unknown { what, name, known } = error else { return None };
    // Some names are listed with their parameters, as `huber:delta=1.35`.
    let names: Vec<String> = known.iter().map(|known| known.split(':').take(1).collect()).collect();
    let nearest = nearest_name(name, &names).map(|nearest| format!("did you mean '{nearest}'?"));
    let converted = || format!("iconv -f {} -t utf-8 converts a file", quote_for_shell(name));
    nearest.or_else(|| (what == "encoding").then(converted))
}

/// Returns the options that may resolve an error, as a sentence without a final stop; `None` for most errors.
pub(crate) fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Method(error) => suggestion(error),
        Error::NotUtf8 { at, .. } => Some(encoding_hint(at.path.as_deref())),
        Error::UnterminatedQuote { .. } => Some(QUOTES.to_string()),
        Error::RaggedRow { lines, .. } if *lines > 1 => Some(QUOTES.to_string()),
        Error::RaggedRow { at, width_of, found, expected, .. } if at.line <= FIRST_LINES && found > expected => {
            let what = match width_of {
                WidthSource::Header => "the header",
                WidthSource::FirstRow => "the rows",
                WidthSource::Model => return None,
            };
            Some(format!("if lines precede {what}, --skip-lines N skips them"))
        }
        Error::RaggedRow { width_of: WidthSource::Header | WidthSource::FirstRow, .. } => {
            Some("if it is no row, as a note or a total at the end, --on-error skip leaves it out".to_string())
        }
        Error::UnknownColumn { path, name, columns, .. } => first_lines::column_hint(path.as_deref(), name, columns),
        Error::TooLarge { limit: SizeLimit::Expansion { .. }, .. } => {
            Some("--max-memory 2G reads rows that are larger in parts".to_string())
        }
        Error::TooLarge { limit: SizeLimit::Features { .. }, .. } => {
            Some("--max-memory 8G takes as many features as fit in it".to_string())
        }
        Error::TooLarge { limit: SizeLimit::Window { .. }, .. } => {
            Some("a window may have a sixteenth of --max-memory".to_string())
        }
        Error::Checkpoint(error) if matches!(**error, CheckpointError::OtherFit { .. }) => {
            Some("--force continues with the data and options of this command".to_string())
        }
        Error::Memory(need) if need.parts.iter().any(|part| part.what.starts_with("optimizer")) => Some(
            "fewer coefficients need less memory: --hash-bits with fewer bits, --ignore of categories, a smaller --model, \
             or a --method with less state"
                .to_string(),
        ),
        Error::Target(error) => match error.problem {
            TargetProblem::NotBinary { .. } => Some("--loss softmax learns any number of classes".to_string()),
            _ => None,
        },
        Error::NoFeatures(error) => error.free_text.as_deref().map(text_hint),
        // The cell of a table without column names, where a file to predict may have them.
        Error::Cell(error) if error.at.line == 1 && matches!(error.expected, ExpectedCell::Number(None)) => {
            let is_numbered = error.column.strip_prefix('c').is_some_and(|number| number.parse::<usize>().is_ok());
            is_numbered.then(|| "if the first line is no row, --skip-lines 1 skips it".to_string())
        }
        Error::Cell(error) => {
            let ExpectedCell::Number(Some(statistics)) = &error.expected else { return None };
            let comma = statistics
                .decimal_comma
                .then(|| "--decimal , reads a comma as decimal mark, --thousands , one between thousands".to_string());
            let missing = (!statistics.decimal_comma)
                .then(|| format!("--missing {} reads it as a missing value", quote_for_shell(list_item(&error.found).as_str())));
            let categorical = (statistics.role == ColumnRole::Feature)
                .then(|| format!("--categorical {} reads the column as categories", quote_for_shell(list_item(&error.column))));
            let text_as_missing = (statistics.role == ColumnRole::Feature && !statistics.decimal_comma).then(|| {
                format!("--text-as-missing {} reads every text of the column so", quote_for_shell(list_item(&error.column)))
            });
            let options = comma.into_iter().chain(missing).chain(text_as_missing).chain(categorical);
            let options: Vec<String> = options.collect();
            (!options.is_empty()).then(|| options.join("; "))
        }
        _ => None,
    }
}

/// Returns the option for a text in the encoding that its first bytes look like.
fn encoding_hint(path: Option<&Path>) -> String {
    let guess = path.and_then(|path| {
        let mut first = Vec::new();
        open_input(path).ok()?.take(ENCODING_BYTES).read_to_end(&mut first).ok()?;
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&first, (first.len() as u64) < ENCODING_BYTES);
        Some(detector.guess(None, Utf8Detection::Deny).name().to_lowercase())
    });
    match guess.as_deref() {
        None | Some("windows-1252") => "if the text is Latin-1, add --encoding latin1".to_string(),
        Some(name) => format!("if the text is {name}, as it seems, add --encoding {name}; if Latin-1, latin1"),
    }
}

/// Returns the option that removes an outlier, as a sentence without a final stop.
pub(crate) fn outlier_hint(outliers: &Outliers) -> String {
    format!("if it is a mistake, --missing {} reads it as a missing value", quote_for_shell(&outliers.value))
}

#[cfg(test)]
mod tests {
    use thalweg_learn::error::{CellError, NoFeaturesError, NonNumbers, Position, TargetError};

    use super::*;

    fn at() -> Position {
        Position { path: Some("data.csv".into()), line: 3, column: 1 }
    }

    fn number_hint(role: ColumnRole, decimal_comma: bool) -> Option<String> {
        let statistics = NonNumbers { values: 400, non_numbers: 1, decimal_comma, role };
        let expected = ExpectedCell::Number(Some(statistics));
        hint(&CellError { at: at(), column: "age".into(), expected, found: "not known".into() }.into())
    }

    #[test]
    fn texts_among_numbers_have_hints() {
        let missing = "--missing 'not known' reads it as a missing value";
        let categorical = "--categorical age reads the column as categories";
        let every = "--text-as-missing age reads every text of the column so";
        assert_eq!(number_hint(ColumnRole::Feature, false), Some(format!("{missing}; {every}; {categorical}")));
        let comma = "--decimal , reads a comma as decimal mark, --thousands , one between thousands";
        assert_eq!(number_hint(ColumnRole::Feature, true), Some(format!("{comma}; {categorical}")));
        assert_eq!(number_hint(ColumnRole::Target, false).as_deref(), Some(missing));
        assert_eq!(number_hint(ColumnRole::Target, true).as_deref(), Some(comma));
    }

    #[test]
    fn unknown_names_have_the_most_similar_known_one() {
        let message = |text: &str| describe(&text.parse::<thalweg::OptimizerSpec>().expect_err("an unknown name"));
        assert!(message("adma").ends_with("; did you mean 'adam'?"), "{}", message("adma"));
        assert!(message("adam:beta3=0.9").contains("did you mean 'beta"), "{}", message("adam:beta3=0.9"));
        assert!(!message("newton").contains("did you mean"), "{}", message("newton"));
    }

    #[test]
    fn other_errors_have_the_hint_of_their_option() {
        let not_utf8 = Error::NotUtf8 { at: at(), byte: 0xe9, offset: 13 };
        assert!(hint(&not_utf8).is_some_and(|hint| hint.contains("--encoding latin1")));
        let problem = TargetProblem::NotBinary { labels: vec!["a".into(), "b".into(), "c".into()] };
        let target = TargetError { at: at(), column: "y".into(), problem };
        assert!(hint(&target.into()).is_some_and(|hint| hint.contains("--loss softmax")));
        let unknown = thalweg::Error::Unknown {
            what: "method".into(),
            name: "adma".into(),
            known: ["sgd", "adam", "lion"].map(String::from).to_vec(),
        };
        assert!(describe(&unknown).ends_with("; did you mean 'adam'?"));
        assert_eq!(hint(&unknown.into()).as_deref(), Some("did you mean 'adam'?"));
        let error = |free_text| NoFeaturesError { path: None, excluded_columns: "id".into(), free_text };
        assert_eq!(hint(&error(None).into()), None);
        let hint_of_text = hint(&error(Some("the text".into())).into());
        assert_eq!(hint_of_text.as_deref(), Some("--text 'the text' uses its words"));
        assert_eq!(hint(&Error::Empty { path: "data.csv".into() }), None);
    }
}
