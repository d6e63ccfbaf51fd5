//! Section of the page on the data: rows, columns, and what was dropped.

use thalweg_learn::Files;

use super::FitPage;
use crate::picture::html_page::HtmlPage;
use crate::report::escape::{display_name, display_sentence};
use crate::report::feature_encoding;
use crate::report::fit_report;
use crate::report::format::{group_digits, pluralize};
use crate::report::text_table::TextTable;

/// Most columns that a table lists.
const MAX_COLUMNS: usize = 1000;

impl FitPage<'_> {
    pub(super) fn add_data(&self, page: &mut HtmlPage) {
        let fit = &self.report.fit;
        page.heading("Data");
        let files = |paths| display_name(&Files::from(paths).to_string());
        let mut facts = vec![("files".to_owned(), files(self.data))];
        if !self.validation.is_empty() {
            facts.push(("validation".into(), files(self.validation)));
        }
        let [train, validation] = [fit.train_rows, fit.validation_rows].map(|rows| group_digits(rows as u64));
        let rows = pluralize(fit.rows as u64, "row");
        facts.push(("used".into(), format!("{rows}: {train} for training, {validation} for validation")));
        for name in ["training_rows", "validation_rows"] {
            if let Some((_, checksum)) = self.settings.get(name).and_then(|value| value.split_once(" with ")) {
                facts.push((String::new(), format!("{}: {checksum} of the encoded rows", name.replace('_', " "))));
            }
        }
        facts.push(("target".into(), display_name(&fit.target)));
        let of_columns = match self.schema.features.len() {
            // Sparse rows have none.
            0 => String::new(),
            columns => format!(" of {}", pluralize(columns as u64, "column")),
        };
        facts.push(("features".into(), group_digits(fit.features as u64) + &of_columns));
        facts.extend(fit_report::dropped_facts(self.report));
        page.facts(&facts);
        self.add_columns(page);
    }

    /// Adds the tables of the columns that are used and that are not.
    fn add_columns(&self, page: &mut HtmlPage) {
        let excluded = &self.report.fit.excluded_columns;
        if !excluded.is_empty() {
            let mut table = TextTable::new(&["column", "reason"]);
            let row = |one: &thalweg_learn::data::Exclusion| {
                vec![display_name(&one.column), display_sentence(&one.description())]
            };
            table.rows = excluded.iter().take(MAX_COLUMNS).map(row).collect();
            page.details(&listed("Columns that are not used", excluded.len(), table.rows.len()), &table);
        }
        let features = &self.schema.features;
        if !features.is_empty() {
            let mut table = TextTable::new(&["column", "encoding"]);
            let used = features.iter().take(MAX_COLUMNS);
            table.rows = used
                .map(|feature| vec![display_name(&feature.name), feature_encoding::describe(feature, self.schema)])
                .collect();
            page.details(&listed("Columns that are used", features.len(), table.rows.len()), &table);
        }
    }
}

/// Returns the title of a table that may list the first of many rows.
pub(super) fn listed(title: &str, count: usize, shown: usize) -> String {
    let count_text = group_digits(count as u64);
    if shown < count {
        format!("{title} (the first {} of {count_text})", group_digits(shown as u64))
    } else {
        format!("{title} ({count_text})")
    }
}
