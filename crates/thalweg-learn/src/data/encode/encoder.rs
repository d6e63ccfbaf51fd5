//! Encoding of rows in parallel.

use rayon::prelude::*;

use super::cell_counts::CellCounts;
use super::known_missing::MissingValues;
use super::part::{EncodeTask, EncodedPart, encode_part};
use super::resolve::{find_column, resolve};
use super::target::{encode_target, unknown_label};
use crate::data::number_checks::{check_counts, skip_invalid_rows};
use crate::data::row_matrix::RowMatrix;
use crate::data::rows::{Rows, WithTarget};
use crate::data::schema::Schema;
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::sparse_rows::SparseRows;
use crate::data::table::Table;
use crate::data::target::ClassIndex;
use crate::error::Result;
use crate::pool;

/// Number of rows of each list that a thread encodes at a time.
const ROWS_PER_TASK: usize = 4096;

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
        let [rows] = self.encode_lists(table, [rows], with_target)?;
        Ok(rows)
    }

    /// Encodes several lists of rows as [`Schema::encode`] does. Fastest if the rows of each ascend: then a table
    /// without sparse features is read once.
    pub(crate) fn encode_lists<const N: usize>(
        &self,
        table: &Table<'_>,
        lists: [&[usize]; N],
        with_target: WithTarget,
    ) -> Result<[Rows; N]> {
        let rows = lists.iter().map(|rows| rows.len()).sum();
        pool::in_pool(rows, || self.encode_in_pool(table, lists, with_target))
    }

    fn encode_in_pool<const N: usize>(
        &self,
        given: &Table<'_>,
        lists: [&[usize]; N],
        with_target: WithTarget,
    ) -> Result<[Rows; N]> {
        let table = &*self.apply_text_as_missing(given)?;
        let (missing, features) = (MissingValues::new(self, table), resolve(self, table)?);
        if N > 1 && features.has_sparse() {
            // The entries of all tasks of a list are in memory twice: those of one list at a time.
            let mut all = lists.map(|_| Rows::default());
            for (encoded, rows) in all.iter_mut().zip(lists) {
                [*encoded] = self.encode_in_pool(given, [rows], with_target)?;
            }
            return Ok(all);
        }
        let code_width = features.categories.len();
        let mut all = lists.map(|rows| Rows {
            numbers: RowMatrix::zeros(features.width, rows.len()),
            codes: vec![0; code_width * rows.len()],
            code_width,
            features: features.features,
            ..Rows::default()
        });
        let encode = |tasks: [EncodeTask<'_>; N]| tasks.map(|task| encode_part(&features, table, task, &missing));
        let mut parts = lists.map(|_| Vec::new());
        for encoded in pool::map(tasks(lists, all.each_mut()).into_par_iter(), encode) {
            parts.iter_mut().zip(encoded).for_each(|(parts, part)| parts.push(part));
        }
        for ((encoded, rows), parts) in all.iter_mut().zip(lists).zip(parts) {
            table.interrupt().check()?;
            let (mut counts, mut sparse) = (CellCounts::none(&features), Vec::new());
            for part in parts {
                let EncodedPart { sparse: rows, counts: of_part } = part?;
                counts.add(of_part);
                sparse.push(rows);
            }
            encoded.sparse = SparseRows::joined(sparse);
            counts.write(&features, encoded);
            encoded.text_as_missing = self.count_text_as_missing(given, rows, &missing)?;
            if with_target == WithTarget::Yes {
                encoded.target = encode_target(self, table, rows)?;
            }
        }
        Ok(all)
    }
}

/// Divides lists of rows, and the places of their numbers and codes, into tasks. If the rows of each list ascend, those
/// of a task are near each other in the table.
fn tasks<'a, const N: usize>(lists: [&'a [usize]; N], encoded: [&'a mut Rows; N]) -> Vec<[EncodeTask<'a>; N]> {
    let mut rest = lists;
    let mut places = encoded.map(|rows| {
        let (stride, code_width) = (rows.numbers.stride(), rows.code_width);
        (stride, rows.numbers.strided_mut(), code_width, &mut rows.codes[..])
    });
    let tasks = std::iter::from_fn(|| {
        let first = rest.iter().position(|rows| !rows.is_empty())?;
        let end = rest[first].get(ROWS_PER_TASK).copied().unwrap_or(usize::MAX);
        Some(std::array::from_fn(|i| {
            let most = rest[i].len().min(ROWS_PER_TASK);
            let count = if i == first { most } else { rest[i].partition_point(|row| *row < end).min(most) };
            let (stride, numbers, code_width, codes) = &mut places[i];
            let room = "there is room for all rows";
            EncodeTask {
                rows: rest[i].split_off(..count).expect(room),
                stride: *stride,
                numbers: numbers.split_off_mut(..*stride * count).expect(room),
                codes: codes.split_off_mut(..*code_width * count).expect(room),
            }
        }))
    });
    tasks.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::{ColumnOptions, EncodingPlan, ReadOptions, TargetChoice};

    #[test]
    fn lists_of_rows_in_any_order_are_encoded_like_single_rows() {
        const ROWS: usize = 30_000;
        let number = |i: usize| ((i * 7919) % ROWS) as f64 / 8.0;
        let record = |i: usize| {
            let number = if i.is_multiple_of(11) { String::new() } else { number(i).to_string() };
            format!("{number},{},{}\n", ["red", "green", "blue"][i * 5 % 7 % 3], i % 2)
        };
        let text = format!("number,color,label\n{}", (0..ROWS).map(record).collect::<String>());
        let table = Table::parse(Path::new("x"), text.into(), &ReadOptions::default()).expect("the text is a table");
        let options = ColumnOptions::default();
        let mut plan = EncodingPlan::infer(&table, "label", TargetChoice::Auto, &options).expect("it can be learned");
        let all: Vec<usize> = (0..ROWS).collect();
        let schema = plan.schema(&table, &all).expect("it has features");
        let (tenth, others): (Vec<usize>, Vec<usize>) = all.iter().partition(|row| *row * 31 % 10 == 0);
        let scattered: Vec<usize> = (0..ROWS).map(|i| i * 7 % ROWS).collect();
        let whole = schema.encode(&table, &all, WithTarget::Yes).expect("all rows can be encoded");
        let present: Vec<f64> = all.iter().filter(|row| *row % 11 > 0).map(|&row| number(row)).collect();
        let mean = present.iter().sum::<f64>() / present.len() as f64;
        let variance = present.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / present.len() as f64;
        for row in [1, 511, 512, 4096, 29_999] {
            let expected = (number(row) - mean) / variance.sqrt();
            assert!((f64::from(whole.numbers.row(row)[0]) - expected).abs() < 1e-6, "row {row}");
        }
        for lists in [[&others, &tenth], [&tenth, &others], [&vec![], &all], [&scattered, &all], [&all, &scattered]] {
            let encoded = schema.encode_lists(&table, lists.map(|rows| &rows[..]), WithTarget::Yes);
            for (rows, encoded) in lists.into_iter().zip(encoded.expect("all rows can be encoded")) {
                assert_eq!((encoded.len(), encoded.target.len()), (rows.len(), rows.len()));
                for (i, &row) in rows.iter().enumerate() {
                    assert_eq!(encoded.row(i), whole.row(row), "row {row}");
                    assert_eq!(encoded.target[i] as usize, row % 2);
                }
                let missing = rows.iter().filter(|row| **row % 11 == 0).count();
                let indicators = encoded.numbers.rows().filter(|numbers| numbers[1] > 0.0).count();
                assert_eq!(indicators, missing);
                assert_eq!(encoded.levels["color"].seen, rows.len() as u64);
            }
        }
    }
}
