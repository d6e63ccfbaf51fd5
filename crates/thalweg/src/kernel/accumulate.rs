//! Accumulation of gradients over several steps.

use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::{Splittable, for_each_balanced};
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// sum ← (sum + g) / divisor, where `g` are the tensors of the flat vector `sum`.
pub(crate) fn accumulate<F: Real>(sum: &mut [F], g: &[TensorRef<'_, F>], divisor: F, isa: Isa) {
    let total = sum.len();
    let mut remaining = sum;
    let tasks = g.iter().map(|&g| {
        let (sum, after) = std::mem::take(&mut remaining).split_at_mut(g.len());
        remaining = after;
        AccumulateTask { sum, g }
    });
    for_each_balanced(tasks, total, |AccumulateTask { sum, g }| {
        isa.run(
            #[inline(always)]
            || {
                let mut block_of_g = [F::ZERO; BLOCK];
                for (block, sum) in sum.chunks_mut(BLOCK).enumerate() {
                    g.copy_range(block * BLOCK..block * BLOCK + sum.len(), &mut block_of_g);
                    sum.iter_mut().zip(&block_of_g).for_each(|(sum, &g)| *sum = (*sum + g) / divisor);
                }
            },
        );
    });
}

struct AccumulateTask<'a, F> {
    sum: &'a mut [F],
    g: TensorRef<'a, F>,
}

impl<'a, F: Real> Splittable for AccumulateTask<'a, F> {
    fn len(&self) -> usize {
        self.sum.len()
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let (sum, sum_right): (&'a mut [F], _) = self.sum.split_at_mut(middle);
        let (g, g_right) = self.g.split_at(middle);
        Ok((Self { sum, g }, Self { sum: sum_right, g: g_right }))
    }
}
