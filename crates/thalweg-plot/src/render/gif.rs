//! A GIF being written: one fixed palette, and of each picture only what differs from the one before.

use crate::{
    error::PlotError,
    layout::palette::{ColorRole, MAP_SHADES, SURFACE_SHADES, mix},
};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;
use tiny_skia::Pixmap;

/// The palette's first entry: what was there before stays.
const SAME: u8 = 0;

/// The pictures so far.
pub(crate) struct GifWriter {
    encoder: Encoder<Vec<u8>>,
    colours: GifPalette,
    before: Option<Pixmap>,
}

impl GifWriter {
    /// An empty film for pictures as large as `picture`, drawn with the common inks and `inks`.
    pub(crate) fn new(picture: &Pixmap, inks: &[ColorRole], dark: bool) -> Result<Self, PlotError> {
        let colours = GifPalette::new(inks, dark);
        let side = |pixels: u32| pixels.min(u32::from(u16::MAX)) as u16;
        let flat: Vec<u8> = colours.palette.iter().flatten().copied().collect();
        let mut encoder = Encoder::new(Vec::new(), side(picture.width()), side(picture.height()), &flat)?;
        encoder.set_repeat(Repeat::Infinite)?;
        Ok(Self { encoder, colours, before: None })
    }

    /// Adds a picture that is shown for `delay` hundredths of a second.
    pub(crate) fn add(&mut self, picture: &Pixmap, delay: u16) -> Result<(), PlotError> {
        let [left, top, width, height] = self.changed(picture);
        let row = 4 * picture.width() as usize;
        let mut buffer = Vec::with_capacity(width * height);
        for y in top..top + height {
            let range = y * row + 4 * left..y * row + 4 * (left + width);
            let new = picture.data()[range.clone()].as_chunks().0;
            let Some(before) = &self.before else {
                buffer.extend(new.iter().map(|&p| self.colours.nearest(p)));
                continue;
            };
            let old = before.data()[range].as_chunks().0;
            buffer.extend(
                new.iter().zip(old).map(|(new, old)| if new == old { SAME } else { self.colours.nearest(*new) }),
            );
        }
        let frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: Some(SAME),
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            buffer: Cow::Owned(buffer),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame)?;
        self.before = Some(picture.clone());
        Ok(())
    }

    /// The least rectangle that holds every change: left, top, width, height. At least one pixel, as a frame must.
    fn changed(&self, picture: &Pixmap) -> [usize; 4] {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let Some(before) = &self.before else { return [0, 0, width, height] };
        let rows = picture.data().chunks_exact(4 * width).zip(before.data().chunks_exact(4 * width)).enumerate();
        let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
        for (y, (new, old)) in rows.filter(|(_, (new, old))| new != old) {
            let differs = |x: &usize| new[4 * x..4 * x + 4] != old[4 * x..4 * x + 4];
            left = (0..left).find(differs).unwrap_or(left);
            right = (right..width).rfind(differs).map_or(right, |x| x + 1);
            (top, bottom) = (top.min(y), y + 1);
        }
        if bottom == 0 { [0, 0, 1, 1] } else { [left, top, right - left, bottom - top] }
    }

    /// The whole file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, PlotError> {
        Ok(self.encoder.into_inner()?)
    }
}

/// The fixed palette: ramps and inks, and their blends at the edges of lines.
struct GifPalette {
    palette: Vec<[u8; 3]>,
    /// The nearest entry for each colour of six bits a channel, once it was asked for.
    known: Vec<Option<u8>>,
}

impl GifPalette {
    fn new(inks: &[ColorRole], dark: bool) -> Self {
        let rgb = |ink: ColorRole| ink.rgb(dark);
        let paper = rgb(ColorRole::Background);
        let mut palette = vec![paper];
        let ramp =
            (0..MAP_SHADES).map(ColorRole::MapShade).chain((0..SURFACE_SHADES).map(ColorRole::SurfaceShade)).map(rgb);
        palette.extend(ramp);
        let lined = (0..MAP_SHADES)
            .step_by(2)
            .map(ColorRole::MapShade)
            .chain((0..SURFACE_SHADES).step_by(4).map(ColorRole::SurfaceShade));
        palette.extend(lined.map(|ink| mix(rgb(ColorRole::ContourLine), rgb(ink), 0.5)));
        for (ink, shades) in [
            (ColorRole::PrimaryText, 10),
            (ColorRole::SecondaryText, 5),
            (ColorRole::AxisLine, 2),
            (ColorRole::GridLine, 2),
        ] {
            palette.extend((0..shades).map(|k| mix(rgb(ink), paper, f64::from(k) / f64::from(shades))));
        }
        let grounds =
            [paper, rgb(ColorRole::MapShade(MAP_SHADES / 3)), rgb(ColorRole::SurfaceShade(SURFACE_SHADES / 2))];
        for &ink in inks {
            let blends = grounds.iter().flat_map(|&g| [0.35, 0.65].map(|t| mix(rgb(ink), g, t)));
            palette.extend([rgb(ink)].into_iter().chain(blends));
        }
        // The first entry is never a colour: it is what stays.
        let mut distinct = vec![paper];
        for colour in palette {
            if distinct.len() < 256 && !distinct[1..].contains(&colour) {
                distinct.push(colour);
            }
        }
        Self { palette: distinct, known: vec![None; 1 << 18] }
    }

    /// The entry nearest to a colour.
    fn nearest(&mut self, [r, g, b, _]: [u8; 4]) -> u8 {
        let bin = [r, g, b].iter().fold(0, |bin, &c| bin << 6 | usize::from(c >> 2));
        if let Some(found) = self.known[bin] {
            return found;
        }
        // The middle of the bin stands for all of it, so that the order of questions changes no answer.
        let middle = [r, g, b].map(|c| i32::from(c & !3) + 2);
        let distance = |c: &[u8; 3]| (0..3).map(|k| (i32::from(c[k]) - middle[k]).pow(2)).sum::<i32>();
        let entries = self.palette.iter().enumerate().skip(1);
        let found = entries.min_by_key(|(_, c)| distance(c)).map_or(1, |(k, _)| k as u8);
        self.known[bin] = Some(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_keep_their_colours() {
        let inks: Vec<ColorRole> = (0..8).map(ColorRole::Series).collect();
        for dark in [false, true] {
            let mut colours = GifPalette::new(&inks, dark);
            assert!(colours.palette.len() <= 256);
            for ink in
                inks.iter().copied().chain([ColorRole::Background, ColorRole::PrimaryText, ColorRole::MapShade(9)])
            {
                let [r, g, b] = ink.rgb(dark);
                let k = colours.nearest([r, g, b, 255]);
                let far = (0..3).map(|c| colours.palette[usize::from(k)][c].abs_diff([r, g, b][c])).max();
                assert!(k > SAME && far.is_some_and(|d| d <= 4), "{ink:?}: {far:?}");
            }
        }
    }

    #[test]
    fn only_the_change_is_written() {
        let mut picture = Pixmap::new(40, 30).unwrap();
        picture.fill(tiny_skia::Color::WHITE);
        let mut film = GifWriter::new(&picture, &[], false).unwrap();
        film.add(&picture, 5).unwrap();
        assert_eq!(film.changed(&picture), [0, 0, 1, 1]);
        let paint = tiny_skia::Paint { anti_alias: false, ..tiny_skia::Paint::default() };
        let dot = tiny_skia::Rect::from_xywh(7.0, 11.0, 3.0, 2.0).unwrap();
        picture.fill_rect(dot, &paint, tiny_skia::Transform::identity(), None);
        assert_eq!(film.changed(&picture), [7, 11, 3, 2]);
    }
}
