//! Encoding of the rows of a task, as one thread does it.

use super::cell_counts::CellCounts;
use super::features::multiply_scaled;
use super::known_missing::MissingValues;
use super::resolve::ResolvedFeatures;
use super::sparse::encode_sparse;
use crate::data::cell::Cell;
use crate::data::number_checks::not_finite;
use crate::data::schema::Imputation;
use crate::data::sparse_rows::SparseRows;
use crate::data::table::Table;
use crate::error::{Error, Result};

/// Rows whose columns of numbers are encoded one after another: few enough that their cells and places stay in the
/// cache.
const ROWS_PER_TILE: usize = 128;

/// Rows that a thread encodes, and the places of their numbers and codes.
pub(super) struct EncodeTask<'a> {
    pub(super) rows: &'a [usize],
    /// Distance between the first numbers of consecutive rows.
    pub(super) stride: usize,
    pub(super) numbers: &'a mut [f32],
    pub(super) codes: &'a mut [u32],
}

/// Sparse features of the rows of a task, and counts of their cells.
pub(super) struct EncodedPart {
    pub(super) sparse: SparseRows,
    pub(super) counts: CellCounts,
}

/// Encodes the rows of a task.
///
/// # Errors
/// A cell that is no finite number in a column of numbers; [`Error::Interrupted`], if it is requested.
pub(super) fn encode_part(
    features: &ResolvedFeatures<'_>,
    table: &Table<'_>,
    task: EncodeTask<'_>,
    missing: &MissingValues,
) -> Result<EncodedPart> {
    let EncodeTask { rows, stride, numbers, codes } = task;
    let code_width = features.categories.len();
    // The code of a level not seen in training is the number of coefficients.
    codes.fill(features.features as u32);
    let mut counts = CellCounts::none(features);
    // Rows without numbers have nothing to write.
    let tiles = rows.chunks(ROWS_PER_TILE).zip(numbers.chunks_mut((ROWS_PER_TILE * stride).max(1)));
    for (rows, numbers) in tiles {
        encode_numbers(features, table, rows, missing, (numbers, stride), &mut counts.imputed)?;
    }
    for (place, category) in features.categories.iter().enumerate() {
        let level = |cell| {
            let is_value = !missing.contains(cell);
            (is_value, category.levels.code(if is_value { cell } else { Cell::Missing }))
        };
        table.gather_values(category.column, rows, level, |i, (is_value, code)| {
            if is_value {
                counts.levels[place].add(code.is_some());
            }
            match code {
                Some(code) => codes[i * code_width + place] = code,
                None => counts.unseen_levels[place] += 1,
            }
        })?;
    }
    let sparse = if features.has_sparse() {
        encode_sparse(features, table, rows, missing, &mut counts)?
    } else {
        SparseRows::default()
    };
    Ok(EncodedPart { sparse, counts })
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
    let (mut place, mut numbers, mut scaled) = (0, Vec::new(), vec![0.0; rows.len()]);
    let by_block = table.by_block(rows);
    for (number, imputed) in features.numbers.iter().zip(imputed) {
        table.interrupt().check()?;
        let with_indicator = number.imputation == Imputation::MeanAndIndicator;
        let next_place = place + 1 + usize::from(with_indicator);
        numbers.clear();
        if !missing.have_numbers() && table.gather_numbers(number.column, &by_block, &mut numbers) {
            if let Some(invalid) = number.scale_all(&numbers, &mut scaled) {
                return Err(not_finite(table, rows[invalid], number.column));
            }
            let outs = encoded.iter_mut().skip(place).step_by(stride);
            outs.zip(&scaled).for_each(|(out, x)| *out = *x);
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
