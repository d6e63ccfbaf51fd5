//! Raster images: anti-aliased drawing and PNG files.

use crate::{
    data::geometry::Point,
    error::PlotError,
    layout::{
        font::FontWeight,
        palette::{ColorRole, Theme},
        primitive::{self, DisplayList, Fill, Primitive, TextLabel},
    },
};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};
use ttf_parser::OutlineBuilder;

/// Largest width and height of an image in pixels.
const MAX_SIDE: f64 = 16_384.0;

/// Image that primitives are drawn on.
#[derive(Clone)]
pub(crate) struct RasterCanvas {
    pub(crate) pixmap: Pixmap,
    /// Theme that determines the colors.
    theme: Theme,
    /// Pixels per unit of the layout.
    scale: f32,
}

impl RasterCanvas {
    /// Returns an empty image for a picture of the given width and height, `scale` pixels per unit of the layout.
    ///
    /// # Errors
    /// Returns [`PlotError::Size`] if a side would have less than 1 or more than 16384 pixels.
    pub(crate) fn new(size: [f64; 2], theme: Theme, scale: f32) -> Result<Self, PlotError> {
        let [w, h] = size.map(|side| (side * f64::from(scale)).round());
        let error = || PlotError::Size { width: w, height: h };
        if !((1.0..=MAX_SIDE).contains(&w) && (1.0..=MAX_SIDE).contains(&h)) {
            return Err(error());
        }
        let mut pixmap = Pixmap::new(w as u32, h as u32).ok_or_else(error)?;
        pixmap.fill(skia_color(ColorRole::Background, 1.0, theme));
        Ok(Self { pixmap, theme, scale })
    }

    /// Draws primitives over the present content.
    pub(crate) fn draw(&mut self, primitives: &[Primitive]) {
        for primitive in primitives {
            match primitive {
                Primitive::Path(shape) => {
                    let mut builder = PathBuilder::new();
                    for line in &shape.polylines {
                        append_polyline(&mut builder, line, shape.closed);
                    }
                    self.draw_path(builder.finish(), &shape.paint);
                }
                Primitive::Circle { center: [x, y], radius, paint } => {
                    self.draw_path(PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32), paint);
                }
                Primitive::Text(text) => self.draw_text(text),
            }
        }
    }

    /// Draws a path; `None` is a path without extent, which leaves no pixel.
    fn draw_path(&mut self, path: Option<Path>, paint: &primitive::Paint) {
        let Some(path) = path else { return };
        let transform = Transform::from_scale(self.scale, self.scale);
        if let Some(Fill { color, opacity }) = paint.fill {
            let fill = self.skia_paint(color, opacity);
            self.pixmap.fill_path(&path, &fill, FillRule::EvenOdd, transform, None);
        }
        if let Some(stroke) = paint.stroke {
            let color = self.skia_paint(stroke.color, stroke.opacity);
            self.pixmap.stroke_path(&path, &color, &skia_stroke(&stroke), transform, None);
        }
    }

    fn draw_text(&mut self, text: &TextLabel) {
        let mut pen = OutlinePen(PathBuilder::new());
        text.font.outline(&text.content, [text.left(), text.position[1]], &mut pen);
        let Some(path) = pen.0.finish() else { return };
        let transform = Transform::from_scale(self.scale, self.scale);
        let mut outline = |color, width| {
            let color = self.skia_paint(color, 1.0);
            let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &color, &stroke, transform, None);
        };
        if text.halo {
            outline(ColorRole::Background, 3.0);
        }
        if text.font.weight == FontWeight::Bold {
            // Only the regular font is embedded: bold letters are regular ones with an additional outline.
            outline(text.color, 0.045 * text.font.size as f32);
        }
        let fill = self.skia_paint(text.color, 1.0);
        self.pixmap.fill_path(&path, &fill, FillRule::Winding, transform, None);
    }

    fn skia_paint(&self, color: ColorRole, opacity: f64) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color(skia_color(color, opacity, self.theme));
        paint
    }
}

fn skia_stroke(stroke: &primitive::Stroke) -> Stroke {
    let dash = (!stroke.dash.is_empty()).then(|| {
        let dash = StrokeDash::new(stroke.dash.to_vec(), stroke.dash_offset as f32);
        dash.expect("dash patterns have an even number of positive lengths and a finite offset")
    });
    Stroke { width: stroke.width as f32, line_join: LineJoin::Round, dash, ..Stroke::default() }
}

fn skia_color(color: ColorRole, opacity: f64, theme: Theme) -> Color {
    let [r, g, b] = color.rgb(theme);
    Color::from_rgba8(r, g, b, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn append_polyline(builder: &mut PathBuilder, points: &[Point], closed: bool) {
    for (k, p) in points.iter().enumerate() {
        let [x, y] = p.map(|c| c as f32);
        if k == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    if closed {
        builder.close();
    }
}

/// Pen that appends glyph outlines to a path.
struct OutlinePen(PathBuilder);

impl OutlineBuilder for OutlinePen {
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

/// Renders a display list as a PNG file, `scale` pixels per unit of the layout.
///
/// # Errors
/// Returns [`PlotError::Size`] if the image would be too small or too large, [`PlotError::Png`] if encoding fails.
pub(crate) fn render_png(list: &DisplayList, theme: Theme, scale: f32) -> Result<Vec<u8>, PlotError> {
    let mut canvas = RasterCanvas::new(list.size, theme, scale)?;
    canvas.draw(&list.primitives);
    canvas.pixmap.encode_png().map_err(|e| PlotError::Png(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::Rect;

    fn pixel(canvas: &RasterCanvas, x: u32, y: u32) -> [u8; 3] {
        let p = canvas.pixmap.pixel(x, y).unwrap();
        [p.red(), p.green(), p.blue()]
    }

    #[test]
    fn a_filled_rectangle_has_its_color_inside_only() {
        let mut canvas = RasterCanvas::new([20.0, 10.0], Theme::Light, 2.0).unwrap();
        let fill = primitive::Paint::fill(ColorRole::Series(1));
        canvas.draw(&[primitive::rectangle(&Rect::new(5.0, 5.0, 5.0, 5.0), fill)]);
        assert_eq!(pixel(&canvas, 15, 15), ColorRole::Series(1).rgb(Theme::Light));
        assert_eq!(pixel(&canvas, 5, 5), [255; 3]);
    }

    #[test]
    fn letters_are_drawn_dark_on_a_light_background() {
        let mut canvas = RasterCanvas::new([40.0, 20.0], Theme::Light, 1.0).unwrap();
        canvas.draw(&[TextLabel::new([2.0, 15.0], "∇f", 16.0).into()]);
        assert!((0..40).any(|x| (0..20).any(|y| pixel(&canvas, x, y)[0] < 80)));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for (size, scale) in [([0.0, 5.0], 1.0), ([5.0, f64::NAN], 1.0), ([1e9, 5.0], 1.0), ([5.0, 5.0], f32::INFINITY)]
        {
            assert!(matches!(RasterCanvas::new(size, Theme::Light, scale), Err(PlotError::Size { .. })));
        }
    }
}
