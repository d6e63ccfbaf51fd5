//! A race: all methods moving over one ground, as a GIF.

use crate::{
    data::geometry::{Point, Rect},
    error::PlotError,
    layout::font,
    layout::palette::{ColorRole, Theme, series_dash},
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, polyline},
    panel::contour_map::ContourMap,
    panel::draw::{DrawPanel, HeaderOptions, MARGIN, header},
    panel::path::{self, PlaneMapping},
    panel::surface::Surface,
    render::gif::GifWriter,
    render::raster::RasterCanvas,
};

/// The width of a race without its margins.
const WIDTH: f64 = 520.0;
/// How long the last frame stays, in hundredths of a second.
const PAUSE: u16 = 180;

/// What a race runs over; its paths are the runners, one point for each step.
#[non_exhaustive]
pub enum AnimatedPanel<'a> {
    /// A contour map.
    ContourMap(ContourMap<'a>),
    /// A surface in space.
    Surface(Surface<'a>),
}

impl<'a> From<ContourMap<'a>> for AnimatedPanel<'a> {
    fn from(map: ContourMap<'a>) -> Self {
        Self::ContourMap(map)
    }
}

impl<'a> From<Surface<'a>> for AnimatedPanel<'a> {
    fn from(surface: Surface<'a>) -> Self {
        Self::Surface(surface)
    }
}

/// An animation of all paths of a scene at once, in equal steps.
///
/// ```
/// use thalweg_plot::{ContourMap, Animation, Series};
/// let path = (0..20).map(|t| [0.7f64.powi(t), 0.9f64.powi(t)]).collect();
/// let map = ContourMap { paths: vec![Series::line("gradient descent", path, 0)], ..ContourMap::new(|x, y| x * x + y * y / 3.0) };
/// let gif = Animation { frames: 10, ..Animation::new(map) }.gif()?;
/// assert_eq!(&gif[..6], b"GIF89a");
/// # Ok::<(), thalweg_plot::PlotError>(())
/// ```
pub struct Animation<'a> {
    /// The ground and the runners.
    pub scene: AnimatedPanel<'a>,
    /// How many pictures the animation has: 2 to 600.
    pub frames: usize,
    /// How long it runs before the pause at its end.
    pub seconds: f64,
    /// Steps from one point of a path to the next, for the counter.
    pub steps_per_point: usize,
    /// Light or dark paper; a GIF knows no page.
    pub theme: Theme,
}

impl<'a> Animation<'a> {
    /// A race of 150 frames in nine seconds on white paper.
    pub fn new(scene: impl Into<AnimatedPanel<'a>>) -> Self {
        Self { scene: scene.into(), frames: 150, seconds: 9.0, steps_per_point: 1, theme: Theme::Light }
    }

    /// The animation; it repeats for ever.
    pub fn gif(&self) -> Result<Vec<u8>, PlotError> {
        let mut items = Vec::new();
        let mut track = self.lay(&mut items);
        let mut canvas = RasterCanvas::new(track.size, self.theme, 1.0)?;
        canvas.draw(&items);
        let frames = self.frames.clamp(2, 600);
        let delay = (self.seconds * 100.0 / frames as f64).clamp(2.0, 1000.0) as u16;
        let mut film = GifWriter::new(&canvas.pixmap, &track.inks(), self.theme == Theme::Dark)?;
        for k in 0..frames {
            let step = track.steps * k / (frames - 1);
            canvas.draw(&track.advance(step));
            let mut picture = canvas.clone();
            picture.draw(&track.now(step));
            film.add(&picture.pixmap, if k + 1 == frames { PAUSE } else { delay })?;
        }
        film.finish()
    }

    /// Everything that does not move, and the track for what does.
    fn lay(&self, items: &mut Vec<Primitive>) -> AnimationState<'_> {
        let (panel, paths): (&dyn DrawPanel, _) = match &self.scene {
            AnimatedPanel::ContourMap(map) => (map, &map.paths),
            AnimatedPanel::Surface(surface) => (surface, &surface.paths),
        };
        let steps = paths.iter().map(|s| s.points.len()).max().unwrap_or(1).saturating_sub(1);
        let counter = TextLabel::new([MARGIN + WIDTH, MARGIN + 15.0], "", 13.0)
            .anchor(TextAnchor::End)
            .ink(ColorRole::SecondaryText);
        let last = self.steps_per_point.saturating_mul(steps);
        let room = font::room(&count(last, last), counter.size, false) + 10.0;
        // The counter stands beside the title.
        let top = header(panel, [MARGIN, MARGIN, WIDTH], HeaderOptions { legend: true, aside: room }, items);
        let height = panel.height(WIDTH);
        let area = Rect::new(MARGIN, top, WIDTH, height);
        let (ground, spots): (Box<dyn PlaneMapping + '_>, _) = match &self.scene {
            AnimatedPanel::ContourMap(map) => (Box::new(map.ground(area, items)), &map.markers),
            AnimatedPanel::Surface(surface) => (Box::new(surface.ground(area, items)), &surface.markers),
        };
        let mut signs = Vec::new();
        path::draw_markers(spots, &*ground, &mut signs);
        let runners =
            paths.iter().map(|s| AnimatedPath { points: &s.points, style: s.style, at: 0, run: 0.0 }).collect();
        AnimationState {
            ground,
            runners,
            signs,
            steps,
            every: self.steps_per_point,
            counter,
            size: [WIDTH + 2.0 * MARGIN, (top + height + MARGIN / 2.0).ceil()],
        }
    }
}

fn count(step: usize, steps: usize) -> String {
    format!("step {step} of {steps}")
}

/// One path being run.
struct AnimatedPath<'a> {
    points: &'a [Point],
    style: usize,
    /// The step it has reached.
    at: usize,
    /// The pixels it has run, so that its dashes go on where they were.
    run: f64,
}

/// What moves in a race.
struct AnimationState<'a> {
    ground: Box<dyn PlaneMapping + 'a>,
    runners: Vec<AnimatedPath<'a>>,
    /// The spots, to lie over the lines.
    signs: Vec<Primitive>,
    steps: usize,
    /// Steps of a method from one point to the next.
    every: usize,
    counter: TextLabel,
    size: [f64; 2],
}

impl AnimationState<'_> {
    fn inks(&self) -> Vec<ColorRole> {
        self.runners.iter().map(|r| ColorRole::Series(r.style)).collect()
    }

    /// The lines run since the last call.
    fn advance(&mut self, step: usize) -> Vec<Primitive> {
        let mut items = Vec::new();
        for runner in &mut self.runners {
            let to = step.min(runner.points.len().saturating_sub(1));
            let fresh = runner.points.get(runner.at..=to).unwrap_or(&[]);
            let ink = ColorRole::Series(runner.style);
            let [seen, hidden] = self.ground.runs(fresh);
            items.extend(hidden.into_iter().map(|run| polyline(run, Paint::line(ink, 1.2).faint(0.3))));
            for run in seen.into_iter().filter(|run| run.len() > 1) {
                let length: f64 = run.windows(2).map(|p| (p[1][0] - p[0][0]).hypot(p[1][1] - p[0][1])).sum();
                let paint = Paint::line(ink, 1.8).dashed(series_dash(runner.style)).starting(runner.run);
                items.push(polyline(run, paint));
                runner.run += length;
            }
            runner.at = to;
        }
        items
    }

    /// What lies over the lines in the picture of one step: the spots, the heads and the counter.
    fn now(&self, step: usize) -> Vec<Primitive> {
        let heads = self.runners.iter().filter_map(|r| {
            let here = self.ground.pixel(*r.points.get(r.at)?)?;
            Some(path::end_dot(here, ColorRole::Series(r.style)))
        });
        let counter = TextLabel {
            content: count(self.every.saturating_mul(step), self.every.saturating_mul(self.steps)),
            ..self.counter.clone()
        };
        self.signs.iter().cloned().chain(heads).chain([counter.into()]).collect()
    }
}
