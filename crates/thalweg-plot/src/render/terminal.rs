//! Charts drawn with characters: each character cell holds braille dots, two columns by four rows.

use crate::{
    data::{
        axis_range::AxisRange,
        geometry::{Point, Rect, clip_segment},
        series::Series,
        ticks::{MajorTick, Ticks},
        visible::visible,
    },
    layout::palette::series_color,
    panel::chart::Chart,
};

/// Bits of the dots of a braille character, by column and by row from the top.
const BRAILLE_BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
/// Most characters of a name in the legend.
const MAX_NAME_CHARS: usize = 100;
/// First braille character, which has no dots.
const BRAILLE_BLANK: u32 = 0x2800;

/// Colors of a chart that is drawn with characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TerminalColors {
    /// Plain text without escape sequences, the default.
    #[default]
    Off,
    /// 24-bit colors by ANSI escape sequences.
    Ansi,
}

/// Draws a chart with characters.
///
/// The text is at most `width` characters wide, from 24 to 400, and its plot area `height` lines high, from 3 to 200.
/// A named series ends in a letter that the legend explains. A diverged point is an `x` in the top line.
///
/// ```
/// use thalweg_plot::{Axis, Chart, Series, TerminalColors, terminal_chart};
/// let falling = (0..100).map(|t| [f64::from(t), 0.9f64.powi(t)]).collect();
/// let chart = Chart { y: Axis::log("loss"), series: vec![Series::line("sgd", falling, 0)], ..Chart::default() };
/// let text = terminal_chart(&chart, 40, 6, TerminalColors::Off);
/// assert_eq!(text.lines().count(), 10);
/// ```
pub fn terminal_chart(chart: &Chart, width: usize, height: usize, colors: TerminalColors) -> String {
    let (width, height) = (width.clamp(24, 400), height.clamp(3, 200));
    let ranges = chart.ranges();
    let row_labels = row_labels(&ranges[1], height);
    let margin = row_labels.iter().map(|label| width_of(label)).fold(0, usize::max);
    let mut canvas = BrailleCanvas::new(width.saturating_sub(margin + 2).max(8), height);
    for (k, series) in chart.series.iter().enumerate() {
        canvas.draw_series(series, &ranges, (!series.name.is_empty()).then(|| series_letter(k)));
    }
    let mut out = String::new();
    for heading in [&chart.title, &chart.y.label].into_iter().filter(|heading| !heading.is_empty()) {
        out += &format!("{}\n", shown(heading, width));
    }
    for (row, label) in row_labels.iter().enumerate() {
        let axis = if label.is_empty() { '│' } else { '┤' };
        out += &format!("{label:>margin$} {axis}{}\n", canvas.row_text(row, colors));
    }
    out + &x_axis(chart, &ranges[0], margin + 1, canvas.columns) + &legend(chart, colors)
}

/// Returns the visible form of a text, cut to a number of characters.
fn shown(text: &str, most: usize) -> String {
    text.chars().take(most).map(visible).collect()
}

/// Returns the number of characters of a text.
fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// Returns the tick label of each row from top to bottom, empty for a row without a tick.
fn row_labels(range: &AxisRange, height: usize) -> Vec<String> {
    let row = |tick: &MajorTick| ((1.0 - tick.position.clamp(0.0, 1.0)) * (height - 1) as f64).round() as usize;
    let ticks = Ticks::new(range, (height / 2).max(2), |ticks| {
        ticks.major.windows(2).all(|pair| row(&pair[0]) > row(&pair[1]) + 1)
    });
    let mut labels = vec![String::new(); height];
    for tick in ticks.major {
        let row = row(&tick);
        labels[row] = tick.label;
    }
    labels
}

/// Draws the horizontal axis: the line with ticks, the tick labels, and the axis label if it is not empty.
fn x_axis(chart: &Chart, range: &AxisRange, margin: usize, columns: usize) -> String {
    let column = |tick: &MajorTick| (tick.position.clamp(0.0, 1.0) * (columns - 1) as f64).round() as usize;
    let start = |tick: &MajorTick| (column(tick) + margin + 1).saturating_sub(width_of(&tick.label) / 2);
    let ticks = Ticks::new(range, columns / 8, |ticks| {
        ticks.major.windows(2).all(|pair| start(&pair[0]) + width_of(&pair[0].label) + 1 < start(&pair[1]))
    });
    let mut line = vec!['─'; columns];
    let mut labels = String::new();
    for tick in &ticks.major {
        line[column(tick)] = '┬';
        let spaces = start(tick).saturating_sub(width_of(&labels));
        labels += &format!("{}{}", " ".repeat(spaces), tick.label);
    }
    let mut out = format!("{}└{}\n{labels}\n", " ".repeat(margin), line.into_iter().collect::<String>());
    if !chart.x.label.is_empty() {
        let label = shown(&chart.x.label, columns);
        out += &format!("{}{label}\n", " ".repeat(margin + 1 + (columns - width_of(&label)) / 2));
    }
    out
}

/// Returns the letter at the end of the series with index `k`.
fn series_letter(k: usize) -> char {
    char::from(b'a' + (k % 26) as u8)
}

fn legend(chart: &Chart, colors: TerminalColors) -> String {
    let named = chart.series.iter().enumerate().filter(|(_, s)| !s.name.is_empty());
    let entries: Vec<String> = named
        .map(|(k, s)| colored(&format!("{} {}", series_letter(k), shown(&s.name, MAX_NAME_CHARS)), s.style, colors))
        .collect();
    if entries.is_empty() { String::new() } else { format!("  {}\n", entries.join("   ")) }
}

fn colored(text: &str, style: usize, colors: TerminalColors) -> String {
    let [r, g, b] = series_color(style);
    match colors {
        TerminalColors::Off => text.into(),
        TerminalColors::Ansi => format!("\x1b[38;2;{r};{g};{b}m{text}\x1b[0m"),
    }
}

/// Character cell of a chart in a terminal.
#[derive(Clone, Copy, Default)]
struct BrailleCell {
    /// Bit set of the dots.
    dots: u8,
    /// Letter that replaces the dots.
    letter: Option<char>,
    /// Style of the series that was drawn last.
    style: usize,
}

impl BrailleCell {
    fn is_blank(&self) -> bool {
        self.dots == 0 && self.letter.is_none()
    }

    fn character(&self) -> char {
        match self.letter {
            Some(letter) => letter,
            None if self.dots == 0 => ' ',
            None => char::from_u32(BRAILLE_BLANK + u32::from(self.dots)).expect("the braille block has 256 characters"),
        }
    }
}

/// Grid of character cells that a chart is drawn on.
struct BrailleCanvas {
    columns: usize,
    cells: Vec<BrailleCell>,
    /// Area of the dots, in units of the distance between two dots.
    area: Rect,
}

impl BrailleCanvas {
    fn new(columns: usize, rows: usize) -> Self {
        let area = Rect::new(0.0, 0.0, 2.0 * columns as f64 - 1.0, 4.0 * rows as f64 - 1.0);
        Self { columns, cells: vec![BrailleCell::default(); columns * rows], area }
    }

    /// Draws the line or the points of a series, its diverged points, and the letter at its end.
    fn draw_series(&mut self, series: &Series, ranges: &[AxisRange; 2], letter: Option<char>) {
        let area = self.area;
        let dot = |p: &Point| Some([ranges[0].position(p[0])? * area.w, (1.0 - ranges[1].position(p[1])?) * area.h]);
        let mut previous: Option<Point> = None;
        let mut end: Option<Point> = None;
        for p in &series.points {
            let current = dot(p);
            if let Some(to) = current {
                let from = previous.filter(|_| series.line).unwrap_or(to);
                if let Some((a, b)) = clip_segment(from, to, &area) {
                    self.draw_segment(a, b, series.style);
                    end = Some(b);
                }
            } else if p[1].is_infinite() && p[1] > 0.0 {
                let position = ranges[0].position(p[0]).filter(|u| (0.0..=1.0).contains(u));
                if let Some(u) = position {
                    self.set_letter([u * area.w, 0.0], 'x', series.style);
                }
            }
            previous = current;
        }
        if let Some((end, letter)) = end.zip(letter) {
            self.set_letter(end, letter, series.style);
        }
    }

    /// Sets the dots of a segment that lies inside the area.
    fn draw_segment(&mut self, a: Point, b: Point, style: usize) {
        let steps = (b[0] - a[0]).abs().max((b[1] - a[1]).abs()).ceil().max(1.0);
        for k in 0..=steps as usize {
            let [x, y] = [0, 1].map(|c| (a[c] + k as f64 / steps * (b[c] - a[c])).round() as usize);
            let cell = self.cell_mut(x, y);
            cell.dots |= BRAILLE_BITS[x % 2][y % 4];
            cell.style = style;
        }
    }

    fn set_letter(&mut self, dot: Point, letter: char, style: usize) {
        let [x, y] = dot.map(|c| c.round() as usize);
        let cell = self.cell_mut(x, y);
        *cell = BrailleCell { letter: Some(letter), style, ..*cell };
    }

    /// Returns the cell that contains the dot in column `x` and row `y`.
    fn cell_mut(&mut self, x: usize, y: usize) -> &mut BrailleCell {
        &mut self.cells[y / 4 * self.columns + x / 2]
    }

    /// Returns the text of a row without trailing blanks; adjacent cells of one style share one color sequence.
    fn row_text(&self, row: usize, colors: TerminalColors) -> String {
        let cells = &self.cells[row * self.columns..(row + 1) * self.columns];
        let length = cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
        let runs = cells[..length].chunk_by(|a, b| a.style == b.style && a.is_blank() == b.is_blank());
        runs.map(|run| {
            let text: String = run.iter().map(BrailleCell::character).collect();
            let colors = if run[0].is_blank() { TerminalColors::Off } else { colors };
            colored(&text, run[0].style, colors)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::axis::Axis;

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
    fn the_text_is_the_recorded_one() {
        let text = terminal_chart(&chart(), 40, 6, TerminalColors::Off);
        assert_eq!(text, include_str!("../../tests/terminal.txt"));
    }

    #[test]
    fn color_sequences_are_closed_and_change_no_other_character() {
        let colored = terminal_chart(&chart(), 40, 6, TerminalColors::Ansi);
        assert_eq!(colored.matches("\x1b[38").count(), colored.matches("\x1b[0m").count());
        let mut plain = colored.replace("\x1b[0m", "");
        for style in 0..2 {
            let [r, g, b] = series_color(style);
            plain = plain.replace(&format!("\x1b[38;2;{r};{g};{b}m"), "");
        }
        assert_eq!(plain, terminal_chart(&chart(), 40, 6, TerminalColors::Off));
    }

    #[test]
    fn a_diverged_point_is_marked_in_the_top_line() {
        let points = vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::INFINITY]];
        let chart = Chart { series: vec![Series::line("", points, 0)], ..Chart::default() };
        let text = terminal_chart(&chart, 40, 5, TerminalColors::Off);
        assert!(text.lines().next().is_some_and(|line| line.ends_with('x')));
    }

    #[test]
    fn a_chart_without_series_has_axes() {
        assert_eq!(terminal_chart(&Chart::default(), 0, 0, TerminalColors::Ansi).lines().count(), 5);
    }
}
