//! Encoding of rows in parallel.

use rayon::prelude::*;

use super::features::multiply_scaled;
use super::known_missing::MissingValues;
use super::resolve::{ResolvedFeatures, find_column, resolve};
use super::sparse::{SparsePart, encode_sparse};
use crate::data::cell::Cell;
use crate::data::level_counts::LevelCounts;
use crate::data::moments::{cell_error, check_counts, not_finite, skip_invalid_rows, target_number};
use crate::data::row_matrix::RowMatrix;
use crate::data::rows::{Rows, WithTarget};
use crate::data::schema::{Imputation, Schema};
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::table::Table;
use crate::data::target::{ClassIndex, Target};
use crate::error::{Error, ExpectedCell, Result};
use crate::pool;

/// Number of rows that a thread encodes at a time.
const ROWS_PER_TASK: usize = 4096;

/// Rows whose columns of numbers are encoded one after another: few enough that their cells and places stay in the
/// cache.
const ROWS_PER_TILE: usize = 256;

/// Name of the features of a libsvm file in counts.
const INDEXED_FEATURES: &str = "features by number";

/// Rows that a thread encodes, and the places of their numbers and codes.
struct EncodeTask<'a> {
    rows: &'a [usize],
    /// Distance between the first numbers of consecutive rows.
    stride: usize,
    numbers: &'a mut [f32],
    codes: &'a mut [u32],
}

/// Sparse features of the rows of a task, and counts of their cells.
struct EncodedPart {
    sparse: SparsePart,
    /// Number of missing numbers, by numeric feature.
    imputed: Vec<u64>,
    /// Number of unknown levels, by category.
    unseen_levels: Vec<u64>,
    /// Counts of values, by category.
    levels: Vec<LevelCounts>,
}

impl Schema {
    /// Returns the rows of the table with a target.
    ///
    /// # Errors
    /// The table has no target column.
    pub fn usable_rows(&self, table: &Table<'_>) -> Result<Vec<usize>> {
        let target = find_column(self, table, self.target.name())?;
        let (missing, mut rows) = (MissingValues::new(self, table), Vec::new());
        table.for_each_cell(target, |row, cell| {
            if !missing.contains(cell) {
                rows.push(row);
            }
        })?;
        Ok(rows)
    }

    /// Returns the class index of each row; `None` if the target is a number.
    ///
    /// # Errors
    /// The table has no target column; an unknown label.
    pub(crate) fn classes(&self, table: &Table<'_>, rows: &[usize]) -> Result<Option<Vec<usize>>> {
        if self.target.labels().is_none() {
            return Ok(None);
        }
        Ok(Some(encode_target(self, table, rows)?.into_iter().map(|class| class as usize).collect()))
    }

    /// Checks that the target of the given rows is not negative, as the Poisson loss requires.
    ///
    /// # Errors
    /// The table has no target column; the first negative number.
    pub(crate) fn check_counts(&self, table: &Table<'_>, rows: &[usize]) -> Result<()> {
        check_counts(table, find_column(self, table, self.target.name())?, rows)
    }

    /// Removes from `rows` those that [`Schema::encode`] would refuse.
    pub(crate) fn skip_invalid_rows(
        &self,
        table: &Table<'_>,
        rows: &mut Vec<usize>,
        policy: OnError,
        skipped_rows: &mut SkippedRows,
    ) -> Result<()> {
        let table = &*self.apply_text_as_missing(table)?;
        let features = resolve(self, table)?;
        let numbers: Vec<usize> = features.numbers.iter().map(|number| number.column).collect();
        let target = find_column(self, table, self.target.name())?;
        let labels = self.target.labels();
        skip_invalid_rows(table, &numbers, labels.is_none().then_some(target), rows, policy, skipped_rows)?;
        let Some(labels) = labels else { return Ok(()) };
        let classes = ClassIndex::new(&labels);
        let (mut known, mut unknown) = (Vec::with_capacity(rows.len()), Vec::new());
        table.gather(target, rows, |i, cell| {
            if classes.class(cell).is_some() { known.push(rows[i]) } else { unknown.push(rows[i]) }
        })?;
        *rows = known;
        unknown.into_iter().try_for_each(|row| skipped_rows.add(policy, || unknown_label(table, row, target, &labels)))
    }

    /// Encodes the given rows of a table with the columns of this schema.
    ///
    /// # Errors
    /// A missing column; a cell that is no finite number in a column of numbers; with the target, an unknown label.
    pub fn encode(&self, table: &Table<'_>, rows: &[usize], with_target: WithTarget) -> Result<Rows> {
        pool::in_pool(rows.len(), || self.encode_in_pool(table, rows, with_target))
    }

    fn encode_in_pool(&self, table: &Table<'_>, rows: &[usize], with_target: WithTarget) -> Result<Rows> {
        let given = table;
        let table = &*self.apply_text_as_missing(given)?;
        let (missing, features) = (MissingValues::new(self, table), resolve(self, table)?);
        let (width, code_width) = (features.width, features.categories.len());
        let mut encoded = Rows { code_width, features: features.features, ..Rows::default() };
        encoded.numbers = RowMatrix::zeros(width, rows.len());
        encoded.codes = vec![0; code_width * rows.len()];
        let stride = encoded.numbers.stride();
        let tasks = tasks(rows, [stride, code_width], encoded.numbers.strided_mut(), &mut encoded.codes);
        let encode = |task| encode_part(&features, table, task, &missing);
        let parts: Vec<Result<EncodedPart>> = pool::map(tasks.into_par_iter(), encode);
        let mut imputed = vec![0; features.numbers.len()];
        let (mut unseen_levels, mut unseen_combinations) = (vec![0; code_width], vec![0; features.interactions.len()]);
        let (mut indices, mut levels) = (LevelCounts::default(), vec![LevelCounts::default(); code_width]);
        let add = |sums: &mut [u64], counts: Vec<u64>| sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        for part in parts {
            table.interrupt().check()?;
            let part = part?;
            encoded.sparse.append(part.sparse.rows);
            add(&mut imputed, part.imputed);
            add(&mut unseen_levels, part.unseen_levels);
            add(&mut unseen_combinations, part.sparse.unseen_combinations);
            indices += part.sparse.indices;
            levels.iter_mut().zip(part.levels).for_each(|(sum, counts)| *sum += counts);
        }
        let nonzero = |(name, count): (&str, u64)| (count > 0).then(|| (name.to_string(), count));
        let numbers = features.numbers.iter().map(|number| number.name);
        let categories = features.categories.iter().map(|category| category.name).zip(unseen_levels);
        let interactions =
            features.interactions.iter().map(|interaction| interaction.name.as_str()).zip(unseen_combinations);
        let unseen_indices = [(INDEXED_FEATURES, indices.values - indices.seen)];
        let names = features.categories.iter().map(|category| category.name.to_string());
        encoded.levels = names.zip(levels).collect();
        if features.indexed.is_some() {
            encoded.levels.insert(INDEXED_FEATURES.into(), indices);
        }
        encoded.text_as_missing = self.count_text_as_missing(given, rows, &missing)?;
        encoded.imputed = numbers.zip(imputed).filter_map(nonzero).collect();
        encoded.unseen = categories.chain(interactions).chain(unseen_indices).filter_map(nonzero).collect();
        if with_target == WithTarget::Yes {
            encoded.target = encode_target(self, table, rows)?;
        }
        Ok(encoded)
    }
}

fn unknown_label(table: &Table<'_>, row: usize, target: usize, labels: &[String]) -> Error {
    cell_error(table, row, target, ExpectedCell::Label(labels.to_vec()))
}

fn encode_target(schema: &Schema, table: &Table<'_>, rows: &[usize]) -> Result<Vec<f64>> {
    let column = find_column(schema, table, schema.target.name())?;
    let mut encoded = Vec::with_capacity(rows.len());
    if let Target::Number { mean, deviation, .. } = &schema.target {
        table.try_gather(column, rows, |i, cell| {
            encoded.push((target_number(table, rows[i], column, cell)? - mean) / deviation);
            Ok::<(), Error>(())
        })?;
        return Ok(encoded);
    }
    let labels = schema.target.labels().expect("a target that is no number has labels");
    let classes = ClassIndex::new(&labels);
    table.try_gather(column, rows, |i, cell| {
        let class = classes.class(cell).ok_or_else(|| unknown_label(table, rows[i], column, &labels))?;
        encoded.push(class as f64);
        Ok::<(), Error>(())
    })?;
    Ok(encoded)
}

/// Divides rows into tasks; `strides` are the distances between the numbers and the codes of consecutive rows.
fn tasks<'a>(
    rows: &'a [usize],
    strides: [usize; 2],
    mut numbers: &'a mut [f32],
    mut codes: &'a mut [u32],
) -> Vec<EncodeTask<'a>> {
    let [stride, code_width] = strides;
    let task = |rows: &'a [usize]| EncodeTask {
        rows,
        stride,
        numbers: numbers.split_off_mut(..stride * rows.len()).expect("room for all rows"),
        codes: codes.split_off_mut(..code_width * rows.len()).expect("room for all rows"),
    };
    rows.chunks(ROWS_PER_TASK).map(task).collect()
}

fn encode_part(
    features: &ResolvedFeatures<'_>,
    table: &Table<'_>,
    task: EncodeTask<'_>,
    missing: &MissingValues,
) -> Result<EncodedPart> {
    let EncodeTask { rows, stride, numbers, codes } = task;
    let code_width = features.categories.len();
    // The code of a level not seen in training is the number of coefficients.
    codes.fill(features.features as u32);
    let mut part = EncodedPart {
        sparse: SparsePart::default(),
        imputed: vec![0; features.numbers.len()],
        unseen_levels: vec![0; code_width],
        levels: vec![LevelCounts::default(); code_width],
    };
    // Rows without numbers have nothing to write.
    let tiles = rows.chunks(ROWS_PER_TILE).zip(numbers.chunks_mut((ROWS_PER_TILE * stride).max(1)));
    for (rows, numbers) in tiles {
        encode_numbers(features, table, rows, missing, (numbers, stride), &mut part.imputed)?;
    }
    for (place, category) in features.categories.iter().enumerate() {
        let level = |cell| {
            let is_value = !missing.contains(cell);
            (is_value, category.levels.code(if is_value { cell } else { Cell::Missing }))
        };
        table.gather_values(category.column, rows, level, |i, (is_value, code)| {
            if is_value {
                part.levels[place].add(code.is_some());
            }
            match code {
                Some(code) => codes[i * code_width + place] = code,
                None => part.unseen_levels[place] += 1,
            }
        })?;
    }
    if features.has_sparse() {
        part.sparse = encode_sparse(features, table, rows, missing)?;
    }
    Ok(part)
}

/// Encodes scaled numbers with their indicators, then products.
fn encode_numbers(
    features: &ResolvedFeatures<'_>,
    table: &Table<'_>,
    rows: &[usize],
    missing: &MissingValues,
    (encoded, stride): (&mut [f32], usize),
    imputed: &mut [u64],
) -> Result<()> {
    let (mut place, mut numbers) = (0, Vec::new());
    for (number, imputed) in features.numbers.iter().zip(imputed) {
        table.interrupt().check()?;
        let with_indicator = number.imputation == Imputation::MeanAndIndicator;
        let next_place = place + 1 + usize::from(with_indicator);
        numbers.clear();
        if !missing.have_numbers() && table.gather_numbers(number.column, rows, &mut numbers) {
            let outs = encoded.iter_mut().skip(place).step_by(stride);
            if let Some(invalid) = number.scale_all(&numbers, outs) {
                return Err(not_finite(table, rows[invalid], number.column));
            }
            if with_indicator {
                let outs = encoded.iter_mut().skip(place + 1).step_by(stride);
                outs.zip(&numbers).for_each(|(out, x)| *out = f32::from(u8::from(x.is_nan())));
            } else {
                *imputed += numbers.iter().filter(|x| x.is_nan()).count() as u64;
            }
            place = next_place;
            continue;
        }
        table.try_gather(number.column, rows, |i, cell| {
            let out = &mut encoded[i * stride + place..];
            let is_missing = missing.contains(cell);
            out[0] = number.scaled(table, rows[i], cell, is_missing)?;
            match number.imputation {
                Imputation::MeanAndIndicator => out[1] = f32::from(u8::from(is_missing)),
                Imputation::Mean => *imputed += u64::from(is_missing),
            }
            Ok::<(), Error>(())
        })?;
        place = next_place;
    }
    for product in &features.products {
        let mut products = vec![1.0; rows.len()];
        multiply_scaled(table, rows, missing, &product.factors, &mut products)?;
        // Without rows there is no first number to start from.
        let outs = encoded.iter_mut().skip(place).step_by(stride);
        outs.zip(products).for_each(|(out, x)| *out = ((x - product.mean) / product.deviation) as f32);
        place += 1;
    }
    Ok(())
}
