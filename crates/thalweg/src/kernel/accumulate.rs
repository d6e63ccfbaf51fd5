//! Adding up gradients.

use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::{Splittable, for_each_balanced};
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// sum ← (sum + g) / divisor, where `g` are the tensors of the flat `sum`.
pub(crate) fn accumulate<F: Real>(sum: &mut [F], g: &[TensorRef<'_, F>], divisor: F, isa: Isa) {
    let total = sum.len();
    let mut rest = sum;
    let pieces = g.iter().map(|&g| {
        let (sum, after) = std::mem::take(&mut rest).split_at_mut(g.len());
        rest = after;
        Accumulated { sum, g }
    });
    for_each_balanced(pieces, total, |Accumulated { sum, g }| {
        isa.run(
            #[inline(always)]
            || {
                let mut stage = [F::ZERO; BLOCK];
                for (block, sum) in sum.chunks_mut(BLOCK).enumerate() {
                    g.copy_range(block * BLOCK..block * BLOCK + sum.len(), &mut stage);
                    sum.iter_mut().zip(&stage).for_each(|(sum, &g)| *sum = (*sum + g) / divisor);
                }
            },
        );
    });
}

struct Accumulated<'a, F> {
    sum: &'a mut [F],
    g: TensorRef<'a, F>,
}

impl<'a, F: Real> Splittable for Accumulated<'a, F> {
    fn len(&self) -> usize {
        self.sum.len()
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let (sum, sum_right): (&'a mut [F], _) = self.sum.split_at_mut(middle);
        let (g, g_right) = self.g.split_at(middle);
        Ok((Self { sum, g }, Self { sum: sum_right, g: g_right }))
    }
}
