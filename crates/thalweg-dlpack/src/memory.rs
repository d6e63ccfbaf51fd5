//! Place, type and layout of the numbers of a tensor.

use std::ffi::c_void;
use std::marker::PhantomData;

/// Description of a tensor: `DLTensor` of `dlpack.h`.
#[repr(C)]
pub(crate) struct RawTensor {
    data: *mut c_void,
    device_type: i32,
    device_id: i32,
    dimensions: i32,
    type_code: u8,
    bits: u8,
    lanes: u16,
    shape: *const i64,
    strides: *const i64,
    byte_offset: u64,
}

/// Type of the processor's own memory: `kDLCPU` of `dlpack.h`.
const CPU: i32 = 1;

/// Number of dimensions up to which other orders than that of the dimensions are compared.
const MAX_DIMENSIONS: usize = 8;

/// Order of the numbers of a tensor in memory, where they lie side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MemoryOrder {
    /// The order of the dimensions, the last one fastest.
    #[default]
    RowMajor,
    /// Another order of the dimensions.
    Permuted(Box<Dimensions>),
}

/// Lengths and strides of the dimensions with more than one number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dimensions {
    count: usize,
    lengths: [i64; MAX_DIMENSIONS],
    strides: [i64; MAX_DIMENSIONS],
}

/// Memory of a tensor.
#[derive(Clone, Debug)]
pub struct TensorMemory<'a> {
    pub(crate) address: *mut u8,
    /// How many numbers the tensor has.
    pub len: usize,
    /// Code and bits of the type of the numbers, as in `dlpack.h`: 2 is a floating-point number, 4 bfloat16, 0 and 1
    /// are integers.
    pub type_code: u8,
    /// Number of bits of a number.
    pub bits: u8,
    /// True for memory of the processor.
    pub is_on_cpu: bool,
    /// Order of the numbers; `None` if they do not lie side by side.
    pub layout: Option<MemoryOrder>,
    tensor: PhantomData<&'a ()>,
}

impl TensorMemory<'_> {
    pub(crate) fn of(raw: &RawTensor) -> Self {
        let dimensions = usize::try_from(raw.dimensions).unwrap_or(0);
        let of_dimension = |pointer: *const i64, dimension: usize| {
            // SAFETY: shape and strides have as many elements as there are dimensions, and live until control returns
            // to the framework (dlpack.h).
            unsafe { pointer.add(dimension).read() }
        };
        let lengths = |dimension| of_dimension(raw.shape, dimension);
        let len = (0..dimensions).map(lengths).product::<i64>();
        let len = usize::try_from(len).unwrap_or(0);
        let stride_of = |dimension| (!raw.strides.is_null()).then(|| of_dimension(raw.strides, dimension));
        let layout = MemoryOrder::of(dimensions, lengths, stride_of);
        let offset = usize::try_from(raw.byte_offset).unwrap_or(0);
        Self {
            address: raw.data.cast::<u8>().wrapping_add(offset),
            len,
            type_code: raw.type_code,
            bits: if raw.lanes == 1 { raw.bits } else { 0 },
            is_on_cpu: raw.device_type == CPU,
            layout,
            tensor: PhantomData,
        }
    }
}

#[cfg(test)]
impl<'a> TensorMemory<'a> {
    /// Memory of numbers in single precision.
    pub(crate) fn for_tests(numbers: &'a mut [f32], layout: MemoryOrder) -> Self {
        Self {
            address: numbers.as_mut_ptr().cast(),
            len: numbers.len(),
            type_code: 2,
            bits: 32,
            is_on_cpu: true,
            layout: Some(layout),
            tensor: PhantomData,
        }
    }

    /// Memory of some of the numbers.
    pub(crate) fn part_for_tests(&self, start: usize, len: usize) -> Self {
        Self { address: self.address.wrapping_add(4 * start), len, ..self.clone() }
    }
}

impl MemoryOrder {
    /// Returns the order by the lengths and strides of dimensions; `None` if the numbers do not lie side by side.
    fn of(count: usize, length: impl Fn(usize) -> i64, stride: impl Fn(usize) -> Option<i64>) -> Option<Self> {
        let (mut is_row_major, mut product) = (true, 1);
        for dimension in (0..count).rev() {
            let length = length(dimension);
            // The stride of a single number has no meaning, and without strides the order is that of the dimensions.
            is_row_major &= length == 1 || stride(dimension).is_none_or(|stride| stride == product);
            product *= length;
        }
        if is_row_major || product == 0 {
            return Some(Self::RowMajor);
        }
        let mut dimensions = Box::<Dimensions>::default();
        for dimension in 0..count {
            if length(dimension) > 1 {
                dimensions.push(length(dimension), stride(dimension)?)?;
            }
        }
        dimensions.are_dense().then_some(Self::Permuted(dimensions))
    }
}

impl Dimensions {
    /// Adds a dimension; returns `None` if there are too many.
    fn push(&mut self, length: i64, stride: i64) -> Option<()> {
        *self.lengths.get_mut(self.count)? = length;
        self.strides[self.count] = stride;
        self.count += 1;
        Some(())
    }

    /// Returns `true` if the numbers lie side by side, in any order of the dimensions.
    fn are_dense(&self) -> bool {
        let mut order: [usize; MAX_DIMENSIONS] = std::array::from_fn(|dimension| dimension);
        let order = &mut order[..self.count];
        order.sort_unstable_by_key(|&dimension| self.strides[dimension]);
        let mut stride = 1;
        order.iter().all(|&dimension| {
            let is_next = self.strides[dimension] == stride;
            stride *= self.lengths[dimension];
            is_next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(shape: &[i64], strides: Option<&[i64]>) -> (usize, Option<MemoryOrder>) {
        let mut numbers = [0_f32; 64];
        let raw = RawTensor {
            data: numbers.as_mut_ptr().cast(),
            device_type: CPU,
            device_id: 0,
            dimensions: i32::try_from(shape.len()).expect("few dimensions"),
            type_code: 2,
            bits: 32,
            lanes: 1,
            shape: shape.as_ptr(),
            strides: strides.map_or(std::ptr::null(), <[i64]>::as_ptr),
            byte_offset: 0,
        };
        let memory = TensorMemory::of(&raw);
        (memory.len, memory.layout)
    }

    #[test]
    fn numbers_side_by_side_have_a_layout() {
        let rows = layout(&[3, 4], None);
        assert_eq!(rows.1, Some(MemoryOrder::RowMajor));
        assert_eq!(rows, layout(&[3, 4], Some(&[4, 1])));
        assert_eq!(rows.0, 12);
        let columns = layout(&[3, 4], Some(&[1, 3]));
        assert!(columns.1.is_some() && columns != rows);
        assert_ne!(columns, layout(&[2, 6], Some(&[1, 2])));
        assert_eq!(layout(&[3, 1, 4], Some(&[4, 77, 1])), rows, "the stride of one number has no meaning");
        assert_eq!(layout(&[], None), (1, Some(MemoryOrder::default())));
        assert!(layout(&[0, 4], Some(&[4, 1])).1.is_some());
    }

    #[test]
    fn other_numbers_have_none() {
        for (shape, strides) in
            [(&[3, 4][..], &[8, 2][..]), (&[3, 4], &[5, 1]), (&[3], &[0]), (&[3], &[-1]), (&[2, 2], &[1, 1])]
        {
            assert_eq!(layout(shape, Some(strides)).1, None, "{shape:?} {strides:?}");
        }
        assert_eq!(layout(&[2; 9], None).1, Some(MemoryOrder::RowMajor));
        let reversed: Vec<i64> = (0..9).map(|dimension| 1 << dimension).collect();
        assert_eq!(layout(&[2; 9], Some(&reversed)).1, None, "more dimensions than are compared");
    }
}
