//! No data cause a panic or an invalid file: infinities, NaN, empty and very long series, equal values.

use thalweg_plot::{
    Animation, Axis, AxisScale, Bar, BarChart, Chart, ContourMap, Figure, Marker, MarkerKind, Orientation, Panel,
    ReferenceLine, Series, Surface, TerminalColors, Theme, terminal_chart,
};

const EXTREME_VALUES: [f64; 14] = [
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

/// Linear congruential generator of extreme data, seeded so that a failure can be reproduced.
struct RandomData(u64);

impl RandomData {
    /// Returns a number below `count`.
    fn index(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn value(&mut self) -> f64 {
        EXTREME_VALUES[self.index(EXTREME_VALUES.len())]
    }

    fn axis(&mut self) -> Axis {
        let scale = [AxisScale::Linear, AxisScale::Log][self.index(2)];
        let range = (self.index(3) == 0).then(|| [self.value(), self.value()]);
        Axis { label: ["", "x", "<&>\u{0}"][self.index(3)].into(), scale, range }
    }

    fn series(&mut self) -> Series {
        let count = self.index(5);
        Series {
            name: ["", "a name"][self.index(2)].into(),
            points: (0..count).map(|_| [self.value(), self.value()]).collect(),
            band: (self.index(2) == 0)
                .then(|| (0..count).map(|_| [self.value(), self.value(), self.value()]).collect()),
            style: [0, 7, 8, usize::MAX][self.index(4)],
            line: self.index(4) > 0,
            dots: self.index(2) == 0,
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
        let series = (0..self.index(4)).map(|_| self.series()).collect();
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
        let row = |data: &mut Self| Bar {
            value: (data.index(3) > 0).then(|| data.value()),
            interval: (data.index(2) == 0).then(|| [data.value(), data.value()]),
            value_label: "a note".into(),
            ..Bar::default()
        };
        let rows = (0..self.index(4)).map(|_| row(self)).collect();
        BarChart { x: self.axis(), bars: rows, ..BarChart::default() }
    }
}

/// Asserts that the SVG is well-formed and that every coordinate is finite and near the figure.
fn assert_valid_svg(figure: &Figure<'_>) {
    let svg = figure.svg(Theme::Light);
    roxmltree::Document::parse(&svg).expect("the SVG is well-formed");
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let is_far = |number: &str| number.parse().is_ok_and(|v: f64| v.abs() > 5000.0);
    for path in svg.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!path.split(['M', 'L', 'Z', ' ']).any(is_far), "a line far outside of the figure: {path:.80}");
    }
}

#[test]
fn charts_and_bar_charts_are_valid() {
    let mut data = RandomData(1);
    for _ in 0..1500 {
        let chart = data.chart();
        terminal_chart(&chart, data.index(90), data.index(20), TerminalColors::Ansi);
        let panels: Vec<Panel<'_>> = vec![chart.into(), data.bars().into()];
        let figure = Figure { panels, columns: data.index(3), ..Figure::default() };
        assert_valid_svg(&figure);
    }
}

#[test]
fn maps_and_surfaces_are_valid() {
    let mut data = RandomData(2);
    for _ in 0..60 {
        assert_valid_svg(&Figure::new(data.map()));
        assert_valid_svg(&Figure::new(data.surface()));
    }
}

#[test]
fn raster_images_and_animations_are_encoded() {
    let mut data = RandomData(3);
    for _ in 0..30 {
        Figure::new(data.chart()).png(Theme::Page, 0.7).expect("the image can be encoded");
        Animation { frames: data.index(4), seconds: data.value(), ..Animation::new(data.map()) }
            .gif()
            .expect("the animation can be encoded");
        Animation { frames: 2, ..Animation::new(data.surface()) }.gif().expect("the animation can be encoded");
    }
}

#[test]
fn an_empty_figure_is_valid_and_impossible_sizes_are_refused() {
    let empty = Figure::default();
    assert_valid_svg(&empty);
    assert!(empty.png(Theme::Light, 1.0).is_ok());
    assert!(empty.png(Theme::Light, 0.0).is_err() && empty.png(Theme::Light, f32::NAN).is_err());
}

#[test]
fn a_million_points_give_a_small_file() {
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
