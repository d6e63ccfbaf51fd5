//! Normally distributed initial weights.

use thalweg::Element;
use thalweg::random::Random;

/// Fills `weights` with samples of a normal distribution with mean 0.
pub(super) fn fill_normal<F: Element>(weights: &mut [F], deviation: f64, mut random: Random) {
    for weight in weights {
        *weight = F::of(deviation * random.normal());
    }
}
