//! From cells to numbers, by a schema.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::csv::Table;
use super::missing::Missing;
use super::names;
use super::rows::{Rows, WithTarget};
use super::schema::{Encoding, MISSING_LEVEL, MissingRule, Schema, finite, not_finite};
use super::target::{Labels, Target};
use crate::error::{Error, Result};

/// A column of numbers of the table at hand.
struct NumberColumn<'s> {
    index: usize,
    name: &'s str,
    mean: f64,
    deviation: f64,
    rule: MissingRule,
    imputed: u64,
}

/// A column of names of the table at hand.
struct CategoryColumn<'s> {
    index: usize,
    name: &'s str,
    codes: HashMap<&'s str, u32>,
    unseen: u64,
}

impl Schema {
    /// Rows of the table whose target is present.
    pub fn usable_rows(&self, table: &Table) -> Result<Vec<usize>> {
        let index = self.column(table, self.target.name())?;
        let missing = Missing::with(&self.missing);
        Ok((0..table.rows()).filter(|&row| !is_missing(table, &missing, row, index)).collect())
    }

    /// Turns the given rows of any table with the columns of this schema into numbers.
    pub fn encode(&self, table: &Table, rows: &[usize], with: WithTarget) -> Result<Rows> {
        let missing = Missing::with(&self.missing);
        let (mut numbers, mut categories) = self.columns(table)?;
        let width = self.number_width();
        let levels: usize = categories.iter().map(|column| column.codes.len()).sum();
        let mut encoded = Rows { width, code_width: categories.len(), features: width + levels, ..Rows::default() };
        encoded.numbers.reserve(width * rows.len());
        encoded.codes.reserve(categories.len() * rows.len());
        for &row in rows {
            for column in &mut numbers {
                column.push(table, row, &missing, &mut encoded.numbers)?;
            }
            for column in &mut categories {
                encoded.codes.push(column.code(table, row, &missing, encoded.features as u32));
            }
        }
        let counted = |name: &str, count: u64| (count > 0).then(|| (name.to_string(), count));
        encoded.imputed = numbers.iter().filter_map(|column| counted(column.name, column.imputed)).collect();
        encoded.unseen = categories.iter().filter_map(|column| counted(column.name, column.unseen)).collect();
        if with == WithTarget::Yes {
            encoded.target = self.encode_target(table, rows)?;
        }
        Ok(encoded)
    }

    /// The columns of this schema in the table, with the coefficients of each level.
    fn columns(&self, table: &Table) -> Result<(Vec<NumberColumn<'_>>, Vec<CategoryColumn<'_>>)> {
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        // The coefficients of categories come after those of all numbers.
        let mut next = self.number_width() as u32;
        for feature in &self.features {
            let (index, name) = (self.column(table, &feature.name)?, feature.name.as_str());
            match &feature.encoding {
                &Encoding::Number { mean, deviation, missing: rule } => {
                    numbers.push(NumberColumn { index, name, mean, deviation, rule, imputed: 0 });
                }
                Encoding::Category { levels } => {
                    let codes = levels.iter().map(String::as_str).zip(next..).collect();
                    next += levels.len() as u32;
                    categories.push(CategoryColumn { index, name, codes, unseen: 0 });
                }
            }
        }
        Ok((numbers, categories))
    }

    fn encode_target(&self, table: &Table, rows: &[usize]) -> Result<Vec<f64>> {
        let index = self.column(table, self.target.name())?;
        let known = match &self.target {
            Target::Number { mean, deviation, .. } => {
                return rows.iter().map(|&row| Ok((finite(table, row, index)? - mean) / deviation)).collect();
            }
            Target::Label { negative, positive, .. } => vec![negative.clone(), positive.clone()],
            Target::Classes { labels, .. } => labels.clone(),
        };
        let labels = Labels::new(&known);
        let class = |&row: &usize| {
            let cell = table.cell(row, index);
            labels.class(cell).map(|class| class as f64).ok_or_else(|| Error::UnknownLabel {
                at: table.position(row, index),
                column: self.target.name().to_string(),
                labels: known.clone(),
                found: cell.to_string(),
            })
        };
        rows.iter().map(class).collect()
    }
}

impl NumberColumn<'_> {
    /// Appends the scaled number and the indicator, if there is one.
    fn push(&mut self, table: &Table, row: usize, missing: &Missing, out: &mut Vec<f32>) -> Result<()> {
        let gap = is_missing(table, missing, row, self.index);
        let scaled = if gap { 0.0 } else { (finite(table, row, self.index)? - self.mean) / self.deviation };
        let scaled = scaled as f32;
        if !scaled.is_finite() {
            return Err(not_finite(table, row, self.index));
        }
        out.push(scaled);
        match self.rule {
            MissingRule::Indicator => out.push(f32::from(u8::from(gap))),
            MissingRule::None => self.imputed += u64::from(gap),
        }
        Ok(())
    }
}

impl CategoryColumn<'_> {
    /// The coefficient of the cell's level, or `none`.
    fn code(&mut self, table: &Table, row: usize, missing: &Missing, none: u32) -> u32 {
        let gap = is_missing(table, missing, row, self.index);
        let level = if gap { MISSING_LEVEL } else { table.cell(row, self.index) };
        let code = self.codes.get(level).copied();
        self.unseen += u64::from(code.is_none());
        code.unwrap_or(none)
    }
}

/// Missing to the table, or to the one that the model was trained on.
fn is_missing(table: &Table, missing: &Missing, row: usize, index: usize) -> bool {
    table.is_missing(row, index) || missing.is(table.cell(row, index))
}

impl Schema {
    /// The column of the model in the table: by name; without names, by its place, whether the target is there or not.
    fn column(&self, table: &Table, name: &str) -> Result<usize> {
        let missing = || Error::MissingColumn {
            path: table.path().to_path_buf(),
            column: name.to_string(),
            nearest: names::nearest(name, table.names()),
        };
        if self.header || table.had_header() {
            return table.find(name).ok_or_else(missing);
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
