//! Colors and dash patterns for light and dark backgrounds, distinguishable without color vision.

/// Background that a figure is drawn for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// White background, the default.
    #[default]
    Light,
    /// Dark background with lighter colors.
    Dark,
    /// No background: the colors are CSS variables of the page that contains the SVG (see [`page_css`]).
    Page,
}

/// Role of a color in a picture; the theme determines the color itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColorRole {
    Background,
    PrimaryText,
    SecondaryText,
    AxisLine,
    GridLine,
    ContourLine,
    /// Color of a series, by its style index.
    Series(usize),
    /// Shade between two contour lines, from 0 for the lowest values to [`MAP_SHADES`] − 1.
    MapShade(u8),
    /// Brightness of a surface cell, from 0 for the darkest to [`SURFACE_SHADES`] − 1.
    SurfaceShade(u8),
}

/// Number of shades of [`ColorRole::MapShade`].
pub(crate) const MAP_SHADES: u8 = 32;
/// Number of shades of [`ColorRole::SurfaceShade`]: enough that no boundary between two shades is visible.
pub(crate) const SURFACE_SHADES: u8 = 64;

// Found by a search near the hues of Okabe and Ito: each color has a contrast of at least 3:1 to its background, and
// any two are more than 23 apart in CIELAB, also for readers without the cones for red or for green.
const SERIES_COLORS_ON_LIGHT: [u32; 8] =
    [0x1D_60B8, 0xE3_7602, 0x2F_A36B, 0x94_508A, 0xA0_4A0A, 0x2B_9BD2, 0x15_1B2B, 0x8A_1C2C];
const SERIES_COLORS_ON_DARK: [u32; 8] =
    [0x4F_A0F0, 0xF0_8A3C, 0x7F_E1A2, 0xCC_81B3, 0xFF_D93F, 0x9C_D4FF, 0xF2_F4F6, 0xE0_685C];
/// Number of different series colors.
const SERIES_COLORS: usize = SERIES_COLORS_ON_LIGHT.len();

const DASH_PATTERNS: [&[f32]; 8] = [
    &[],
    &[7.0, 2.5],
    &[2.0, 2.0],
    &[9.0, 2.5, 2.0, 2.5],
    &[4.0, 2.0],
    &[13.0, 3.0],
    &[9.0, 2.0, 2.0, 2.0, 2.0, 2.0],
    &[4.0, 2.0, 1.5, 2.0],
];

/// Returns the color of a style index on a light background as red, green and blue.
///
/// There are eight colors; styles from 8 on repeat them with other dash patterns.
///
/// ```
/// assert_eq!(thalweg_plot::series_color(0), [0x1D, 0x60, 0xB8]);
/// assert_eq!(thalweg_plot::series_color(8), thalweg_plot::series_color(0));
/// ```
pub fn series_color(style: usize) -> [u8; 3] {
    rgb(SERIES_COLORS_ON_LIGHT[style % SERIES_COLORS])
}

/// Returns the dash pattern of a style index: alternating lengths of strokes and gaps in pixels.
///
/// The pattern of a solid line is empty.
///
/// ```
/// assert!(thalweg_plot::series_dash(0).is_empty());
/// assert_ne!(thalweg_plot::series_dash(8), thalweg_plot::series_dash(0));
/// ```
pub fn series_dash(style: usize) -> &'static [f32] {
    DASH_PATTERNS[(style % SERIES_COLORS + style / SERIES_COLORS) % DASH_PATTERNS.len()]
}

const fn rgb(hex: u32) -> [u8; 3] {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

/// Interpolates linearly between the colors `a` (t = 0) and `b` (t = 1).
pub(crate) fn mix(a: [u8; 3], b: [u8; 3], t: f64) -> [u8; 3] {
    std::array::from_fn(|k| (f64::from(a[k]) + t * (f64::from(b[k]) - f64::from(a[k]))).round() as u8)
}

/// Returns color `step` of a ramp with `steps` colors through three stops.
fn ramp(stops: [u32; 3], step: u8, steps: u8) -> [u8; 3] {
    let t = 2.0 * f64::from(step.min(steps - 1)) / f64::from(steps - 1);
    let [a, b, c] = stops.map(rgb);
    if t <= 1.0 { mix(a, b, t) } else { mix(b, c, t - 1.0) }
}

impl ColorRole {
    /// Returns the color as red, green and blue; [`Theme::Page`] has the colors of [`Theme::Light`] as a fallback.
    pub(crate) fn rgb(self, theme: Theme) -> [u8; 3] {
        let dark = theme == Theme::Dark;
        let pick = |on_light, on_dark| rgb(if dark { on_dark } else { on_light });
        match self {
            Self::Background => pick(0xFF_FFFF, 0x15_181D),
            Self::PrimaryText => pick(0x1F_2328, 0xE6_E8EB),
            Self::SecondaryText => pick(0x5B_6470, 0x9A_A4B0),
            Self::AxisLine => pick(0x8A_929C, 0x6B_7480),
            Self::GridLine => pick(0xE9_EBEE, 0x2A_2F37),
            Self::ContourLine => pick(0x6F_8CA6, 0x5F_7C96),
            Self::Series(style) if dark => rgb(SERIES_COLORS_ON_DARK[style % SERIES_COLORS]),
            Self::Series(style) => series_color(style),
            Self::MapShade(step) if dark => ramp([0x2B_5276, 0x20_3346, 0x19_1D23], step, MAP_SHADES),
            Self::MapShade(step) => ramp([0xA4_C4DE, 0xD6_E5F0, 0xFB_FAF7], step, MAP_SHADES),
            Self::SurfaceShade(step) if dark => ramp([0x12_1D29, 0x24_4059, 0x5A_86A8], step, SURFACE_SHADES),
            Self::SurfaceShade(step) => ramp([0x4F_7FA6, 0xA9_C6DC, 0xFA_F6EC], step, SURFACE_SHADES),
        }
    }

    /// Returns the name of the CSS variable; part of the interface to pages, so it does not follow the role's name.
    fn css_variable(self) -> String {
        match self {
            Self::Background => "--plot-paper".into(),
            Self::PrimaryText => "--plot-text".into(),
            Self::SecondaryText => "--plot-soft".into(),
            Self::AxisLine => "--plot-axis".into(),
            Self::GridLine => "--plot-grid".into(),
            Self::ContourLine => "--plot-contour".into(),
            Self::Series(style) => format!("--plot-s{}", style % SERIES_COLORS),
            Self::MapShade(step) => format!("--plot-d{step}"),
            Self::SurfaceShade(step) => format!("--plot-r{step}"),
        }
    }

    /// Returns the color as the value of an SVG attribute.
    pub(crate) fn css(self, theme: Theme) -> String {
        let color = hex(self.rgb(theme));
        if theme == Theme::Page { format!("var({},{color})", self.css_variable()) } else { color }
    }

    /// Returns every role with each of its indices once.
    fn all() -> impl Iterator<Item = Self> {
        [Self::Background, Self::PrimaryText, Self::SecondaryText, Self::AxisLine, Self::GridLine, Self::ContourLine]
            .into_iter()
            .chain((0..SERIES_COLORS).map(Self::Series))
            .chain((0..MAP_SHADES).map(Self::MapShade))
            .chain((0..SURFACE_SHADES).map(Self::SurfaceShade))
    }
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Returns the style sheet for a page that contains figures drawn with [`Theme::Page`].
///
/// The colors follow the color scheme of the reader's system, or `data-theme="light"` or `"dark"` on the root element
/// of the page.
///
/// ```
/// assert!(thalweg_plot::page_css().contains("--plot-text:#1f2328"));
/// ```
pub fn page_css() -> String {
    let declarations = |theme| {
        ColorRole::all().map(|role| format!("{}:{};", role.css_variable(), hex(role.rgb(theme)))).collect::<String>()
    };
    let (light, dark) = (declarations(Theme::Light), declarations(Theme::Dark));
    format!(
        ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n\
         :root[data-theme=dark]{{{dark}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the relative luminance of an sRGB color by WCAG 2.
    fn luminance(color: [u8; 3]) -> f64 {
        let linear = color.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_line_has_enough_contrast_to_its_background() {
        for theme in [Theme::Light, Theme::Dark] {
            for style in 0..8 {
                let found = contrast(ColorRole::Series(style).rgb(theme), ColorRole::Background.rgb(theme));
                assert!(found >= 3.0, "style {style}, {theme:?}: {found}");
            }
            assert!(contrast(ColorRole::SecondaryText.rgb(theme), ColorRole::Background.rgb(theme)) >= 4.5);
        }
    }

    #[test]
    fn no_two_styles_share_color_and_dash_pattern() {
        for a in 0..24 {
            for b in 0..a {
                assert!(series_color(a) != series_color(b) || series_dash(a) != series_dash(b), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_page_defines_every_color() {
        let css = page_css();
        assert!(ColorRole::all().all(|role| css.matches(&format!("{}:", role.css_variable())).count() == 3));
    }
}
