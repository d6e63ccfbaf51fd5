//! Labels that keep out of each other's way.

use crate::{data::geometry::Rect, layout::primitive::TextLabel};

/// The free room of an area.
#[derive(Debug)]
pub(crate) struct LabelLayout {
    area: Rect,
    taken: Vec<Rect>,
}

impl LabelLayout {
    pub(crate) fn new(area: Rect) -> Self {
        Self { area, taken: Vec::new() }
    }

    /// Keeps labels out of a rectangle.
    pub(crate) fn take(&mut self, taken: Rect) {
        self.taken.push(taken);
    }

    /// The first of the tries that fits; none if none does: a label left out reads better than two in one place.
    pub(crate) fn put(&mut self, tries: impl IntoIterator<Item = TextLabel>) -> Option<TextLabel> {
        let room = |text: &TextLabel| {
            let bounds = text.bounds();
            Rect { w: 1.1 * bounds.w, ..bounds }.grown(1.0)
        };
        let fits = |rect: &Rect| self.area.holds(rect) && !self.taken.iter().any(|other| other.overlaps(rect));
        let found = tries.into_iter().find(|text| fits(&room(text)))?;
        self.taken.push(room(&found));
        (!found.content.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_label_goes_elsewhere_and_the_third_nowhere() {
        let tries = || [20.0, 40.0].map(|y| TextLabel::new([5.0, y], "label", 12.0));
        let mut places = LabelLayout::new(Rect::new(0.0, 0.0, 100.0, 50.0));
        let put: Vec<_> = (0..3).map(|_| places.put(tries()).map(|t| t.at[1])).collect();
        assert_eq!(put, [Some(20.0), Some(40.0), None]);
    }
}
