//! From arrays of Arrow to numbers and texts.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};

use super::iso;
use crate::data::source::block::{Texts, Values};

/// What a column of the type holds, where that can be neither numbers nor texts.
pub(super) fn unusable(kind: &DataType) -> Option<String> {
    let found = match kind {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "a list in each row",
        DataType::Struct(_) => "a struct in each row",
        DataType::Map(..) => "a map in each row",
        DataType::Union(..) => "values of several types",
        DataType::Interval(_) => "intervals of the calendar",
        DataType::RunEndEncoded(..) => "values coded as runs",
        DataType::Dictionary(_, values) => return unusable(values),
        _ => return None,
    };
    Some(found.to_string())
}

/// The values of a column: numbers of any type, booleans as `true` and `false`, texts, and dates and times as ISO 8601
/// writes them.
///
/// # Errors
///
/// What the column holds, if that is none of these.
pub(super) fn values(column: &dyn Array) -> Result<Values, &'static str> {
    match column.data_type() {
        DataType::Null => Ok(Values::Texts((0..column.len()).map(|_| None::<&str>).collect())),
        DataType::Boolean => {
            let texts = column.as_boolean().iter().map(|value| value.map(|value| if value { "true" } else { "false" }));
            Ok(Values::Texts(texts.collect()))
        }
        DataType::Utf8 => Ok(Values::Texts(column.as_string::<i32>().iter().collect())),
        DataType::LargeUtf8 => Ok(Values::Texts(column.as_string::<i64>().iter().collect())),
        DataType::Utf8View => Ok(Values::Texts(column.as_string_view().iter().collect())),
        DataType::Binary => bytes(column.as_binary::<i32>().iter()),
        DataType::LargeBinary => bytes(column.as_binary::<i64>().iter()),
        DataType::BinaryView => bytes(column.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => bytes(column.as_fixed_size_binary().iter()),
        DataType::Dictionary(..) => dictionary(column),
        _ => instants(column).or_else(|| numbers(column)).ok_or("values of a type that is not known here"),
    }
}

fn bytes<'a>(rows: impl Iterator<Item = Option<&'a [u8]>>) -> Result<Values, &'static str> {
    let texts: Result<Texts, _> = rows.map(|row| row.map(std::str::from_utf8).transpose()).collect();
    texts.map(Values::Texts).map_err(|_| "bytes that are not UTF-8 text")
}

fn dictionary(column: &dyn Array) -> Result<Values, &'static str> {
    let column = column.as_any_dictionary();
    let values = values(column.values().as_ref())?;
    let keys = if column.values().is_empty() { vec![0; column.len()] } else { column.normalized_keys() };
    // Without values, every row must be without a key.
    let keys = keys.iter().enumerate().map(|(row, &key)| column.keys().is_valid(row).then_some(key));
    Ok(match values {
        Values::Numbers(numbers) => {
            let number = |key: Option<usize>| key.and_then(|key| numbers.values.get(key).copied()).unwrap_or(f64::NAN);
            Values::of(keys.map(number).collect())
        }
        Values::Texts(texts) => Values::Texts(texts.picked(keys)),
        other @ Values::Bytes(_) => other,
    })
}

/// Dates, times of the day and timestamps.
fn instants(column: &dyn Array) -> Option<Values> {
    fn texts<T: ArrowPrimitiveType>(column: &dyn Array, text: impl Fn(T::Native) -> String) -> Values {
        let rows = column.as_primitive::<T>().iter();
        Values::Texts(rows.map(|row| row.map(&text)).collect())
    }
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    const MILLI: i64 = 1_000;
    const MICRO: i64 = 1_000_000;
    const NANO: i64 = 1_000_000_000;
    Some(match column.data_type() {
        DataType::Date32 => texts::<Date32Type>(column, |days| iso::date(days.into())),
        DataType::Date64 => texts::<Date64Type>(column, |ticks| iso::date(ticks.div_euclid(86_400 * MILLI))),
        DataType::Time32(Second) => texts::<Time32SecondType>(column, |ticks| iso::time(ticks.into(), 1)),
        DataType::Time32(_) => texts::<Time32MillisecondType>(column, |ticks| iso::time(ticks.into(), MILLI)),
        DataType::Time64(Microsecond) => texts::<Time64MicrosecondType>(column, |ticks| iso::time(ticks, MICRO)),
        DataType::Time64(_) => texts::<Time64NanosecondType>(column, |ticks| iso::time(ticks, NANO)),
        DataType::Timestamp(unit, zone) => {
            let utc = zone.is_some();
            match unit {
                Second => texts::<TimestampSecondType>(column, |ticks| iso::timestamp(ticks, 1, utc)),
                Millisecond => texts::<TimestampMillisecondType>(column, |ticks| iso::timestamp(ticks, MILLI, utc)),
                Microsecond => texts::<TimestampMicrosecondType>(column, |ticks| iso::timestamp(ticks, MICRO, utc)),
                Nanosecond => texts::<TimestampNanosecondType>(column, |ticks| iso::timestamp(ticks, NANO, utc)),
            }
        }
        _ => return None,
    })
}

/// Numbers of any type, durations in their unit among them.
fn numbers(column: &dyn Array) -> Option<Values> {
    fn all<T: ArrowPrimitiveType>(column: &dyn Array, number: impl Fn(T::Native) -> f64) -> Values {
        let rows = column.as_primitive::<T>().iter();
        Values::of(rows.map(|row| row.map_or(f64::NAN, &number)).collect())
    }
    Some(match *column.data_type() {
        DataType::Int8 => all::<Int8Type>(column, f64::from),
        DataType::Int16 => all::<Int16Type>(column, f64::from),
        DataType::Int32 => all::<Int32Type>(column, f64::from),
        DataType::Int64 => all::<Int64Type>(column, |number| number as f64),
        DataType::UInt8 => all::<UInt8Type>(column, f64::from),
        DataType::UInt16 => all::<UInt16Type>(column, f64::from),
        DataType::UInt32 => all::<UInt32Type>(column, f64::from),
        DataType::UInt64 => all::<UInt64Type>(column, |number| number as f64),
        DataType::Float16 => all::<Float16Type>(column, f64::from),
        DataType::Float32 => all::<Float32Type>(column, f64::from),
        DataType::Float64 => all::<Float64Type>(column, |number| number),
        DataType::Decimal32(_, scale) => all::<Decimal32Type>(column, |digits| decimal(digits.into(), scale)),
        DataType::Decimal64(_, scale) => all::<Decimal64Type>(column, |digits| decimal(digits.into(), scale)),
        DataType::Decimal128(_, scale) => all::<Decimal128Type>(column, |digits| decimal(digits, scale)),
        DataType::Decimal256(_, scale) => all::<Decimal256Type>(column, |digits| nearest(&digits.to_string(), scale)),
        DataType::Duration(TimeUnit::Second) => all::<DurationSecondType>(column, |ticks| ticks as f64),
        DataType::Duration(TimeUnit::Millisecond) => all::<DurationMillisecondType>(column, |ticks| ticks as f64),
        DataType::Duration(TimeUnit::Microsecond) => all::<DurationMicrosecondType>(column, |ticks| ticks as f64),
        DataType::Duration(TimeUnit::Nanosecond) => all::<DurationNanosecondType>(column, |ticks| ticks as f64),
        _ => return None,
    })
}

/// digits·10⁻ˢᶜᵃˡᵉ, rounded once.
fn decimal(digits: i128, scale: i8) -> f64 {
    // Both are exact in f64, and their quotient is rounded once.
    if digits.unsigned_abs() <= 1 << 53 && (0..=22).contains(&scale) {
        digits as f64 / TEN[scale as usize]
    } else {
        nearest(&digits.to_string(), scale)
    }
}

/// Powers of ten that an f64 holds exactly.
const TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

fn nearest(digits: &str, scale: i8) -> f64 {
    format!("{digits}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_nearest_numbers() {
        for digits in (1..2000_i128).map(|i| i * i * i - 1_000_000_007).chain([1 << 53, (1 << 53) + 1, i128::MAX]) {
            for scale in -3..=38 {
                let wanted: f64 = format!("{digits}e{}", -i32::from(scale)).parse().expect("a number");
                assert_eq!(decimal(digits, scale).to_bits(), wanted.to_bits(), "{digits} {scale}");
            }
        }
    }
}
