//! Target of a model: a number, a binary label, or one of several classes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::HashMap;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::number::parse_number;
use super::value_key::{is_inexact_integer, value_key};

/// Requested kind of target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetChoice {
    /// A label if there are exactly two distinct values; otherwise a number, or a class if there are texts.
    #[default]
    Auto,
    /// A number, even if there are only two distinct values.
    Number,
    /// One of two labels.
    Label,
    /// One of two or more classes, even if they are numbers.
    Classes,
}

/// Target as a model predicts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A number, of which the model predicts (y − mean) / deviation. For counts, `mean` is 0 and `deviation` is the
    /// mean.
    Number {
        /// Name of the column.
        name: String,
        /// Mean over the training rows.
        mean: f64,
        /// Population standard deviation over the training rows.
        deviation: f64,
        /// Robust scale of the residuals of a linear model, for Huber's loss only; see
        /// [`Loss::Huber`](crate::model::Loss::Huber).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        residual_scale: Option<f64>,
    },
    /// One of two labels, of which the model predicts the probability of the positive one.
    Label {
        /// Name of the column.
        name: String,
        /// Label of class 0.
        negative: String,
        /// Label of class 1: the larger number, or the later text in alphabetical order.
        positive: String,
    },
    /// One of k classes, of each of which the model predicts the probability.
    Classes {
        /// Name of the column.
        name: String,
        /// Labels of the classes in numerical or alphabetical order.
        labels: Vec<String>,
    },
}

impl Target {
    /// Number of scores per row: one, or one for each class.
    pub fn outputs(&self) -> usize {
        match self {
            Target::Number { .. } | Target::Label { .. } => 1,
            Target::Classes { labels, .. } => labels.len(),
        }
    }

    /// Robust scale of the residuals in units of the target, if Huber's loss measured it.
    pub fn residual_scale(&self) -> Option<f64> {
        match *self {
            Target::Number { residual_scale, .. } => residual_scale,
            Target::Label { .. } | Target::Classes { .. } => None,
        }
    }

    /// Name of the column.
    pub fn name(&self) -> &str {
        match self {
            Target::Number { name, .. } | Target::Label { name, .. } | Target::Classes { name, .. } => name,
        }
    }

    /// Labels as reports list them: the positive one of two first; `None` if the target is a number.
    pub(crate) fn reported_labels(&self) -> Option<Vec<String>> {
        let mut labels = self.labels()?;
        if let Target::Label { .. } = self {
            labels.reverse();
        }
        Some(labels)
    }

    /// Labels of the classes in their order; `None` if the target is a number.
    pub fn labels(&self) -> Option<Vec<String>> {
        match self {
            Target::Number { .. } => None,
            Target::Label { negative, positive, .. } => Some(vec![negative.clone(), positive.clone()]),
            Target::Classes { labels, .. } => Some(labels.clone()),
        }
    }
}

/// Index from labels to classes; a label matches a cell of the same text, or else of the same value (1 and 1.0, true
/// and True).
#[derive(Clone, Debug)]
pub(super) struct ClassIndex<'l> {
    texts: HashMap<&'l str, usize>,
    keys: HashMap<Cow<'l, str>, usize>,
    /// Class of each number that is exact in `f64`, sorted by its bits: often there are two.
    numbers: Vec<(u64, usize)>,
}

impl<'l> ClassIndex<'l> {
    pub(super) fn new(labels: impl IntoIterator<Item = &'l String>) -> Self {
        let (mut texts, mut keys, mut numbers) = (HashMap::default(), HashMap::default(), BTreeMap::new());
        for (class, label) in labels.into_iter().enumerate() {
            texts.insert(label.as_str(), class);
            keys.extend(value_key(label).map(|key| (key, class)));
            let exact = parse_number(label).filter(|value| !is_inexact_integer(label, *value));
            numbers.extend(exact.map(|value| (value.to_bits(), class)));
        }
        Self { texts, keys, numbers: numbers.into_iter().collect() }
    }

    /// Returns the class of a cell; `None` for an unknown label.
    pub(super) fn class(&self, cell: Cell<'_>) -> Option<usize> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => {
                let place = self.numbers.binary_search_by_key(&value.to_bits(), |(bits, _)| *bits).ok()?;
                Some(self.numbers[place].1)
            }
            Cell::Text(text) => {
                self.texts.get(text).or_else(|| value_key(text).and_then(|key| self.keys.get(&*key))).copied()
            }
        }
    }
}
