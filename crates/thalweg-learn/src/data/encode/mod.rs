//! From cells to numbers, by a schema.

mod columns;
mod crossing;
mod gaps;
mod measure;

use rayon::prelude::*;

use super::rows::{Rows, SparseRows, WithTarget};
use super::schema::{Imputation, Schema, finite};
use super::skipped_rows::{OnError, SkippedRows, skip_invalid_rows};
use super::table::Table;
use super::target::{Labels, Target};
use crate::error::{Error, Result};
use columns::{Columns, multiply};
use gaps::Gaps;
pub(super) use measure::refuse_left_out;

/// Rows encoded at a time.
const PART: usize = 4096;

/// Some rows, encoded.
struct Part {
    numbers: Vec<f32>,
    codes: Vec<u32>,
    sparse: SparseRows,
    /// Missing numbers of each column of numbers, and levels never seen of each category and each cross.
    imputed: Vec<u64>,
    unseen: Vec<u64>,
    unseen_crossed: Vec<u64>,
    /// Features by number that training never had.
    unseen_unnamed: u64,
}

impl Schema {
    /// Rows of the table whose target is present.
    pub fn usable_rows(&self, table: &Table) -> Result<Vec<usize>> {
        let index = self.column(table, self.target.name())?;
        let (gaps, mut rows) = (Gaps::of(self, table), Vec::new());
        table.each(index, |row, cell| {
            if !gaps.is(cell) {
                rows.push(row);
            }
        });
        Ok(rows)
    }

    /// Takes out of `rows` those that [`Schema::encode`] would refuse.
    pub(crate) fn skip_invalid_rows(
        &self,
        table: &Table,
        rows: &mut Vec<usize>,
        policy: OnError,
        skipped_rows: &mut SkippedRows,
    ) -> Result<()> {
        let columns = self.columns(table)?;
        let mut numbers: Vec<usize> = columns.numbers.iter().map(|column| column.index).collect();
        let target = self.column(table, self.target.name())?;
        let known = match &self.target {
            Target::Number { .. } => {
                numbers.push(target);
                return skip_invalid_rows(table, &numbers, rows, policy, skipped_rows);
            }
            Target::Label { negative, positive, .. } => vec![negative.clone(), positive.clone()],
            Target::Classes { labels, .. } => labels.clone(),
        };
        skip_invalid_rows(table, &numbers, rows, policy, skipped_rows)?;
        let labels = Labels::new(&known);
        let mut strangers = Vec::new();
        rows.retain(|&row| {
            let knows = labels.class(table.at(row, target)).is_some();
            if !knows {
                strangers.push(row);
            }
            knows
        });
        strangers
            .into_iter()
            .try_for_each(|row| skipped_rows.add(policy, || self.unknown_label(table, row, target, &known)))
    }

    fn unknown_label(&self, table: &Table, row: usize, target: usize, known: &[String]) -> Error {
        Error::UnknownLabel {
            at: table.position(row, target),
            column: self.target.name().to_string(),
            labels: known.to_vec(),
            found: table.written(row, target),
        }
    }

    /// Turns the given rows of any table with the columns of this schema into numbers.
    pub fn encode(&self, table: &Table, rows: &[usize], with: WithTarget) -> Result<Rows> {
        let (gaps, columns) = (Gaps::of(self, table), self.columns(table)?);
        let (width, code_width, features) = (columns.width, columns.categories.len(), columns.features);
        let mut encoded = Rows { width, code_width, features, ..Rows::default() };
        let parts: Vec<Result<Part>> = rows.par_chunks(PART).map(|rows| columns.part(table, rows, &gaps)).collect();
        encoded.numbers.reserve_exact(width * rows.len());
        encoded.codes.reserve_exact(code_width * rows.len());
        let mut imputed = vec![0; columns.numbers.len()];
        let (mut unseen, mut crossed) = (vec![0; code_width], vec![0; columns.crossings.len()]);
        let mut unseen_unnamed = 0;
        let add = |sums: &mut [u64], counts: Vec<u64>| sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        for part in parts {
            let part = part?;
            encoded.numbers.extend(part.numbers);
            encoded.codes.extend(part.codes);
            encoded.sparse.append(part.sparse);
            add(&mut imputed, part.imputed);
            add(&mut unseen, part.unseen);
            add(&mut crossed, part.unseen_crossed);
            unseen_unnamed += part.unseen_unnamed;
        }
        let named = |(name, count): (&str, u64)| (count > 0).then(|| (name.to_string(), count));
        let numbers = columns.numbers.iter().map(|column| column.name);
        let categories = columns.categories.iter().map(|column| column.name).zip(unseen);
        let crossings = columns.crossings.iter().map(|crossing| crossing.name.as_str()).zip(crossed);
        encoded.imputed = numbers.zip(imputed).filter_map(named).collect();
        encoded.unseen =
            categories.chain(crossings).chain([("features by number", unseen_unnamed)]).filter_map(named).collect();
        if with == WithTarget::Yes {
            encoded.target = self.encode_target(table, rows)?;
        }
        Ok(encoded)
    }

    fn encode_target(&self, table: &Table, rows: &[usize]) -> Result<Vec<f64>> {
        let index = self.column(table, self.target.name())?;
        let mut target = Vec::with_capacity(rows.len());
        let known = match &self.target {
            Target::Number { mean, deviation, .. } => {
                table.gather(index, rows, |i, cell| {
                    target.push((finite(table, (rows[i], index), cell)? - mean) / deviation);
                    Ok::<(), Error>(())
                })?;
                return Ok(target);
            }
            Target::Label { negative, positive, .. } => vec![negative.clone(), positive.clone()],
            Target::Classes { labels, .. } => labels.clone(),
        };
        let labels = Labels::new(&known);
        table.gather(index, rows, |i, cell| {
            let class = labels.class(cell).ok_or_else(|| self.unknown_label(table, rows[i], index, &known))?;
            target.push(class as f64);
            Ok::<(), Error>(())
        })?;
        Ok(target)
    }
}

impl Columns<'_> {
    /// Encodes some rows.
    fn part(&self, table: &Table, rows: &[usize], gaps: &Gaps) -> Result<Part> {
        let mut part = Part {
            numbers: vec![0.0; self.width * rows.len()],
            // A level never seen falls behind all coefficients.
            codes: vec![self.features as u32; self.categories.len() * rows.len()],
            sparse: SparseRows::default(),
            imputed: vec![0; self.numbers.len()],
            unseen: vec![0; self.categories.len()],
            unseen_crossed: vec![0; self.crossings.len()],
            unseen_unnamed: 0,
        };
        self.numbers(table, rows, gaps, &mut part)?;
        let width = self.categories.len();
        for (place, (column, unseen)) in self.categories.iter().zip(&mut part.unseen).enumerate() {
            table.gather(column.index, rows, |i, cell| {
                match column.code(cell, gaps) {
                    Some(code) => part.codes[i * width + place] = code,
                    None => *unseen += 1,
                }
                Ok::<(), Error>(())
            })?;
        }
        if !self.crossings.is_empty() || self.indexed_features.is_some() {
            self.sparse(table, rows, gaps, &mut part)?;
        }
        Ok(part)
    }

    /// Scaled numbers and indicators, then products.
    fn numbers(&self, table: &Table, rows: &[usize], gaps: &Gaps, part: &mut Part) -> Result<()> {
        let mut place = 0;
        for (column, imputed) in self.numbers.iter().zip(&mut part.imputed) {
            table.gather(column.index, rows, |i, cell| {
                let out = &mut part.numbers[i * self.width + place..];
                let gap = gaps.is(cell);
                out[0] = column.scaled(table, rows[i], cell, gap)?;
                match column.rule {
                    Imputation::MeanAndIndicator => out[1] = f32::from(u8::from(gap)),
                    Imputation::Mean => *imputed += u64::from(gap),
                }
                Ok::<(), Error>(())
            })?;
            place += if column.rule == Imputation::MeanAndIndicator { 2 } else { 1 };
        }
        for product in &self.products {
            let mut products = vec![1.0; rows.len()];
            multiply(table, rows, gaps, &product.columns, &mut products)?;
            let outs = part.numbers[place..].iter_mut().step_by(self.width);
            outs.zip(products).for_each(|(out, x)| *out = ((x - product.mean) / product.deviation) as f32);
            place += 1;
        }
        Ok(())
    }

    /// Combinations of levels and what is hashed, and the features without names.
    fn sparse(&self, table: &Table, rows: &[usize], gaps: &Gaps, part: &mut Part) -> Result<()> {
        let crossed = self.crossings.iter().map(|crossing| crossing.of_rows(table, rows, gaps));
        let crossed = crossed.collect::<Result<Vec<_>>>()?;
        let Part { sparse, unseen_crossed, unseen_unnamed, .. } = part;
        for (i, &row) in rows.iter().enumerate() {
            for (crossed, unseen) in crossed.iter().zip(&mut *unseen_crossed) {
                match crossed[i] {
                    (Some(index), value) => sparse.push(index, value),
                    (None, _) => *unseen += 1,
                }
            }
            if let Some(indexed_features) = self.indexed_features {
                let (index, value) = table.unnamed_of(row);
                for (&index, &value) in index.iter().zip(value) {
                    match index
                        .checked_sub(indexed_features.of.first)
                        .filter(|index| *index < indexed_features.of.features)
                    {
                        Some(index) => sparse.push(indexed_features.before + index, value),
                        None => *unseen_unnamed += 1,
                    }
                }
            }
            sparse.ends.push(sparse.index.len());
        }
        Ok(())
    }
}
