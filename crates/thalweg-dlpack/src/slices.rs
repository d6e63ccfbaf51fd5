//! Slices of the memory of tensors.

use std::slice;

use half::bf16;

use crate::memory::TensorMemory;

/// Types of numbers that slices can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// Numbers in single precision.
    F32,
    /// Numbers in double precision.
    F64,
    /// Brain floating-point number of 16 bits.
    Bf16,
    /// Integer of 32 bits, taken as a word.
    I32,
    /// Unsigned integers of 8 bits.
    U8,
}

/// Slice of the memory of a tensor that is read.
#[derive(Clone, Copy, Debug)]
pub enum MemorySlice<'a> {
    /// Numbers in single precision.
    F32(&'a [f32]),
    /// Numbers in double precision.
    F64(&'a [f64]),
    /// Brain floating-point numbers of 16 bits.
    Bf16(&'a [bf16]),
    /// Integers of 32 bits, taken as words.
    I32(&'a [u32]),
    /// Unsigned integers of 8 bits.
    U8(&'a [u8]),
}

/// Slice of the memory of a tensor that is written.
#[derive(Debug)]
pub enum MemorySliceMut<'a> {
    /// Numbers in single precision.
    F32(&'a mut [f32]),
    /// Numbers in double precision.
    F64(&'a mut [f64]),
    /// Brain floating-point numbers of 16 bits.
    Bf16(&'a mut [bf16]),
    /// Integers of 32 bits, taken as words.
    I32(&'a mut [u32]),
    /// Unsigned integers of 8 bits.
    U8(&'a mut [u8]),
}

impl MemorySliceMut<'_> {
    /// Takes `n` numbers after the first `skipped` ones, or as many as there are, and keeps those after them.
    #[must_use]
    pub fn take(&mut self, skipped: usize, n: usize) -> Self {
        #[expect(clippy::mut_mut, reason = "the slice is shortened in place")]
        fn part<'a, T>(numbers: &mut &'a mut [T], skipped: usize, n: usize) -> &'a mut [T] {
            let all = std::mem::take(numbers);
            let (_, all) = all.split_at_mut(skipped.min(all.len()));
            let (part, rest) = all.split_at_mut(n.min(all.len()));
            *numbers = rest;
            part
        }
        match self {
            Self::F32(numbers) => Self::F32(part(numbers, skipped, n)),
            Self::F64(numbers) => Self::F64(part(numbers, skipped, n)),
            Self::Bf16(numbers) => Self::Bf16(part(numbers, skipped, n)),
            Self::I32(numbers) => Self::I32(part(numbers, skipped, n)),
            Self::U8(numbers) => Self::U8(part(numbers, skipped, n)),
        }
    }
}

/// Two tensors that share memory, of which at least one is written: their indices among all, the written ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap(pub usize, pub usize);

impl TensorMemory<'_> {
    /// Type of the numbers; `None` for all types that slices cannot have, and for memory that is not aligned for it.
    pub fn number_type(&self) -> Option<NumberType> {
        let number_type = match (self.type_code, self.bits) {
            (2, 32) => NumberType::F32,
            (2, 64) => NumberType::F64,
            (4, 16) => NumberType::Bf16,
            (0, 32) => NumberType::I32,
            (1, 8) => NumberType::U8,
            _ => return None,
        };
        let is_aligned = self.address.addr().is_multiple_of(usize::from(self.bits / 8));
        (self.len == 0 || is_aligned).then_some(number_type)
    }

    /// Returns how many numbers before `part` there are in this memory; `None` if it is no part of it.
    pub fn offset_of(&self, part: &TensorMemory<'_>) -> Option<usize> {
        let is_same_type = (self.type_code, self.bits) == (part.type_code, part.bits);
        let offset = part.address.addr().checked_sub(self.address.addr())?;
        let bytes = usize::from(self.bits / 8).max(1);
        let is_inside = offset.is_multiple_of(bytes) && offset + part.bytes() <= self.bytes();
        (is_same_type && is_inside).then_some(offset / bytes)
    }

    /// Returns `true` if the numbers can be a slice.
    pub fn is_slice(&self) -> bool {
        self.is_on_cpu && self.layout.is_some() && self.number_type().is_some()
    }

    fn bytes(&self) -> usize {
        self.len * usize::from(self.bits / 8)
    }
}

/// Calls `f` with slices of tensors, of which the first ones are written.
///
/// # Errors
/// The first pair of tensors that share memory, if one of them is written; then `f` is not called.
///
/// # Panics
/// Memory that can be no slice: [`TensorMemory::is_slice`].
pub fn with_slices<R>(
    written: &[TensorMemory<'_>],
    read: &[TensorMemory<'_>],
    f: impl FnOnce(Vec<MemorySliceMut<'_>>, Vec<MemorySlice<'_>>) -> R,
) -> Result<R, Overlap> {
    assert!(written.iter().chain(read).all(TensorMemory::is_slice), "the caller checks what can be a slice");
    check_overlaps(written, read)?;
    let slice_mut = |memory| {
        // SAFETY: memory of the processor with this number of aligned numbers of this type side by side, each of whose
        // bit patterns is a number; it overlaps with no other slice; the tensor lives longer than the slice, as its
        // lifetime says, and nobody else changes or frees its memory meanwhile (see the documentation of the crate).
        unsafe { numbers_mut(memory) }
    };
    let slice = |memory| {
        // SAFETY: as above; it overlaps with no slice that is written.
        unsafe { numbers(memory) }
    };
    let (written, read) = (written.iter().map(slice_mut).collect(), read.iter().map(slice).collect());
    Ok(f(written, read))
}

/// # Safety
/// The memory must have these numbers, and be used by nothing else as long as the slice lives.
unsafe fn numbers_mut<'a>(memory: &TensorMemory<'a>) -> MemorySliceMut<'a> {
    /// # Safety
    /// As of the function around it, for this type.
    unsafe fn of<'a, T>(memory: &TensorMemory<'a>) -> &'a mut [T] {
        if memory.len == 0 {
            return &mut [];
        }
        // SAFETY: the caller promises it.
        unsafe { slice::from_raw_parts_mut(memory.address.cast(), memory.len) }
    }
    // SAFETY: the type is that of the memory; the rest the caller promises.
    unsafe {
        match memory.number_type() {
            Some(NumberType::F32) => MemorySliceMut::F32(of(memory)),
            Some(NumberType::F64) => MemorySliceMut::F64(of(memory)),
            Some(NumberType::Bf16) => MemorySliceMut::Bf16(of(memory)),
            Some(NumberType::I32) => MemorySliceMut::I32(of(memory)),
            Some(NumberType::U8) => MemorySliceMut::U8(of(memory)),
            None => unreachable!("checked by is_slice"),
        }
    }
}

/// # Safety
/// The memory must have these numbers, and be changed by nothing as long as the slice lives.
unsafe fn numbers<'a>(memory: &TensorMemory<'a>) -> MemorySlice<'a> {
    /// # Safety
    /// As of the function around it, for this type.
    unsafe fn of<'a, T>(memory: &TensorMemory<'a>) -> &'a [T] {
        if memory.len == 0 {
            return &[];
        }
        // SAFETY: the caller promises it.
        unsafe { slice::from_raw_parts(memory.address.cast(), memory.len) }
    }
    // SAFETY: the type is that of the memory; the rest the caller promises.
    unsafe {
        match memory.number_type() {
            Some(NumberType::F32) => MemorySlice::F32(of(memory)),
            Some(NumberType::F64) => MemorySlice::F64(of(memory)),
            Some(NumberType::Bf16) => MemorySlice::Bf16(of(memory)),
            Some(NumberType::I32) => MemorySlice::I32(of(memory)),
            Some(NumberType::U8) => MemorySlice::U8(of(memory)),
            None => unreachable!("checked by is_slice"),
        }
    }
}

fn check_overlaps(written: &[TensorMemory<'_>], read: &[TensorMemory<'_>]) -> Result<(), Overlap> {
    let range = |(index, memory): (usize, &TensorMemory<'_>)| {
        let start = memory.address.addr();
        (start, start + memory.bytes(), index)
    };
    let mut ranges: Vec<_> = written.iter().chain(read).enumerate().map(range).collect();
    ranges.retain(|(start, end, _)| start < end);
    // Often what is written and what is read is in ascending order each: a stable sort is then one merge.
    ranges.sort_by_key(|range| *range);
    // The ranges so far that end last: of all, and of the written ones.
    let (mut last, mut last_written) = ((0, 0), (0, 0));
    for (start, end, index) in ranges {
        let is_written = index < written.len();
        let before = if is_written { last } else { last_written };
        if start < before.0 {
            return Err(Overlap(index.min(before.1), index.max(before.1)));
        }
        last = last.max((end, index));
        if is_written {
            last_written = last_written.max((end, index));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryOrder;

    /// Memory of a part of an array.
    fn memory(numbers: &mut [f32], start: usize, len: usize) -> TensorMemory<'_> {
        TensorMemory::for_tests(&mut numbers[start..start + len], MemoryOrder::default())
    }

    #[test]
    fn slices_are_the_numbers_of_the_tensors() {
        let (mut x, mut g) = ([1.0_f32, 2.0, 3.0], [0.5_f32, 0.25, 0.125]);
        let (written, read) = ([memory(&mut x, 0, 3)], [memory(&mut g, 0, 3)]);
        let done = with_slices(&written, &read, |mut x, g| {
            let (MemorySliceMut::F32(x), MemorySlice::F32(g)) = (&mut x[0], g[0]) else { panic!("single precision") };
            x.iter_mut().zip(g).for_each(|(x, g)| *x -= g);
        });
        assert_eq!(done, Ok(()));
        assert_eq!(x.map(f32::to_bits), [0.5_f32, 1.75, 2.875].map(f32::to_bits));
    }

    #[test]
    fn parts_have_their_offset() {
        let mut x = [0.0_f32; 10];
        let whole = memory(&mut x, 2, 6);
        let offset = |start, len| whole.offset_of(&whole.part_for_tests(start, len));
        assert_eq!((offset(0, 6), offset(2, 4), offset(6, 0)), (Some(0), Some(2), Some(6)));
        assert_eq!(offset(3, 4), None, "the end is outside");
        assert_eq!(whole.part_for_tests(1, 2).offset_of(&whole), None, "the start is outside");
        let mut words = whole.part_for_tests(2, 1);
        words.type_code = 0;
        assert_eq!(whole.offset_of(&words), None, "another type");
    }

    #[test]
    fn parts_of_a_slice_are_taken_one_after_the_other() {
        let mut x = [1_u8, 2, 3, 4];
        let mut slice = MemorySliceMut::U8(&mut x);
        let parts = [(1, 1), (0, 0), (1, 5), (2, 2)].map(|(skipped, n)| slice.take(skipped, n));
        let parts = parts.map(|part| if let MemorySliceMut::U8(numbers) = part { numbers.to_vec() } else { vec![0] });
        assert_eq!(parts, [vec![2], vec![], vec![4], vec![]]);
    }

    #[test]
    fn shared_memory_is_refused_where_it_is_written() {
        let mut x = [0.0_f32; 10];
        let parts: Vec<TensorMemory<'_>> = {
            let whole = memory(&mut x, 0, 10);
            [(0, 4), (4, 6), (3, 2), (0, 10), (4, 0)].map(|(start, len)| whole.part_for_tests(start, len)).into()
        };
        let (first, second, across, all, empty) = (0, 1, 2, 3, 4);
        let memory = |parts_of: &[usize]| parts_of.iter().map(|&part| parts[part].clone()).collect::<Vec<_>>();
        let check = |written: &[usize], read: &[usize]| with_slices(&memory(written), &memory(read), |_, _| ());
        assert_eq!(check(&[first, second], &[]), Ok(()));
        assert_eq!(check(&[first, empty], &[second, second, across]), Err(Overlap(0, 4)));
        assert_eq!(check(&[first], &[second, second]), Ok(()), "what is only read may be shared");
        assert_eq!(check(&[first, across], &[]), Err(Overlap(0, 1)));
        assert_eq!(check(&[second], &[all]), Err(Overlap(0, 1)));
        assert_eq!(check(&[first], &[first]), Err(Overlap(0, 1)));
        assert_eq!(check(&[empty, empty], &[all]), Ok(()));
    }
}
