//! Errors of rendering. Data never cause an error: anything can be drawn.

/// Reason for which a picture could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The image would have a side of less than 1 or more than 16384 pixels, or one that is not finite.
    #[error("expected an image of 1 to 16384 pixels on each side, found {width} x {height}")]
    Size {
        /// Width of the image in pixels.
        width: f64,
        /// Height of the image in pixels.
        height: f64,
    },
    /// The PNG encoder failed with this message.
    #[error("cannot encode the PNG image: {0}")]
    Png(String),
    /// The GIF encoder failed with this error.
    #[error("cannot encode the GIF image: {0}")]
    Gif(#[from] gif::EncodingError),
}
