//! Rows of a file as columns: what every reader makes, block by block.

use std::collections::HashMap;

use crate::data::kind::number;
use crate::data::rows::SparseRows;

/// Consecutive rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// A column each, all of one length.
    pub(crate) columns: Vec<Values>,
    /// How many rows.
    pub(crate) rows: usize,
    /// What the rows hold besides, where most of it is 0; indices are as written.
    pub(crate) sparse: SparseRows,
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// Numbers, mostly.
    Numbers(Numbers),
    /// Texts.
    Texts(Texts),
    /// Small whole numbers, as of images.
    Bytes(Vec<u8>),
}

/// Numbers, with the few cells that are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Numbers {
    /// NaN where there is no number.
    pub(crate) values: Vec<f64>,
    /// Cells with a text: their rows, ascending, and what they say. NaN elsewhere is a missing value.
    pub(crate) texts: Vec<(usize, String)>,
}

/// Texts by number: most columns of text have few different ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts {
    /// The place of each cell's text in `names`, or [`Texts::MISSING`].
    pub(crate) codes: Vec<u32>,
    /// The different texts, in the order in which they first come.
    pub(crate) names: Vec<String>,
}

impl Texts {
    /// The code of a cell without a value.
    pub(crate) const MISSING: u32 = u32::MAX;

    /// Texts that mean "no value" become missing.
    pub(crate) fn leave_out(&mut self, is: impl Fn(&str) -> bool) {
        let gone: Vec<bool> = self.names.iter().map(|name| is(name)).collect();
        for code in &mut self.codes {
            if gone.get(*code as usize) == Some(&true) {
                *code = Texts::MISSING;
            }
        }
    }

    /// The texts of the rows with these numbers, or none; names that no row has are left out.
    pub(crate) fn picked(&self, rows: impl Iterator<Item = Option<usize>>) -> Texts {
        let (mut codes, mut found) = (vec![Texts::MISSING; self.names.len()], Texts::default());
        for row in rows {
            let old = row.and_then(|row| self.codes.get(row)).map_or(Texts::MISSING, |&code| code);
            let Some(name) = self.names.get(old as usize) else {
                found.codes.push(Texts::MISSING);
                continue;
            };
            let code = &mut codes[old as usize];
            if *code == Texts::MISSING {
                *code = found.names.len() as u32;
                found.names.push(name.clone());
            }
            found.codes.push(*code);
        }
        found
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(texts: I) -> Texts {
        let (mut known, mut found): (HashMap<String, u32>, _) = (HashMap::new(), Texts::default());
        for text in texts {
            let code = text.map_or(Texts::MISSING, |text| {
                let text = text.as_ref();
                known.get(text).copied().unwrap_or_else(|| {
                    let code = found.names.len() as u32;
                    known.insert(text.to_string(), code);
                    found.names.push(text.to_string());
                    code
                })
            });
            found.codes.push(code);
        }
        found
    }
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
        Values::Texts(Texts::default())
    }
}

impl Values {
    /// Of numbers alone.
    pub(crate) fn of(values: Vec<f64>) -> Self {
        Values::Numbers(Numbers { values, texts: Vec::new() })
    }

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
            // A column that was not read has no cells.
            Values::Texts(texts) => match texts.codes.get(row).copied().unwrap_or(Texts::MISSING) {
                Texts::MISSING => Cell::Missing,
                code => Cell::Text(&texts.names[code as usize]),
            },
            Values::Bytes(bytes) => Cell::Number(f64::from(bytes[row])),
        }
    }
}
