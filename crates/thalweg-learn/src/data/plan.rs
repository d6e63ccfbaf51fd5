//! What to do with each column, and the measures of those used.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use super::cross::{Hashed, Interaction, is_numeric};
use super::encode::refuse_left_out;
use super::faults::{Faults, OnError, leave_faulty};
use super::kind::{Choices, Kind, MANY, Reason, kind_of};
use super::schema::{Encoding, Feature, MISSING_LEVEL, MissingRule, Moments, Schema, Unnamed, Weighted};
use super::source::block::Cell;
use super::table::Table;
use super::target::{Scale, TargetChoice, TargetKind};
use crate::error::{Error, Result};

/// Features by number that a model can hold: a weight and two slots of each are three gigabytes.
const MOST_FEATURES: u32 = 1 << 27;

/// What each column of a table is to the model, decided from all of its rows.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows whose target is present, ascending.
    pub usable_rows: Vec<usize>,
    /// Columns left out, and why.
    pub left_out: Vec<(String, Reason)>,
    /// Rows whose target is missing.
    pub target_missing: usize,
    /// Rows left out because a cell of theirs is not what it must be.
    pub faults: Faults,
    /// What numbers are to be measured by.
    pub scale: Scale,
    /// What is hashed, as far as the rows to train on tell.
    pub hashed: Option<Hashed>,
    interactions: Vec<Interaction>,
    hash_bits: u8,
    target: usize,
    target_kind: TargetKind,
    /// The columns used: all numbers or all categories.
    used: Vec<(usize, Kind)>,
}

impl Schema {
    /// Decides what each column of the table is.
    pub fn plan(table: &Table, target: &str, choice: TargetChoice, choices: &Choices) -> Result<Plan> {
        choices.check(table, target)?;
        let target = table.column_index(target)?;
        let target_kind = TargetKind::of(table, target, choice, choices.on_error)?;
        let mut usable_rows = Vec::with_capacity(table.rows());
        table.each(target, |row, cell| {
            if cell != Cell::Missing {
                usable_rows.push(row);
            }
        });
        let mut plan = Plan {
            target_missing: table.rows() - usable_rows.len(),
            usable_rows,
            left_out: Vec::new(),
            faults: table.faults().clone(),
            scale: Scale { intercept: true, count: false },
            hashed: None,
            interactions: choices.interactions.clone(),
            hash_bits: choices.hash_bits,
            target,
            target_kind,
            used: Vec::new(),
        };
        let mut counters = Vec::new();
        let others: Vec<usize> = (0..table.names().len()).filter(|&index| index != target).collect();
        let kinds: Vec<Result<Kind>> = others.par_iter().map(|&index| kind_of(table, index, choices)).collect();
        for (index, kind) in others.into_iter().zip(kinds) {
            match kind? {
                Kind::Left(reason) => {
                    if reason == Reason::RowNumber {
                        counters.push((index, Kind::Number));
                    }
                    plan.leave_out(&table.names()[index], reason);
                }
                kind => plan.used.push((index, kind)),
            }
        }
        for (name, holds) in table.unusable() {
            plan.leave_out(name, Reason::Unusable { holds: holds.clone() });
        }
        if plan.used.is_empty() {
            // A table of x and y: the only column there is counts as a measure, even if it counts.
            plan.left_out.retain(|(_, reason)| *reason != Reason::RowNumber);
            plan.used = counters;
        }
        plan.refuse_nothing(table, plan.used.len())?;
        refuse_left_out(table, &plan.interactions, &plan.left_out)?;
        if choices.on_error != OnError::Fail {
            let mut numbers: Vec<usize> =
                plan.used.iter().filter(|(_, kind)| *kind == Kind::Number).map(|(index, _)| *index).collect();
            numbers.extend((plan.target_kind == TargetKind::Number).then_some(target));
            leave_faulty(table, &numbers, &mut plan.usable_rows, choices.on_error, &mut plan.faults)?;
        }
        Ok(plan)
    }
}

impl Plan {
    /// The class of each usable row, by number; `None` if the target is a number.
    pub fn classes(&self, table: &Table) -> Option<Vec<usize>> {
        self.target_kind.classes(table, self.target, &self.usable_rows)
    }

    /// The schema measured on the training rows alone; columns constant in them are left out too.
    pub fn schema<'a>(&mut self, table: &Table, train: impl Into<Weighted<'a>>) -> Result<Schema> {
        let train = &train.into();
        let mut features = Vec::new();
        let measure = |(index, kind): &(usize, Kind)| match kind {
            Kind::Number => measure_number(table, *index, train, self.scale),
            _ => Ok(measure_category(table, *index, train.rows)
                .map(|encoding| self.hash(table, *index, train.rows, encoding))),
        };
        let measured: Vec<_> = self.used.par_iter().map(measure).collect();
        for ((index, _), encoding) in self.used.clone().into_iter().zip(measured) {
            let name = &table.names()[index];
            match encoding? {
                Ok(encoding) => features.push(Feature { name: name.clone(), encoding }),
                Err(reason) => self.leave_out(name, reason),
            }
        }
        self.refuse_nothing(table, features.len())?;
        if let Some((found, _)) = table.unnamed().filter(|(features, _)| *features > MOST_FEATURES) {
            return Err(Error::TooManyFeatures { path: table.path().to_path_buf(), most: MOST_FEATURES, found });
        }
        let mut schema = Schema {
            target: self.target_kind.measure(table, self.target, train, self.scale)?,
            features,
            unnamed: table.unnamed().map(|(features, first)| Unnamed { features, first }),
            crosses: Vec::new(),
            hash_bits: self.hash_bits,
            missing: table.missing_tokens().to_vec(),
            header: table.had_header(),
            width: table.names().len(),
            target_index: self.target,
        };
        for interaction in self.interactions.clone() {
            match schema.cross(table, train, &interaction)? {
                Ok(cross) => schema.crosses.push(cross),
                Err(reason) => self.leave_out(&interaction.0.join("*"), reason),
            }
        }
        self.hashed = None;
        if schema.hashes() {
            self.hashed = Some(Hashed::count(self.hash_bits, &schema.hashed_keys(table, train.rows)?));
        } else {
            // Nothing has levels enough to be hashed: there is no room kept for it.
            schema.hash_bits = 0;
        }
        Ok(schema)
    }

    /// The encoding of a category, hashed where its levels are many.
    fn hash(&self, table: &Table, index: usize, rows: &[usize], encoding: Encoding) -> Encoding {
        match encoding {
            Encoding::Category { levels } if self.hash_bits > 0 && levels.len() > MANY => {
                Encoding::Hashed { numeric: is_numeric(table, index, rows) }
            }
            other => other,
        }
    }

    /// Refuses a target that holds a number below 0.
    pub fn refuse_negative(&self, table: &Table, rows: &[usize]) -> Result<()> {
        let negative = |&&row: &&usize| table.at(row, self.target).number().is_some_and(|value| value < 0.0);
        match rows.iter().find(negative) {
            None => Ok(()),
            Some(&row) => Err(Error::Negative {
                at: table.position(row, self.target),
                column: table.names()[self.target].clone(),
                found: table.written(row, self.target),
            }),
        }
    }

    fn leave_out(&mut self, name: &str, reason: Reason) {
        // A second schema from the same plan must not name a column twice.
        if !self.left_out.iter().any(|(other, _)| other == name) {
            self.left_out.push((name.to_string(), reason));
        }
    }

    fn refuse_nothing(&self, table: &Table, features: usize) -> Result<()> {
        if features > 0 || table.unnamed().is_some_and(|(features, _)| features > 0) {
            return Ok(());
        }
        let left_out: Vec<String> = self.left_out.iter().map(|(name, why)| format!("'{name}' ({why})")).collect();
        let left_out = if left_out.is_empty() { "the target is the only one".to_string() } else { left_out.join(", ") };
        Err(Error::NoFeatures { path: table.path().to_path_buf(), left_out })
    }
}

/// How to encode a column of numbers, or why not to.
fn measure_number(
    table: &Table,
    index: usize,
    train: &Weighted<'_>,
    scale: Scale,
) -> Result<std::result::Result<Encoding, Reason>> {
    let moments = Moments::of(table, index, train)?;
    let gaps = moments.count < train.rows.len();
    let moments = if scale.centres() { moments } else { moments.around_zero() };
    let present = train.rows.iter().find(|&&row| !table.is_missing(row, index));
    let Some(&present) = present else { return Ok(Err(Reason::AllMissing)) };
    // Without an intercept a constant that is not 0 stands in for one.
    if moments.constant && !gaps && (scale.centres() || moments.deviation == 0.0) {
        return Ok(Err(Reason::Constant { value: table.written(present, index) }));
    }
    Ok(Ok(Encoding::Number {
        mean: moments.mean,
        // One value and gaps: only the indicator tells anything, and the number is 0 on any scale.
        deviation: if moments.deviation == 0.0 { 1.0 } else { moments.deviation },
        missing: if gaps { MissingRule::Indicator } else { MissingRule::None },
    }))
}

/// How to encode a column of names, or why not to.
fn measure_category(table: &Table, index: usize, rows: &[usize]) -> std::result::Result<Encoding, Reason> {
    // Sorted after the rows are gone through: most of them bring nothing new.
    let (mut texts, mut numbers) = (HashSet::new(), HashSet::new());
    let gathered: std::result::Result<(), std::convert::Infallible> = table.gather(index, rows, |_, cell| {
        match cell {
            Cell::Missing => drop(texts.insert(MISSING_LEVEL)),
            Cell::Text(text) => drop(texts.insert(text)),
            Cell::Number(value) => drop(numbers.insert(value.to_bits())),
        }
        Ok(())
    });
    gathered.ok();
    let numbers = numbers.into_iter().map(|bits| f64::from_bits(bits).to_string());
    let levels: BTreeSet<String> = texts.into_iter().map(str::to_string).chain(numbers).collect();
    match (levels.len(), levels.first()) {
        (0, _) => Err(Reason::AllMissing),
        (1, Some(value)) if value == MISSING_LEVEL => Err(Reason::AllMissing),
        (1, Some(value)) => Err(Reason::Constant { value: value.clone() }),
        _ => Ok(Encoding::Category { levels: levels.into_iter().collect() }),
    }
}
