//! Proximal gradient steps of one coordinate, and runs of them with an unchanged gradient.

use crate::real::Real;

/// The step x ← soft(r·x − γ·g, γ·l1) of one coordinate, r = 1 − γ·l2.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProximalStep {
    /// Length γ of the step.
    pub(super) length: f64,
    /// Factor r by which the L2 penalty shrinks x.
    pub(super) shrinkage: f64,
    /// Threshold γ·l1 of the L1 penalty.
    pub(super) threshold: f64,
}

impl ProximalStep {
    pub(super) fn new(length: f64, l1: f64, l2: f64) -> Self {
        Self { length, shrinkage: 1.0 - length * l2, threshold: length * l1 }
    }

    /// Takes a step with the gradient `g`, without that of the L2 penalty.
    #[inline(always)]
    pub(super) fn apply(self, x: f64, g: f64) -> f64 {
        self.soften(self.shrinkage * x - self.length * g)
    }

    /// Returns x moved towards 0 by the threshold, and 0 for an x within it.
    #[inline(always)]
    fn soften(self, x: f64) -> f64 {
        x - Real::min(Real::max(x, -self.threshold), self.threshold)
    }

    /// Returns the gradient mapping (x − soft(x − γ·g, γ·l1))/γ for the whole smooth gradient `g`: g without an L1
    /// penalty, and 0 at the minimum.
    pub(super) fn gradient_mapping(self, x: f64, g: f64) -> f64 {
        let l1 = self.threshold / self.length;
        match x - self.length * g {
            // Without γ there is nothing to minimize.
            _ if self.threshold <= 0.0 => g,
            moved if moved > self.threshold => g + l1,
            moved if moved < -self.threshold => g - l1,
            _ => x / self.length,
        }
    }
}

/// Runs of steps in closed form, by tables of rᵏ and Σᵢ rⁱ, i < k.
#[derive(Clone, Debug)]
pub(super) struct StepRuns {
    step: ProximalStep,
    powers: Vec<f64>,
    sums: Vec<f64>,
}

impl StepRuns {
    /// Runs of at most `longest` steps.
    pub(super) fn new(step: ProximalStep, longest: usize) -> Self {
        let (mut powers, mut sums) = (Vec::with_capacity(longest + 1), Vec::with_capacity(longest + 1));
        let (mut power, mut sum) = (1.0, 0.0);
        for _ in 0..=longest {
            powers.push(power);
            sums.push(sum);
            sum += power;
            power *= step.shrinkage;
        }
        Self { step, powers, sums }
    }

    /// Takes `count` steps with the gradient `g`, as [`ProximalStep::apply`] does one by one, up to rounding.
    ///
    /// As long as x has one sign, the steps are affine and x changes monotonically: so it keeps the sign up to a step
    /// that is found by bisection. There x becomes 0 and stays, or changes its sign for good.
    #[inline(always)]
    pub(super) fn apply(&self, mut x: f64, g: f64, mut count: usize) -> f64 {
        let Self { step, powers, sums } = self;
        if step.threshold <= 0.0 {
            return powers[count] * x - step.length * g * sums[count];
        }
        while count > 0 {
            if x == 0.0 && (step.length * g).abs() <= step.threshold {
                return 0.0;
            }
            let sign = if x == 0.0 { -g.signum() } else { x.signum() };
            let drift = step.length * g + sign * step.threshold;
            let after = |count: usize| powers[count] * x - drift * sums[count];
            // A run that diverged ends here as well.
            if after(count) * sign > 0.0 || !after(count).is_finite() {
                return after(count);
            }
            // Number of steps that keep the sign, less than `count`.
            let (mut kept, mut lost) = (0, count);
            while kept + 1 < lost {
                let middle = usize::midpoint(kept, lost);
                if after(middle) * sign > 0.0 {
                    kept = middle;
                } else {
                    lost = middle;
                }
            }
            x = step.apply(after(kept), g);
            count -= lost;
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_steps_is_as_many_single_steps() {
        for (l1, l2) in [(0.0, 0.0), (0.0, 0.3), (0.2, 0.0), (0.2, 0.3), (2.0, 0.01)] {
            let step = ProximalStep::new(0.1, l1, l2);
            let runs = StepRuns::new(step, 300);
            for x in [-3.0, -0.01, 0.0, 1e-9, 0.4, 5.0] {
                for g in [-1.0, -0.2, -0.05, 0.0, 0.1, 0.2, 0.7] {
                    for count in [0, 1, 2, 7, 50, 300] {
                        let single = (0..count).fold(x, |x, _| step.apply(x, g));
                        let found = runs.apply(x, g, count);
                        let tolerance = 1e-13 * (1.0 + single.abs());
                        assert!((found - single).abs() < tolerance, "{l1} {l2} {x} {g} {count}: {found} {single}");
                        assert_eq!(found == 0.0, single == 0.0, "{l1} {l2} {x} {g} {count}: {found} {single}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_gradient_mapping_is_its_definition() {
        let step = ProximalStep::new(0.1, 0.5, 0.0);
        for x in [-2.0, -0.03, 0.0, 0.04, 1.0] {
            for g in [-3.0, -0.4, 0.0, 0.5, 2.0] {
                let definition = (x - step.apply(x, g)) / 0.1;
                assert!((step.gradient_mapping(x, g) - definition).abs() < 1e-13, "{x} {g}");
            }
        }
        assert_eq!(ProximalStep::new(0.1, 0.0, 0.0).gradient_mapping(1.0, 0.7), 0.7);
    }
}
