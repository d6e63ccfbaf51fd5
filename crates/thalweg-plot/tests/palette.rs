//! The series colors can be distinguished with and without color vision deficiencies.

use thalweg_plot::{series_color, series_dash};

/// Linear RGB as seen with a missing kind of cone (Machado, Oliveira and Fernandes 2009).
const COLOR_VISION: [(&str, [[f64; 3]; 3]); 3] = [
    ("normal vision", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
];

/// Returns the linear intensity of an sRGB channel, from 0 to 1.
fn linear(c: u8) -> f64 {
    let c = f64::from(c) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Returns the CIE L*a*b* coordinates of linear RGB for the white point D65.
fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let xyz = [
        (0.412_456 * rgb[0] + 0.357_576 * rgb[1] + 0.180_437 * rgb[2]) / 0.950_47,
        0.212_673 * rgb[0] + 0.715_152 * rgb[1] + 0.072_175 * rgb[2],
        (0.019_334 * rgb[0] + 0.119_192 * rgb[1] + 0.950_304 * rgb[2]) / 1.088_83,
    ];
    let [x, y, z] = xyz.map(|t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn eight_colors_are_distinguishable_with_every_color_vision() {
    for (vision, matrix) in COLOR_VISION {
        let seen = |style| {
            let rgb = series_color(style).map(linear);
            lab(matrix.map(|row| row.iter().zip(rgb).map(|(m, c)| m * c).sum::<f64>().clamp(0.0, 1.0)))
        };
        for a in 0..8 {
            for b in 0..a {
                let difference = seen(a).iter().zip(seen(b)).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt();
                assert!(difference > 23.0, "{vision}: {a} and {b} differ by {difference:.1}");
            }
        }
    }
}

#[test]
fn eight_dash_patterns_are_different_and_valid() {
    for a in 0..8 {
        assert!((0..a).all(|b| series_dash(a) != series_dash(b)));
        assert!(series_dash(a).len().is_multiple_of(2));
    }
}
