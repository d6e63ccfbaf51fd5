//! The roofline: a plain in-place loop that reads and writes the same bytes as a step, with almost no arithmetic.

use super::aligned_vec::AlignedVec;
use pulp::Arch;
use thalweg::method::StateType;

/// The memory streams of a step: x and g, and the slots in their type.
pub(crate) struct Roofline {
    x: AlignedVec<f32>,
    g: AlignedVec<f32>,
    slots: Slots,
    threads: usize,
}

enum Slots {
    F32(Vec<AlignedVec<f32>>),
    Bf16(Vec<AlignedVec<u16>>),
    Q8(Vec<AlignedVec<u8>>),
}

impl Roofline {
    pub(crate) fn new(n: usize, slots: usize, state: StateType, threads: usize) -> Self {
        fn buffers<T: Copy>(value: T, n: usize, slots: usize) -> Vec<AlignedVec<T>> {
            (0..slots).map(|place| AlignedVec::new(value, n, place)).collect()
        }
        let slots = match state {
            StateType::Full | StateType::F32 => Slots::F32(buffers(1.0, n, slots)),
            StateType::Bf16 => Slots::Bf16(buffers(1, n, slots)),
            StateType::Q8 => Slots::Q8(buffers(1, n, slots)),
        };
        Self { x: AlignedVec::new(1.0, n, 4), g: AlignedVec::new(0.5, n, 5), slots, threads }
    }

    /// Reads and writes everything once.
    pub(crate) fn pass(&mut self) {
        let Self { x, g, slots, threads } = self;
        match slots {
            Slots::F32(slots) => each(x, g, slots, *threads, |s, g| 0.5 * s + g),
            Slots::Bf16(slots) => each(x, g, slots, *threads, |s, g| s ^ (g.to_bits() >> 16) as u16),
            Slots::Q8(slots) => each(x, g, slots, *threads, |s, g| s ^ (g.to_bits() >> 24) as u8),
        }
    }
}

fn each<T: Copy + Send>(
    x: &mut [f32],
    g: &[f32],
    slots: &mut [AlignedVec<T>],
    threads: usize,
    f: impl Fn(T, f32) -> T + Sync + Copy,
) {
    let slots = slots.iter_mut().map(|slot| &mut slot[..]);
    match slots.len() {
        0 => split::<T, 0>(x, g, take(slots), threads, f),
        1 => split::<T, 1>(x, g, take(slots), threads, f),
        2 => split::<T, 2>(x, g, take(slots), threads, f),
        3 => split::<T, 3>(x, g, take(slots), threads, f),
        _ => split::<T, 4>(x, g, take(slots), threads, f),
    }
}

fn take<'a, T, const K: usize>(mut slots: impl Iterator<Item = &'a mut [T]>) -> [&'a mut [T]; K] {
    std::array::from_fn(|_| slots.next().expect("as many slots as K"))
}

/// Splits the streams between the threads.
fn split<T: Copy + Send, const K: usize>(
    x: &mut [f32],
    g: &[f32],
    slots: [&mut [T]; K],
    threads: usize,
    f: impl Fn(T, f32) -> T + Sync + Copy,
) {
    if threads <= 1 {
        return Arch::new().dispatch(
            #[inline(always)]
            || plain(x, g, slots, f),
        );
    }
    let middle = (x.len() / threads * (threads / 2)).next_multiple_of(64).min(x.len());
    let ((x, x_right), (g, g_right)) = (x.split_at_mut(middle), g.split_at(middle));
    let mut right_slots = Vec::with_capacity(K);
    let left = slots.map(|slot| {
        let (a, b) = slot.split_at_mut(middle);
        right_slots.push(b);
        a
    });
    let right: [&mut [T]; K] = take(right_slots.into_iter());
    rayon::join(|| split(x, g, left, threads / 2, f), || split(x_right, g_right, right, threads - threads / 2, f));
}

#[inline(always)]
fn plain<T: Copy, const K: usize>(x: &mut [f32], g: &[f32], slots: [&mut [T]; K], f: impl Fn(T, f32) -> T) {
    let n = x.len();
    let g = &g[..n];
    let mut slots = slots.map(|slot| &mut slot[..n]);
    for i in 0..n {
        for slot in &mut slots {
            slot[i] = f(slot[i], g[i]);
        }
        x[i] = 0.5 * x[i] + g[i];
    }
}
