//! Epochs of SAGA: a step for each term of a finite sum.

use super::proximal_step::{ProximalStep, StepRuns};
use crate::objective::LinearFiniteSum;
use crate::optimizer::{GradientMemory, Isa};
use crate::real::Real;

/// Terms between two looks at an interrupt.
const TERMS_PER_LOOK: usize = 1024;

/// Partial sums of a score.
const LANES: usize = 8;

/// A finite sum with the constants and the workspace of its steps.
pub(super) struct SagaSteps<'a, S> {
    sum: &'a S,
    /// Steps of the weights, and of the intercepts, which have no penalty.
    step: ProximalStep,
    intercept_step: ProximalStep,
    /// Delayed steps of sparse features.
    runs: StepRuns,
    outputs: usize,
    features: usize,
    dense: usize,
    numbers: Vec<f64>,
    scores: Vec<f64>,
    /// Derivatives by the scores, then their changes.
    changes: Vec<f64>,
    /// Number of steps that each sparse feature has taken since `begin`.
    taken: Vec<u32>,
}

impl<'a, S: LinearFiniteSum> SagaSteps<'a, S> {
    /// Steps of the length γ·`lr`.
    pub(super) fn new(sum: &'a S, lr: f64) -> Self {
        let (outputs, features, dense) = (sum.outputs(), sum.features(), sum.dense_features());
        let length = step_length(sum, lr);
        let step = ProximalStep::new(length, sum.l1(), sum.l2());
        let longest = if dense < features { sum.terms() } else { 0 };
        Self {
            sum,
            step,
            intercept_step: ProximalStep::new(length, 0.0, 0.0),
            runs: StepRuns::new(step, longest),
            outputs,
            features,
            dense,
            numbers: vec![0.0; dense],
            scores: vec![0.0; outputs],
            changes: vec![0.0; outputs],
            taken: vec![0; features - dense],
        }
    }

    /// The step of the weights.
    pub(super) fn step(&self) -> ProximalStep {
        self.step
    }

    /// Takes the steps of these terms; returns their number, which is less than all after an interrupt.
    pub(super) fn run<F: Real>(&mut self, order: &[u32], x: &mut [F], memory: &mut GradientMemory<F>) -> usize {
        let isa = Isa::best();
        self.taken.fill(0);
        let mut done = 0;
        for terms in order.chunks(TERMS_PER_LOOK) {
            if self.sum.is_interrupted() {
                break;
            }
            isa.run(
                #[inline(always)]
                || {
                    for &term in terms {
                        self.take(term as usize, done, x, memory);
                        done += 1;
                    }
                },
            );
        }
        self.sync(done, x, memory);
        done
    }

    /// Takes the step of a term after `before` steps.
    #[inline(always)]
    fn take<F: Real>(&mut self, term: usize, before: usize, x: &mut [F], memory: &mut GradientMemory<F>) {
        let Self { sum, step, intercept_step, runs, outputs, features, dense, numbers, scores, changes, taken } = self;
        let (k, dense) = (*outputs, *dense);
        let (weights, intercepts) = x.split_at_mut(*features * k);
        let (mean, intercept_mean) = memory.mean_gradient.split_at_mut(weights.len());
        sum.write_dense(term, numbers);
        if k == 1 {
            scores[0] = dense_score(numbers, &weights[..dense]);
        } else {
            scores.fill(0.0);
            for (number, weights) in numbers.iter().zip(weights.chunks_exact(k)) {
                scores.iter_mut().zip(weights).for_each(|(z, w)| *z += number * w.to_f64());
            }
        }
        sum.visit_sparse(term, |feature, number| {
            let weights = &mut weights[feature * k..(feature + 1) * k];
            let missing = before - taken[feature - dense] as usize;
            if missing > 0 {
                let mean = &mean[feature * k..(feature + 1) * k];
                sync_feature(runs, missing, weights, mean);
                taken[feature - dense] = before as u32;
            }
            scores.iter_mut().zip(&*weights).for_each(|(z, w)| *z += number * w.to_f64());
        });
        scores.iter_mut().zip(&*intercepts).for_each(|(z, b)| *z += b.to_f64());

        sum.loss(term, scores, changes);
        let weight = sum.weight(term);
        for (change, stored) in changes.iter_mut().zip(&mut memory.derivatives[term * k..(term + 1) * k]) {
            let derivative = F::of(*change * weight);
            *change = derivative.to_f64() - stored.to_f64();
            *stored = derivative;
        }
        let share = 1.0 / sum.terms() as f64;
        if let [change] = **changes {
            move_row(*step, change, share, numbers, &mut weights[..dense], &mut mean[..dense]);
        } else {
            for (j, &number) in numbers.iter().enumerate() {
                let part = j * k..(j + 1) * k;
                move_outputs(*step, changes, share, number, &mut weights[part.clone()], &mut mean[part]);
            }
        }
        // A feature may come twice: first the moves of all entries, which the shrinkage must leave as they are.
        let unshrunk = step.length / step.shrinkage;
        sum.visit_sparse(term, |feature, number| {
            let weights = &mut weights[feature * k..(feature + 1) * k];
            weights.iter_mut().zip(&**changes).for_each(|(w, change)| {
                *w = F::of(w.to_f64() - unshrunk * (change * number));
            });
        });
        sum.visit_sparse(term, |feature, number| {
            let part = feature * k..(feature + 1) * k;
            let is_first = taken[feature - dense] as usize == before;
            taken[feature - dense] = before as u32 + 1;
            for ((w, mean), change) in weights[part.clone()].iter_mut().zip(&mut mean[part]).zip(&**changes) {
                if is_first {
                    *w = F::of(step.apply(w.to_f64(), mean.to_f64()));
                }
                *mean = F::of(mean.to_f64() + share * (change * number));
            }
        });
        move_outputs(*intercept_step, changes, share, 1.0, intercepts, intercept_mean);
    }

    /// Takes all delayed steps, up to `count` for each feature.
    fn sync<F: Real>(&self, count: usize, x: &mut [F], memory: &GradientMemory<F>) {
        let k = self.outputs;
        for (feature, &taken) in (self.dense..).zip(&self.taken) {
            let part = feature * k..(feature + 1) * k;
            sync_feature(&self.runs, count - taken as usize, &mut x[part.clone()], &memory.mean_gradient[part]);
        }
    }
}

/// γ·`lr`, where γ = 1/(2L + min(2n·l2, L)) and L is the largest curvature of a term.
fn step_length<S: LinearFiniteSum>(sum: &S, lr: f64) -> f64 {
    let mut row = vec![0.0; sum.features()];
    let mut numbers = vec![0.0; sum.dense_features()];
    let mut largest = 0.0_f64;
    for term in 0..sum.terms() {
        sum.write_dense(term, &mut numbers);
        let mut squares: f64 = numbers.iter().map(|number| number * number).sum();
        // A feature may come several times.
        sum.visit_sparse(term, |feature, number| row[feature] += number);
        sum.visit_sparse(term, |feature, _| squares += std::mem::take(&mut row[feature]).powi(2));
        squares += if sum.has_intercept() { 1.0 } else { 0.0 };
        largest = largest.max(sum.weight(term) * squares);
    }
    let curvature = sum.max_curvature() * largest + sum.l2();
    let strong = 2.0 * sum.terms() as f64 * sum.l2();
    // Without any curvature, the sum is constant.
    if curvature > 0.0 { lr / (2.0 * curvature + strong.min(curvature)) } else { 0.0 }
}

/// Takes the steps that a feature has missed.
#[inline(always)]
fn sync_feature<F: Real>(runs: &StepRuns, missing: usize, weights: &mut [F], mean: &[F]) {
    for (w, mean) in weights.iter_mut().zip(mean) {
        *w = F::of(runs.apply(w.to_f64(), mean.to_f64(), missing));
    }
}

/// Returns Σ aⱼwⱼ over the dense features.
#[inline(always)]
fn dense_score<F: Real>(numbers: &[f64], weights: &[F]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (pieces, rest) = numbers.as_chunks::<LANES>();
    let (weight_pieces, weight_rest) = weights.as_chunks::<LANES>();
    for (numbers, weights) in pieces.iter().zip(weight_pieces) {
        for ((lane, number), w) in lanes.iter_mut().zip(numbers).zip(weights) {
            *lane += number * w.to_f64();
        }
    }
    for ((lane, number), w) in lanes.iter_mut().zip(rest).zip(weight_rest) {
        *lane += number * w.to_f64();
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Moves the weights of one output by the gradient of a row, and adds its change to the mean gradient.
#[inline(always)]
fn move_row<F: Real>(step: ProximalStep, change: f64, share: f64, row: &[f64], weights: &mut [F], mean: &mut [F]) {
    for ((w, mean), number) in weights.iter_mut().zip(mean).zip(row) {
        let (gradient, before) = (change * number, mean.to_f64());
        *w = F::of(step.apply(w.to_f64(), gradient + before));
        *mean = F::of(before + share * gradient);
    }
}

/// Moves the weights of one feature by the gradient of a row, and adds its change to the mean gradient.
#[inline(always)]
fn move_outputs<F: Real>(
    step: ProximalStep,
    changes: &[f64],
    share: f64,
    number: f64,
    weights: &mut [F],
    mean: &mut [F],
) {
    for ((w, mean), change) in weights.iter_mut().zip(mean).zip(changes) {
        let (gradient, before) = (change * number, mean.to_f64());
        *w = F::of(step.apply(w.to_f64(), gradient + before));
        *mean = F::of(before + share * gradient);
    }
}
