//! Pictures of the runs on the page, as files.

use serde::Deserialize;
use thalweg_plot::{Animation, Axis, Chart, ContourMap, Figure, Marker, MarkerKind, Panel, Series, Surface, Theme};
use thalweg_problems::CriticalPointKind;

use crate::error::{PageError, Part, Result};
use crate::function::Function;
use crate::map::{Window, check_plane, check_window, critical_points, field};
use crate::path::{self, COLUMNS, Path};
use crate::plane::Plane;
use crate::scene::Scene;

/// Pixels per unit of a figure in a PNG.
const PNG_SCALE: f32 = 2.0;
/// Frames of an animation on the page, where the encoder has one thread.
const FRAMES: usize = 90;
/// If more critical points are found, only the minima are marked.
const MAX_MARKERS: usize = 24;

/// The runs to draw, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureRequest {
    /// What all methods share.
    pub scene: Scene,
    /// Methods in the order of the legend.
    pub methods: Vec<StyledMethod>,
    /// Ranges of both axes.
    pub window: Window,
    /// The plane that is shown, of a function of more than two variables.
    #[serde(default)]
    pub plane: Option<Plane>,
    /// Representation of the function: a map or a surface.
    pub view: PictureView,
    /// If true, the background is dark.
    #[serde(default)]
    pub dark: bool,
}

/// A method with its colour and dash pattern.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyledMethod {
    /// Text form of the method.
    pub spec: String,
    /// Index of the style.
    pub style: usize,
}

/// Representation of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureView {
    /// Map with contour lines.
    Map,
    /// Surface in three dimensions.
    Surface,
}

/// The runs of a request.
struct Drawing {
    function: Function,
    plane: Plane,
    paths: Vec<(StyledMethod, Path)>,
    theme: Theme,
    window: Window,
    view: PictureView,
}

impl Drawing {
    fn new(request: &PictureRequest) -> Result<Self> {
        let (function, plane) = (request.scene.function()?, request.plane.as_ref());
        let run = |method: &StyledMethod| Ok((method.clone(), path::run(&request.scene, &method.spec, plane)?));
        Ok(Self {
            plane: check_plane(&function, plane)?,
            function,
            paths: request.methods.iter().map(run).collect::<Result<_>>()?,
            theme: if request.dark { Theme::Dark } else { Theme::Light },
            window: check_window(request.window)?,
            view: request.view,
        })
    }

    fn series(&self, point: impl Fn(&[f64]) -> [f64; 2]) -> Vec<Series> {
        let series = |(method, path): &(StyledMethod, Path)| {
            let points = path.rows.chunks_exact(COLUMNS).map(&point).collect();
            Series::line(method.spec.clone(), points, method.style)
        };
        self.paths.iter().map(series).collect()
    }

    fn axes(&self) -> [Axis; 2] {
        let names = match self.function.variables() {
            [x, y] => [x.clone(), y.clone()],
            _ => ["principal direction 1".to_owned(), "principal direction 2".to_owned()],
        };
        [0, 1].map(|i| Axis::linear(names[i].clone()).range(self.window[i][0], self.window[i][1]))
    }

    fn markers(&self) -> Result<Vec<Marker>> {
        let found = critical_points(&self.function, self.window)?;
        let marker = |x: [f64; 2], kind| Marker { position: x, kind, label: String::new() };
        let markers = found.iter().filter_map(|point| {
            let kind = match point.kind {
                CriticalPointKind::Minimum => MarkerKind::Minimum,
                CriticalPointKind::Maximum => MarkerKind::Maximum,
                CriticalPointKind::Saddle => MarkerKind::Saddle,
                CriticalPointKind::Degenerate => MarkerKind::Degenerate,
                _ => return None,
            };
            Some(marker(point.x, kind))
        });
        let mut markers: Vec<Marker> = markers.collect();
        if markers.len() > MAX_MARKERS {
            markers.retain(|marker| marker.kind == MarkerKind::Minimum);
            markers.truncate(MAX_MARKERS);
        }
        markers.push(marker(self.plane.project(self.function.start()), MarkerKind::Start));
        Ok(markers)
    }

    fn map(&self, title: &str) -> Result<ContourMap<'static>> {
        let [x, y] = self.axes();
        let (paths, markers) = (self.series(|row| [row[2], row[3]]), self.markers()?);
        Ok(ContourMap {
            title: title.into(),
            x,
            y,
            paths,
            markers,
            ..ContourMap::new(field(&self.function, &self.plane))
        })
    }

    fn surface(&self, title: &str) -> Result<Surface<'static>> {
        let [x, y] = self.axes();
        let (paths, markers) = (self.series(|row| [row[2], row[3]]), self.markers()?);
        Ok(Surface { title: title.into(), x, y, paths, markers, ..Surface::new(field(&self.function, &self.plane)) })
    }

    fn figure(&self) -> Result<Figure<'static>> {
        let function: Panel<'static> = match self.view {
            PictureView::Map => self.map("Paths")?.into(),
            PictureView::Surface => self.surface("Paths")?.into(),
        };
        let loss = Chart {
            title: "Value".into(),
            x: Axis::linear("step"),
            y: Axis::linear("f"),
            series: self.series(|row| [row[0], row[4]]),
            ..Chart::default()
        };
        let norm = Chart {
            title: "Gradient norm".into(),
            x: Axis::linear("step"),
            y: Axis::log("norm"),
            series: self.series(|row| [row[0], row[5]]),
            ..Chart::default()
        };
        let panels = vec![function, loss.into(), norm.into()];
        Ok(Figure { title: self.function.name().to_owned(), panels, columns: 3, ..Figure::default() })
    }
}

/// Returns the runs as an SVG document.
///
/// # Errors
/// What the scene, a method or the window refuses.
pub fn svg(request: &PictureRequest) -> Result<String> {
    let drawing = Drawing::new(request)?;
    Ok(drawing.figure()?.svg(drawing.theme))
}

/// Returns the runs as a PNG image.
///
/// # Errors
/// Those of [`svg`], and a picture that is too large.
pub fn png(request: &PictureRequest) -> Result<Vec<u8>> {
    let drawing = Drawing::new(request)?;
    drawing.figure()?.png(drawing.theme, PNG_SCALE).map_err(|error| PageError::new(Part::Page, &error))
}

/// Returns the moving paths as a GIF animation.
///
/// # Errors
/// Those of [`png`].
pub fn gif(request: &PictureRequest) -> Result<Vec<u8>> {
    let drawing = Drawing::new(request)?;
    let animation = match drawing.view {
        PictureView::Map => Animation::new(drawing.map(drawing.function.name())?),
        PictureView::Surface => Animation::new(drawing.surface(drawing.function.name())?),
    };
    let animation = Animation { frames: FRAMES, theme: drawing.theme, ..animation };
    animation.gif().map_err(|error| PageError::new(Part::Page, &error))
}
