//! Placement of labels without overlaps.

use crate::{data::geometry::Rect, layout::primitive::TextLabel};

/// Area with the rectangles in it that labels or symbols occupy.
#[derive(Debug)]
pub(crate) struct LabelLayout {
    area: Rect,
    occupied: Vec<Rect>,
}

impl LabelLayout {
    /// Returns an empty layout for labels inside `area`.
    pub(crate) fn new(area: Rect) -> Self {
        Self { area, occupied: Vec::new() }
    }

    /// Keeps labels out of a rectangle.
    pub(crate) fn reserve(&mut self, rect: Rect) {
        self.occupied.push(rect);
    }

    /// Places the first of the candidates that fits; `None` if none fits or if its text is empty.
    ///
    /// A missing label is easier to read past than two overlapping ones.
    pub(crate) fn place_first_fit(&mut self, candidates: impl IntoIterator<Item = TextLabel>) -> Option<TextLabel> {
        let footprint = |text: &TextLabel| {
            let bounds = text.bounds();
            Rect { w: 1.1 * bounds.w, ..bounds }.expanded(1.0)
        };
        let fits = |rect: &Rect| self.area.encloses(rect) && !self.occupied.iter().any(|other| other.overlaps(rect));
        let found = candidates.into_iter().find(|text| fits(&footprint(text)))?;
        self.occupied.push(footprint(&found));
        (!found.content.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_label_is_moved_and_the_third_omitted() {
        let candidates = || [20.0, 40.0].map(|y| TextLabel::new([5.0, y], "label", 12.0));
        let mut layout = LabelLayout::new(Rect::new(0.0, 0.0, 100.0, 50.0));
        let placed: Vec<_> =
            (0..3).map(|_| layout.place_first_fit(candidates()).map(|text| text.position[1])).collect();
        assert_eq!(placed, [Some(20.0), Some(40.0), None]);
    }
}
