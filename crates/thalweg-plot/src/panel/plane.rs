//! Panels that show a function of two variables with paths and markers on it: maps and surfaces.

use crate::{
    data::{annotation::Marker, geometry::Rect, series::Series},
    layout::{legend::LegendEntry, primitive::Primitive},
    panel::{
        draw::DrawPanel,
        path::{self, PlaneMapping},
    },
};

/// Map or surface: a background that shows the function, and paths and markers on it.
pub(crate) trait PlanePanel {
    fn content(&self) -> PlaneContent<'_>;
    /// Returns the preferred height of the panel without its header, in pixels, for a width in pixels.
    fn height(&self, width: f64) -> f64;
    /// Draws the function and the axes; returns the mapping from points of the plane to pixels.
    fn draw_background(&self, area: Rect, out: &mut Vec<Primitive>) -> Box<dyn PlaneMapping + '_>;
}

/// Texts, paths and markers of a [`PlanePanel`].
pub(crate) struct PlaneContent<'a> {
    pub(crate) title: &'a str,
    pub(crate) note: &'a str,
    pub(crate) paths: &'a [Series],
    pub(crate) markers: &'a [Marker],
}

impl<P: PlanePanel + ?Sized> DrawPanel for P {
    fn title(&self) -> &str {
        self.content().title
    }

    fn note(&self) -> &str {
        self.content().note
    }

    fn legend_entries(&self) -> Vec<LegendEntry> {
        let PlaneContent { paths, markers, .. } = self.content();
        path::legend_entries(paths, markers)
    }

    fn height(&self, width: f64) -> f64 {
        PlanePanel::height(self, width)
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let PlaneContent { paths, markers, .. } = self.content();
        let mapping = self.draw_background(area, out);
        path::draw_paths(paths, &*mapping, out);
        path::draw_markers(markers, &*mapping, out);
    }
}
