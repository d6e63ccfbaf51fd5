//! The picture of the losses of a fit, for the package for Python.

use anyhow::Result;
use thalweg_plot::{Figure, Theme};

use super::HALF_WIDTH;
use super::charts::{self, TrainingCurve};
use crate::picture::PNG_SCALE;

impl TrainingCurve<'_> {
    /// Returns the charts of the losses and of the learning rate as SVG.
    pub fn svg(&self) -> String {
        self.figure().svg(Theme::Light)
    }

    /// Returns the charts as PNG.
    ///
    /// # Errors
    /// An image that is too small, as without an epoch.
    pub fn png(&self) -> Result<Vec<u8>> {
        Ok(self.figure().png(Theme::Light, PNG_SCALE)?)
    }

    fn figure(&self) -> Figure<'static> {
        let panels = charts::training(self).into_iter().map(Into::into).collect();
        Figure { panels, columns: 2, panel_width: Some(HALF_WIDTH), ..Figure::default() }
    }
}
