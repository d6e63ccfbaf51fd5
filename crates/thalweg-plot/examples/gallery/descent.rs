//! Eight optimization methods in a few lines each, as example data.

use std::array::from_fn;

/// Function of two variables.
pub(crate) type PlaneFunction = fn([f64; 2]) -> f64;

/// Method with its name and its learning rate.
#[derive(Clone, Copy)]
pub(crate) struct NamedMethod {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) lr: f64,
}

const fn named(name: &'static str, method: Method, lr: f64) -> NamedMethod {
    NamedMethod { name, method, lr }
}

/// Methods whose paths and curves the figures show.
pub(crate) const METHODS: [NamedMethod; 8] = [
    named("gradient descent", Method::Momentum(0.0), 1e-3),
    named("heavy ball", Method::Momentum(0.9), 4e-4),
    named("AdaGrad", Method::Adaptive { beta1: 0.0, beta2: 1.0 }, 0.4),
    named("RMSProp", Method::Adaptive { beta1: 0.0, beta2: 0.99 }, 0.01),
    named("Adam", Method::Adaptive { beta1: 0.9, beta2: 0.999 }, 0.05),
    named("AMSGrad-like", Method::Adaptive { beta1: 0.95, beta2: 0.9999 }, 0.08),
    named("Lion", Method::Sign, 0.01),
    named("normalized", Method::Normalized, 0.02),
];

/// Rule that turns a gradient into a step.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    /// Heavy-ball momentum with the given decay rate.
    Momentum(f64),
    /// First moment over the root of the second one; with `beta2` = 1 the second moment is the sum of squares.
    Adaptive { beta1: f64, beta2: f64 },
    /// Sign of an interpolated momentum, as in Lion.
    Sign,
    /// Gradient divided by its norm.
    Normalized,
}

/// Approximates the gradient by central differences, exactly enough for a picture.
fn gradient(f: PlaneFunction, x: [f64; 2]) -> [f64; 2] {
    let h = 1e-6;
    from_fn(|k| {
        let shifted = |by: f64| f(from_fn(|l| if l == k { x[l] + by } else { x[l] }));
        (shifted(h) - shifted(-h)) / (2.0 * h)
    })
}

/// Returns the starting point `x` and the point after each of the steps.
pub(crate) fn path(f: PlaneFunction, method: Method, lr: f64, mut x: [f64; 2], steps: usize) -> Vec<[f64; 2]> {
    let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
    let mut points = vec![x];
    for t in (1i32..).take(steps) {
        let g = gradient(f, x);
        let step: [f64; 2] = match method {
            Method::Momentum(beta) => {
                m = from_fn(|k| beta * m[k] + g[k]);
                m
            }
            Method::Adaptive { beta1, beta2 } => {
                let weight = |beta: f64| if beta < 1.0 { 1.0 - beta } else { 1.0 };
                m = from_fn(|k| beta1 * m[k] + (1.0 - beta1) * g[k]);
                v = from_fn(|k| beta2 * v[k] + weight(beta2) * g[k] * g[k]);
                let bias_correction = |beta: f64| if beta < 1.0 { 1.0 - beta.powi(t) } else { 1.0 };
                from_fn(|k| m[k] / bias_correction(beta1) / ((v[k] / bias_correction(beta2)).sqrt() + 1e-8))
            }
            Method::Sign => {
                let c: [f64; 2] = from_fn(|k| 0.9 * m[k] + 0.1 * g[k]);
                m = from_fn(|k| 0.99 * m[k] + 0.01 * g[k]);
                c.map(f64::signum)
            }
            Method::Normalized => g.map(|c| c / g[0].hypot(g[1]).max(1e-12)),
        };
        x = from_fn(|k| x[k] - lr * step[k]);
        points.push(x);
    }
    points
}

pub(crate) fn rosenbrock([x, y]: [f64; 2]) -> f64 {
    (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
}

pub(crate) fn himmelblau([x, y]: [f64; 2]) -> f64 {
    (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2)
}

pub(crate) fn saddle([x, y]: [f64; 2]) -> f64 {
    (x * x - y * y) / 2.0
}
