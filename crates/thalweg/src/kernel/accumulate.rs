//! Accumulation of gradients over several steps.

use smallvec::SmallVec;

use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::{Splittable, for_each_balanced};
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// sum ← (sum + g) / divisor, for each tensor's part of the sum with its gradient.
pub(crate) fn accumulate<'s, 'g, F: Real>(
    parts: impl Iterator<Item = (&'s mut [F], TensorRef<'g, F>)>,
    divisor: F,
    isa: Isa,
) {
    let tasks: SmallVec<[_; 1]> = parts.map(|(sum, g)| AccumulateTask { sum, g }).collect();
    let total = tasks.iter().map(Splittable::len).sum();
    let tasks = tasks.into_iter();
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

struct AccumulateTask<'s, 'g, F> {
    sum: &'s mut [F],
    g: TensorRef<'g, F>,
}

impl<'s, F: Real> Splittable for AccumulateTask<'s, '_, F> {
    fn len(&self) -> usize {
        self.sum.len()
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let (sum, sum_right): (&'s mut [F], _) = self.sum.split_at_mut(middle);
        let (g, g_right) = self.g.split_at(middle);
        Ok((Self { sum, g }, Self { sum: sum_right, g: g_right }))
    }
}
