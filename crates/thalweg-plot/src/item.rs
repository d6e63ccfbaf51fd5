//! The display list: what a figure consists of, before any format is chosen.

use crate::{
    font,
    geometry::{Point, Rect},
    palette::Ink,
};

/// One thing to draw. Later items lie over earlier ones.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Shape(Shape),
    Circle { at: Point, radius: f64, paint: Paint },
    Text(Text),
}

/// Lines or areas that share one paint; areas follow the even–odd rule.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) runs: Vec<Vec<Point>>,
    pub(crate) closed: bool,
    pub(crate) paint: Paint,
}

/// How a shape is filled and outlined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint {
    pub(crate) fill: Option<(Ink, f64)>,
    pub(crate) stroke: Option<Stroke>,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) ink: Ink,
    pub(crate) width: f64,
    pub(crate) dash: &'static [f32],
    /// How far into the dashes the line begins.
    pub(crate) phase: f64,
    pub(crate) alpha: f64,
}

impl Paint {
    pub(crate) const fn fill(ink: Ink) -> Self {
        Self { fill: Some((ink, 1.0)), stroke: None }
    }

    /// A fill that lets what lies below shine through.
    pub(crate) const fn tint(ink: Ink, alpha: f64) -> Self {
        Self { fill: Some((ink, alpha)), stroke: None }
    }

    pub(crate) const fn line(ink: Ink, width: f64) -> Self {
        Self { fill: None, stroke: Some(Stroke { ink, width, dash: &[], phase: 0.0, alpha: 1.0 }) }
    }

    /// The same paint with an outline.
    pub(crate) const fn edge(self, ink: Ink, width: f64) -> Self {
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
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; `at` is on the baseline.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) at: Point,
    pub(crate) content: String,
    pub(crate) size: f64,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) ink: Ink,
    /// A rim in the colour of the paper, for text over lines.
    pub(crate) halo: bool,
}

impl Text {
    pub(crate) fn new(at: Point, content: impl Into<String>, size: f64) -> Self {
        Self { at, content: content.into(), size, anchor: Anchor::Start, bold: false, ink: Ink::Text, halo: false }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// Where the first letter starts.
    pub(crate) fn left(&self) -> f64 {
        let width = font::width(&self.content, self.size, self.bold);
        match self.anchor {
            Anchor::Start => self.at[0],
            Anchor::Middle => self.at[0] - width / 2.0,
            Anchor::End => self.at[0] - width,
        }
    }

    /// The box that the letters fill.
    pub(crate) fn bounds(&self) -> Rect {
        let width = font::width(&self.content, self.size, self.bold);
        Rect::new(self.left(), self.at[1] - 0.76 * self.size, width, 0.98 * self.size)
    }
}

impl From<Text> for Item {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

/// One line through `points`.
pub(crate) fn polyline(points: Vec<Point>, paint: Paint) -> Item {
    Item::Shape(Shape { runs: vec![points], closed: false, paint })
}

/// Several lines with one paint.
pub(crate) fn lines(runs: Vec<Vec<Point>>, paint: Paint) -> Item {
    Item::Shape(Shape { runs, closed: false, paint })
}

/// One straight line.
pub(crate) fn segment(a: Point, b: Point, paint: Paint) -> Item {
    polyline(vec![a, b], paint)
}

/// A closed outline.
pub(crate) fn polygon(points: Vec<Point>, paint: Paint) -> Item {
    Item::Shape(Shape { runs: vec![points], closed: true, paint })
}

/// A rectangle.
pub(crate) fn rectangle(area: &Rect, paint: Paint) -> Item {
    polygon(area.corners(), paint)
}
