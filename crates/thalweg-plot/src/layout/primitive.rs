//! Drawing primitives: the content of a figure before an output format is chosen.

use crate::{
    data::geometry::{Point, Rect},
    layout::{
        font::{Font, FontWeight},
        palette::ColorRole,
    },
};

/// Finished picture that a renderer turns into a file.
#[derive(Clone, Debug)]
pub(crate) struct DisplayList {
    /// Width and height in pixels.
    pub(crate) size: [f64; 2],
    /// Primitives from back to front.
    pub(crate) primitives: Vec<Primitive>,
}

/// Geometric shape or text.
#[derive(Clone, Debug)]
pub(crate) enum Primitive {
    Path(PathShape),
    Circle { center: Point, radius: f64, paint: Paint },
    Text(TextLabel),
}

/// Polylines or polygons with one paint; polygons are filled by the even–odd rule.
#[derive(Clone, Debug)]
pub(crate) struct PathShape {
    pub(crate) polylines: Vec<Vec<Point>>,
    /// If true, each polyline is a polygon whose last point is connected to its first.
    pub(crate) closed: bool,
    pub(crate) paint: Paint,
}

/// Fill and outline of a shape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint {
    pub(crate) fill: Option<Fill>,
    pub(crate) stroke: Option<Stroke>,
}

/// Uniform fill of an area.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) color: ColorRole,
    /// Opacity from 0 (invisible) to 1 (opaque).
    pub(crate) opacity: f64,
}

/// Style of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) color: ColorRole,
    /// Line width in pixels.
    pub(crate) width: f64,
    /// Lengths of strokes and gaps in pixels, alternating; empty for a solid line.
    pub(crate) dash: &'static [f32],
    /// Distance in pixels into the dash pattern at which the line begins.
    pub(crate) dash_offset: f64,
    /// Opacity from 0 (invisible) to 1 (opaque).
    pub(crate) opacity: f64,
}

impl Stroke {
    /// Returns a solid, opaque stroke.
    pub(crate) const fn new(color: ColorRole, width: f64) -> Self {
        Self { color, width, dash: &[], dash_offset: 0.0, opacity: 1.0 }
    }

    pub(crate) const fn dashed(self, dash: &'static [f32]) -> Self {
        Self { dash, ..self }
    }

    pub(crate) const fn dash_offset(self, dash_offset: f64) -> Self {
        Self { dash_offset, ..self }
    }

    pub(crate) const fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

impl Paint {
    /// Returns an opaque fill without an outline.
    pub(crate) const fn fill(color: ColorRole) -> Self {
        Self::translucent_fill(color, 1.0)
    }

    /// Returns a fill without an outline, with an opacity from 0 to 1.
    pub(crate) const fn translucent_fill(color: ColorRole, opacity: f64) -> Self {
        Self { fill: Some(Fill { color, opacity }), stroke: None }
    }

    /// Adds a solid, opaque outline.
    pub(crate) const fn outlined(self, color: ColorRole, width: f64) -> Self {
        Self { stroke: Some(Stroke::new(color, width)), ..self }
    }
}

impl From<Stroke> for Paint {
    fn from(stroke: Stroke) -> Self {
        Self { fill: None, stroke: Some(stroke) }
    }
}

/// Point of a text that its position refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextAnchor {
    Start,
    Middle,
    End,
}

/// Single line of text.
#[derive(Clone, Debug)]
pub(crate) struct TextLabel {
    /// Position of the anchor on the baseline.
    pub(crate) position: Point,
    pub(crate) content: String,
    pub(crate) font: Font,
    pub(crate) anchor: TextAnchor,
    pub(crate) color: ColorRole,
    /// If true, the text has an outline in the background color, which makes it legible over lines.
    pub(crate) halo: bool,
}

impl TextLabel {
    /// Returns a text in regular weight and in the primary color that starts at `position`.
    pub(crate) fn new(position: Point, content: impl Into<String>, size: f64) -> Self {
        Self {
            position,
            content: content.into(),
            font: Font::regular(size),
            anchor: TextAnchor::Start,
            color: ColorRole::PrimaryText,
            halo: false,
        }
    }

    pub(crate) fn anchor(self, anchor: TextAnchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn bold(self) -> Self {
        Self { font: Font { weight: FontWeight::Bold, ..self.font }, ..self }
    }

    pub(crate) fn color(self, color: ColorRole) -> Self {
        Self { color, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// Returns the x coordinate at which the first letter starts.
    pub(crate) fn left(&self) -> f64 {
        let width = self.font.width(&self.content);
        match self.anchor {
            TextAnchor::Start => self.position[0],
            TextAnchor::Middle => self.position[0] - width / 2.0,
            TextAnchor::End => self.position[0] - width,
        }
    }

    /// Returns the bounding box of the letters, ascenders and descenders included.
    pub(crate) fn bounds(&self) -> Rect {
        let (width, size) = (self.font.width(&self.content), self.font.size);
        Rect::new(self.left(), self.position[1] - 0.76 * size, width, 0.98 * size)
    }
}

impl From<TextLabel> for Primitive {
    fn from(text: TextLabel) -> Self {
        Self::Text(text)
    }
}

/// Returns a line through `points`.
pub(crate) fn polyline(points: Vec<Point>, stroke: Stroke) -> Primitive {
    polylines(vec![points], stroke)
}

/// Returns several lines with one stroke.
pub(crate) fn polylines(polylines: Vec<Vec<Point>>, stroke: Stroke) -> Primitive {
    Primitive::Path(PathShape { polylines, closed: false, paint: stroke.into() })
}

/// Returns a straight line from `a` to `b`.
pub(crate) fn segment(a: Point, b: Point, stroke: Stroke) -> Primitive {
    polyline(vec![a, b], stroke)
}

/// Returns a closed polygon with the given corners.
pub(crate) fn polygon(points: Vec<Point>, paint: impl Into<Paint>) -> Primitive {
    Primitive::Path(PathShape { polylines: vec![points], closed: true, paint: paint.into() })
}

/// Returns a rectangle that covers `area`.
pub(crate) fn rectangle(area: &Rect, paint: impl Into<Paint>) -> Primitive {
    polygon(area.corners(), paint)
}
