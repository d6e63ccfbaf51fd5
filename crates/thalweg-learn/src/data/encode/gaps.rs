//! Which cells have no value.

use crate::data::kind::number;
use crate::data::schema::Schema;
use crate::data::source::block::Cell;
use crate::data::table::Table;

/// Which cells have no value: those missing to the table, or to the one that the model was trained on.
pub(in crate::data) struct Gaps {
    /// What only the other calls missing.
    texts: Vec<String>,
    numbers: Vec<f64>,
}

impl Gaps {
    pub(super) fn of(schema: &Schema, table: &Table) -> Gaps {
        let more = schema.missing.iter().filter(|token| !table.missing_tokens().contains(token));
        let texts: Vec<String> = more.cloned().collect();
        let numbers = texts.iter().filter_map(|token| number(token)).collect();
        Gaps { texts, numbers }
    }

    #[inline]
    pub(in crate::data) fn is(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Missing => true,
            Cell::Number(value) => self.numbers.iter().any(|gap| gap.total_cmp(&value).is_eq()),
            Cell::Text(text) => self.texts.iter().any(|gap| gap == text),
        }
    }
}
