//! The functions of the WebAssembly module that make pictures: a request in JSON in, the contents of a file out.

use wasm_bindgen::prelude::*;

use crate::bindings::{Answer, thrown, with_table};
use crate::error::{PageError, Part};
use crate::picture::{self, PictureRequest};

fn request(text: &str) -> crate::error::Result<PictureRequest> {
    let request: PictureRequest = serde_json::from_str(text).map_err(|error| PageError::new(Part::Page, &error))?;
    Ok(PictureRequest { scene: with_table(request.scene), ..request })
}

/// The runs as an SVG document.
#[wasm_bindgen]
pub fn svg(picture: &str) -> Answer<String> {
    request(picture).and_then(|request| picture::svg(&request)).map_err(thrown)
}

/// The runs as a PNG image.
#[wasm_bindgen]
pub fn png(picture: &str) -> Answer<Vec<u8>> {
    request(picture).and_then(|request| picture::png(&request)).map_err(thrown)
}

/// The moving paths as a GIF animation.
#[wasm_bindgen]
pub fn gif(picture: &str) -> Answer<Vec<u8>> {
    request(picture).and_then(|request| picture::gif(&request)).map_err(thrown)
}
