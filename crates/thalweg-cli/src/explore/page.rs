//! The files of the page, which `web/build` makes before the program is compiled.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// All files below `web/dist`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Files;

/// A file of the page with its media type.
pub(super) struct PageFile {
    pub(super) media_type: &'static str,
    pub(super) content: Cow<'static, [u8]>,
}

/// Returns the file at the path of a request; that of the page itself for `/`.
pub(super) fn file(path: &str) -> Option<PageFile> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let media_type = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    Some(PageFile { media_type, content: Files::get(name)?.data })
}
