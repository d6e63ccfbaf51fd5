//! IDX files (MNIST and its kin): one array of numbers, big-endian, with its shape before it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// An array of any rank in row-major order; the first axis counts the rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Idx {
    /// The length of each axis.
    pub(crate) shape: Vec<usize>,
    /// All numbers.
    pub(crate) data: Data,
}

/// The numbers of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// Bytes stay bytes: images are large.
    U8(Vec<u8>),
    /// All other types; i32 and f64 are rounded.
    Others(Vec<f32>),
}

/// Whether a file that begins so is an IDX file: 0, 0, a known type, and at least one axis.
pub(crate) fn is_idx(first: &[u8]) -> bool {
    matches!(first, [0, 0, kind, axes, ..] if width(*kind).is_some() && *axes > 0)
}

/// Bytes of a number of the type.
fn width(kind: u8) -> Option<usize> {
    match kind {
        0x08 | 0x09 => Some(1),
        0x0b => Some(2),
        0x0c | 0x0d => Some(4),
        0x0e => Some(8),
        _ => None,
    }
}

impl Idx {
    /// Takes the (unpacked) bytes of a file apart; `path` is for messages.
    pub(crate) fn parse(path: &Path, mut bytes: Vec<u8>) -> Result<Idx> {
        let wrong = |why: String| Err(Error::Binary { path: path.to_path_buf(), format: "IDX", why });
        let [0, 0, kind, axes, rest @ ..] = &bytes[..] else {
            return wrong("it does not begin with two bytes 0, a type and a number of axes".to_string());
        };
        let (kind, axes) = (*kind, usize::from(*axes));
        let Some(width) = width(kind) else {
            return wrong(format!("there is no type of numbers 0x{kind:02X}"));
        };
        if axes == 0 {
            return wrong("it has no axes".to_string());
        }
        let (sizes, _) = rest.as_chunks::<4>();
        let Some(sizes) = sizes.get(..axes) else {
            return wrong(format!("it ends within the lengths of its {axes} axes"));
        };
        let shape: Vec<usize> = sizes.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
        if shape.contains(&0) {
            return wrong(format!("its shape {shape:?} has no numbers"));
        }
        let wanted = shape.iter().try_fold(width, |product, &size| product.checked_mul(size));
        let start = 4 + 4 * axes;
        let found = bytes.len() - start;
        if wanted != Some(found) {
            let wanted = wanted.map_or("more than can be".to_string(), |wanted| wanted.to_string());
            return wrong(format!("its shape {shape:?} asks for {wanted} bytes of numbers, and there are {found}"));
        }
        bytes.drain(..start);
        Ok(Idx { shape, data: numbers(kind, bytes) })
    }

    /// The length of the first axis.
    pub(crate) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Numbers in a row: the product of the other lengths.
    pub(crate) fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }
}

fn numbers(kind: u8, bytes: Vec<u8>) -> Data {
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Data {
        Data::Others(bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect())
    }
    match kind {
        0x09 => each(&bytes, |bytes| f32::from(i8::from_be_bytes(bytes))),
        0x0b => each(&bytes, |bytes| f32::from(i16::from_be_bytes(bytes))),
        0x0c => each(&bytes, |bytes| i32::from_be_bytes(bytes) as f32),
        0x0d => each(&bytes, f32::from_be_bytes),
        0x0e => each(&bytes, |bytes| f64::from_be_bytes(bytes) as f32),
        _ => Data::U8(bytes),
    }
}

/// The file of labels that usually lies beside a file of images, if it exists: `train-images-idx3-ubyte.gz` →
/// `train-labels-idx1-ubyte.gz`, packed or not, with a dash or a point before `idx`.
pub(crate) fn labels_beside(images: &Path) -> Option<PathBuf> {
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
    use crate::data::source::testing;

    fn file(kind: u8, shape: &[u32], numbers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(numbers);
        bytes
    }

    fn parse(bytes: Vec<u8>) -> Result<Idx> {
        Idx::parse(Path::new("x"), bytes)
    }

    fn row(idx: &Idx, range: std::ops::Range<usize>) -> Vec<f32> {
        match &idx.data {
            Data::U8(bytes) => bytes[range].iter().map(|&byte| f32::from(byte)).collect(),
            Data::Others(numbers) => numbers[range].to_vec(),
        }
    }

    #[test]
    fn every_type_is_read() {
        let of = |bytes: Vec<u8>| {
            assert!(is_idx(&bytes));
            let idx = parse(bytes).expect("a whole file");
            assert_eq!((idx.rows(), idx.width()), (2, 1));
            row(&idx, 0..2)
        };
        assert_eq!(of(file(8, &[2, 1], &[7, 255])), [7.0, 255.0]);
        assert_eq!(of(file(9, &[2], &[7, 255])), [7.0, -1.0]);
        assert_eq!(of(file(0x0b, &[2], &[1, 2, 255, 255])), [258.0, -1.0]);
        assert_eq!(of(file(0x0c, &[2], &[0, 0, 1, 2, 255, 255, 255, 255])), [258.0, -1.0]);
        assert_eq!(of(file(0x0d, &[2], &[1.5_f32.to_be_bytes(), (-0.1_f32).to_be_bytes()].concat())), [1.5, -0.1]);
        assert_eq!(of(file(0x0e, &[2], &[1.5_f64.to_be_bytes(), (-0.1_f64).to_be_bytes()].concat())), [1.5, -0.1]);
        assert_eq!(row(&parse(file(8, &[2, 2], &[1, 2, 3, 4])).expect("whole"), 2..4), [3.0, 4.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (bytes, why) in [
            (vec![], "it does not begin with two bytes 0, a type and a number of axes"),
            (file(10, &[1], &[1]), "there is no type of numbers 0x0A"),
            (file(8, &[], &[1]), "it has no axes"),
            (vec![0, 0, 8, 3, 0, 0, 0, 1], "it ends within the lengths of its 3 axes"),
            (file(8, &[2, 2], &[1; 3]), "its shape [2, 2] asks for 4 bytes of numbers, and there are 3"),
            (file(14, &[2], &[1; 17]), "its shape [2] asks for 16 bytes of numbers, and there are 17"),
        ] {
            let text = parse(bytes).expect_err("damaged").to_string();
            assert_eq!(text, format!("x: must be a whole IDX file, but {why}"));
        }
        let text = parse(file(14, &[u32::MAX; 4], &[])).expect_err("hostile").to_string();
        assert!(text.contains("more than can be"), "{text}");
    }

    #[test]
    fn fashion_mnist() {
        let Some(path) = testing::shared("fashion-mnist/t10k-images-idx3-ubyte.gz") else { return };
        let images = Idx::parse(&path, testing::read_all(&path)).expect("images");
        assert_eq!(images.shape, [10_000, 28, 28]);
        let labels = labels_beside(&path).expect("labels beside the images");
        let labels = Idx::parse(&path, testing::read_all(&labels)).expect("labels");
        assert_eq!(labels.shape, [10_000]);
        let Data::U8(labels) = labels.data else { panic!("labels are bytes") };
        // The first labels as its makers print them; each class has a thousand images.
        assert_eq!(labels[..5], [9, 2, 1, 1, 6]);
        assert!((0..10).all(|class| memchr::memchr_iter(class, &labels).count() == 1000));
    }

    #[test]
    fn labels_are_found_by_the_name_of_the_images() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for (images, labels) in [
            ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
            ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
            ("a-images-idx3-ubyte", "a-labels.idx1-ubyte.gz"),
        ] {
            assert_eq!(labels_beside(&at(images)), None);
            fs::write(at(labels), "").expect("a file");
            assert_eq!(labels_beside(&at(images)), Some(at(labels)));
        }
        assert_eq!(labels_beside(&at("pictures")), None);
    }
}
