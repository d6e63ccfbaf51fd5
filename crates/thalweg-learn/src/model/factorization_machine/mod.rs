//! Factorization machines: linear models with a weight for every pair of features, the product of learned factors.

mod model;

use thalweg::random::Purpose;
use thalweg::{Real, Seed};

use super::tensor_spec::{TensorRole, TensorSpec};

/// Factorization machine (Rendle 2010).
///
/// ```text
/// ŷ(x) = w₀ + Σ wᵢxᵢ + Σ_{i<j} ⟨vᵢ, vⱼ⟩ xᵢxⱼ
/// ```
///
/// The weight of a pair of features is the inner product of two vectors of `rank` factors, so that pairs that rarely
/// or never occur together learn from other pairs of the same features. The time is linear in the number of features
/// of a row:
///
/// ```text
/// Σ_{i<j} ⟨vᵢ, vⱼ⟩ xᵢxⱼ = ½ Σ_f [(Σᵢ v_{i,f} xᵢ)² − Σᵢ v_{i,f}² xᵢ²]
/// ```
///
/// The sum of each feature times the sum of the features before it is the same, without cancellation.
///
/// The parameters are w, then v feature by feature, then w₀. The features of a row are pairs (index, value) with
/// distinct indices; an index of `features` or more, that of an unseen level, is ignored.
///
/// ```
/// use thalweg_learn::model::FactorizationMachine;
/// let machine = FactorizationMachine { features: 2, rank: 1 };
/// //           w         v         w0
/// let theta = [1.0, 2.0, 3.0, 0.5, 10.0];
/// let score = machine.score([(0, 2.0), (1, 4.0)].into_iter(), &theta, &mut [0.0]);
/// assert_eq!(score, 10.0 + 1.0 * 2.0 + 2.0 * 4.0 + (3.0 * 0.5) * (2.0 * 4.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorizationMachine {
    /// Number of features of a row.
    pub features: usize,
    /// Number of factors of each feature; with 0 the model is linear.
    pub rank: usize,
}

/// Number of separate sums, so that several numbers are added at once.
const LANES: usize = 8;

#[allow(clippy::len_without_is_empty, reason = "there is always w₀")]
impl FactorizationMachine {
    /// Returns the tensors in their order: `weights` (`features`), `factors` (`features × rank`), `intercept` (1).
    pub fn tensors(&self) -> [TensorSpec; 3] {
        [
            TensorSpec::new("weights", TensorRole::Weights, &[self.features]),
            TensorSpec::new("factors", TensorRole::Weights, &[self.features, self.rank]),
            TensorSpec::new("intercept", TensorRole::Bias, &[1]),
        ]
    }

    /// Returns the number of parameters.
    pub fn len(&self) -> usize {
        self.features * (self.rank + 1) + 1
    }

    /// Returns initial parameters: w₀ = 0, w = 0, and v normal with mean 0 and this standard deviation.
    ///
    /// The deviation should not be 0: if all factors are 0, so is their gradient.
    pub fn init_parameters<F: Real>(&self, seed: Seed, deviation: f64) -> Vec<F> {
        let mut random = seed.stream(Purpose::Init).at([0]);
        let mut parameters = vec![F::ZERO; self.len()];
        for factor in &mut parameters[self.features..self.features * (self.rank + 1)] {
            *factor = F::of(deviation * random.normal());
        }
        parameters
    }

    /// Returns the score of a row, and writes Σᵢ v_{i,f} xᵢ to the `rank` numbers of `sums`, which
    /// [`FactorizationMachine::add_gradient`] needs.
    ///
    /// # Panics
    ///
    /// If `parameters` are fewer than [`FactorizationMachine::len`].
    pub fn score<F: Real>(&self, row: impl Iterator<Item = (u32, F)>, parameters: &[F], sums: &mut [F]) -> F {
        let (weights, factors, intercept) = self.parts(parameters);
        sums.fill(F::ZERO);
        let mut score = intercept;
        let mut pairs = [F::ZERO; LANES];
        for (index, x) in row {
            let i = index as usize;
            let Some(weight) = weights.get(i) else { continue };
            score = score + *weight * x;
            let of_feature = factors[i * self.rank..][..self.rank].chunks(LANES);
            for (sums, factors) in sums.chunks_mut(LANES).zip(of_feature) {
                for ((pair, sum), v) in pairs.iter_mut().zip(sums).zip(factors) {
                    let term = *v * x;
                    *pair = *pair + term * *sum;
                    *sum = *sum + term;
                }
            }
        }
        pairs.into_iter().fold(score, |score, pair| score + pair)
    }

    /// Adds `derivative`·∂ŷ/∂θ to the gradient, for the row whose score wrote `sums`. ∂ŷ/∂θ is
    /// 1 for w₀, xᵢ for wᵢ, xᵢ(Σⱼ v_{j,f} xⱼ − v_{i,f} xᵢ) for v_{i,f}.
    ///
    /// # Panics
    ///
    /// If `parameters` or `gradient` are fewer than [`FactorizationMachine::len`].
    pub fn add_gradient<F: Real>(
        &self,
        row: impl Iterator<Item = (u32, F)>,
        derivative: F,
        parameters: &[F],
        sums: &[F],
        gradient: &mut [F],
    ) {
        let (_, factors, _) = self.parts(parameters);
        let (weight_gradients, rest) = gradient.split_at_mut(self.features);
        let (factor_gradients, intercept_gradient) = rest.split_at_mut(self.features * self.rank);
        intercept_gradient[0] = intercept_gradient[0] + derivative;
        for (index, x) in row {
            let i = index as usize;
            let Some(weight_gradient) = weight_gradients.get_mut(i) else { continue };
            let scaled = derivative * x;
            *weight_gradient = *weight_gradient + scaled;
            let range = i * self.rank..(i + 1) * self.rank;
            for ((g, v), sum) in factor_gradients[range.clone()].iter_mut().zip(&factors[range]).zip(sums) {
                *g = *g + scaled * (*sum - *v * x);
            }
        }
    }

    /// Splits the parameters into w, v and w₀.
    fn parts<'p, F: Real>(&self, parameters: &'p [F]) -> (&'p [F], &'p [F], F) {
        let (weights, rest) = parameters.split_at(self.features);
        let (factors, intercept) = rest.split_at(self.features * self.rank);
        (weights, factors, intercept[0])
    }
}

#[cfg(test)]
mod tests {
    use thalweg::Optimizer;
    use thalweg::method::Adam;

    use super::*;
    use crate::model::Loss;

    fn wave(count: usize, step: f64) -> Vec<f64> {
        (0..count).map(|i| libm::sin(i as f64 * step + 0.3)).collect()
    }

    /// Of 40 features some, in no order, and one that was never seen.
    fn row(count: usize) -> Vec<(u32, f64)> {
        let values = wave(count, 1.9);
        let of = |(i, x): (usize, &f64)| ((i * 23 % 40) as u32, *x);
        values.iter().enumerate().map(of).chain([(40, 5.0), (u32::MAX, -3.0)]).collect()
    }

    /// The definition: every pair with its own weight.
    fn naive(machine: FactorizationMachine, row: &[(u32, f64)], theta: &[f64]) -> f64 {
        let known: Vec<(usize, f64)> = row.iter().map(|&(i, x)| (i as usize, x)).filter(|(i, _)| *i < 40).collect();
        let mut score = theta[theta.len() - 1];
        for (place, &(i, x)) in known.iter().enumerate() {
            score += theta[i] * x;
            for &(j, y) in &known[..place] {
                let v = |i: usize, f: usize| theta[machine.features + i * machine.rank + f];
                score += (0..machine.rank).map(|f| v(i, f) * v(j, f)).sum::<f64>() * x * y;
            }
        }
        score
    }

    #[test]
    fn the_score_is_the_sum_over_all_pairs() {
        for rank in [0, 1, 2, 7, 8, 9, 16, 21] {
            let machine = FactorizationMachine { features: 40, rank };
            let theta = wave(machine.len(), 0.7);
            let single: Vec<f32> = theta.iter().map(|v| *v as f32).collect();
            for count in [0, 1, 2, 5, 17, 40] {
                let (row, expected) = (row(count), naive(machine, &row(count), &theta));
                let found = machine.score(row.iter().copied(), &theta, &mut vec![9.0; rank]);
                assert!(
                    (found - expected).abs() < 1e-12 * expected.abs().max(1.0),
                    "{rank}, {count}: {found} is not {expected}"
                );
                let narrow = row.iter().map(|&(i, x)| (i, x as f32));
                let found = machine.score(narrow, &single, &mut vec![9.0; rank]);
                assert!((f64::from(found) - expected).abs() < 1e-4, "f32, {rank}, {count}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn the_gradient_is_the_derivative_of_the_score() {
        for rank in [0, 1, 3, 10] {
            let machine = FactorizationMachine { features: 40, rank };
            let (theta, row) = (wave(machine.len(), 0.7), row(6));
            let mut sums = vec![0.0; rank];
            machine.score(row.iter().copied(), &theta, &mut sums);
            let mut gradient = vec![1.0; machine.len()];
            machine.add_gradient(row.iter().copied(), -2.0, &theta, &sums, &mut gradient);
            for i in 0..machine.len() {
                let moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta[i] += by;
                    naive(machine, &row, &theta)
                };
                // The score is linear in each parameter alone: the difference is exact but for rounding, ε/h ≈ 1e-13.
                let derivative = 1.0 - 2.0 * (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!(
                    (gradient[i] - derivative).abs() < 1e-11,
                    "rank {rank} by {i}: {} is not {derivative}",
                    gradient[i]
                );
            }
        }
    }

    /// The logistic loss of "exactly one of two" after training, with one indicator for each level.
    fn exclusive_or(rank: usize) -> f64 {
        let machine = FactorizationMachine { features: 4, rank };
        let rows: Vec<([(u32, f64); 2], f64)> = [(0, 0), (0, 1), (1, 0), (1, 1)]
            .map(|(a, b)| ([(a, 1.0), (2 + b, 1.0)], f64::from(u8::from(a != b))))
            .into();
        let mut theta: Vec<f64> = machine.init_parameters(Seed::new(3), 0.1);
        let mut adam =
            Optimizer::new(Adam { lr: 0.05, ..Adam::default() }, theta.len()).expect("valid hyperparameters");
        let mut sums = vec![0.0; rank];
        let mut value = 0.0;
        for _ in 0..500 {
            let mut gradient = vec![0.0; theta.len()];
            value = 0.0;
            for (row, y) in &rows {
                let z = machine.score(row.iter().copied(), &theta, &mut sums);
                let (loss, derivative) = Loss::Logistic.eval(z, *y);
                value += loss / 4.0;
                machine.add_gradient(row.iter().copied(), derivative / 4.0, &theta, &sums, &mut gradient);
            }
            adam.step(&mut theta, &gradient).expect("a finite gradient");
        }
        value
    }

    #[test]
    fn pairs_learn_what_a_linear_model_cannot() {
        let (linear, machine) = (exclusive_or(0), exclusive_or(1));
        assert!((linear - std::f64::consts::LN_2).abs() < 1e-9, "the minimum of a linear model is ln 2: {linear}");
        assert!(machine < 0.01, "{machine}");
    }

    #[test]
    fn only_the_factors_start_away_from_zero() {
        let machine = FactorizationMachine { features: 500, rank: 20 };
        let theta: Vec<f64> = machine.init_parameters(Seed::new(1), 0.01);
        assert_eq!(theta.len(), machine.tensors().iter().map(TensorSpec::len).sum::<usize>());
        let (weights, factors, intercept) = machine.parts(&theta);
        assert!(weights.iter().chain([&intercept]).all(|w| w.abs() <= 0.0));
        let variance = factors.iter().map(|v| v * v).sum::<f64>() / factors.len() as f64;
        assert!((variance / 1e-4 - 1.0).abs() < 0.07, "{variance}"); // five deviations: 5·√(2/10000)
        assert_ne!(theta, machine.init_parameters::<f64>(Seed::new(2), 0.01));
    }
}
