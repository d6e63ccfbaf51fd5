//! IDX file format: one array of numbers, big-endian, after its element type and shape.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Array of any rank in row-major order; the first axis counts the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct IdxArray {
    /// Length of each axis; at least one axis, and no length is 0.
    pub(super) shape: Vec<usize>,
    /// Numbers in row-major order.
    pub(super) data: IdxData,
}

/// Numbers of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum IdxData {
    /// Unsigned bytes, kept as such because images are large.
    Bytes(Vec<u8>),
    /// All other element types; 32-bit integers and 64-bit floats are rounded.
    Floats(Vec<f32>),
}

/// Returns `true` if a file that begins so is an IDX file: two zero bytes, a known element type, and at least one axis.
pub(in crate::data) fn is_idx(first: &[u8]) -> bool {
    matches!(first, [0, 0, kind, axes, ..] if element_bytes(*kind).is_some() && *axes > 0)
}

/// Size of an element of the given type in bytes; `None` for an unknown type.
fn element_bytes(kind: u8) -> Option<usize> {
    match kind {
        0x08 | 0x09 => Some(1),
        0x0b => Some(2),
        0x0c | 0x0d => Some(4),
        0x0e => Some(8),
        _ => None,
    }
}

impl IdxArray {
    /// Parses the decompressed bytes of a file; `path` is used in messages only.
    pub(super) fn parse(path: &Path, mut bytes: Vec<u8>) -> Result<IdxArray> {
        let invalid = |reason: String| Err(Error::Binary { path: path.to_path_buf(), format: "IDX", reason });
        let [0, 0, kind, axes, rest @ ..] = &bytes[..] else {
            return invalid("expected two zero bytes, an element type and a number of axes at the start".to_string());
        };
        let (kind, axes) = (*kind, usize::from(*axes));
        let Some(width) = element_bytes(kind) else {
            return invalid(format!("unknown element type 0x{kind:02X}"));
        };
        if axes == 0 {
            return invalid("expected at least one axis, found none".to_string());
        }
        let (sizes, _) = rest.as_chunks::<4>();
        let Some(sizes) = sizes.get(..axes) else {
            return invalid(format!("the file ends within the lengths of its {axes} axes"));
        };
        let shape: Vec<usize> = sizes.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
        if shape.contains(&0) {
            return invalid(format!("its shape {shape:?} has no numbers"));
        }
        let expected = shape.iter().try_fold(width, |product, &size| product.checked_mul(size));
        let start = 4 + 4 * axes;
        let found = bytes.len() - start;
        if expected != Some(found) {
            let expected = expected.map_or("more than the address space".to_string(), |expected| expected.to_string());
            return invalid(format!("expected {expected} bytes of numbers for shape {shape:?}, found {found}"));
        }
        bytes.drain(..start);
        Ok(IdxArray { shape, data: decode(kind, bytes) })
    }

    /// Length of the first axis.
    pub(super) fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Number of numbers in a row: the product of the lengths of the other axes.
    pub(super) fn row_length(&self) -> usize {
        self.shape[1..].iter().product()
    }
}

fn decode(kind: u8, bytes: Vec<u8>) -> IdxData {
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> IdxData {
        IdxData::Floats(bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect())
    }
    match kind {
        0x08 => IdxData::Bytes(bytes),
        0x09 => each(&bytes, |bytes| f32::from(i8::from_be_bytes(bytes))),
        0x0b => each(&bytes, |bytes| f32::from(i16::from_be_bytes(bytes))),
        0x0c => each(&bytes, |bytes| i32::from_be_bytes(bytes) as f32),
        0x0d => each(&bytes, f32::from_be_bytes),
        0x0e => each(&bytes, |bytes| f64::from_be_bytes(bytes) as f32),
        _ => unreachable!("an unknown element type has no size"),
    }
}

/// Finds the label file next to an image file by its usual name: `train-images-idx3-ubyte.gz` →
/// `train-labels-idx1-ubyte.gz`, compressed or not, with a dash or a dot before `idx`.
pub(super) fn find_labels(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let (before, after) = name.rsplit_once("images")?;
    let after = after.replace("idx3", "idx1").replace("idx2", "idx1");
    let labels = format!("{before}labels{after}");
    let bare = labels.strip_suffix(".gz").or_else(|| labels.strip_suffix(".zst")).unwrap_or(&labels);
    let names = [labels.clone(), bare.to_string(), format!("{bare}.gz"), format!("{bare}.zst")];
    let swapped = |name: &String| {
        if name.contains("-idx1") { name.replace("-idx1", ".idx1") } else { name.replace(".idx1", "-idx1") }
    };
    let others: Vec<String> = names.iter().map(swapped).collect();
    names.iter().chain(&others).map(|name| images.with_file_name(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::testing::shared::{decompressed_bytes, shared_data};

    fn file(kind: u8, shape: &[u32], numbers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(numbers);
        bytes
    }

    fn parse(bytes: Vec<u8>) -> Result<IdxArray> {
        IdxArray::parse(Path::new("x"), bytes)
    }

    fn row(idx: &IdxArray, range: std::ops::Range<usize>) -> Vec<f32> {
        match &idx.data {
            IdxData::Bytes(bytes) => bytes[range].iter().map(|&byte| f32::from(byte)).collect(),
            IdxData::Floats(numbers) => numbers[range].to_vec(),
        }
    }

    #[test]
    fn every_type_is_read() {
        let of = |bytes: Vec<u8>| {
            assert!(is_idx(&bytes));
            let idx = parse(bytes).expect("the file is whole");
            assert_eq!((idx.rows(), idx.row_length()), (2, 1));
            row(&idx, 0..2)
        };
        assert_eq!(of(file(8, &[2, 1], &[7, 255])), [7.0, 255.0]);
        assert_eq!(of(file(9, &[2], &[7, 255])), [7.0, -1.0]);
        assert_eq!(of(file(0x0b, &[2], &[1, 2, 255, 255])), [258.0, -1.0]);
        assert_eq!(of(file(0x0c, &[2], &[0, 0, 1, 2, 255, 255, 255, 255])), [258.0, -1.0]);
        assert_eq!(of(file(0x0d, &[2], &[1.5_f32.to_be_bytes(), (-0.1_f32).to_be_bytes()].concat())), [1.5, -0.1]);
        assert_eq!(of(file(0x0e, &[2], &[1.5_f64.to_be_bytes(), (-0.1_f64).to_be_bytes()].concat())), [1.5, -0.1]);
        assert_eq!(row(&parse(file(8, &[2, 2], &[1, 2, 3, 4])).expect("the file is whole"), 2..4), [3.0, 4.0]);
    }

    #[test]
    fn damaged_files_are_refused() {
        for (bytes, reason) in [
            (vec![], "expected two zero bytes, an element type and a number of axes at the start"),
            (file(10, &[1], &[1]), "unknown element type 0x0A"),
            (file(8, &[], &[1]), "expected at least one axis, found none"),
            (vec![0, 0, 8, 3, 0, 0, 0, 1], "the file ends within the lengths of its 3 axes"),
            (file(8, &[2, 2], &[1; 3]), "expected 4 bytes of numbers for shape [2, 2], found 3"),
            (file(14, &[2], &[1; 17]), "expected 16 bytes of numbers for shape [2], found 17"),
        ] {
            let text = parse(bytes).expect_err("the file is damaged").to_string();
            assert_eq!(text, format!("x: invalid IDX file: {reason}"));
        }
        let text = parse(file(14, &[u32::MAX; 4], &[])).expect_err("the shape is too large").to_string();
        assert!(text.contains("more than the address space"), "{text}");
    }

    #[test]
    fn fashion_mnist_is_read() {
        let Some(path) = shared_data("fashion-mnist/t10k-images-idx3-ubyte.gz") else { return };
        let images = IdxArray::parse(&path, decompressed_bytes(&path)).expect("the image file is whole");
        assert_eq!(images.shape, [10_000, 28, 28]);
        let labels = find_labels(&path).expect("the label file lies next to the images");
        let labels = IdxArray::parse(&path, decompressed_bytes(&labels)).expect("the label file is whole");
        assert_eq!(labels.shape, [10_000]);
        let IdxData::Bytes(labels) = labels.data else { panic!("labels are bytes") };
        // First labels as published; each class has a thousand images.
        assert_eq!(labels[..5], [9, 2, 1, 1, 6]);
        assert!((0..10).all(|class| memchr::memchr_iter(class, &labels).count() == 1000));
    }

    #[test]
    fn labels_are_found_by_the_name_of_the_images() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let at = |name: &str| folder.path().join(name);
        for (images, labels) in [
            ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
            ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
            ("a-images-idx3-ubyte", "a-labels.idx1-ubyte.gz"),
        ] {
            assert_eq!(find_labels(&at(images)), None);
            fs::write(at(labels), "").expect("the file is written");
            assert_eq!(find_labels(&at(images)), Some(at(labels)));
        }
        assert_eq!(find_labels(&at("pictures")), None);
    }
}
