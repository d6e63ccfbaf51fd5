//! Nothing that a run can produce makes a picture panic: infinities, not a number, nothing, too much, all the same.

use thalweg_plot::{
    Animation, Axis, AxisScale, Bar, BarChart, Chart, ContourMap, Figure, Marker, MarkerKind, Orientation, Panel,
    ReferenceLine, Series, Surface, TerminalColors, Theme, terminal_chart,
};

const EXTREME: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1.0 + f64::EPSILON,
    5e-324,
    f64::MIN_POSITIVE,
    1e-300,
    1e300,
    f64::MAX,
    f64::MIN,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// Draws of extreme numbers: a full-period generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn value(&mut self) -> f64 {
        EXTREME[self.roll(EXTREME.len())]
    }

    fn axis(&mut self) -> Axis {
        let scale = [AxisScale::Linear, AxisScale::Log][self.roll(2)];
        let range = (self.roll(3) == 0).then(|| [self.value(), self.value()]);
        Axis { label: ["", "x", "<&>\u{0}"][self.roll(3)].into(), scale, range }
    }

    fn series(&mut self) -> Series {
        let count = self.roll(5);
        Series {
            name: ["", "a name"][self.roll(2)].into(),
            points: (0..count).map(|_| [self.value(), self.value()]).collect(),
            band: (self.roll(2) == 0).then(|| (0..count).map(|_| [self.value(), self.value(), self.value()]).collect()),
            style: [0, 7, 8, usize::MAX][self.roll(4)],
            line: self.roll(4) > 0,
            dots: self.roll(2) == 0,
        }
    }

    fn markers(&mut self) -> Vec<Marker> {
        let at = [self.value(), self.value()];
        vec![Marker { position: at, kind: MarkerKind::Saddle, label: "here".into() }]
    }

    fn chart(&mut self) -> Chart {
        let marks = vec![
            ReferenceLine { orientation: Orientation::Vertical, value: self.value(), label: "v".into() },
            ReferenceLine { orientation: Orientation::Horizontal, value: self.value(), label: "h".into() },
        ];
        let series = (0..self.roll(4)).map(|_| self.series()).collect();
        Chart { x: self.axis(), y: self.axis(), series, reference_lines: marks, ..Chart::default() }
    }

    fn map(&mut self) -> ContourMap<'static> {
        let (a, b) = (self.value(), self.value());
        let paths = vec![self.series()];
        ContourMap {
            x: self.axis(),
            y: self.axis(),
            paths,
            markers: self.markers(),
            ..ContourMap::new(move |x, y| a * x + b * y * y)
        }
    }

    fn surface(&mut self) -> Surface<'static> {
        let (a, b) = (self.value(), self.value());
        Surface {
            x: self.axis(),
            y: self.axis(),
            z: self.axis(),
            paths: vec![self.series()],
            markers: self.markers(),
            azimuth: self.value(),
            elevation: self.value(),
            ..Surface::new(move |x, y| a * x + b * y)
        }
    }

    fn bars(&mut self) -> BarChart {
        let row = |dice: &mut Self| Bar {
            value: (dice.roll(3) > 0).then(|| dice.value()),
            interval: (dice.roll(2) == 0).then(|| [dice.value(), dice.value()]),
            value_label: "a note".into(),
            ..Bar::default()
        };
        let rows = (0..self.roll(4)).map(|_| row(self)).collect();
        BarChart { x: self.axis(), bars: rows, ..BarChart::default() }
    }
}

/// Every number of every path is one.
fn sane(figure: &Figure<'_>) {
    let svg = figure.svg(Theme::Light);
    roxmltree::Document::parse(&svg).expect("well formed");
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let far = |number: &str| number.parse().is_ok_and(|v: f64| v.abs() > 5000.0);
    for path in svg.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!path.split(['M', 'L', 'Z', ' ']).any(far), "a line far outside: {path:.80}");
    }
}

#[test]
fn charts_and_bars() {
    let mut dice = Dice(1);
    for _ in 0..1500 {
        let chart = dice.chart();
        terminal_chart(&chart, dice.roll(90), dice.roll(20), TerminalColors::Ansi);
        let panels: Vec<Panel<'_>> = vec![chart.into(), dice.bars().into()];
        let figure = Figure { panels, columns: dice.roll(3), ..Figure::default() };
        sane(&figure);
    }
}

#[test]
fn maps_and_surfaces() {
    let mut dice = Dice(2);
    for _ in 0..60 {
        sane(&Figure::new(dice.map()));
        sane(&Figure::new(dice.surface()));
    }
}

#[test]
fn pixels_and_films() {
    let mut dice = Dice(3);
    for _ in 0..30 {
        Figure::new(dice.chart()).png(Theme::Page, 0.7).expect("a picture");
        Animation { frames: dice.roll(4), seconds: dice.value(), ..Animation::new(dice.map()) }.gif().expect("a film");
        Animation { frames: 2, ..Animation::new(dice.surface()) }.gif().expect("a film");
    }
}

#[test]
fn nothing_at_all() {
    let empty = Figure::default();
    sane(&empty);
    assert!(empty.png(Theme::Light, 1.0).is_ok());
    assert!(empty.png(Theme::Light, 0.0).is_err() && empty.png(Theme::Light, f32::NAN).is_err());
}

#[test]
fn a_million_points() {
    let noise = |k: u64| (k.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64;
    let steps: Vec<[f64; 2]> = (0..1_000_000).map(|k| [k as f64, noise(k)]).collect();
    let cloud: Vec<[f64; 2]> = (0..1_000_000).map(|k| [noise(3 * k), noise(7 * k + 1)]).collect();
    for points in [steps, cloud.clone()] {
        let svg =
            Figure::new(Chart { series: vec![Series::line("many", points, 0)], ..Chart::default() }).svg(Theme::Light);
        assert!(svg.len() < 300_000, "{} bytes", svg.len());
    }
    let map = ContourMap { paths: vec![Series::line("many", cloud, 0)], ..ContourMap::new(|x, y| x * x + y * y) };
    assert!(Figure::new(map).svg(Theme::Light).len() < 300_000);
}
