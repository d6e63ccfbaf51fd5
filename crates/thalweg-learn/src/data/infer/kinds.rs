//! Kinds of all columns of a table, inferred in parallel.

use rayon::prelude::*;

use super::kind::{ColumnKind, InferredColumn, infer_kind, reason_of_options};
use super::options::ColumnOptions;
use super::profile::ColumnProfile;
use crate::data::table::Table;
use crate::error::Result;
use crate::pool;

/// Infers the kind of each column; those that are stored together are read together.
pub(super) fn infer_kinds(
    table: &Table<'_>,
    columns: impl Iterator<Item = usize>,
    column_options: &ColumnOptions,
) -> Vec<(usize, Result<InferredColumn>)> {
    let name = |column: usize| table.names()[column].as_str();
    let (excluded, read): (Vec<usize>, Vec<usize>) =
        columns.partition(|&column| reason_of_options(name(column), column_options).is_some());
    let infer = |group: &&[usize]| match ColumnProfile::of_columns(table, group) {
        Ok(profiles) => {
            let infer = |(&column, profile): (&usize, ColumnProfile<'_>)| {
                (column, infer_kind(name(column), &profile, column_options))
            };
            group.iter().zip(profiles).map(infer).collect::<Vec<_>>()
        }
        Err(error) => vec![(group[0], Err(error))],
    };
    let mut kinds: Vec<_> = pool::map(table.column_groups(&read).par_iter(), infer).into_iter().flatten().collect();
    for column in excluded {
        let reason = reason_of_options(name(column), column_options);
        kinds.extend(reason.map(|reason| (column, Ok(ColumnKind::Excluded(reason).into()))));
    }
    kinds.sort_by_key(|(column, _)| *column);
    kinds
}
