//! The columns of a schema, found in the table at hand.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::crossing::{InteractionEncoder, NameColumn, Place};
use super::gaps::Gaps;
use crate::data::cross::{Interaction, InteractionEncoding, Key};
use crate::data::kind::number;
use crate::data::names;
use crate::data::schema::{Encoding, Imputation, IndexedFeatures, MISSING_LEVEL, Schema, finite, not_finite};
use crate::data::source::block::Cell;
use crate::data::table::Table;
use crate::error::{Error, Result};

/// All of them, with the places of their coefficients.
pub(super) struct Columns<'s> {
    pub(super) numbers: Vec<NumberColumn<'s>>,
    pub(super) products: Vec<Product<'s>>,
    pub(super) categories: Vec<CategoryColumn<'s>>,
    pub(super) crossings: Vec<InteractionEncoder<'s>>,
    pub(super) indexed_features: Option<UnnamedColumns>,
    /// Coefficients of numbers and their products.
    pub(super) width: usize,
    /// All coefficients.
    pub(super) features: usize,
}

/// A column of numbers.
#[derive(Clone, Copy)]
pub(super) struct NumberColumn<'s> {
    pub(super) index: usize,
    pub(super) name: &'s str,
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) rule: Imputation,
}

/// The product of some columns of numbers.
pub(super) struct Product<'s> {
    pub(super) columns: Vec<NumberColumn<'s>>,
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// A column of names.
pub(super) struct CategoryColumn<'s> {
    pub(super) index: usize,
    pub(super) name: &'s str,
    codes: HashMap<&'s str, u32>,
}

/// Features with numbers for names, and the coefficient of the first.
#[derive(Clone, Copy)]
pub(super) struct UnnamedColumns {
    pub(super) of: IndexedFeatures,
    pub(super) before: u32,
}

impl Schema {
    /// Its columns in the table. The coefficients of numbers come first, then those of levels, of combinations of levels, of
    /// features without names, and of what is hashed.
    pub(super) fn columns(&self, table: &Table) -> Result<Columns<'_>> {
        let width = self.number_width();
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        let mut next = width as u32;
        let mut hashed = Vec::new();
        for feature in &self.features {
            let (index, name) = (self.column(table, &feature.name)?, feature.name.as_str());
            match &feature.encoding {
                &Encoding::Number { mean, deviation, missing: rule } => {
                    numbers.push(NumberColumn { index, name, mean, deviation, rule });
                }
                Encoding::Category { levels } => {
                    let codes = levels.iter().map(String::as_str).zip(next..).collect();
                    next += levels.len() as u32;
                    categories.push(CategoryColumn { index, name, codes });
                }
                &Encoding::Hashed { numeric } => hashed.push((name, NameColumn { index, numeric })),
            }
        }
        let (mut products, mut crossings) = (Vec::new(), Vec::new());
        for cross in &self.interactions {
            let (of_numbers, of_names) = self.parts(table, cross, &numbers)?;
            let name = cross.name();
            match &cross.encoding {
                &InteractionEncoding::Number { mean, deviation } => {
                    products.push(Product { columns: of_numbers, mean, deviation });
                }
                InteractionEncoding::Levels(levels) => {
                    let key =
                        |levels: &Vec<String>| levels.iter().fold(Key::of_feature(&name), |key, level| key.then(level));
                    let places = levels.iter().map(key).zip(next..).collect();
                    next += levels.len() as u32;
                    crossings.push(InteractionEncoder {
                        name,
                        numbers: of_numbers,
                        names: of_names,
                        place: Place::Level(places),
                    });
                }
                InteractionEncoding::Hashed => {
                    // Its place is known when all else has one.
                    let place = Place::Hash { first: 0, bits: self.hash_bits };
                    crossings.push(InteractionEncoder { name, numbers: of_numbers, names: of_names, place });
                }
            }
        }
        let indexed_features = self.indexed_features.map(|of| UnnamedColumns { of, before: next });
        next += self.indexed_features.map_or(0, |indexed_features| indexed_features.features);
        let alone = |(name, column): (&str, NameColumn)| {
            let place = Place::Hash { first: 0, bits: self.hash_bits };
            InteractionEncoder { name: name.to_string(), numbers: Vec::new(), names: vec![column], place }
        };
        crossings.extend(hashed.into_iter().map(alone));
        for crossing in &mut crossings {
            if let Place::Hash { first, .. } = &mut crossing.place {
                *first = next;
            }
        }
        let features = self.coefficient_count();
        Ok(Columns { numbers, products, categories, crossings, indexed_features, width, features })
    }

    /// The columns of a cross: those of numbers, and the others.
    pub(super) fn parts<'s>(
        &self,
        table: &Table,
        cross: &Interaction,
        numbers: &[NumberColumn<'s>],
    ) -> Result<(Vec<NumberColumn<'s>>, Vec<NameColumn>)> {
        let (mut of_numbers, mut of_names) = (Vec::new(), Vec::new());
        for part in &cross.columns {
            match numbers.iter().find(|column| column.name == part.name) {
                Some(column) => of_numbers.push(*column),
                None => of_names.push(NameColumn { index: self.column(table, &part.name)?, numeric: part.numeric }),
            }
        }
        Ok((of_numbers, of_names))
    }

    /// The column of the model in the table: by name; without names, by its place, whether the target is there or not.
    pub(super) fn column(&self, table: &Table, name: &str) -> Result<usize> {
        let missing = || Error::MissingColumn {
            path: table.path().to_path_buf(),
            column: name.to_string(),
            nearest: names::nearest(name, table.names()),
        };
        if self.header || table.had_header() {
            return table.find_name(name).ok_or_else(missing);
        }
        let place =
            name.strip_prefix('c').and_then(|digits| digits.parse::<usize>().ok()).and_then(|k| k.checked_sub(1));
        let (place, found) = (place.ok_or_else(missing)?, table.names().len());
        if found == self.width {
            return Ok(place);
        }
        if found + 1 != self.width {
            return Err(Error::Width { path: table.path().to_path_buf(), width: self.width, found });
        }
        match place.cmp(&self.target_index) {
            Ordering::Less => Ok(place),
            Ordering::Equal => Err(missing()),
            Ordering::Greater => Ok(place - 1),
        }
    }
}

impl NumberColumn<'_> {
    /// (x − mean)/deviation; 0 where there is no value.
    #[inline]
    pub(super) fn scaled(&self, table: &Table, row: usize, cell: Cell<'_>, gap: bool) -> Result<f32> {
        if gap {
            return Ok(0.0);
        }
        let scaled = ((finite(table, (row, self.index), cell)? - self.mean) / self.deviation) as f32;
        if scaled.is_finite() { Ok(scaled) } else { Err(not_finite(table, row, self.index)) }
    }
}

/// Multiplies `products` by the scaled numbers of the rows.
pub(super) fn multiply(
    table: &Table,
    rows: &[usize],
    gaps: &Gaps,
    columns: &[NumberColumn<'_>],
    products: &mut [f64],
) -> Result<()> {
    columns.iter().try_for_each(|column| {
        table.gather(column.index, rows, |i, cell| {
            products[i] *= f64::from(column.scaled(table, rows[i], cell, gaps.is(cell))?);
            Ok::<(), Error>(())
        })
    })
}

impl CategoryColumn<'_> {
    /// The coefficient of the cell's level, if it was seen in training: as it is written, or as the same number.
    pub(super) fn code(&self, cell: Cell<'_>, gaps: &Gaps) -> Option<u32> {
        let by_number = |value: f64| self.codes.get(value.to_string().as_str());
        match cell {
            cell if gaps.is(cell) => self.codes.get(MISSING_LEVEL),
            Cell::Missing => None,
            Cell::Number(value) => by_number(value),
            Cell::Text(text) => self.codes.get(text).or_else(|| number(text).and_then(by_number)),
        }
        .copied()
    }
}
