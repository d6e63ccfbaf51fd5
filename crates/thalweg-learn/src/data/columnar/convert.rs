//! Conversion of Arrow arrays to numbers and texts.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};

use super::datetime::{format_date, format_time, format_timestamp};
use crate::data::cell::{ColumnData, NumberColumn, StringColumn};
use crate::data::number::{MAX_EXACT_INTEGER, POWERS_OF_TEN};
use crate::data::single_precision::{decimal_of_f32, decimal_of_half};
use crate::data::value_key::is_inexact_integer;

/// Returns a description of the values of a type that cannot be converted; `None` for other types.
pub(in crate::data) fn unsupported(kind: &DataType) -> Option<String> {
    let found = match kind {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "a list in each row",
        DataType::Struct(_) => "a struct in each row",
        DataType::Map(..) => "a map in each row",
        DataType::Union(..) => "values of several types",
        DataType::Interval(_) => "calendar intervals",
        DataType::RunEndEncoded(..) => "run-length encoded values",
        DataType::Dictionary(_, values) => return unsupported(values),
        _ => return None,
    };
    Some(found.to_string())
}

/// Returns `true` if the values of a type are texts, whatever they look like.
pub(in crate::data) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_text(values),
        kind => {
            use DataType::{Binary, BinaryView, FixedSizeBinary, LargeBinary, LargeUtf8, Utf8, Utf8View};
            matches!(kind, Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView | FixedSizeBinary(_))
        }
    }
}

/// Converts a column: numbers of any type, booleans as `true` and `false`, texts, and dates and times by ISO 8601.
///
/// # Errors
///
/// A description of the values if they are none of these.
pub(in crate::data) fn convert(column: &dyn Array) -> Result<ColumnData, &'static str> {
    match column.data_type() {
        DataType::Null => Ok(ColumnData::Strings((0..column.len()).map(|_| None::<&str>).collect())),
        DataType::Boolean => {
            let texts = column.as_boolean().iter().map(|value| value.map(|value| if value { "true" } else { "false" }));
            Ok(ColumnData::Strings(texts.collect()))
        }
        DataType::Utf8 => Ok(texts(column.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Ok(texts(column.as_string::<i64>().iter())),
        DataType::Utf8View => Ok(texts(column.as_string_view().iter())),
        DataType::Binary => bytes(column.as_binary::<i32>().iter()),
        DataType::LargeBinary => bytes(column.as_binary::<i64>().iter()),
        DataType::BinaryView => bytes(column.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => bytes(column.as_fixed_size_binary().iter()),
        DataType::Dictionary(..) => dictionary(column),
        _ => dates_and_times(column).or_else(|| numbers(column)).ok_or("values of an unknown type"),
    }
}

/// Converts a column as [`convert`]. Numbers in double precision keep their memory if they are used here alone.
///
/// # Errors
///
/// See [`convert`].
pub(super) fn convert_owned(column: ArrayRef) -> Result<ColumnData, &'static str> {
    if *column.data_type() != DataType::Float64 || column.null_count() > 0 {
        return convert(column.as_ref());
    }
    let values = column.as_primitive::<Float64Type>().values().clone();
    drop(column);
    let mut values = values.into_inner().into_vec().unwrap_or_else(|shared| shared.typed_data().to_vec());
    values.shrink_to_fit();
    Ok(ColumnData::from_numbers(values))
}

/// Converts texts, without blanks around them: columns of a fixed width are padded, and other formats have no such
/// blanks.
fn texts<'a>(rows: impl Iterator<Item = Option<&'a str>>) -> ColumnData {
    ColumnData::Strings(rows.map(|row| row.map(str::trim)).collect())
}

fn bytes<'a>(rows: impl Iterator<Item = Option<&'a [u8]>>) -> Result<ColumnData, &'static str> {
    let texts: Result<StringColumn, _> = rows.map(|row| row.map(std::str::from_utf8).transpose()).collect();
    texts.map(ColumnData::Strings).map_err(|_| "bytes that are not UTF-8 text")
}

fn dictionary(column: &dyn Array) -> Result<ColumnData, &'static str> {
    let column = column.as_any_dictionary();
    if column.values().is_empty() && column.keys().null_count() < column.len() {
        return Err("dictionary codes without values");
    }
    let values = convert(column.values().as_ref())?;
    let keys = if column.values().is_empty() { vec![0; column.len()] } else { column.normalized_keys() };
    let keys = keys.iter().enumerate().map(|(row, &key)| column.keys().is_valid(row).then_some(key));
    Ok(match values {
        ColumnData::Numbers(numbers) => {
            let text = |key: usize| {
                let place = numbers.texts.binary_search_by_key(&key, |(row, _)| *row).ok()?;
                Some(numbers.texts[place].1.clone())
            };
            numbers_or_texts(keys.map(|key| match key {
                Some(key) => (numbers.values[key], if numbers.values[key].is_nan() { text(key) } else { None }),
                None => (f64::NAN, None),
            }))
        }
        ColumnData::Strings(texts) => ColumnData::Strings(texts.select(keys)),
        ColumnData::Bytes(_) => unreachable!("Arrow arrays are converted to numbers or texts"),
    })
}

/// Converts dates, times of day and timestamps; `None` for other types.
fn dates_and_times(column: &dyn Array) -> Option<ColumnData> {
    fn texts<T: ArrowPrimitiveType>(column: &dyn Array, text: impl Fn(T::Native) -> String) -> ColumnData {
        let rows = column.as_primitive::<T>().iter();
        ColumnData::Strings(rows.map(|row| row.map(&text)).collect())
    }
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    const MILLI: i64 = 1_000;
    const MICRO: i64 = 1_000_000;
    const NANO: i64 = 1_000_000_000;
    Some(match column.data_type() {
        DataType::Date32 => texts::<Date32Type>(column, |days| format_date(days.into())),
        DataType::Date64 => texts::<Date64Type>(column, |ticks| format_date(ticks.div_euclid(86_400 * MILLI))),
        DataType::Time32(Second) => texts::<Time32SecondType>(column, |ticks| format_time(ticks.into(), 1)),
        DataType::Time32(_) => texts::<Time32MillisecondType>(column, |ticks| format_time(ticks.into(), MILLI)),
        DataType::Time64(Microsecond) => texts::<Time64MicrosecondType>(column, |ticks| format_time(ticks, MICRO)),
        DataType::Time64(_) => texts::<Time64NanosecondType>(column, |ticks| format_time(ticks, NANO)),
        DataType::Timestamp(unit, zone) => {
            let utc = zone.is_some();
            match unit {
                Second => texts::<TimestampSecondType>(column, |ticks| format_timestamp(ticks, 1, utc)),
                Millisecond => texts::<TimestampMillisecondType>(column, |ticks| format_timestamp(ticks, MILLI, utc)),
                Microsecond => texts::<TimestampMicrosecondType>(column, |ticks| format_timestamp(ticks, MICRO, utc)),
                Nanosecond => texts::<TimestampNanosecondType>(column, |ticks| format_timestamp(ticks, NANO, utc)),
            }
        }
        _ => return None,
    })
}

/// Makes a column of numbers, or of their texts where they are not exact.
fn numbers_or_texts(cells: impl Iterator<Item = (f64, Option<String>)>) -> ColumnData {
    let mut numbers = NumberColumn::default();
    for (row, (value, text)) in cells.enumerate() {
        match text {
            Some(text) => {
                numbers.values.push(f64::NAN);
                numbers.texts.push((row, text));
            }
            None => numbers.values.push(value),
        }
    }
    ColumnData::Numbers(numbers)
}

/// Converts integers: those that `f64` does not hold exactly become texts, so that no two are confused.
fn integers<T: ArrowPrimitiveType>(column: &dyn Array) -> ColumnData
where
    T::Native: Into<i128>,
{
    numbers_or_texts(column.as_primitive::<T>().iter().map(|value| match value.map(Into::<i128>::into) {
        None => (f64::NAN, None),
        Some(value) if value.unsigned_abs() <= MAX_EXACT_INTEGER.into() => (value as f64, None),
        Some(value) => {
            let (text, nearest) = (value.to_string(), value as f64);
            (nearest, is_inexact_integer(&text, nearest).then_some(text))
        }
    }))
}

/// Converts decimal numbers of which `number` gives the nearest `f64`; integers are as those of [`integers`].
fn decimals<T: ArrowPrimitiveType>(column: &dyn Array, scale: i8, number: impl Fn(T::Native) -> f64) -> ColumnData
where
    T::Native: ToString,
{
    numbers_or_texts(column.as_primitive::<T>().iter().map(|digits| match digits {
        None => (f64::NAN, None),
        Some(digits) => {
            let value = number(digits);
            let is_large = value.abs() >= MAX_EXACT_INTEGER as f64;
            let integer = is_large.then(|| shifted(&digits.to_string(), scale)).flatten();
            (value, integer.filter(|text| is_inexact_integer(text, value)))
        }
    }))
}

/// Returns the text of digits·10⁻ˢᶜᵃˡᵉ, if it is an integer.
fn shifted(digits: &str, scale: i8) -> Option<String> {
    match usize::try_from(scale) {
        Ok(decimals) => {
            let (integer, fraction) = digits.split_at(digits.len().checked_sub(decimals)?);
            fraction.bytes().all(|digit| digit == b'0').then(|| integer.to_string())
        }
        Err(_) => Some(format!("{digits}{}", "0".repeat(scale.unsigned_abs().into()))),
    }
}

/// Number in half precision.
type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Converts numbers of any type, and durations to numbers in their unit; `None` for other types.
fn numbers(column: &dyn Array) -> Option<ColumnData> {
    fn all<T: ArrowPrimitiveType>(column: &dyn Array, number: impl Fn(T::Native) -> f64) -> ColumnData {
        let column = column.as_primitive::<T>();
        ColumnData::from_numbers(if column.null_count() == 0 {
            column.values().iter().map(|value| number(*value)).collect()
        } else {
            column.iter().map(|row| row.map_or(f64::NAN, &number)).collect()
        })
    }
    Some(match *column.data_type() {
        DataType::Int8 => all::<Int8Type>(column, f64::from),
        DataType::Int16 => all::<Int16Type>(column, f64::from),
        DataType::Int32 => all::<Int32Type>(column, f64::from),
        DataType::Int64 => integers::<Int64Type>(column),
        DataType::UInt8 => all::<UInt8Type>(column, f64::from),
        DataType::UInt16 => all::<UInt16Type>(column, f64::from),
        DataType::UInt32 => all::<UInt32Type>(column, f64::from),
        DataType::UInt64 => integers::<UInt64Type>(column),
        DataType::Float16 => all::<Float16Type>(column, |number| {
            decimal_of_half(f64::from(number), |decimal| number == Half::from_f64(decimal))
        }),
        DataType::Float32 => all::<Float32Type>(column, decimal_of_f32),
        DataType::Float64 => all::<Float64Type>(column, |number| number),
        DataType::Decimal32(_, scale) => {
            decimals::<Decimal32Type>(column, scale, |digits| decimal_to_f64(digits.into(), scale))
        }
        DataType::Decimal64(_, scale) => {
            decimals::<Decimal64Type>(column, scale, |digits| decimal_to_f64(digits.into(), scale))
        }
        DataType::Decimal128(_, scale) => {
            decimals::<Decimal128Type>(column, scale, |digits| decimal_to_f64(digits, scale))
        }
        DataType::Decimal256(_, scale) => {
            decimals::<Decimal256Type>(column, scale, |digits| parse_scaled(&digits.to_string(), scale))
        }
        DataType::Duration(TimeUnit::Second) => integers::<DurationSecondType>(column),
        DataType::Duration(TimeUnit::Millisecond) => integers::<DurationMillisecondType>(column),
        DataType::Duration(TimeUnit::Microsecond) => integers::<DurationMicrosecondType>(column),
        DataType::Duration(TimeUnit::Nanosecond) => integers::<DurationNanosecondType>(column),
        _ => return None,
    })
}

/// Returns digits·10⁻ˢᶜᵃˡᵉ, correctly rounded.
fn decimal_to_f64(digits: i128, scale: i8) -> f64 {
    let power = usize::try_from(scale).ok().and_then(|scale| POWERS_OF_TEN.get(scale));
    if let Some(power) = power.filter(|_| digits.unsigned_abs() <= MAX_EXACT_INTEGER.into()) {
        // Both are exact in f64, and their quotient is rounded once.
        digits as f64 / power
    } else {
        parse_scaled(&digits.to_string(), scale)
    }
}

fn parse_scaled(digits: &str, scale: i8) -> f64 {
    format!("{digits}e{}", -i32::from(scale)).parse().expect("an integer with an exponent is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_nearest_numbers() {
        for digits in (1..2000_i128).map(|i| i * i * i - 1_000_000_007).chain([1 << 53, (1 << 53) + 1, i128::MAX]) {
            for scale in -3..=38 {
                let wanted: f64 =
                    format!("{digits}e{}", -i32::from(scale)).parse().expect("an integer with an exponent is a number");
                assert_eq!(decimal_to_f64(digits, scale).to_bits(), wanted.to_bits(), "{digits} {scale}");
            }
        }
    }
}
