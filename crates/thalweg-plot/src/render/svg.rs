//! The display list as SVG.

use crate::{
    data::geometry::Point,
    layout::palette::{ColorRole, Theme},
    layout::primitive::{DisplayList, Paint, PathShape, Primitive, Stroke, TextAnchor, TextLabel},
};

impl DisplayList {
    /// The SVG; `title` and `description` are for those who cannot see it.
    pub(crate) fn svg(&self, theme: Theme, title: &str, description: &str) -> String {
        let [w, h] = self.size.map(number);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
             role=\"img\" style=\"max-width:100%;height:auto\" font-family=\"system-ui, sans-serif\" fill=\"none\" stroke-linejoin=\"round\">\n\
             <title>{}</title>\n<desc>{}</desc>\n",
            escape(title),
            escape(description)
        );
        if theme != Theme::Page {
            out += &format!("<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n", ColorRole::Background.css(theme));
        }
        for item in &self.items {
            write_item(&mut out, item, theme);
        }
        out += "</svg>\n";
        out
    }
}

fn write_item(out: &mut String, item: &Primitive, theme: Theme) {
    match item {
        Primitive::Path(shape) => write_shape(out, shape, theme),
        Primitive::Circle { at, radius, paint } => {
            let [x, y] = at.map(number);
            *out += &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"{}/>\n", number(*radius), attributes(paint, theme));
        }
        Primitive::Text(text) => write_text(out, text, theme),
    }
}

fn write_shape(out: &mut String, shape: &PathShape, theme: Theme) {
    let path: String = shape.runs.iter().map(|run| path(run, shape.closed)).collect();
    if path.is_empty() {
        return;
    }
    let rule = if shape.paint.fill.is_some() && shape.runs.len() > 1 { " fill-rule=\"evenodd\"" } else { "" };
    *out += &format!("<path d=\"{path}\"{}{rule}/>\n", attributes(&shape.paint, theme));
}

/// One run of points as path data.
fn path(points: &[Point], closed: bool) -> String {
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

fn attributes(paint: &Paint, theme: Theme) -> String {
    let mut out = String::new();
    if let Some((ink, alpha)) = paint.fill {
        out += &format!(" fill=\"{}\"{}", ink.css(theme), opacity("fill-opacity", alpha));
    }
    if let Some(Stroke { ink, width, dash, phase, alpha }) = paint.stroke {
        let width = number(width);
        out += &format!(" stroke=\"{}\" stroke-width=\"{width}\"{}", ink.css(theme), opacity("stroke-opacity", alpha));
        if !dash.is_empty() {
            let dash: Vec<String> = dash.iter().map(|&d| number(f64::from(d))).collect();
            out += &format!(" stroke-dasharray=\"{}\"", dash.join(" "));
            if phase > 0.0 {
                out += &format!(" stroke-dashoffset=\"{}\"", number(phase));
            }
        }
    }
    out
}

fn opacity(name: &str, alpha: f64) -> String {
    if alpha < 1.0 { format!(" {name}=\"{}\"", number(alpha)) } else { String::new() }
}

fn write_text(out: &mut String, text: &TextLabel, theme: Theme) {
    let [x, y] = text.at.map(number);
    let anchor = match text.anchor {
        TextAnchor::Start => "",
        TextAnchor::Middle => " text-anchor=\"middle\"",
        TextAnchor::End => " text-anchor=\"end\"",
    };
    let weight = if text.bold { " font-weight=\"600\"" } else { "" };
    let halo = if text.halo {
        format!(" stroke=\"{}\" stroke-width=\"3\" paint-order=\"stroke\"", ColorRole::Background.css(theme))
    } else {
        String::new()
    };
    let (size, fill) = (number(text.size), text.ink.css(theme));
    *out += &format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\"{anchor}{weight}{halo}>{}</text>\n",
        escape(&text.content)
    );
}

/// At most two decimals, none that are zero.
fn number(v: f64) -> String {
    if !v.is_finite() {
        return "0".into();
    }
    let text = format!("{v:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}

/// Text that XML takes: signs escaped, forbidden characters replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' | '\r' => out.push(' '),
            '\0'..='\x1F' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ => out.push(c),
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
        assert_eq!(escape("a<b & \"c\">\u{1}"), "a&lt;b &amp; &quot;c&quot;&gt;\u{FFFD}");
    }

    #[test]
    fn a_path_is_one_attribute() {
        assert_eq!(path(&[[0.0, 1.0], [2.5, -3.0], [4.0, 5.0]], true), "M0 1L2.5-3 4 5Z");
    }
}
