//! Tables for the terminal and for Markdown.

use std::fmt::{self, Display};

/// A table with a header. Columns of numbers are right-aligned.
///
/// ```
/// use thalweg_experiments::TextTable;
/// let mut table = TextTable::new(&["method", "steps"]);
/// table.row(&[&"SGD", &2546]);
/// assert_eq!(table.markdown(), "| method | steps |\n| --- | ---: |\n| SGD | 2546 |\n");
/// assert_eq!(table.to_string(), "method  steps\nSGD      2546\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextTable {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// Returns a table without rows.
    pub fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(|&header| header.into()).collect(), rows: Vec::new() }
    }

    /// Adds a row. Missing cells are empty.
    pub fn row(&mut self, cells: &[&dyn Display]) {
        let mut row: Vec<String> = cells.iter().map(ToString::to_string).collect();
        row.resize(self.headers.len(), String::new());
        self.rows.push(row);
    }

    /// Returns the table in Markdown.
    pub fn markdown(&self) -> String {
        // A bar inside a cell would end it.
        let line = |cells: &[String]| format!("| {} |\n", cells.join("\0").replace('|', "\\|").replace('\0', " | "));
        let alignments: Vec<String> =
            (0..self.headers.len()).map(|k| if self.is_numeric(k) { "---:".into() } else { "---".into() }).collect();
        line(&self.headers) + &line(&alignments) + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }

    /// Returns `true` if all cells of a column that are not empty are numbers.
    fn is_numeric(&self, k: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row[k].trim_start_matches(['>', '<', '-', '−', '±', '≈', ' ']));
        cells.all(|cell| cell.is_empty() || cell == "∞" || cell.starts_with(|c: char| c.is_ascii_digit()))
    }
}

impl Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: &String| cell.chars().count();
        let widths: Vec<usize> = (0..self.headers.len())
            .map(|k| self.rows.iter().chain([&self.headers]).map(|row| width(&row[k])).max().unwrap_or(0))
            .collect();
        for row in [&self.headers].into_iter().chain(&self.rows) {
            let cells = row.iter().zip(&widths).enumerate().map(|(k, (cell, &width))| {
                if self.is_numeric(k) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}
