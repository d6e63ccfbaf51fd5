//! A chart with letters: braille dots, two by four in each cell.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Point, Rect, clip_segment},
    data::series::Series,
    data::ticks::ticks,
    layout::palette::series_color,
    panel::chart::Chart,
};

/// The dots of a braille cell, by column and row from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Colors of a chart drawn with characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminalColors {
    /// Plain text without escape sequences.
    #[default]
    Off,
    /// 24-bit colors by ANSI escape sequences.
    Ansi,
}

/// Draws a chart for a terminal, at most `width` letters wide and `height` lines of plot high.
///
/// Each named series ends in a letter that the legend explains; with `ansi` it also has its colour. A diverged point
/// is an `x` in the top line.
///
/// ```
/// use thalweg_plot::{Axis, Chart, Series, TerminalColors, terminal_chart};
/// let falling = (0..100).map(|t| [f64::from(t), 0.9f64.powi(t)]).collect();
/// let chart = Chart { y: Axis::log("loss"), series: vec![Series::line("sgd", falling, 0)], ..Chart::default() };
/// let text = terminal_chart(&chart, 40, 6, TerminalColors::Off);
/// assert_eq!(text.lines().count(), 10);
/// ```
pub fn terminal_chart(chart: &Chart, width: usize, height: usize, colors: TerminalColors) -> String {
    let ansi = colors == TerminalColors::Ansi;
    let (width, height) = (width.clamp(24, 400), height.clamp(3, 200));
    let spans = chart.spans();
    let rows = row_labels(&spans[1], height);
    let margin = rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut canvas = BrailleCanvas::new(width.saturating_sub(margin + 2).max(8), height);
    for (k, series) in chart.series.iter().enumerate() {
        canvas.series(series, &spans, (!series.name.is_empty()).then(|| letter(k)));
    }
    let mut out = String::new();
    for head in [&chart.title, &chart.y.label].into_iter().filter(|head| !head.is_empty()) {
        out += &format!("{head}\n");
    }
    for (row, name) in rows.iter().enumerate() {
        let tick = if name.is_empty() { '│' } else { '┤' };
        out += &format!("{name:>margin$} {tick}{}\n", canvas.row(row, ansi));
    }
    out + &below(chart, &spans[0], margin + 1, canvas.columns) + &legend(chart, ansi)
}

/// The name of each row, most of them empty.
fn row_labels(span: &AxisRange, height: usize) -> Vec<String> {
    let row = |u: f64| ((1.0 - u.clamp(0.0, 1.0)) * (height - 1) as f64).round() as usize;
    let found = ticks(span, (height / 2).max(2), |t| t.major.windows(2).all(|p| row(p[0].0) > row(p[1].0) + 1));
    let mut rows = vec![String::new(); height];
    for (u, name) in found.major {
        rows[row(u)] = name;
    }
    rows
}

/// The horizontal axis: its line with ticks, the names below them, its label below those.
fn below(chart: &Chart, span: &AxisRange, margin: usize, columns: usize) -> String {
    let column = |u: f64| (u.clamp(0.0, 1.0) * (columns - 1) as f64).round() as usize;
    let start = |u: f64, name: &str| (column(u) + margin + 1).saturating_sub(name.chars().count() / 2);
    let found = ticks(span, columns / 8, |t| {
        t.major.windows(2).all(|p| start(p[0].0, &p[0].1) + p[0].1.chars().count() + 1 < start(p[1].0, &p[1].1))
    });
    let mut line = vec!['─'; columns];
    let mut names = String::new();
    for (u, name) in &found.major {
        line[column(*u)] = '┬';
        let free = start(*u, name).saturating_sub(names.chars().count());
        names += &format!("{}{name}", " ".repeat(free));
    }
    let mut out = format!("{}└{}\n{names}\n", " ".repeat(margin), line.into_iter().collect::<String>());
    if !chart.x.label.is_empty() {
        let label: String = chart.x.label.chars().take(columns).collect();
        out += &format!("{}{label}\n", " ".repeat(margin + 1 + (columns - label.chars().count()) / 2));
    }
    out
}

/// The letter of a series.
fn letter(k: usize) -> char {
    char::from(b'a' + (k % 26) as u8)
}

fn legend(chart: &Chart, ansi: bool) -> String {
    let named = chart.series.iter().enumerate().filter(|(_, s)| !s.name.is_empty());
    let entries: Vec<String> = named.map(|(k, s)| paint(&format!("{} {}", letter(k), s.name), s.style, ansi)).collect();
    if entries.is_empty() { String::new() } else { format!("  {}\n", entries.join("   ")) }
}

fn paint(text: &str, style: usize, ansi: bool) -> String {
    let [r, g, b] = series_color(style);
    if ansi { format!("\x1b[38;2;{r};{g};{b}m{text}\x1b[0m") } else { text.into() }
}

/// One letter's room: its dots, a letter over them, and the style of who drew last.
#[derive(Clone, Copy, Default)]
struct BrailleCell {
    dots: u8,
    letter: Option<char>,
    style: usize,
}

struct BrailleCanvas {
    columns: usize,
    rows: usize,
    cells: Vec<BrailleCell>,
}

impl BrailleCanvas {
    fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![BrailleCell::default(); columns * rows] }
    }

    /// Everything of one series.
    fn series(&mut self, series: &Series, spans: &[AxisRange; 2], letter: Option<char>) {
        let (wide, high) = (2.0 * self.columns as f64 - 1.0, 4.0 * self.rows as f64 - 1.0);
        let area = Rect::new(0.0, 0.0, wide, high);
        let place = |p: &Point| Some([spans[0].unit(p[0])? * wide, (1.0 - spans[1].unit(p[1])?) * high]);
        let mut before: Option<Point> = None;
        let mut last: Option<Point> = None;
        for p in &series.points {
            let now = place(p);
            if let Some(at) = now {
                let from = before.filter(|_| series.line).unwrap_or(at);
                if let Some((a, b)) = clip_segment(from, at, &area) {
                    self.stroke(a, b, series.style);
                    last = Some(b);
                }
            } else if p[1].is_infinite() && p[1] > 0.0 {
                let x = spans[0].unit(p[0]).filter(|u| (0.0..=1.0).contains(u));
                if let Some(u) = x {
                    self.letter([u * wide, 0.0], 'x', series.style);
                }
            }
            before = now;
        }
        if let Some((at, letter)) = last.zip(letter) {
            self.letter(at, letter, series.style);
        }
    }

    fn stroke(&mut self, a: Point, b: Point, style: usize) {
        let steps = (b[0] - a[0]).abs().max((b[1] - a[1]).abs()).ceil().max(1.0);
        for k in 0..=steps as usize {
            let [x, y] = [0, 1].map(|c| (a[c] + k as f64 / steps * (b[c] - a[c])).round() as usize);
            if let Some(cell) = self.cells.get_mut(y / 4 * self.columns + x / 2) {
                cell.dots |= DOTS[x % 2][y % 4];
                cell.style = style;
            }
        }
    }

    fn letter(&mut self, at: Point, letter: char, style: usize) {
        let [x, y] = at.map(|c| c.round() as usize);
        if let Some(cell) = self.cells.get_mut(y / 4 * self.columns + x / 2) {
            *cell = BrailleCell { letter: Some(letter), style, ..*cell };
        }
    }

    /// One line, neighbours of one style in one colour.
    fn row(&self, row: usize, ansi: bool) -> String {
        let cells = &self.cells[row * self.columns..(row + 1) * self.columns];
        let drawn = cells.iter().rposition(|c| c.dots > 0 || c.letter.is_some()).map_or(0, |last| last + 1);
        let blank = |cell: &BrailleCell| cell.dots == 0 && cell.letter.is_none();
        let show = |cell: &BrailleCell| match cell.letter {
            Some(letter) => letter,
            None if cell.dots == 0 => ' ',
            None => char::from_u32(0x2800 + u32::from(cell.dots)).unwrap_or(' '),
        };
        let runs = cells[..drawn].chunk_by(|a, b| a.style == b.style && blank(a) == blank(b));
        runs.map(|run| paint(&run.iter().map(show).collect::<String>(), run[0].style, ansi && !blank(&run[0])))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::series::Axis;

    fn chart() -> Chart {
        let series = |rate: f64, style| {
            let points = (0..=40).map(|t| [f64::from(t), (-rate * f64::from(t)).exp()]).collect();
            Series::line(format!("rate {rate}"), points, style)
        };
        Chart {
            x: Axis::linear("step").range(0.0, 40.0),
            y: Axis::log("loss").range(1e-4, 1.0),
            series: vec![series(0.1, 0), series(0.2, 1)],
            ..Chart::default()
        }
    }

    #[test]
    fn the_picture_is_this() {
        let text = terminal_chart(&chart(), 40, 6, TerminalColors::Off);
        assert_eq!(text, include_str!("../../tests/terminal.txt"));
    }

    #[test]
    fn colours_are_closed_and_add_no_letters() {
        let coloured = terminal_chart(&chart(), 40, 6, TerminalColors::Ansi);
        assert_eq!(coloured.matches("\x1b[38").count(), coloured.matches("\x1b[0m").count());
        let mut plain = coloured.replace("\x1b[0m", "");
        for style in 0..2 {
            let [r, g, b] = series_color(style);
            plain = plain.replace(&format!("\x1b[38;2;{r};{g};{b}m"), "");
        }
        assert_eq!(plain, terminal_chart(&chart(), 40, 6, TerminalColors::Off));
    }

    #[test]
    fn what_diverged_is_marked_in_the_top_line() {
        let points = vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::INFINITY]];
        let chart = Chart { series: vec![Series::line("", points, 0)], ..Chart::default() };
        assert!(
            terminal_chart(&chart, 40, 5, TerminalColors::Off).lines().next().is_some_and(|line| line.ends_with('x'))
        );
    }

    #[test]
    fn nothing_at_all_is_still_a_frame() {
        assert_eq!(terminal_chart(&Chart::default(), 0, 0, TerminalColors::Ansi).lines().count(), 5);
    }
}
