//! Animated GIF files: one fixed palette, and of each frame only the pixels that differ from the one before.

use crate::{
    error::PlotError,
    layout::palette::{ColorRole, MAP_SHADES, SURFACE_SHADES, Theme, mix},
};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;
use tiny_skia::Pixmap;

/// Palette index of a pixel that does not change.
const TRANSPARENT: u8 = 0;
/// Largest number of colors in the palette of a GIF.
const MAX_COLORS: usize = 256;

/// Writer of an animation that repeats forever.
pub(crate) struct GifWriter {
    encoder: Encoder<Vec<u8>>,
    palette: GifPalette,
    /// Frame that was added last.
    previous: Option<Pixmap>,
}

/// Rectangle of pixels that one frame replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PixelRect {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl GifWriter {
    /// Returns an animation without frames for images as large as `image`.
    ///
    /// The palette holds the colors of the layout and `series_colors`.
    ///
    /// # Errors
    /// Returns [`PlotError::Gif`] if the encoder fails.
    pub(crate) fn new(image: &Pixmap, series_colors: &[ColorRole], theme: Theme) -> Result<Self, PlotError> {
        let palette = GifPalette::new(series_colors, theme);
        let bytes: Vec<u8> = palette.colors.iter().flatten().copied().collect();
        let (width, height) = (gif_length(image.width() as usize), gif_length(image.height() as usize));
        let mut encoder = Encoder::new(Vec::new(), width, height, &bytes)?;
        encoder.set_repeat(Repeat::Infinite)?;
        Ok(Self { encoder, palette, previous: None })
    }

    /// Adds a frame that is shown for `delay` hundredths of a second.
    ///
    /// # Errors
    /// Returns [`PlotError::Gif`] if the encoder fails.
    pub(crate) fn add_frame(&mut self, image: &Pixmap, delay: u16) -> Result<(), PlotError> {
        let PixelRect { left, top, width, height } = self.changed_area(image);
        let row_bytes = 4 * image.width() as usize;
        let mut buffer = Vec::with_capacity(width * height);
        for y in top..top + height {
            let range = y * row_bytes + 4 * left..y * row_bytes + 4 * (left + width);
            let new = image.data()[range.clone()].as_chunks().0;
            let Some(previous) = &self.previous else {
                buffer.extend(new.iter().map(|&pixel| self.palette.nearest(pixel)));
                continue;
            };
            let old = previous.data()[range].as_chunks().0;
            let indices =
                new.iter().zip(old).map(|(new, old)| if new == old { TRANSPARENT } else { self.palette.nearest(*new) });
            buffer.extend(indices);
        }
        let frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: Some(TRANSPARENT),
            left: gif_length(left),
            top: gif_length(top),
            width: gif_length(width),
            height: gif_length(height),
            buffer: Cow::Owned(buffer),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame)?;
        self.previous = Some(image.clone());
        Ok(())
    }

    /// Returns the smallest rectangle that contains every changed pixel.
    ///
    /// It is the whole image for the first frame, and one pixel without a change, since a frame cannot be empty.
    fn changed_area(&self, image: &Pixmap) -> PixelRect {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let Some(previous) = &self.previous else { return PixelRect { left: 0, top: 0, width, height } };
        let rows = image.data().chunks_exact(4 * width).zip(previous.data().chunks_exact(4 * width)).enumerate();
        let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
        for (y, (new, old)) in rows.filter(|(_, (new, old))| new != old) {
            let differs = |x: &usize| new[4 * x..4 * x + 4] != old[4 * x..4 * x + 4];
            left = (0..left).find(differs).unwrap_or(left);
            right = (right..width).rfind(differs).map_or(right, |x| x + 1);
            (top, bottom) = (top.min(y), y + 1);
        }
        if bottom == 0 {
            return PixelRect { left: 0, top: 0, width: 1, height: 1 };
        }
        PixelRect { left, top, width: right - left, height: bottom - top }
    }

    /// Returns the complete file.
    ///
    /// # Errors
    /// Returns [`PlotError::Gif`] if the encoder fails.
    pub(crate) fn finish(self) -> Result<Vec<u8>, PlotError> {
        Ok(self.encoder.into_inner()?)
    }
}

fn gif_length(pixels: usize) -> u16 {
    u16::try_from(pixels).expect("a canvas has at most 16384 pixels on each side")
}

/// Fixed palette: the colors of the layout and their mixtures at anti-aliased edges.
struct GifPalette {
    /// Colors by index; the color at [`TRANSPARENT`] is never drawn.
    colors: Vec<[u8; 3]>,
    /// Nearest index for each color with six bits per channel, once it has been computed.
    nearest_by_bin: Vec<Option<u8>>,
}

impl GifPalette {
    fn new(series_colors: &[ColorRole], theme: Theme) -> Self {
        let rgb = |role: ColorRole| role.rgb(theme);
        let background = rgb(ColorRole::Background);
        let map_shades = || (0..MAP_SHADES).map(ColorRole::MapShade);
        let surface_shades = || (0..SURFACE_SHADES).map(ColorRole::SurfaceShade);
        let mut candidates = vec![background];
        candidates.extend(map_shades().chain(surface_shades()).map(rgb));
        let below_lines = map_shades().step_by(2).chain(surface_shades().step_by(4));
        candidates.extend(below_lines.map(|shade| mix(rgb(ColorRole::ContourLine), rgb(shade), 0.5)));
        let line_colors = [
            (ColorRole::PrimaryText, 10),
            (ColorRole::SecondaryText, 5),
            (ColorRole::AxisLine, 2),
            (ColorRole::GridLine, 2),
        ];
        for (role, mixtures) in line_colors {
            let fraction = |k: i32| f64::from(k) / f64::from(mixtures);
            candidates.extend((0..mixtures).map(|k| mix(rgb(role), background, fraction(k))));
        }
        let typical_map_shade = rgb(ColorRole::MapShade(MAP_SHADES / 3));
        let typical_surface_shade = rgb(ColorRole::SurfaceShade(SURFACE_SHADES / 2));
        let grounds = [background, typical_map_shade, typical_surface_shade];
        for &role in series_colors {
            let mixtures = grounds.iter().flat_map(|&ground| [0.35, 0.65].map(|t| mix(rgb(role), ground, t)));
            candidates.extend([rgb(role)].into_iter().chain(mixtures));
        }
        // The color at index 0 is arbitrary, since that index marks unchanged pixels.
        let mut colors = vec![background];
        for color in candidates {
            if colors.len() < MAX_COLORS && !colors[1..].contains(&color) {
                colors.push(color);
            }
        }
        Self { colors, nearest_by_bin: vec![None; 1 << 18] }
    }

    /// Returns the index of the color nearest to an RGBA pixel.
    fn nearest(&mut self, [r, g, b, _]: [u8; 4]) -> u8 {
        let bin = [r, g, b].iter().fold(0, |bin, &c| bin << 6 | usize::from(c >> 2));
        if let Some(index) = self.nearest_by_bin[bin] {
            return index;
        }
        // The center of the bin represents all of its colors, so that the result does not depend on earlier calls.
        let center = [r, g, b].map(|c| i32::from(c & !3) + 2);
        let distance = |c: &[u8; 3]| (0..3).map(|k| (i32::from(c[k]) - center[k]).pow(2)).sum::<i32>();
        let drawable = (1..self.colors.len()).min_by_key(|&index| distance(&self.colors[index]));
        let index = drawable.expect("the palette contains the background color") as u8;
        self.nearest_by_bin[bin] = Some(index);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_contains_the_colors_of_the_layout() {
        let series_colors: Vec<ColorRole> = (0..8).map(ColorRole::Series).collect();
        let others = [ColorRole::Background, ColorRole::PrimaryText, ColorRole::MapShade(9)];
        for theme in [Theme::Light, Theme::Dark] {
            let mut palette = GifPalette::new(&series_colors, theme);
            assert!(palette.colors.len() <= MAX_COLORS);
            for role in series_colors.iter().copied().chain(others) {
                let [r, g, b] = role.rgb(theme);
                let index = palette.nearest([r, g, b, 255]);
                let found = palette.colors[usize::from(index)];
                let difference = (0..3).map(|c| found[c].abs_diff([r, g, b][c])).max();
                assert!(index > TRANSPARENT && difference.is_some_and(|d| d <= 4), "{role:?}: {difference:?}");
            }
        }
    }

    #[test]
    fn only_the_changed_area_is_written() {
        let mut image = Pixmap::new(40, 30).unwrap();
        image.fill(tiny_skia::Color::WHITE);
        let mut writer = GifWriter::new(&image, &[], Theme::Light).unwrap();
        writer.add_frame(&image, 5).unwrap();
        assert_eq!(writer.changed_area(&image), PixelRect { left: 0, top: 0, width: 1, height: 1 });
        let paint = tiny_skia::Paint { anti_alias: false, ..tiny_skia::Paint::default() };
        let dot = tiny_skia::Rect::from_xywh(7.0, 11.0, 3.0, 2.0).unwrap();
        image.fill_rect(dot, &paint, tiny_skia::Transform::identity(), None);
        assert_eq!(writer.changed_area(&image), PixelRect { left: 7, top: 11, width: 3, height: 2 });
    }
}
