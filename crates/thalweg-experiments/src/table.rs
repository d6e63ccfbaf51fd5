//! Tables, for the terminal and for Markdown.

use std::fmt::{self, Display};

/// A table: heads and rows of cells. Columns of numbers stand at the right.
///
/// ```
/// use thalweg_experiments::Table;
/// let mut table = Table::new(&["method", "steps"]);
/// table.row(&[&"SGD", &2546]);
/// assert_eq!(table.markdown(), "| method | steps |\n| --- | ---: |\n| SGD | 2546 |\n");
/// assert_eq!(table.to_string(), "method  steps\nSGD      2546\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(heads: &[&str]) -> Self {
        Self { heads: heads.iter().map(|&head| head.into()).collect(), rows: Vec::new() }
    }

    /// Adds a row; cells that are missing are empty.
    pub fn row(&mut self, cells: &[&dyn Display]) {
        let mut row: Vec<String> = cells.iter().map(ToString::to_string).collect();
        row.resize(self.heads.len(), String::new());
        self.rows.push(row);
    }

    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        // A bar would end the cell.
        let line = |cells: &[String]| format!("| {} |\n", cells.join("\0").replace('|', "\\|").replace('\0', " | "));
        let rules: Vec<String> =
            (0..self.heads.len()).map(|k| if self.is_numeric(k) { "---:".into() } else { "---".into() }).collect();
        line(&self.heads) + &line(&rules) + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }

    /// Whether all cells of a column that say something are numbers.
    fn is_numeric(&self, k: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row[k].trim_start_matches(['>', '<', '-', '−', '±', '≈', ' ']));
        cells.all(|cell| cell.is_empty() || cell == "∞" || cell.starts_with(|c: char| c.is_ascii_digit()))
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = |cell: &String| cell.chars().count();
        let widths: Vec<usize> = (0..self.heads.len())
            .map(|k| self.rows.iter().chain([&self.heads]).map(|row| wide(&row[k])).max().unwrap_or(0))
            .collect();
        for row in [&self.heads].into_iter().chain(&self.rows) {
            let cells = row.iter().zip(&widths).enumerate().map(|(k, (cell, &width))| {
                if self.is_numeric(k) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}
