//! The table of test problems.
//!
//! Abbreviated sources: "Moré 1981" is Moré, Garbow & Hillstrom, "Testing unconstrained optimization software", ACM
//! TOMS 7(1). "Jamil 2013" is Jamil & Yang, "A literature survey of benchmark functions for global optimisation
//! problems", arXiv:1308.4008, by number. "Goodfellow 2016" is Goodfellow, Bengio & Courville, "Deep learning", MIT
//! Press, by section.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_3, PI};

use super::{Dimension, Problem, ProblemParameter, Role};

const UNBOUNDED: [[f64; 2]; 2] = [[f64::MIN, f64::MAX]; 2];

const fn square_domain(low: f64, high: f64) -> [[f64; 2]; 2] {
    [[low, high]; 2]
}

/// Returns the sum of the terms for i from 1 to n, as text.
fn sum(n: usize, term: impl Fn(usize) -> String) -> String {
    (1..=n).map(term).collect::<Vec<_>>().join(" + ")
}

/// Returns the n numbers a, b, a, b, …
fn alternating(n: usize, a: f64, b: f64) -> Vec<f64> {
    (0..n).map(|i| if i % 2 == 0 { a } else { b }).collect()
}

fn origin(n: usize) -> Vec<Vec<f64>> {
    vec![vec![0.0; n]]
}

fn ones(n: usize) -> Vec<Vec<f64>> {
    vec![vec![1.0; n]]
}

/// Returns coordinate i of the data of `overfit`: a signal, 1 in the first three coordinates, plus noise of ±0.2.
fn overfit_datum(i: usize) -> f64 {
    let signal = if i <= 3 { 1.0 } else { 0.0 };
    signal + if i.is_multiple_of(2) { 0.2 } else { -0.2 }
}

/// A function of x and y without parameter.
macro_rules! xy_problem {
    (
        $name:literal, $formula:literal, $start:expr, [$($minimum:expr),*], $domain:expr,
        $source:literal, $illustrates:literal
    ) => {
        Problem {
            name: $name,
            dimension: Dimension::Fixed(2),
            parameter: None,
            domain: $domain,
            illustrates: $illustrates,
            source: $source,
            formula: |_, _| $formula.into(),
            start: |_| $start.to_vec(),
            minima: |_| vec![$($minimum.to_vec()),*],
        }
    };
}

/// A function of any number of variables, with or without parameter.
macro_rules! problem {
    (
        $name:literal, $dimension:expr, $parameter:expr, $formula:expr, $start:expr, $minima:expr, $domain:expr,
        $source:literal, $illustrates:literal
    ) => {
        Problem {
            name: $name,
            dimension: $dimension,
            parameter: $parameter,
            domain: $domain,
            illustrates: $illustrates,
            source: $source,
            formula: $formula,
            start: $start,
            minima: $minima,
        }
    };
}

const fn parameter(
    name: &'static str,
    default: f64,
    range: [f64; 2],
    role: Role,
    meaning: &'static str,
) -> ProblemParameter {
    ProblemParameter { name, default, range, meaning, role }
}

pub(super) static TABLE: [Problem; 32] = [
    problem!(
        "bowl",
        Dimension::AtLeast(2),
        None,
        |n, _| format!("({})/2", sum(n, |i| format!("x{i}^2"))),
        |n| vec![1.0; n],
        origin,
        UNBOUNDED,
        "closed form: x of gradient descent is (1−lr)^t of the start",
        "the simplest case: a learning rate above 2 diverges, a very small one makes hardly any progress"
    ),
    xy_problem!(
        "saddle",
        "(x^2 - y^2)/2",
        [1.0, 1e-11],
        [],
        UNBOUNDED,
        "closed form: |y| of gradient descent is (1+lr)^t of the start",
        "a strict saddle: the gradient vanishes at (0, 0), which is not a minimum; f has no lower bound"
    ),
    xy_problem!(
        "monkey_saddle",
        "x^3 - 3*x*y^2",
        [1.0, 0.0],
        [],
        UNBOUNDED,
        "Goodfellow 2016, 8.2.3, of saddles in general",
        "a degenerate saddle: gradient and Hessian vanish at (0, 0), f falls in three directions without bound"
    ),
    xy_problem!(
        "ravine",
        "x^2/20 + y^2",
        [-7.0, 2.0],
        [[0.0, 0.0]],
        UNBOUNDED,
        "closed form: both coordinates decay geometrically",
        "a valley along an axis: one learning rate for both directions zigzags, one for each goes straight"
    ),
    xy_problem!(
        "rotated_ravine",
        "(x + y)^2/40 + (x - y)^2/2",
        [-3.5, -6.5],
        [[0.0, 0.0]],
        UNBOUNDED,
        "ravine, rotated by 45°",
        "a valley along no axis: a learning rate for each coordinate brings no advantage"
    ),
    problem!(
        "quadratic",
        Dimension::AtLeast(2),
        Some(parameter("condition", 100.0, [1.0, 1e16], Role::Real, "largest eigenvalue over the smallest")),
        |n, condition| {
            let eigenvalue = |i: usize| libm::pow(condition, -((i - 1) as f64) / (n - 1) as f64);
            format!("({})/2", sum(n, |i| format!("{:?}*x{i}^2", eigenvalue(i))))
        },
        |n| vec![1.0; n],
        origin,
        UNBOUNDED,
        "eigenvalues spaced evenly in the logarithm, from 1 to 1/condition",
        "ill-conditioning: the largest eigenvalue bounds the learning rate, the smallest then sets the time"
    ),
    problem!(
        "rosenbrock",
        Dimension::AtLeast(2),
        None,
        |n, _| sum(n - 1, |i| format!("100*(x{} - x{i}^2)^2 + (1 - x{i})^2", i + 1)),
        |n| alternating(n, -1.2, 1.0),
        ones,
        UNBOUNDED,
        "Rosenbrock 1960; Moré 1981, 1; chained for n > 2 as in Jamil 2013, 105",
        "a curved valley with steep walls and a flat floor"
    ),
    xy_problem!(
        "beale",
        "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
        [1.0, 1.0],
        [[3.0, 0.5]],
        square_domain(-4.5, 4.5),
        "Beale 1958; Moré 1981, 5; Jamil 2013, 10",
        "a flat region with steep walls at its corners"
    ),
    xy_problem!(
        "booth",
        "(x + 2*y - 7)^2 + (2*x + y - 5)^2",
        [0.0, 0.0],
        [[1.0, 3.0]],
        square_domain(-10.0, 10.0),
        "Jamil 2013, 17",
        "a convex quadratic of condition number 9 whose axes are not those of the coordinates"
    ),
    xy_problem!(
        "himmelblau",
        "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        [0.0, 0.0],
        [
            [3.0, 2.0],
            [-2.805_118_086_952_745, 3.131_312_518_250_573],
            [-3.779_310_253_377_747, -3.283_185_991_286_169_4],
            [3.584_428_340_330_491_7, -1.848_126_526_964_403_6]
        ],
        square_domain(-5.0, 5.0),
        "Himmelblau 1972; Jamil 2013, 65",
        "four equal minima: the start determines which one is found"
    ),
    xy_problem!(
        "matyas",
        "0.26*(x^2 + y^2) - 0.48*x*y",
        [5.0, -3.0],
        [[0.0, 0.0]],
        square_domain(-10.0, 10.0),
        "Jamil 2013, 71",
        "a nearly flat valley along the diagonal: condition number 25"
    ),
    problem!(
        "ackley",
        Dimension::AtLeast(2),
        None,
        |n, _| {
            let (squares, waves) = (sum(n, |i| format!("x{i}^2")), sum(n, |i| format!("cos(2*pi*x{i})")));
            format!("20 + e - 20*exp(-0.2*sqrt(({squares})/{n})) - exp(({waves})/{n})")
        },
        |n| alternating(n, 0.4, -0.3),
        origin,
        square_domain(-32.768, 32.768),
        "Ackley 1987; Jamil 2013, 1",
        "many local minima around a cone, with no gradient at its tip"
    ),
    problem!(
        "rastrigin",
        Dimension::AtLeast(2),
        None,
        |n, _| format!("{} + {}", 10 * n, sum(n, |i| format!("x{i}^2 - 10*cos(2*pi*x{i})"))),
        |n| alternating(n, 0.3, -0.2),
        origin,
        square_domain(-5.12, 5.12),
        "Rastrigin 1974; Mühlenbein, Schomisch & Born 1991",
        "a local minimum near every point with integer coordinates: the start determines which one is found"
    ),
    problem!(
        "styblinski_tang",
        Dimension::AtLeast(2),
        None,
        |n, _| format!("({})/2", sum(n, |i| format!("x{i}^4 - 16*x{i}^2 + 5*x{i}"))),
        |n| vec![0.0; n],
        |n| vec![vec![-2.903_534_027_771_177; n]],
        square_domain(-5.0, 5.0),
        "Styblinski & Tang 1990; Jamil 2013, 144",
        "2^n local minima, one of them global"
    ),
    xy_problem!(
        "mccormick",
        "sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1",
        [0.0, 0.0],
        [[0.5 - FRAC_PI_3, -0.5 - FRAC_PI_3]],
        [[-1.5, 4.0], [-3.0, 4.0]],
        "McCormick 1976; Jamil 2013, 73",
        "a valley with waves along it; the minimum is global within the domain only"
    ),
    xy_problem!(
        "easom",
        "-cos(x)*cos(y)*exp(-((x - pi)^2 + (y - pi)^2))",
        [2.0, 2.0],
        [[PI, PI]],
        square_domain(-100.0, 100.0),
        "Easom 1990; Jamil 2013, 50",
        "a narrow minimum on a flat function: far from it the gradient carries no information"
    ),
    xy_problem!(
        "goldstein_price",
        "(1 + (x + y + 1)^2*(19 - 14*x + 3*x^2 - 14*y + 6*x*y + 3*y^2))\
         *(30 + (2*x - 3*y)^2*(18 - 32*x + 12*x^2 + 48*y - 36*x*y + 27*y^2))",
        [0.2, -0.8],
        [[0.0, -1.0], [-0.6, -0.4], [1.8, 0.2], [1.2, 0.8]],
        square_domain(-2.0, 2.0),
        "Goldstein & Price 1971; Jamil 2013, 58",
        "values over six orders of magnitude: no single learning rate suits all regions"
    ),
    xy_problem!(
        "levi13",
        "sin(3*pi*x)^2 + (x - 1)^2*(1 + sin(3*pi*y)^2) + (y - 1)^2*(1 + sin(2*pi*y)^2)",
        [1.1, 0.8],
        [[1.0, 1.0]],
        square_domain(-10.0, 10.0),
        "Lévy & Montalvo 1985, 13",
        "a bowl full of waves"
    ),
    xy_problem!(
        "three_hump_camel",
        "2*x^2 - 1.05*x^4 + x^6/6 + x*y + y^2",
        [0.8, -0.8],
        [
            [0.0, 0.0],
            [1.747_552_345_830_289, -0.873_776_172_915_144_5],
            [-1.747_552_345_830_289, 0.873_776_172_915_144_5]
        ],
        square_domain(-5.0, 5.0),
        "Branin 1972; Jamil 2013, 29",
        "three local minima, the middle one global"
    ),
    problem!(
        "powell",
        Dimension::Fixed(4),
        None,
        |_, _| "(x1 + 10*x2)^2 + 5*(x3 - x4)^2 + (x2 - 2*x3)^4 + 10*(x1 - x4)^4".into(),
        |_| vec![3.0, -1.0, 0.0, 1.0],
        origin,
        UNBOUNDED,
        "Powell 1962; Moré 1981, 13",
        "a degenerate minimum with a singular Hessian: convergence is slow near it"
    ),
    problem!(
        "wood",
        Dimension::Fixed(4),
        None,
        |_, _| {
            "100*(x2 - x1^2)^2 + (1 - x1)^2 + 90*(x4 - x3^2)^2 + (1 - x3)^2 \
             + 10.1*((x2 - 1)^2 + (x4 - 1)^2) + 19.8*(x2 - 1)*(x4 - 1)"
                .into()
        },
        |_| vec![-3.0, -1.0, -3.0, -1.0],
        ones,
        UNBOUNDED,
        "Colville 1968; Moré 1981, 14",
        "a saddle near the path, at which descent appears to have converged"
    ),
    problem!(
        "zakharov",
        Dimension::AtLeast(2),
        None,
        |n, _| {
            let (squares, line) = (sum(n, |i| format!("x{i}^2")), sum(n, |i| format!("{:?}*x{i}", 0.5 * i as f64)));
            format!("{squares} + ({line})^2 + ({line})^4")
        },
        |n| vec![1.0; n],
        origin,
        square_domain(-5.0, 10.0),
        "Zakharov; Jamil 2013, 173",
        "a bowl whose steepness along one direction grows quickly with the distance"
    ),
    problem!(
        "dixon_price",
        Dimension::AtLeast(2),
        None,
        |n, _| format!("(x1 - 1)^2 + {}", sum(n - 1, |i| format!("{}*(2*x{}^2 - x{i})^2", i + 1, i + 1))),
        |n| vec![1.0; n],
        |n| {
            let mut minimum = vec![1.0; n];
            for i in 1..n {
                minimum[i] = FRAC_1_SQRT_2 * f64::sqrt(minimum[i - 1]);
            }
            let mut mirrored = minimum.clone();
            mirrored[n - 1] = -mirrored[n - 1];
            vec![minimum, mirrored]
        },
        square_domain(-10.0, 10.0),
        "Dixon & Price 1989; Jamil 2013, 48",
        "a chain: each variable depends on the one before it"
    ),
    problem!(
        "cliff",
        Dimension::Fixed(2),
        Some(parameter("steepness", 20.0, [1.0, 1e6], Role::Real, "steepness of the wall")),
        |_, steepness| format!("5*(1 + tanh({steepness:?}*x)) + (x + 1)^2/2 + (x + 1)^4/4 + y^2/2"),
        |_| vec![0.5, 1.0],
        |_| vec![vec![-1.0, 0.0]],
        UNBOUNDED,
        "Goodfellow 2016, 8.2.4",
        "a cliff: the gradient explodes on it and moves x far away; gradient clipping (clip_norm=) prevents this"
    ),
    xy_problem!(
        "plateau",
        "1 - exp(-(x^2 + y^2)/2)",
        [3.0, 2.0],
        [[0.0, 0.0]],
        UNBOUNDED,
        "Goodfellow 2016, 8.2.3",
        "a plateau around the minimum: steps proportional to the gradient make hardly any progress on it"
    ),
    xy_problem!(
        "misleading",
        "((x + 2)^2 + y^2)/10 - 4*exp(-4*((x - 3)^2 + y^2))",
        [1.5, 1.0],
        [[2.968_823_879_479_250_3, 0.0], [-2.0, 0.0]],
        UNBOUNDED,
        "Goodfellow 2016, 8.2.6",
        "descent leads away from the global minimum, to a local one"
    ),
    problem!(
        "noisy",
        Dimension::AtLeast(2),
        Some(parameter(
            "noise",
            0.1,
            [0.0, 1e6],
            Role::Noise,
            "standard deviation of the noise on each component of the gradient"
        )),
        |n, _| format!("({})/2", sum(n, |i| format!("{:?}*x{i}^2", 1.0 / i as f64))),
        |n| vec![1.0; n],
        origin,
        UNBOUNDED,
        "Goodfellow 2016, 8.2.5",
        "noisy gradients: at a constant learning rate x fluctuates around the minimum, at a decaying one it converges"
    ),
    problem!(
        "recurrence",
        Dimension::Fixed(2),
        Some(parameter(
            "length",
            10.0,
            [1.0, 1000.0],
            Role::Whole,
            "number of steps of the recurrence h ← x·h, from h = y"
        )),
        |_, length| format!("(y*x^{length} - 1)^2/2 + (y - 1)^2/20"),
        |_| vec![0.5, 0.5],
        ones,
        UNBOUNDED,
        "Goodfellow 2016, 8.2.5 and 10.7",
        "long-term dependencies: the gradient vanishes or explodes as x^length"
    ),
    xy_problem!(
        "two_layers",
        "(x*y - 1)^2/2 + (x^2 - y^2)^2/8",
        [0.01, 0.02],
        [[1.0, 1.0], [-1.0, -1.0]],
        UNBOUNDED,
        "Baldi & Hornik 1989, for one unit per layer, with a term that balances the layers",
        "random initialization: with both layers at 0 the start is a saddle, where the gradient vanishes"
    ),
    problem!(
        "overfit",
        Dimension::AtLeast(4),
        None,
        |n, _| format!("({})/2", sum(n, |i| format!("(x{i}/{i} - ({:?}))^2", overfit_datum(i)))),
        |n| vec![0.0; n],
        |n| vec![(1..=n).map(|i| i as f64 * overfit_datum(i)).collect()],
        UNBOUNDED,
        "Goodfellow 2016, 7.8; least squares in the basis of its singular vectors",
        "early stopping: the signal (x1, x2, x3) is learned first, the noise after it"
    ),
    xy_problem!(
        "steep_rosenbrock",
        "(1 - x)^2 + 1e4*(y - x^2)^2",
        [-1.2, 1.0],
        [[1.0, 1.0]],
        UNBOUNDED,
        "Rosenbrock 1960, with another constant",
        "the curved valley of rosenbrock, a hundred times as steep: settings tuned for one fail on the other"
    ),
    xy_problem!(
        "corner",
        "abs(x) + 10*abs(y)",
        [3.0, 1.0],
        [[0.0, 0.0]],
        UNBOUNDED,
        "a convex function with a kink",
        "a gradient that does not vanish: at a constant learning rate x oscillates around the minimum"
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_source_a_note_and_a_name_of_its_own() {
        for (i, row) in TABLE.iter().enumerate() {
            assert!(!row.source.is_empty() && !row.illustrates.is_empty(), "{}", row.name);
            assert!(TABLE[..i].iter().all(|other| other.name != row.name), "duplicate name {}", row.name);
        }
    }
}
