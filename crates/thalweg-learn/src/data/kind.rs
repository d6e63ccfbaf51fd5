//! What a column is: a number, a category, or nothing to learn from.

use std::fmt;

use super::column::Column;
use super::cross::InteractionSpec;
use super::date::is_packed_day;
use super::skipped_rows::OnError;
use super::table::Table;
use crate::error::{Error, Result};

/// What a column is to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// All its values are numbers.
    Number,
    /// Its values are names.
    Category,
    /// It is left out.
    Excluded(ExcludeReason),
}

/// Why a column is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExcludeReason {
    /// All rows have one value.
    Constant {
        /// That value.
        value: String,
    },
    /// Its values are dates or times.
    Date {
        /// The first of them.
        example: String,
    },
    /// Nearly every row has its own value, so that it names rows.
    IdLike {
        /// Different values.
        distinct: usize,
        /// Rows with a value.
        rows: usize,
    },
    /// It counts the rows.
    RowNumber,
    /// The user said so.
    Ignored,
    /// The user named others to keep.
    NotKept,
    /// It holds neither numbers nor texts.
    Unusable {
        /// What it holds.
        holds: String,
    },
    /// No row has a value.
    AllMissing,
    /// A column of the cross is left out.
    Without {
        /// Its name.
        column: String,
    },
}

impl fmt::Display for ExcludeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExcludeReason::Constant { value } => write!(f, "constant: always '{value}'"),
            ExcludeReason::Date { example } => write!(f, "dates or times, as '{example}'"),
            ExcludeReason::IdLike { distinct, rows } => {
                write!(f, "names rows: {distinct} different values in {rows} rows")
            }
            ExcludeReason::RowNumber => write!(f, "counts the rows"),
            ExcludeReason::Ignored => write!(f, "ignored on request"),
            ExcludeReason::NotKept => write!(f, "not among the columns to keep"),
            ExcludeReason::Unusable { holds } => write!(f, "holds {holds}"),
            ExcludeReason::AllMissing => write!(f, "all values are missing"),
            ExcludeReason::Without { column } => write!(f, "its column {column} is left out"),
        }
    }
}

/// What the user says about columns, by name.
#[derive(Clone, Debug, Default)]
pub struct ColumnOptions {
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The only columns to use, if there are any; they stay even if they look like dates or names of rows.
    pub keep: Vec<String>,
    /// Columns to read as categories whatever they look like.
    pub categorical: Vec<String>,
    /// Columns to be features together.
    pub interactions: Vec<InteractionSpec>,
    /// Levels of columns with many share 2^`hash_bits` coefficients; 0: each level has its own.
    pub hash_bits: u8,
    /// What becomes of a row with a text in a column of numbers.
    pub on_error: OnError,
}

impl ColumnOptions {
    /// Refuses a name that no column has, and the target's.
    pub(super) fn check(&self, table: &Table, target: &str) -> Result<()> {
        let crossed: Vec<String> = self.interactions.iter().flat_map(|interaction| interaction.0.clone()).collect();
        let named = [("ignore", &self.ignore), ("categorical", &self.categorical), ("interactions", &crossed)];
        for (option, names) in named {
            if names.iter().any(|name| name == target) {
                return Err(Error::TargetChosen { option, column: target.to_string() });
            }
        }
        self.ignore
            .iter()
            .chain(&self.keep)
            .chain(&self.categorical)
            .chain(&crossed)
            .try_for_each(|name| table.column_index(name).map(drop))
    }
}

/// The number that a cell writes, maybe infinite. NaN is none.
pub(super) fn number(cell: &str) -> Option<f64> {
    // Adding 0 turns −0 into 0: they are one value.
    cell.parse().ok().filter(|value: &f64| !value.is_nan()).map(|value| value + 0.0)
}

/// Tells what a column is.
pub(super) fn kind_of(table: &Table, index: usize, column_options: &ColumnOptions) -> Result<ColumnKind> {
    let name = table.names()[index].as_str();
    let is_in = |list: &[String]| list.iter().any(|other| other == name);
    if is_in(&column_options.ignore) {
        return Ok(ColumnKind::Excluded(ExcludeReason::Ignored));
    }
    if !column_options.keep.is_empty() && !is_in(&column_options.keep) {
        return Ok(ColumnKind::Excluded(ExcludeReason::NotKept));
    }
    let column = Column::look(table, index);
    if column.values == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::AllMissing));
    }
    if column.same && column.missing == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::Constant { value: column.example() }));
    }
    if is_in(&column_options.categorical) {
        return Ok(ColumnKind::Category);
    }
    if let Some(error) = column.refuse_as_nearly_number(true) {
        // The rows that are at fault are left out, so that the others are numbers.
        return if column_options.on_error == OnError::Fail { Err(error) } else { Ok(ColumnKind::Number) };
    }
    let hashed = column_options.hash_bits > 0;
    let kind = if column.texts == 0 { kind_of_numbers(&column, name, hashed) } else { kind_of_texts(&column, hashed) };
    Ok(match kind {
        ColumnKind::Excluded(_) if is_in(&column_options.keep) && column.texts == 0 => ColumnKind::Number,
        ColumnKind::Excluded(_) if is_in(&column_options.keep) => ColumnKind::Category,
        kind => kind,
    })
}

/// Rows from which on a column that counts them, or has a value for each, is no accident.
const ROWS: usize = 20;

fn kind_of_numbers(column: &Column<'_>, name: &str, hashed: bool) -> ColumnKind {
    if !column.whole {
        return ColumnKind::Number;
    }
    if column.counts && column.values >= ROWS && !measures_time(name) {
        return ColumnKind::Excluded(ExcludeReason::RowNumber);
    }
    if column.values >= ROWS && column.all(is_packed_day) {
        return ColumnKind::Excluded(ExcludeReason::Date { example: column.example() });
    }
    let levels = column.levels();
    let own = levels * 10 >= column.values * 9 && column.values > ROWS;
    if own && reads_as_id(name) {
        return ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: column.values });
    }
    if !names_rows(name) && !numbers_rows(name) {
        return ColumnKind::Number;
    }
    if id_like(levels, column.values, hashed) {
        return ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: column.values });
    }
    // The number of a shop or a ward is its name: the next one is not one more of anything.
    if names_rows(name) { ColumnKind::Category } else { ColumnKind::Number }
}

fn kind_of_texts(column: &Column<'_>, hashed: bool) -> ColumnKind {
    if column.dates * 20 >= column.values * 19 {
        return ColumnKind::Excluded(ExcludeReason::Date { example: column.example() });
    }
    let levels = column.levels();
    if id_like(levels, column.values, hashed) {
        return ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: column.values });
    }
    ColumnKind::Category
}

/// Whether names are too many for their rows to learn anything about one: fewer than five rows each, of many, or nine
/// of ten rows with their own. Where levels are hashed, only the latter.
pub(super) fn id_like(levels: usize, rows: usize, hashed: bool) -> bool {
    rows > ROWS && (levels * 10 >= rows * 9 || (levels > MANY && rows < 5 * levels && !hashed))
}

/// Levels beyond these are many.
pub(super) const MANY: usize = 100;

/// Whether a column of this name holds names written in digits: id, `shop_id`, `shopId`, `patient_nbr`.
fn names_rows(name: &str) -> bool {
    let lower = name.to_lowercase();
    let word = lower.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let camel = name.strip_suffix("Id").or_else(|| name.strip_suffix("ID"));
    matches!(word, "id" | "ids" | "uuid" | "guid" | "nbr")
        || camel.is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_lowercase()))
}

/// Whether a column of this name often numbers the rows, and otherwise is a quantity.
fn numbers_rows(name: &str) -> bool {
    let lower = name.to_lowercase();
    matches!(lower.as_str(), "index" | "idx" | "key" | "no" | "nr" | "row" | "rownum" | "number" | "instant")
        || lower.starts_with("unnamed:")
}

/// Whether whole numbers of this name, if nearly every row has its own, are no quantity: `userid`, `order_number`.
fn reads_as_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    let word = lower.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // Not any word on "id": humid is a quantity.
    let who = [
        "user",
        "customer",
        "client",
        "person",
        "patient",
        "member",
        "employee",
        "student",
        "passenger",
        "account",
        "order",
        "product",
        "item",
        "session",
        "device",
        "transaction",
        "record",
        "row",
        "case",
        "store",
        "shop",
    ];
    lower.strip_suffix("id").is_some_and(|rest| who.contains(&rest))
        || matches!(word, "no" | "nr" | "num" | "number" | "key" | "phone" | "account")
}

/// Whether a column of this name that goes up by one is the course of time, or the x of a curve, and not a count of rows.
fn measures_time(name: &str) -> bool {
    const TIMES: [&str; 14] =
        ["x", "t", "time", "year", "yr", "month", "week", "day", "hour", "minute", "second", "date", "step", "epoch"];
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| TIMES.contains(&word))
}
