//! Rendering of display lists as SVG documents.

use crate::{
    data::{geometry::Point, visible::visible},
    layout::{
        font::FontWeight,
        palette::{ColorRole, Theme},
        primitive::{DisplayList, Fill, Paint, PathShape, Primitive, Stroke, TextAnchor, TextLabel},
    },
};

/// Accessible description of a picture for readers who cannot see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
}

/// Renders a display list as an SVG document; with [`Theme::Page`] its colors are CSS variables.
pub(crate) fn render_svg(list: &DisplayList, theme: Theme, description: Description<'_>) -> String {
    let [w, h] = list.size.map(number);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         role=\"img\" style=\"max-width:100%;height:auto\" font-family=\"system-ui, sans-serif\" fill=\"none\" \
         stroke-linejoin=\"round\">\n<title>{}</title>\n<desc>{}</desc>\n",
        escape_xml(description.title),
        escape_xml(description.text)
    );
    if theme != Theme::Page {
        out += &format!("<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n", ColorRole::Background.css(theme));
    }
    for primitive in &list.primitives {
        write_primitive(&mut out, primitive, theme);
    }
    out += "</svg>\n";
    out
}

fn write_primitive(out: &mut String, primitive: &Primitive, theme: Theme) {
    match primitive {
        Primitive::Path(shape) => write_path(out, shape, theme),
        Primitive::Circle { center, radius, paint } => {
            let [x, y] = center.map(number);
            *out += &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"{}/>\n", number(*radius), attributes(paint, theme));
        }
        Primitive::Text(text) => write_text(out, text, theme),
    }
}

/// Writes a shape as one path element; a shape without points is omitted.
fn write_path(out: &mut String, shape: &PathShape, theme: Theme) {
    let data: String = shape.polylines.iter().map(|line| path_data(line, shape.closed)).collect();
    if data.is_empty() {
        return;
    }
    let has_holes = shape.paint.fill.is_some() && shape.polylines.len() > 1;
    let rule = if has_holes { " fill-rule=\"evenodd\"" } else { "" };
    *out += &format!("<path d=\"{data}\"{}{rule}/>\n", attributes(&shape.paint, theme));
}

/// Returns the path data of one polyline or polygon, with the fewest separators.
fn path_data(points: &[Point], closed: bool) -> String {
    let mut out = String::new();
    for (k, p) in points.iter().enumerate() {
        out.push(match k {
            0 => 'M',
            1 => 'L',
            _ => ' ',
        });
        let [x, y] = p.map(number);
        out += &x;
        if !y.starts_with('-') {
            out.push(' ');
        }
        out += &y;
    }
    if closed {
        out.push('Z');
    }
    out
}

/// Returns the attributes of fill and stroke, each with a leading space.
fn attributes(paint: &Paint, theme: Theme) -> String {
    let mut out = String::new();
    if let Some(Fill { color, opacity }) = paint.fill {
        out += &format!(" fill=\"{}\"{}", color.css(theme), opacity_attribute("fill-opacity", opacity));
    }
    if let Some(Stroke { color, width, dash, dash_offset, opacity }) = paint.stroke {
        let (color, width) = (color.css(theme), number(width));
        let opacity = opacity_attribute("stroke-opacity", opacity);
        out += &format!(" stroke=\"{color}\" stroke-width=\"{width}\"{opacity}");
        if !dash.is_empty() {
            let dash: Vec<String> = dash.iter().map(|&d| number(f64::from(d))).collect();
            out += &format!(" stroke-dasharray=\"{}\"", dash.join(" "));
            if dash_offset > 0.0 {
                out += &format!(" stroke-dashoffset=\"{}\"", number(dash_offset));
            }
        }
    }
    out
}

/// Returns an opacity attribute with a leading space, or nothing for opaque paint.
fn opacity_attribute(name: &str, opacity: f64) -> String {
    if opacity < 1.0 { format!(" {name}=\"{}\"", number(opacity)) } else { String::new() }
}

fn write_text(out: &mut String, text: &TextLabel, theme: Theme) {
    let [x, y] = text.position.map(number);
    let anchor = match text.anchor {
        TextAnchor::Start => "",
        TextAnchor::Middle => " text-anchor=\"middle\"",
        TextAnchor::End => " text-anchor=\"end\"",
    };
    let weight = match text.font.weight {
        FontWeight::Regular => "",
        FontWeight::Bold => " font-weight=\"600\"",
    };
    let halo = if text.halo {
        format!(" stroke=\"{}\" stroke-width=\"3\" paint-order=\"stroke\"", ColorRole::Background.css(theme))
    } else {
        String::new()
    };
    let (size, fill) = (number(text.font.size), text.color.css(theme));
    *out += &format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\"{anchor}{weight}{halo}>{}</text>\n",
        escape_xml(&text.content)
    );
}

/// Formats a number with at most two decimals, without trailing zeros; a number that is not finite becomes 0.
fn number(v: f64) -> String {
    if !v.is_finite() {
        return "0".into();
    }
    let text = format!("{v:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}

/// Escapes the special characters of XML and replaces those that XML forbids.
fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match visible(c) {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.5, -0.001, 12.345_6, f64::NAN].map(number), ["1", "0.5", "0", "12.35", "0"]);
        assert_eq!(number(1200.0), "1200");
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escape_xml("a<b & \"c\">\u{1}"), "a&lt;b &amp; &quot;c&quot;&gt;\u{FFFD}");
        assert_eq!(escape_xml("\u{202e}a\u{9b}\nb\u{7f}"), "\u{FFFD}a\u{FFFD} b\u{FFFD}");
    }

    #[test]
    fn path_data_has_the_fewest_separators() {
        assert_eq!(path_data(&[[0.0, 1.0], [2.5, -3.0], [4.0, 5.0]], true), "M0 1L2.5-3 4 5Z");
    }
}
