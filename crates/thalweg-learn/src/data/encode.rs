//! From cells to numbers, by a schema.

use std::cmp::Ordering;
use std::collections::HashMap;

use rayon::prelude::*;

use super::faults::{Faults, OnError, leave_faulty};
use super::kind::number;
use super::names;
use super::rows::{Rows, WithTarget};
use super::schema::{Encoding, MISSING_LEVEL, MissingRule, Schema, Unnamed, finite, not_finite};
use super::source::block::Cell;
use super::table::Table;
use super::target::{Labels, Target};
use crate::error::{Error, Result};

/// A column of numbers of the table at hand.
struct NumberColumn<'s> {
    index: usize,
    name: &'s str,
    mean: f64,
    deviation: f64,
    rule: MissingRule,
}

/// A column of names of the table at hand.
struct CategoryColumn<'s> {
    index: usize,
    name: &'s str,
    codes: HashMap<&'s str, u32>,
}

/// Rows encoded at a time.
const PART: usize = 4096;

/// Some rows, encoded.
struct Part {
    numbers: Vec<f32>,
    codes: Vec<u32>,
    /// Missing numbers of each column of numbers, and levels never seen of each category.
    imputed: Vec<u64>,
    unseen: Vec<u64>,
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
    pub(crate) fn leave_faulty(
        &self,
        table: &Table,
        rows: &mut Vec<usize>,
        policy: OnError,
        faults: &mut Faults,
    ) -> Result<()> {
        let (columns, _) = self.columns(table)?;
        let mut numbers: Vec<usize> = columns.iter().map(|column| column.index).collect();
        let target = self.column(table, self.target.name())?;
        let known = match &self.target {
            Target::Number { .. } => {
                numbers.push(target);
                return leave_faulty(table, &numbers, rows, policy, faults);
            }
            Target::Label { negative, positive, .. } => vec![negative.clone(), positive.clone()],
            Target::Classes { labels, .. } => labels.clone(),
        };
        leave_faulty(table, &numbers, rows, policy, faults)?;
        let labels = Labels::new(&known);
        let mut strangers = Vec::new();
        rows.retain(|&row| {
            let knows = labels.class(table.at(row, target)).is_some();
            if !knows {
                strangers.push(row);
            }
            knows
        });
        strangers.into_iter().try_for_each(|row| faults.add(policy, || self.unknown_label(table, row, target, &known)))
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
        let gaps = Gaps::of(self, table);
        let (numbers, categories) = self.columns(table)?;
        let width = self.number_width();
        let levels: usize = categories.iter().map(|column| column.codes.len()).sum();
        let unnamed = self.unnamed.map_or(0, |unnamed| unnamed.features as usize);
        let features = width + levels + unnamed;
        let mut encoded = Rows { width, code_width: categories.len(), features, ..Rows::default() };
        let part = |rows: &[usize]| part(table, rows, &gaps, (width, &numbers), (encoded.features as u32, &categories));
        let parts: Vec<Result<Part>> = rows.par_chunks(PART).map(part).collect();
        encoded.numbers.reserve_exact(width * rows.len());
        encoded.codes.reserve_exact(categories.len() * rows.len());
        let (mut imputed, mut unseen) = (vec![0; numbers.len()], vec![0; categories.len()]);
        for part in parts {
            let part = part?;
            encoded.numbers.extend(part.numbers);
            encoded.codes.extend(part.codes);
            imputed.iter_mut().zip(part.imputed).for_each(|(sum, count)| *sum += count);
            unseen.iter_mut().zip(part.unseen).for_each(|(sum, count)| *sum += count);
        }
        let named = |name: &str, count: u64| (count > 0).then(|| (name.to_string(), count));
        encoded.imputed = numbers.iter().zip(imputed).filter_map(|(column, count)| named(column.name, count)).collect();
        encoded.unseen =
            categories.iter().zip(unseen).filter_map(|(column, count)| named(column.name, count)).collect();
        if let Some(unnamed) = self.unnamed {
            self::unnamed(table, rows, unnamed, &mut encoded);
        }
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
                    numbers.push(NumberColumn { index, name, mean, deviation, rule });
                }
                Encoding::Category { levels } => {
                    let codes = levels.iter().map(String::as_str).zip(next..).collect();
                    next += levels.len() as u32;
                    categories.push(CategoryColumn { index, name, codes });
                }
            }
        }
        Ok((numbers, categories))
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

/// Encodes some rows: scaled numbers and indicators, and the coefficients of levels; `none` is that of a level never seen.
fn part(
    table: &Table,
    rows: &[usize],
    gaps: &Gaps,
    (width, numbers): (usize, &[NumberColumn<'_>]),
    (none, categories): (u32, &[CategoryColumn<'_>]),
) -> Result<Part> {
    let mut part = Part {
        numbers: vec![0.0; width * rows.len()],
        codes: vec![none; categories.len() * rows.len()],
        imputed: vec![0; numbers.len()],
        unseen: vec![0; categories.len()],
    };
    let mut place = 0;
    for (column, imputed) in numbers.iter().zip(&mut part.imputed) {
        table.gather(column.index, rows, |i, cell| {
            let out = &mut part.numbers[i * width + place..];
            let gap = gaps.is(cell);
            out[0] = if gap { 0.0 } else { column.scaled(table, rows[i], cell)? };
            match column.rule {
                MissingRule::Indicator => out[1] = f32::from(u8::from(gap)),
                MissingRule::None => *imputed += u64::from(gap),
            }
            Ok::<(), Error>(())
        })?;
        place += if column.rule == MissingRule::Indicator { 2 } else { 1 };
    }
    let width = categories.len();
    for (place, (column, unseen)) in categories.iter().zip(&mut part.unseen).enumerate() {
        table.gather(column.index, rows, |i, cell| {
            match column.code(cell, gaps) {
                Some(code) => part.codes[i * width + place] = code,
                None => *unseen += 1,
            }
            Ok::<(), Error>(())
        })?;
    }
    Ok(part)
}

/// The features without names, behind those with names; those that training never had are counted.
fn unnamed(table: &Table, rows: &[usize], Unnamed { features, first }: Unnamed, encoded: &mut Rows) {
    let (before, mut unseen) = (encoded.features as u32 - features, 0);
    for &row in rows {
        let (index, value) = table.unnamed_of(row);
        for (&index, &value) in index.iter().zip(value) {
            match index.checked_sub(first).filter(|index| *index < features) {
                Some(index) => {
                    encoded.sparse.index.push(before + index);
                    encoded.sparse.value.push(value);
                }
                None => unseen += 1,
            }
        }
        encoded.sparse.ends.push(encoded.sparse.index.len());
    }
    if unseen > 0 {
        encoded.unseen.insert("features by number".into(), unseen);
    }
}

impl NumberColumn<'_> {
    #[inline]
    fn scaled(&self, table: &Table, row: usize, cell: Cell<'_>) -> Result<f32> {
        let scaled = ((finite(table, (row, self.index), cell)? - self.mean) / self.deviation) as f32;
        if scaled.is_finite() { Ok(scaled) } else { Err(not_finite(table, row, self.index)) }
    }
}

impl CategoryColumn<'_> {
    /// The coefficient of the cell's level, if it was seen in training: as it is written, or as the same number.
    fn code(&self, cell: Cell<'_>, gaps: &Gaps) -> Option<u32> {
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

/// Which cells have no value: those missing to the table, or to the one that the model was trained on.
struct Gaps {
    /// What only the other calls missing.
    texts: Vec<String>,
    numbers: Vec<f64>,
}

impl Gaps {
    fn of(schema: &Schema, table: &Table) -> Gaps {
        let more = schema.missing.iter().filter(|token| !table.missing_tokens().contains(token));
        let texts: Vec<String> = more.cloned().collect();
        let numbers = texts.iter().filter_map(|token| number(token)).collect();
        Gaps { texts, numbers }
    }

    #[inline]
    fn is(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Missing => true,
            Cell::Number(value) => self.numbers.iter().any(|gap| gap.total_cmp(&value).is_eq()),
            Cell::Text(text) => self.texts.iter().any(|gap| gap == text),
        }
    }
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
