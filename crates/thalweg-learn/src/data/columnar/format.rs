//! Formats of columnar files and the common types of their decoders.

use arrow_array::RecordBatch;

/// Result of decoding, with the reason of a failure in words.
pub(super) type Decoded<T> = std::result::Result<T, String>;

/// Record batches of a file in their order.
pub(super) type RecordBatches = Box<dyn Iterator<Item = Decoded<RecordBatch>> + Send>;

/// Returns the text of an error without the names that the layers of the decoder put before it.
pub(super) fn reason(error: impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut rest = text.as_str();
    while let Some(inner) = ["Parquet argument error: ", "Parquet error: ", "EOF: ", "External: "]
        .iter()
        .find_map(|name| rest.strip_prefix(name))
    {
        rest = inner;
    }
    rest.to_string()
}

/// Formats of columnar files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnarFormat {
    /// Apache Parquet, with a footer.
    Parquet,
    /// Arrow IPC with a footer.
    ArrowFile,
    /// Arrow IPC as a sequence of messages.
    ArrowStream,
}

impl ColumnarFormat {
    /// Detects the format by the first eight bytes of a file.
    pub(super) fn detect(first: &[u8]) -> Option<ColumnarFormat> {
        match first {
            // PARE marks an encrypted footer.
            [b'P', b'A', b'R', b'1' | b'E', ..] => Some(ColumnarFormat::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(ColumnarFormat::ArrowFile),
            // Continuation marker of a message and the length of its header: no schema is larger than 16 MB.
            [255, 255, 255, 255, _, _, _, 0, ..] => Some(ColumnarFormat::ArrowStream),
            _ => None,
        }
    }

    /// Name of the format in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            ColumnarFormat::Parquet => "Parquet",
            ColumnarFormat::ArrowFile | ColumnarFormat::ArrowStream => "Arrow",
        }
    }
}

/// Returns `true` if a file that begins so is columnar, or is Feather version 1, which is refused with a reason.
pub(in crate::data) fn is_columnar(first: &[u8]) -> bool {
    ColumnarFormat::detect(first).is_some() || first.starts_with(b"FEA1")
}
