//! Eight methods in a few lines each: something to draw.

use std::array::from_fn;

/// A function of the plane.
pub(crate) type Plane = fn([f64; 2]) -> f64;

/// Names and steps of the methods.
pub(crate) const METHODS: [(&str, Method, f64); 8] = [
    ("gradient descent", Method::Momentum(0.0), 1e-3),
    ("heavy ball", Method::Momentum(0.9), 4e-4),
    ("AdaGrad", Method::Scaled { beta1: 0.0, beta2: 1.0 }, 0.4),
    ("RMSProp", Method::Scaled { beta1: 0.0, beta2: 0.99 }, 0.01),
    ("Adam", Method::Scaled { beta1: 0.9, beta2: 0.999 }, 0.05),
    ("AMSGrad-like", Method::Scaled { beta1: 0.95, beta2: 0.9999 }, 0.08),
    ("Lion", Method::Sign, 0.01),
    ("normalized", Method::Unit, 0.02),
];

/// How a gradient becomes a step.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Momentum(f64),
    Scaled { beta1: f64, beta2: f64 },
    Sign,
    Unit,
}

/// The gradient by central differences: exact enough for a picture.
fn gradient(f: Plane, x: [f64; 2]) -> [f64; 2] {
    let h = 1e-6;
    from_fn(|k| {
        let moved = |by: f64| f(from_fn(|l| if l == k { x[l] + by } else { x[l] }));
        (moved(h) - moved(-h)) / (2.0 * h)
    })
}

/// All points from `x` on, one more than steps.
pub(crate) fn path(f: Plane, method: Method, lr: f64, mut x: [f64; 2], steps: usize) -> Vec<[f64; 2]> {
    let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
    let mut points = vec![x];
    for t in (1i32..).take(steps) {
        let g = gradient(f, x);
        let step: [f64; 2] = match method {
            Method::Momentum(beta) => {
                m = from_fn(|k| beta * m[k] + g[k]);
                m
            }
            Method::Scaled { beta1, beta2 } => {
                let fresh = |beta: f64| if beta < 1.0 { 1.0 - beta } else { 1.0 };
                m = from_fn(|k| beta1 * m[k] + (1.0 - beta1) * g[k]);
                v = from_fn(|k| beta2 * v[k] + fresh(beta2) * g[k] * g[k]);
                let unbias = |beta: f64| if beta < 1.0 { 1.0 - beta.powi(t) } else { 1.0 };
                from_fn(|k| m[k] / unbias(beta1) / ((v[k] / unbias(beta2)).sqrt() + 1e-8))
            }
            Method::Sign => {
                let c: [f64; 2] = from_fn(|k| 0.9 * m[k] + 0.1 * g[k]);
                m = from_fn(|k| 0.99 * m[k] + 0.01 * g[k]);
                c.map(f64::signum)
            }
            Method::Unit => g.map(|c| c / g[0].hypot(g[1]).max(1e-12)),
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
