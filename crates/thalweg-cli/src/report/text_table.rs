//! Tables as aligned text, Markdown and HTML.

use super::escape::{display_name, escape_lines};

/// A table of formatted cells. The first column is aligned to the left, the others to the right.
pub(crate) struct TextTable {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl TextTable {
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Renders aligned text with two spaces between columns.
    pub(crate) fn text(&self) -> String {
        let shown = |row: &Vec<String>| -> Vec<String> { row.iter().map(|cell| display_name(cell)).collect() };
        let lines: Vec<Vec<String>> = std::iter::once(&self.header).chain(&self.rows).map(shown).collect();
        let all = || lines.iter();
        let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.header.len()).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(i, (cell, &width))| match i {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        all().map(line).collect()
    }

    /// Renders a Markdown table.
    pub(crate) fn markdown(&self) -> String {
        let line = |row: &[String]| {
            let cells = row.iter().map(|cell| escape_markdown(&display_name(cell)));
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let rule: Vec<String> =
            (0..self.header.len()).map(|i| if i == 0 { "---" } else { "---:" }.to_owned()).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        line(&self.header) + &line(&rule) + &rows
    }

    /// Renders an HTML table.
    pub(crate) fn html(&self) -> String {
        let row = |tag: &str, row: &[String]| {
            let cells: String = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
            format!("<tr>{cells}</tr>\n")
        };
        let rows: String = self.rows.iter().map(|cells| row("td", cells)).collect();
        format!("<table>\n<thead>{}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n", row("th", &self.header).trim_end())
    }
}

/// Escapes what would be a tag or the end of a cell in Markdown.
pub(crate) fn escape_markdown(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|")
}

/// Escapes the special characters of HTML, and control characters.
pub(crate) fn escape(text: &str) -> String {
    escape_lines(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Replaces line breaks in a name by spaces, as they would break the table.
pub(super) fn single_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_marks_escaped() {
        let mut grid = TextTable::new(&["method", "f"]);
        grid.rows = vec![vec!["sgd".into(), "1".into()], vec!["a|b".into(), ">5,000".into()]];
        assert_eq!(grid.text(), "  method       f\n  sgd          1\n  a|b     >5,000\n");
        assert!(grid.html().contains("<td>&gt;5,000</td>"));
        assert_eq!(grid.markdown(), "| method | f |\n| --- | ---: |\n| sgd | 1 |\n| a\\|b | >5,000 |\n");
    }

    #[test]
    fn hostile_and_long_names_are_escaped_and_cut() {
        let mut grid = TextTable::new(&["method", "f"]);
        grid.rows = vec![vec!["<b>\u{1b}[31m\n".into(), "x".repeat(70_000)]];
        let text = grid.text();
        assert!(text.lines().count() == 2 && text.len() < 1000 && text.contains(r"<b>\u{1b}[31m\n"), "{text}");
        assert!(grid.markdown().contains(r"| &lt;b>\u{1b}[31m\n | xxx"), "{}", grid.markdown());
        assert!(grid.html().contains(r"<td>&lt;b&gt;\u{1b}[31m"), "{}", grid.html());
    }
}
