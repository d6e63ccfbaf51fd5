//! The display list as pixels.

use crate::{
    data::geometry::Point,
    error::PlotError,
    layout::font,
    layout::palette::{ColorRole, Theme},
    layout::primitive::DisplayList,
    layout::primitive::{Paint as ItemPaint, Primitive, Stroke as ItemStroke, TextLabel},
};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};
use ttf_parser::OutlineBuilder;

const LARGEST: f64 = 16_384.0;

/// A pixmap being drawn on, `scale` pixels for each unit of the layout.
#[derive(Clone)]
pub(crate) struct RasterCanvas {
    pub(crate) pixmap: Pixmap,
    dark: bool,
    scale: f32,
}

impl RasterCanvas {
    /// Blank paper for a picture of `size`.
    pub(crate) fn new(size: [f64; 2], theme: Theme, scale: f32) -> Result<Self, PlotError> {
        let [w, h] = size.map(|side| (side * f64::from(scale)).round());
        let error = || PlotError::Size(w, h);
        if !((1.0..=LARGEST).contains(&w) && (1.0..=LARGEST).contains(&h)) {
            return Err(error());
        }
        let mut pixmap = Pixmap::new(w as u32, h as u32).ok_or_else(error)?;
        let dark = theme == Theme::Dark;
        pixmap.fill(colour(ColorRole::Background, 1.0, dark));
        Ok(Self { pixmap, dark, scale })
    }

    /// Draws `items` over what is there.
    pub(crate) fn draw(&mut self, items: &[Primitive]) {
        for item in items {
            match item {
                Primitive::Path(shape) => {
                    let mut pen = PathBuilder::new();
                    shape.runs.iter().for_each(|run| trace(&mut pen, run, shape.closed));
                    self.paint(pen.finish(), &shape.paint);
                }
                Primitive::Circle { at, radius, paint } => {
                    self.paint(PathBuilder::from_circle(at[0] as f32, at[1] as f32, *radius as f32), paint);
                }
                Primitive::Text(text) => self.text(text),
            }
        }
    }

    fn paint(&mut self, path: Option<Path>, paint: &ItemPaint) {
        let Some(path) = path else { return };
        let transform = Transform::from_scale(self.scale, self.scale);
        if let Some((ink, alpha)) = paint.fill {
            let fill = self.brush(ink, alpha);
            self.pixmap.fill_path(&path, &fill, FillRule::EvenOdd, transform, None);
        }
        if let Some(stroke) = paint.stroke {
            let brush = self.brush(stroke.ink, stroke.alpha);
            self.pixmap.stroke_path(&path, &brush, &skia_stroke(&stroke), transform, None);
        }
    }

    fn text(&mut self, text: &TextLabel) {
        let mut pen = Pen(PathBuilder::new());
        font::outline(&text.content, [text.left(), text.at[1]], (text.size, text.bold), &mut pen);
        let Some(path) = pen.0.finish() else { return };
        let transform = Transform::from_scale(self.scale, self.scale);
        let mut rim = |ink, width| {
            let brush = self.brush(ink, 1.0);
            let stroke = Stroke { width, line_join: tiny_skia::LineJoin::Round, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &brush, &stroke, transform, None);
        };
        if text.halo {
            rim(ColorRole::Background, 3.0);
        }
        if text.bold {
            // One face is embedded: bold letters are its letters with a fatter outline.
            rim(text.ink, 0.045 * text.size as f32);
        }
        let fill = self.brush(text.ink, 1.0);
        self.pixmap.fill_path(&path, &fill, FillRule::Winding, transform, None);
    }

    fn brush(&self, ink: ColorRole, alpha: f64) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color(colour(ink, alpha, self.dark));
        paint
    }
}

fn skia_stroke(stroke: &ItemStroke) -> Stroke {
    Stroke {
        width: stroke.width as f32,
        line_join: tiny_skia::LineJoin::Round,
        dash: if stroke.dash.is_empty() { None } else { StrokeDash::new(stroke.dash.to_vec(), stroke.phase as f32) },
        ..Stroke::default()
    }
}

fn colour(ink: ColorRole, alpha: f64, dark: bool) -> Color {
    let [r, g, b] = ink.rgb(dark);
    Color::from_rgba8(r, g, b, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn trace(pen: &mut PathBuilder, points: &[Point], closed: bool) {
    for (k, p) in points.iter().enumerate() {
        let [x, y] = p.map(|c| c as f32);
        if k == 0 { pen.move_to(x, y) } else { pen.line_to(x, y) }
    }
    if closed {
        pen.close();
    }
}

/// Letters onto a path.
struct Pen(PathBuilder);

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

impl DisplayList {
    /// The PNG, `scale` pixels for each unit of the layout.
    pub(crate) fn png(&self, theme: Theme, scale: f32) -> Result<Vec<u8>, PlotError> {
        let mut canvas = RasterCanvas::new(self.size, theme, scale)?;
        canvas.draw(&self.items);
        canvas.pixmap.encode_png().map_err(|e| PlotError::Png(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::geometry::Rect, layout::primitive};

    fn pixel(canvas: &RasterCanvas, x: u32, y: u32) -> [u8; 3] {
        let p = canvas.pixmap.pixel(x, y).unwrap();
        [p.red(), p.green(), p.blue()]
    }

    #[test]
    fn a_filled_rectangle_has_its_colour_inside_only() {
        let mut canvas = RasterCanvas::new([20.0, 10.0], Theme::Light, 2.0).unwrap();
        canvas.draw(&[primitive::rectangle(&Rect::new(5.0, 5.0, 5.0, 5.0), ItemPaint::fill(ColorRole::Series(1)))]);
        assert_eq!(pixel(&canvas, 15, 15), ColorRole::Series(1).rgb(false));
        assert_eq!(pixel(&canvas, 5, 5), [255; 3]);
    }

    #[test]
    fn letters_leave_ink() {
        let mut canvas = RasterCanvas::new([40.0, 20.0], Theme::Light, 1.0).unwrap();
        canvas.draw(&[TextLabel::new([2.0, 15.0], "∇f", 16.0).into()]);
        assert!((0..40).any(|x| (0..20).any(|y| pixel(&canvas, x, y)[0] < 80)));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for (size, scale) in [([0.0, 5.0], 1.0), ([5.0, f64::NAN], 1.0), ([1e9, 5.0], 1.0), ([5.0, 5.0], f32::INFINITY)]
        {
            assert!(matches!(RasterCanvas::new(size, Theme::Light, scale), Err(PlotError::Size(..))));
        }
    }
}
