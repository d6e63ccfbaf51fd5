//! Options of the use of columns.

use crate::data::column_names::trim_names;
use crate::data::interaction::InteractionSpec;
use crate::data::skipped_rows::OnError;
use crate::data::table::Table;
use crate::data::words::TextWeighting;
use crate::error::{Error, Result};

/// Options of the use of columns, by their names.
#[derive(Clone, Debug, Default)]
pub struct ColumnOptions {
    /// Columns to exclude from the features.
    pub ignore: Vec<String>,
    /// If not empty, the only columns to use, even if they look like dates or identifiers.
    pub keep: Vec<String>,
    /// Columns to use as categories, whatever they look like.
    pub categorical: Vec<String>,
    /// Columns of texts to use as bags of words.
    ///
    /// A word is a feature of its own, found by hashing; its value is given by `text_weighting` and divided by the root
    /// of the sum of the squares of the row's values. A missing text has no words.
    pub text: Vec<String>,
    /// Values of the words in the columns `text`.
    pub text_weighting: TextWeighting,
    /// Columns of numbers in which any text means a missing value.
    pub text_as_missing: Vec<String>,
    /// Interactions to add as features.
    pub interactions: Vec<InteractionSpec>,
    /// Number of hash bits: columns with many levels share 2^`hash_bits` coefficients with all words. With 0, no levels
    /// are hashed, and words share 2^18 coefficients.
    pub hash_bits: u8,
    /// Policy for rows with a text in a column of numbers.
    pub on_error: OnError,
}

impl ColumnOptions {
    /// Returns these options with names as tables have them: without blanks around them.
    pub(crate) fn with_trimmed_names(&self) -> ColumnOptions {
        ColumnOptions {
            ignore: trim_names(&self.ignore),
            keep: trim_names(&self.keep),
            categorical: trim_names(&self.categorical),
            text: trim_names(&self.text),
            text_as_missing: trim_names(&self.text_as_missing),
            interactions: self.interactions.iter().map(|spec| InteractionSpec(trim_names(&spec.0))).collect(),
            ..*self
        }
    }

    /// Checks that all named columns exist and that none of them is the target.
    pub(super) fn check(&self, table: &Table<'_>, target: &str) -> Result<()> {
        let interacting: Vec<String> = self.interactions.iter().flat_map(|spec| spec.0.clone()).collect();
        let named = [
            ("ignore", &self.ignore),
            ("categorical", &self.categorical),
            ("text", &self.text),
            ("text_as_missing", &self.text_as_missing),
            ("interactions", &interacting),
        ];
        for (option, names) in named {
            if names.iter().any(|name| name == target) {
                return Err(Error::TargetAsFeature { option, column: target.to_string() });
            }
        }
        let (texts, numbers) = ("of other columns than those of texts", "of columns of numbers");
        for (what, names, others, expected) in [
            ("categorical", &self.categorical, &self.text, texts),
            ("interactions", &interacting, &self.text, texts),
            ("text_as_missing", &self.text_as_missing, &self.text, numbers),
            ("text_as_missing", &self.text_as_missing, &self.categorical, numbers),
        ] {
            if let Some(name) = names.iter().find(|name| others.contains(name)) {
                let (what, expected, found) = (what.into(), expected.into(), name.clone());
                return Err(thalweg::Error::InvalidValue { what, expected, found }.into());
            }
        }
        let named = named.into_iter().flat_map(|(_, names)| names).chain(&self.keep);
        named.into_iter().try_for_each(|name| table.column_index(name).map(drop))
    }

    /// Returns the indices of the columns `text_as_missing`.
    pub(super) fn text_as_missing_columns(&self, table: &Table<'_>) -> Result<Vec<usize>> {
        self.text_as_missing.iter().map(|name| table.column_index(name)).collect()
    }
}
