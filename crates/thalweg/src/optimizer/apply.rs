//! The update of an optimizer's tensors by a gradient that was accepted.

use super::Optimizer;
use super::average::{AverageStart, average_weight};
use super::bound_group::{BoundGroup, advance_counters};
use super::bound_tensor::{BoundTensor, split_mut};
use super::tensor_state::TensorState;
use super::update::{TensorStep, apply, apply_to_one};
use crate::kernel::{AverageUpdate, TensorMut, TensorRef, TensorSlots};
use crate::method::{Average, OptimizerOptions};
use crate::real::Real;

impl<F: Real> Optimizer<F> {
    /// Steps all tensors that are not frozen; `sums` are the squared norms of `g` where norms are clipped.
    pub(super) fn apply(&mut self, x: &mut [TensorMut<'_, F>], g: &[TensorRef<'_, F>], sums: Option<Vec<f64>>) {
        self.sync_tensors(x);
        let (lr_factor, average_start) = (self.lr_factor(), self.start_average());
        self.t += 1;
        let Self { groups, options, tensors, states, average, isa, .. } = self;
        let step = OptimizerStep { groups, options, lr_factor, average_start };
        if let ([tensor], [state], [x], [g]) = (&mut tensors[..], &mut states[..], &mut *x, g) {
            // Without lists, which take longer than the step of a few numbers.
            tensor.counter = tensor.counter.next(&groups[tensor.group].kernel.rule);
            let average = (options.average != Average::Off).then_some(&mut average[..]);
            return apply_to_one(options, *isa, sums, step.of_tensor(tensor, state, x.reborrow(), *g, average));
        }
        advance_counters(tensors, groups);
        // Without an average there is nothing to split.
        let mut averages = (options.average != Average::Off).then(|| {
            let parts = tensors.iter().zip(split_mut(tensors, average));
            parts.filter(|(tensor, _)| tensor.is_active()).map(|(_, part)| part)
        });
        let active = tensors.iter().zip(states).filter(|(tensor, _)| tensor.is_active());
        let steps = active.zip(x).zip(g).map(|(((tensor, state), x), &g)| {
            let average = averages
                .as_mut()
                .map(|parts| parts.next().unwrap_or_else(|| unreachable!("every tensor has its part of the average")));
            step.of_tensor(tensor, state, x.reborrow(), g, average)
        });
        apply(options, *isa, sums, steps);
    }
}

/// Parts of a step that all tensors of an optimizer have in common.
struct OptimizerStep<'s, F: Real> {
    groups: &'s [BoundGroup<F>],
    options: &'s OptimizerOptions,
    lr_factor: f64,
    average_start: AverageStart,
}

impl<'s, F: Real> OptimizerStep<'s, F> {
    /// The step of a tensor, whose counter is the one after the step.
    #[inline]
    fn of_tensor(
        &self,
        tensor: &BoundTensor,
        state: &'s mut TensorState<F>,
        x: TensorMut<'s, F>,
        g: TensorRef<'s, F>,
        average: Option<&'s mut [F]>,
    ) -> TensorStep<'s, 's, F> {
        let Self { groups, options, lr_factor, average_start } = *self;
        let (group, counter) = (&groups[tensor.group], tensor.counter);
        TensorStep {
            rule: &groups[group.rule].kernel.rule,
            scalars: group.scalars(options.decay, lr_factor, counter),
            x,
            g,
            slots: TensorSlots::Buffers(&mut state.slots),
            residual: state.residual.as_deref_mut(),
            average: average.map(|average| AverageUpdate {
                average,
                weight: F::of(average_weight(options.average, average_start, counter.t)),
            }),
            index: tensor.first as u64,
        }
    }
}
