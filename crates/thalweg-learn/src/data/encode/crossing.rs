//! Features of combinations of levels, and of levels that are hashed.

use std::collections::HashMap;

use super::columns::{NumberColumn, multiply};
use super::gaps::Gaps;
use crate::data::cross::{Key, level};
use crate::data::source::block::Cell;
use crate::data::table::Table;
use crate::error::Result;

/// A feature of which a row has one level, times a number.
pub(super) struct InteractionEncoder<'s> {
    pub(super) name: String,
    /// Columns of numbers, to be multiplied.
    pub(super) numbers: Vec<NumberColumn<'s>>,
    pub(super) names: Vec<NameColumn>,
    pub(super) place: Place,
}

/// A column of names, of which all levels are told by their text.
#[derive(Clone, Copy)]
pub(super) struct NameColumn {
    pub(super) index: usize,
    /// Whether its levels are numbers: 7 and 7.0 are one then.
    pub(super) numeric: bool,
}

/// Where the coefficients of levels are.
pub(super) enum Place {
    /// Each level seen in training has its own.
    Level(HashMap<Key, u32>),
    /// They are hashed to 2^bits of them, from the first on.
    Hash { first: u32, bits: u8 },
}

impl InteractionEncoder<'_> {
    /// For each row the coefficient of its level, if it has one, and what it is multiplied by.
    pub(super) fn of_rows(&self, table: &Table, rows: &[usize], gaps: &Gaps) -> Result<Vec<(Option<u32>, f32)>> {
        let mut products = vec![1.0; rows.len()];
        multiply(table, rows, gaps, &self.numbers, &mut products)?;
        let keys = keys(table, rows, &self.name, &self.names, |cell| gaps.is(cell));
        let place = |(key, product): (Key, f64)| match &self.place {
            Place::Level(places) => (places.get(&key).copied(), product as f32),
            &Place::Hash { first, bits } => (Some(first + key.slot(bits)), product as f32),
        };
        Ok(keys.into_iter().zip(products).map(place).collect())
    }
}

/// What the levels of some rows fall on.
pub(super) fn keys(
    table: &Table,
    rows: &[usize],
    feature: &str,
    columns: &[NameColumn],
    is_gap: impl Fn(Cell<'_>) -> bool,
) -> Vec<Key> {
    let mut keys = vec![Key::of_feature(feature); rows.len()];
    for &NameColumn { index, numeric } in columns {
        let gathered: std::result::Result<(), std::convert::Infallible> = table.gather(index, rows, |i, cell| {
            keys[i] = keys[i].then(&level(cell, is_gap(cell), numeric));
            Ok(())
        });
        gathered.ok();
    }
    keys
}
