//! Schema of a model: the encoding of its target and features, stored in the model file.

use serde::{Deserialize, Serialize};

use super::coefficient_names::CoefficientNames;
use super::interaction::{Interaction, InteractionEncoding};
use super::missing::MISSING_LEVEL;
use super::read_options::{HeaderRow, IndexBase, ReadOptions};
use super::row_matrix::RowMatrix;
use super::rows::Rows;
use super::target::Target;
use super::text_format::{TextFormat, is_default};
use super::words::{DocumentFrequencies, TextWeighting};

/// Encoding of the rows of a table as numbers, measured on the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Column to predict, and its scaling or labels.
    pub target: Target,
    /// Columns to predict from, in the order of the file.
    pub features: Vec<Feature>,
    /// Sparse features addressed by index: those of libsvm files.
    #[serde(rename = "unnamed", default, skip_serializing_if = "Option::is_none")]
    pub indexed_features: Option<IndexedFeatures>,
    /// Interactions of several columns.
    #[serde(rename = "crosses", default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<Interaction>,
    /// Number of hash bits: hashed levels and words share 2^`hash_bits` coefficients; 0 if nothing is hashed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hash_bits: u8,
    /// Texts that mean a missing value.
    pub missing: Vec<String>,
    /// Columns of numbers in which any text means a missing value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text_as_missing: Vec<String>,
    /// If true, the training file had column names.
    pub header: bool,
    /// Number of columns of the training file, by which columns are found in files without names.
    pub width: usize,
    /// Index of the target among the columns of the training file.
    pub target_index: usize,
    /// Format of the training file, if it was delimited text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_format: TextFormat,
}

/// Range of features addressed by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedFeatures {
    /// Number of features in the range.
    pub features: u32,
    /// Index of the first feature in the file: 0 or 1.
    pub first: u32,
}

/// Column to predict from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Name of the column.
    pub name: String,
    /// Encoding of its cells.
    pub encoding: Encoding,
}

/// Encoding of the cells of a column as numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// (x − mean) / deviation, with one coefficient, and a second one if there is a missing-value indicator.
    Number {
        /// Mean over the training rows with a value.
        mean: f64,
        /// Population standard deviation over the training rows with a value.
        deviation: f64,
        /// Treatment of missing values.
        missing: Imputation,
    },
    /// One-hot encoding, with one coefficient for each level.
    Category {
        /// Levels seen in training, sorted; "(missing)" is the level of missing values.
        levels: Vec<String>,
    },
    /// As a category, but the coefficient is found by hashing the level, among those that all hashed features share.
    Hashed {
        /// If true, the levels are numbers, so that 7 and 7.0 are the same level.
        numeric: bool,
    },
    /// Words, whose coefficients are found by hashing, among those that all hashed features share.
    Text {
        /// Value of a word.
        weighting: TextWeighting,
        /// Frequencies of the words in training; `None` if the weighting needs none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document_frequencies: Option<DocumentFrequencies>,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // required by serde
fn is_zero(bits: &u8) -> bool {
    *bits == 0
}

/// Treatment of missing numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Imputation {
    /// Replace by the mean and count: there were no missing values in training.
    #[serde(rename = "none")]
    Mean,
    /// Replace by the mean, and set a second feature, "name (missing)", to 1.
    #[serde(rename = "indicator")]
    MeanAndIndicator,
}

impl Schema {
    /// Names of the coefficients in their order: numbers ("age", "age (missing)") and their products ("age*height"),
    /// then levels of categories ("job=clerk") and of interactions ("job*town=clerk*Ulm"), indexed features ("17"), and
    /// hashed levels and words ("#4711").
    pub fn coefficient_names(&self) -> Vec<String> {
        let names = self.lazy_coefficient_names();
        (0..self.coefficient_count()).map(|coefficient| names.name(coefficient)).collect()
    }

    /// Returns the names of the coefficients as [`Schema::coefficient_names`], which are made one by one.
    pub(crate) fn lazy_coefficient_names(&self) -> CoefficientNames {
        let (mut numbers, mut levels) = (Vec::new(), Vec::new());
        for Feature { name, encoding } in &self.features {
            match encoding {
                Encoding::Number { missing, .. } => {
                    numbers.push(name.clone());
                    if *missing == Imputation::MeanAndIndicator {
                        numbers.push(format!("{name} {MISSING_LEVEL}"));
                    }
                }
                Encoding::Category { levels: of } => levels.extend(of.iter().map(|level| format!("{name}={level}"))),
                Encoding::Hashed { .. } | Encoding::Text { .. } => {}
            }
        }
        for interaction in &self.interactions {
            match &interaction.encoding {
                InteractionEncoding::Number { .. } => numbers.push(interaction.name()),
                InteractionEncoding::Levels(of) => {
                    let name = interaction.name();
                    levels.extend(of.iter().map(|level| format!("{name}={}", level.join("*"))));
                }
                InteractionEncoding::Hashed => {}
            }
        }
        numbers.append(&mut levels);
        let indexed = self.indexed_features.map_or(0..0, |indexed| indexed.first..indexed.first + indexed.features);
        CoefficientNames { columns: numbers, indexed }
    }

    /// Number of coefficients of all features.
    pub fn coefficient_count(&self) -> usize {
        let levels = |feature: &Feature| match &feature.encoding {
            Encoding::Category { levels } => levels.len(),
            Encoding::Number { .. } | Encoding::Hashed { .. } | Encoding::Text { .. } => 0,
        };
        let combinations = |interaction: &Interaction| match &interaction.encoding {
            InteractionEncoding::Levels(levels) => levels.len(),
            InteractionEncoding::Number { .. } | InteractionEncoding::Hashed => 0,
        };
        let levels = self.features.iter().map(levels).sum::<usize>();
        let combinations = self.interactions.iter().map(combinations).sum::<usize>();
        let indexed = self.indexed_features.map_or(0, |indexed| indexed.features as usize);
        self.number_width() + levels + combinations + indexed + self.hashed_count()
    }

    /// Number of coefficients with a name of their own: not those of hashed levels and words, and none if features have
    /// indices, of which reports list a fixed number.
    pub(crate) fn listed_coefficient_count(&self) -> usize {
        if self.indexed_features.is_some() { 0 } else { self.coefficient_count() - self.hashed_count() }
    }

    /// Returns the number of levels of all categories and interactions, and the sum of the lengths of their texts.
    pub(crate) fn size_of_levels(&self) -> (usize, usize) {
        let mut size = (0, 0);
        let mut add = |texts: &[String]| {
            size = (size.0 + 1, size.1 + texts.iter().map(String::len).sum::<usize>());
        };
        for feature in &self.features {
            if let Encoding::Category { levels } = &feature.encoding {
                for level in levels {
                    add(std::slice::from_ref(level));
                }
            }
        }
        for interaction in &self.interactions {
            if let InteractionEncoding::Levels(levels) = &interaction.encoding {
                for combination in levels {
                    add(combination);
                }
            }
        }
        size
    }

    /// Returns `true` if a feature or an interaction is hashed.
    pub(super) fn is_hashed(&self) -> bool {
        let feature = |feature: &Feature| matches!(feature.encoding, Encoding::Hashed { .. } | Encoding::Text { .. });
        self.features.iter().any(feature)
            || self.interactions.iter().any(|interaction| interaction.encoding == InteractionEncoding::Hashed)
    }

    /// Number of coefficients that hashed levels and words share.
    pub(crate) fn hashed_count(&self) -> usize {
        if self.hash_bits == 0 { 0 } else { 1 << self.hash_bits }
    }

    /// Returns rows of the shape of this schema, but none.
    pub(crate) fn empty_rows(&self) -> Rows {
        let is_category = |feature: &&Feature| matches!(feature.encoding, Encoding::Category { .. });
        let code_width = self.features.iter().filter(is_category).count();
        let numbers = RowMatrix::empty(self.number_width());
        Rows { numbers, code_width, features: self.coefficient_count(), ..Rows::default() }
    }

    /// Number of coefficients of numbers, their indicators and their products.
    pub(super) fn number_width(&self) -> usize {
        let width = |feature: &Feature| match feature.encoding {
            Encoding::Number { missing: Imputation::Mean, .. } => 1,
            Encoding::Number { missing: Imputation::MeanAndIndicator, .. } => 2,
            Encoding::Category { .. } | Encoding::Hashed { .. } | Encoding::Text { .. } => 0,
        };
        let is_product =
            |interaction: &&Interaction| matches!(interaction.encoding, InteractionEncoding::Number { .. });
        self.features.iter().map(width).sum::<usize>() + self.interactions.iter().filter(is_product).count()
    }

    /// Keeps the format of a text, with the formats of the numbers of this schema's columns.
    pub(super) fn keep_format(&mut self, format: &TextFormat) {
        let mut format = format.clone();
        let is_used =
            |name: &String| name == self.target.name() || self.features.iter().any(|feature| feature.name == *name);
        format.numbers.retain(|name, _| is_used(name));
        self.text_format = format;
    }

    /// Options for reading a table to predict from as the training table was read.
    pub fn read_options(&self) -> ReadOptions {
        let header = if self.header { HeaderRow::Present } else { HeaderRow::Absent };
        let is_text = |feature: &&Feature| {
            matches!(
                feature.encoding,
                Encoding::Category { .. } | Encoding::Hashed { numeric: false } | Encoding::Text { .. }
            )
        };
        let text_columns = self.features.iter().filter(is_text).map(|feature| feature.name.clone()).collect();
        let index_base = match self.indexed_features {
            Some(IndexedFeatures { first: 0, .. }) => IndexBase::Zero,
            Some(_) => IndexBase::One,
            None => IndexBase::Auto,
        };
        // Without names, columns are found by their index, which depends on the presence of the target: all are read.
        let names = self.features.iter().map(|feature| feature.name.as_str()).chain([self.target.name()]);
        let only_columns = names.filter(|_| self.header).map(str::to_string).collect();
        ReadOptions {
            header,
            known_missing_tokens: self.missing.clone(),
            text_columns,
            only_columns,
            index_base,
            optional_labels: self.indexed_features.is_some(),
            known_format: self.text_format.clone(),
            ..ReadOptions::default()
        }
    }
}
