//! What can go wrong: only the making of a picture, never the data in it.

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The canvas has no pixels, or more than a picture may have.
    #[error("a picture must have between 1 and 16384 pixels a side, but would have {0} x {1}")]
    Size(f64, f64),
    /// The PNG encoder refused the pixels.
    #[error("the PNG could not be written: {0}")]
    Png(String),
    /// The GIF encoder refused a frame.
    #[error("the GIF could not be written: {0}")]
    Gif(#[from] gif::EncodingError),
}
