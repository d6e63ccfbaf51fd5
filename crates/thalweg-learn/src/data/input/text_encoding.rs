//! Encodings of texts by their labels.

use super::utf32::ByteOrder;

/// Encoding of a text that is not UTF-8.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextEncoding {
    Known(&'static encoding_rs::Encoding),
    Utf32(ByteOrder),
}

impl TextEncoding {
    /// Returns the encoding with this label.
    pub(super) fn for_label(label: &str) -> Option<TextEncoding> {
        match label.trim().to_ascii_lowercase().as_str() {
            "utf-32le" | "utf-32" => Some(Self::Utf32(ByteOrder::LittleEndian)),
            "utf-32be" => Some(Self::Utf32(ByteOrder::BigEndian)),
            label => Self::of_web(label).or_else(|| Self::of_web(&web_label(label))),
        }
    }

    /// Returns the encoding with this WHATWG label.
    fn of_web(label: &str) -> Option<TextEncoding> {
        encoding_rs::Encoding::for_label(label.as_bytes()).map(Self::Known)
    }
}

/// Returns the WHATWG label of an encoding by its name in Python, which may have `_` for `-`, or as a code page.
fn web_label(name: &str) -> String {
    match name.replace('_', "-").as_str() {
        "cp932" => "shift_jis".into(),
        "cp936" => "gbk".into(),
        "cp949" => "euc-kr".into(),
        "cp950" => "big5".into(),
        "latin-1" | "iso8859-1" | "iso-latin-1" => "latin1".into(),
        "utf-8-sig" => "utf-8".into(),
        "mac-roman" | "macroman" => "macintosh".into(),
        "mac-cyrillic" => "x-mac-cyrillic".into(),
        "koi8r" => "koi8-r".into(),
        name => match name.strip_prefix("iso8859-") {
            Some(part) => format!("iso-8859-{part}"),
            None => name.into(),
        },
    }
}
