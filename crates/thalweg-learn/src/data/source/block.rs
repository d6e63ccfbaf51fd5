//! Rows of a file as columns: what every reader makes, block by block.

use crate::data::kind::number;
use crate::data::rows::Sparse;

/// Consecutive rows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// A column each, all of one length.
    pub(crate) columns: Vec<Values>,
    /// How many rows.
    pub(crate) rows: usize,
    /// What the rows hold besides, where most of it is 0; indices are as written.
    pub(crate) sparse: Sparse,
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// Numbers, mostly.
    Numbers(Numbers),
    /// Texts.
    Texts(Texts),
    /// Small whole numbers, as of images.
    Bytes(Vec<u8>),
}

/// Numbers, with the few cells that are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// NaN where there is no number.
    pub(crate) values: Vec<f64>,
    /// Cells with a text: their rows, ascending, and what they say. NaN elsewhere is a missing value.
    pub(crate) texts: Vec<(usize, String)>,
}

/// Texts by number: most columns of text have few different ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// The place of each cell's text in `names`, or [`Texts::MISSING`].
    pub(crate) codes: Vec<u32>,
    /// The different texts, in the order in which they first come.
    pub(crate) names: Vec<String>,
}

impl Texts {
    /// The code of a cell without a value.
    pub(crate) const MISSING: u32 = u32::MAX;
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'t> {
    /// No value.
    Missing,
    /// A number, maybe infinite.
    Number(f64),
    /// A text; it may write a number.
    Text(&'t str),
}

impl Cell<'_> {
    /// The number that it holds or writes.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Cell::Missing => None,
            Cell::Number(value) => Some(value),
            Cell::Text(text) => number(text),
        }
    }
}

impl Default for Values {
    fn default() -> Self {
        Values::Bytes(Vec::new())
    }
}

impl Values {
    /// The cell of a row.
    #[inline]
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Values::Numbers(numbers) => match numbers.values[row] {
                value if !value.is_nan() => Cell::Number(value),
                _ => match numbers.texts.binary_search_by_key(&row, |(row, _)| *row) {
                    Ok(place) => Cell::Text(&numbers.texts[place].1),
                    Err(_) => Cell::Missing,
                },
            },
            Values::Texts(texts) => match texts.codes[row] {
                Texts::MISSING => Cell::Missing,
                code => Cell::Text(&texts.names[code as usize]),
            },
            Values::Bytes(bytes) => Cell::Number(f64::from(bytes[row])),
        }
    }
}
