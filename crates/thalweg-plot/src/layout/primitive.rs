//! The display list: what a figure consists of, before any format is chosen.

use crate::{
    data::geometry::{Point, Rect},
    layout::font,
    layout::palette::ColorRole,
};

/// A finished picture: its size and what to draw.
#[derive(Clone, Debug)]
pub(crate) struct DisplayList {
    pub(crate) size: [f64; 2],
    pub(crate) items: Vec<Primitive>,
}

/// One thing to draw. Later items lie over earlier ones.
#[derive(Clone, Debug)]
pub(crate) enum Primitive {
    Path(PathShape),
    Circle { at: Point, radius: f64, paint: Paint },
    Text(TextLabel),
}

/// Lines or areas that share one paint; areas follow the even–odd rule.
#[derive(Clone, Debug)]
pub(crate) struct PathShape {
    pub(crate) runs: Vec<Vec<Point>>,
    pub(crate) closed: bool,
    pub(crate) paint: Paint,
}

/// How a shape is filled and outlined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint {
    pub(crate) fill: Option<(ColorRole, f64)>,
    pub(crate) stroke: Option<Stroke>,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) ink: ColorRole,
    pub(crate) width: f64,
    pub(crate) dash: &'static [f32],
    /// How far into the dashes the line begins.
    pub(crate) phase: f64,
    pub(crate) alpha: f64,
}

impl Paint {
    pub(crate) const fn fill(ink: ColorRole) -> Self {
        Self { fill: Some((ink, 1.0)), stroke: None }
    }

    /// A fill that lets what lies below shine through.
    pub(crate) const fn tint(ink: ColorRole, alpha: f64) -> Self {
        Self { fill: Some((ink, alpha)), stroke: None }
    }

    pub(crate) const fn line(ink: ColorRole, width: f64) -> Self {
        Self { fill: None, stroke: Some(Stroke { ink, width, dash: &[], phase: 0.0, alpha: 1.0 }) }
    }

    /// The same paint with an outline.
    pub(crate) const fn edge(self, ink: ColorRole, width: f64) -> Self {
        Self { fill: self.fill, ..Self::line(ink, width) }
    }

    pub(crate) fn dashed(mut self, dash: &'static [f32]) -> Self {
        if let Some(stroke) = &mut self.stroke {
            stroke.dash = dash;
        }
        self
    }

    /// The same dashes, begun as if the line came from `phase` pixels before.
    pub(crate) fn starting(mut self, phase: f64) -> Self {
        if let Some(stroke) = &mut self.stroke {
            stroke.phase = phase;
        }
        self
    }

    pub(crate) fn faint(mut self, alpha: f64) -> Self {
        if let Some(stroke) = &mut self.stroke {
            stroke.alpha = alpha;
        }
        self
    }
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextAnchor {
    Start,
    Middle,
    End,
}

/// One line of text; `at` is on the baseline.
#[derive(Clone, Debug)]
pub(crate) struct TextLabel {
    pub(crate) at: Point,
    pub(crate) content: String,
    pub(crate) size: f64,
    pub(crate) anchor: TextAnchor,
    pub(crate) bold: bool,
    pub(crate) ink: ColorRole,
    /// A rim in the colour of the paper, for text over lines.
    pub(crate) halo: bool,
}

impl TextLabel {
    pub(crate) fn new(at: Point, content: impl Into<String>, size: f64) -> Self {
        Self {
            at,
            content: content.into(),
            size,
            anchor: TextAnchor::Start,
            bold: false,
            ink: ColorRole::PrimaryText,
            halo: false,
        }
    }

    pub(crate) fn anchor(self, anchor: TextAnchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn ink(self, ink: ColorRole) -> Self {
        Self { ink, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// Where the first letter starts.
    pub(crate) fn left(&self) -> f64 {
        let width = font::width(&self.content, self.size, self.bold);
        match self.anchor {
            TextAnchor::Start => self.at[0],
            TextAnchor::Middle => self.at[0] - width / 2.0,
            TextAnchor::End => self.at[0] - width,
        }
    }

    /// The box that the letters fill.
    pub(crate) fn bounds(&self) -> Rect {
        let width = font::width(&self.content, self.size, self.bold);
        Rect::new(self.left(), self.at[1] - 0.76 * self.size, width, 0.98 * self.size)
    }
}

impl From<TextLabel> for Primitive {
    fn from(text: TextLabel) -> Self {
        Self::Text(text)
    }
}

/// One line through `points`.
pub(crate) fn polyline(points: Vec<Point>, paint: Paint) -> Primitive {
    Primitive::Path(PathShape { runs: vec![points], closed: false, paint })
}

/// Several lines with one paint.
pub(crate) fn lines(runs: Vec<Vec<Point>>, paint: Paint) -> Primitive {
    Primitive::Path(PathShape { runs, closed: false, paint })
}

/// One straight line.
pub(crate) fn segment(a: Point, b: Point, paint: Paint) -> Primitive {
    polyline(vec![a, b], paint)
}

/// A closed outline.
pub(crate) fn polygon(points: Vec<Point>, paint: Paint) -> Primitive {
    Primitive::Path(PathShape { runs: vec![points], closed: true, paint })
}

/// A rectangle.
pub(crate) fn rectangle(area: &Rect, paint: Paint) -> Primitive {
    polygon(area.corners(), paint)
}
