//! Animations: the paths of all methods growing at the same time, as a GIF.

use crate::{
    data::{
        geometry::{Point, Rect},
        series::Series,
    },
    error::PlotError,
    layout::{
        font::Font,
        palette::{ColorRole, Theme},
        paragraph::TextBlock,
        primitive::{Primitive, TextAnchor, TextLabel, polyline},
    },
    panel::{
        contour_map::ContourMap,
        draw::{FIGURE_MARGIN, HeaderOptions, draw_header},
        path::{PathParts, PlaneMapping, draw_markers, end_dot, hidden_stroke, visible_stroke},
        plane::PlanePanel,
        surface::Surface,
    },
    render::{gif::GifWriter, raster::RasterCanvas},
};

/// Width of an animation without its margins, in pixels.
const WIDTH: f64 = 520.0;
/// Duration of the last frame in hundredths of a second.
const LAST_FRAME_DELAY: u16 = 180;
/// Font size of the step counter in pixels.
const COUNTER_SIZE: f64 = 13.0;

/// Panel whose paths are animated; each path has one point for each step.
#[non_exhaustive]
pub enum AnimatedPanel<'a> {
    /// Contour map with paths on it.
    ContourMap(ContourMap<'a>),
    /// Surface in parallel projection with paths.
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

impl<'a> AnimatedPanel<'a> {
    fn inner(&self) -> &(dyn PlanePanel + 'a) {
        match self {
            Self::ContourMap(map) => map,
            Self::Surface(surface) => surface,
        }
    }
}

/// Animation of all paths of a map or a surface, with the same number of steps from each frame to the next.
///
/// ```
/// use thalweg_plot::{Animation, ContourMap, Series};
/// let path = (0..20).map(|t| [0.7f64.powi(t), 0.9f64.powi(t)]).collect();
/// let map = ContourMap {
///     paths: vec![Series::line("gradient descent", path, 0)],
///     ..ContourMap::new(|x, y| x * x + y * y / 3.0)
/// };
/// let gif = Animation { frames: 10, ..Animation::new(map) }.gif()?;
/// assert_eq!(&gif[..6], b"GIF89a");
/// # Ok::<(), thalweg_plot::PlotError>(())
/// ```
pub struct Animation<'a> {
    /// Panel with the paths to animate.
    pub panel: AnimatedPanel<'a>,
    /// Number of frames, from 2 to 600; 150 by default.
    pub frames: usize,
    /// Duration in seconds before the pause at the end; 9 by default.
    pub seconds: f64,
    /// Number of steps between two points of a path, for the step counter; 1 by default.
    pub steps_per_point: usize,
    /// Light or dark background; [`Theme::Page`] has the colors of [`Theme::Light`].
    pub theme: Theme,
}

impl<'a> Animation<'a> {
    /// Returns an animation with 150 frames in nine seconds on a light background.
    pub fn new(panel: impl Into<AnimatedPanel<'a>>) -> Self {
        Self { panel: panel.into(), frames: 150, seconds: 9.0, steps_per_point: 1, theme: Theme::Light }
    }

    /// Renders the animation as a GIF file that repeats forever.
    ///
    /// # Errors
    /// Returns [`PlotError::Size`] if the header is too long for an image, [`PlotError::Gif`] if encoding fails.
    pub fn gif(&self) -> Result<Vec<u8>, PlotError> {
        let mut background = Vec::new();
        let mut state = AnimationState::new(self, &mut background);
        let mut canvas = RasterCanvas::new(state.size, self.theme, 1.0)?;
        canvas.draw(&background);
        let frames = self.frames.clamp(2, 600);
        let delay = (self.seconds * 100.0 / frames as f64).clamp(2.0, 1000.0) as u16;
        let mut writer = GifWriter::new(&canvas.pixmap, &state.series_colors(), self.theme)?;
        for k in 0..frames {
            let point = state.last_point * k / (frames - 1);
            canvas.draw(&state.advance_to(point));
            let mut frame = canvas.clone();
            frame.draw(&state.overlay(point));
            writer.add_frame(&frame.pixmap, if k + 1 == frames { LAST_FRAME_DELAY } else { delay })?;
        }
        writer.finish()
    }
}

/// Returns the text of the step counter.
fn counter_text(step: usize, steps: usize) -> String {
    format!("step {step} of {steps}")
}

/// Path that is drawn up to its current point.
struct AnimatedPath<'a> {
    points: &'a [Point],
    style: usize,
    /// Index of the current point.
    current: usize,
    /// Length of the visible part drawn so far in pixels, at which its dash pattern continues.
    drawn_length: f64,
}

impl<'a> AnimatedPath<'a> {
    fn new(series: &'a Series) -> Self {
        Self { points: &series.points, style: series.style, current: 0, drawn_length: 0.0 }
    }
}

/// Moving parts of an animation.
struct AnimationState<'a> {
    mapping: Box<dyn PlaneMapping + 'a>,
    paths: Vec<AnimatedPath<'a>>,
    /// Markers, which are drawn above the paths.
    markers: Vec<Primitive>,
    /// Largest index of a point of any path.
    last_point: usize,
    steps_per_point: usize,
    /// Step counter without its content.
    counter: TextLabel,
    /// Width and height of the image in pixels.
    size: [f64; 2],
}

impl<'a> AnimationState<'a> {
    /// Lays out an animation: draws the parts that do not move, and returns those that do.
    fn new(animation: &'a Animation<'_>, background: &mut Vec<Primitive>) -> Self {
        let panel = animation.panel.inner();
        let content = panel.content();
        let most_points = content.paths.iter().map(|series| series.points.len()).max();
        // Without paths or points the animation stays at step 0.
        let last_point = most_points.unwrap_or(0).saturating_sub(1);
        let counter_position = [FIGURE_MARGIN + WIDTH, FIGURE_MARGIN + 15.0];
        let counter =
            TextLabel::new(counter_position, "", COUNTER_SIZE).anchor(TextAnchor::End).color(ColorRole::SecondaryText);
        let steps = animation.steps_per_point.saturating_mul(last_point);
        // The counter is to the right of the title.
        let title_margin = Font::regular(COUNTER_SIZE).reserved_width(&counter_text(steps, steps)) + 10.0;
        let block = TextBlock { left: FIGURE_MARGIN, top: FIGURE_MARGIN, width: WIDTH };
        let top = draw_header(panel, block, HeaderOptions { legend: true, title_margin }, background);
        let height = panel.height(WIDTH);
        let mapping = panel.draw_background(Rect::new(FIGURE_MARGIN, top, WIDTH, height), background);
        let mut markers = Vec::new();
        draw_markers(content.markers, &*mapping, &mut markers);
        Self {
            mapping,
            paths: content.paths.iter().map(AnimatedPath::new).collect(),
            markers,
            last_point,
            steps_per_point: animation.steps_per_point,
            counter,
            size: [WIDTH + 2.0 * FIGURE_MARGIN, (top + height + FIGURE_MARGIN / 2.0).ceil()],
        }
    }

    fn series_colors(&self) -> Vec<ColorRole> {
        self.paths.iter().map(|path| ColorRole::Series(path.style)).collect()
    }

    /// Moves every path forward to the given point and returns the lines to add.
    fn advance_to(&mut self, point: usize) -> Vec<Primitive> {
        let mut primitives = Vec::new();
        for path in self.paths.iter_mut().filter(|path| !path.points.is_empty()) {
            let target = point.min(path.points.len() - 1);
            let PathParts { visible, hidden } = self.mapping.path_parts(&path.points[path.current..=target]);
            let color = ColorRole::Series(path.style);
            primitives.extend(hidden.into_iter().map(|line| polyline(line, hidden_stroke(color))));
            for line in visible.into_iter().filter(|line| line.len() > 1) {
                let length: f64 = line.windows(2).map(|p| (p[1][0] - p[0][0]).hypot(p[1][1] - p[0][1])).sum();
                primitives.push(polyline(line, visible_stroke(path.style).dash_offset(path.drawn_length)));
                path.drawn_length += length;
            }
            path.current = target;
        }
        primitives
    }

    /// Returns what is drawn above the lines in the frame of the given point: markers, end dots and step counter.
    fn overlay(&self, point: usize) -> Vec<Primitive> {
        let end_dots = self.paths.iter().filter_map(|path| {
            let pixel = self.mapping.pixel(*path.points.get(path.current)?)?;
            Some(end_dot(pixel, ColorRole::Series(path.style)))
        });
        let steps = |points: usize| self.steps_per_point.saturating_mul(points);
        let counter = TextLabel { content: counter_text(steps(point), steps(self.last_point)), ..self.counter.clone() };
        self.markers.iter().cloned().chain(end_dots).chain([counter.into()]).collect()
    }
}
