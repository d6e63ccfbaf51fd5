//! Choices of the user: the learning rate, the schedule, the start and the method.

// Some claims state exact equality.
#![allow(clippy::float_cmp)]

use crate::pages::shared::{contour_map, steps};
use crate::{Page, Result, TextTable, TunedRun, format_number, lr_grid, method_style, run_method, run_until, tune_lr};
use anyhow::Context;
use thalweg::random::Random;
use thalweg::{Objective, Optimizer, OptimizerSpec};
use thalweg_plot::{Axis, Chart, Figure, MarkerKind, Series};
use thalweg_problems::{CriticalPoint, ProblemInstance};

pub(super) fn rates(page: &mut Page) -> Result<()> {
    page.heading("The learning rate");
    page.text("x²/20 + y² from (−7, 2): f after 100 steps relative to its initial value, by learning rate.");
    let ravine = ProblemInstance::named("ravine", None)?;
    let after = |name: &str, rate: f64| -> Result<f64> {
        let method = format!("{}:lr={rate}", name.to_lowercase());
        let trajectory = run_method(&mut ravine.clone(), &method, &ravine.start, &steps(100))?;
        // A value above the first one is counted as divergence.
        let share = trajectory.outcome.value / trajectory.values[0];
        Ok(if share > 1.0 || share.is_nan() { f64::INFINITY } else { share })
    };
    let names = ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"];
    let mut table = TextTable::new(&["rate", "SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"]);
    for rate in [1e-4, 1e-3, 1e-2, 1e-1, 0.5, 0.9, 1.1, 10.0] {
        let cell = |name: &str| after(name, rate).map(|f| if f.is_finite() { format_number(f) } else { "∞".into() });
        let cells: Vec<String> = names.iter().map(|name| cell(name)).collect::<Result<_>>()?;
        table.row(&[&rate, &cells[0], &cells[1], &cells[2], &cells[3], &cells[4]]);
    }
    page.table(table);
    let small = names.iter().map(|name| after(name, 1e-4)).collect::<Result<Vec<_>>>()?;
    page.claim("0.0001 is too small: no method falls below 75 % in 100 steps.", small.iter().all(|f| *f > 0.75));
    let bound = after("SGD", 0.99)?.is_finite() && after("SGD", 1.01)?.is_infinite();
    page.claim("SGD diverges above 1, which is 2 divided by the largest curvature, and not below.", bound);
    page.claim("Momentum tolerates more: 1.1 is not too large for it.", after("Momentum", 1.1)?.is_finite());
    let mut series = Vec::new();
    for name in names {
        let points = lr_grid(-4, 1, 10).map(|rate| Ok([rate, after(name, rate)?])).collect::<Result<_>>()?;
        series.push(Series::line(name, points, method_style(name)));
    }
    let all_finite = series[2..].iter().all(|line: &Series| line.points.iter().all(|point| point[1].is_finite()));
    page.claim("AdaGrad, RMSProp and Adam end below their start at every learning rate up to 10.", all_finite);
    page.text(
        "They divide by the magnitude of past gradients: after too long a step the gradient is large, and the next steps are short. \
         RMSProp averages over 100 gradients here, as many as the run has.",
    );
    let chart = Chart {
        title: "How much the rate matters".into(),
        note: "f after 100 steps over f at the start; ✕: larger than at the start".into(),
        x: Axis::log("rate"),
        y: Axis::log("share of f left").range(1e-12, 10.0),
        series,
        reference_lines: Vec::new(),
    };
    page.figure(
        "hard-rates",
        "SGD and momentum diverge above some learning rate; the methods that divide by the magnitude of the gradient tolerate all",
        Figure::new(chart),
    );
    Ok(())
}

pub(super) fn piecewise(page: &mut Page) -> Result<()> {
    page.heading("A piecewise schedule");
    page.text(
        "|x| + 10|y| from (3, 1), where the gradient does not vanish at the minimum: SGD at a constant learning rate oscillates \
         around it. The published schedule, 0.001 for 10,000 steps and then 0.0001, is compared with either rate alone over \
         12,000 steps:",
    );
    let mut table = TextTable::new(&["rate", "mean f of the last 1,000 steps"]);
    let (mut means, mut series) = (Vec::new(), Vec::new());
    let runs = [
        ("0.001", 1e-3, "constant"),
        ("0.0001", 1e-4, "constant"),
        ("0.001, then 0.0001", 1e-3, "piecewise:10000=0.1"),
    ];
    for (k, (name, rate, schedule)) in runs.into_iter().enumerate() {
        let mut spec: OptimizerSpec = format!("sgd:lr={rate}").parse()?;
        spec.options.schedule = schedule.parse()?;
        let mut corner = ProblemInstance::named("corner", None)?;
        let trajectory = run_until(&mut corner, &mut Optimizer::new(spec, 2)?, &[3.0, 1.0], &steps(12_000), |_| false)?;
        means.push(trajectory.values[11_001..].iter().sum::<f64>() / 1000.0);
        table.row(&[&name, &format_number(means[k])]);
        let blocks = trajectory.values.chunks_exact(100).enumerate();
        let curve = blocks.map(|(b, f)| [b as f64 * 100.0 + 50.0, f.iter().sum::<f64>() / f.len() as f64]).collect();
        series.push(Series::line(name, curve, k));
    }
    page.table(table);
    page.claim("The schedule ends at a tenth of the f of the large rate alone, within 5 %.", {
        (means[2] / means[0] - 0.1).abs() < 0.005
    });
    page.claim("With the small rate alone 12,000 steps are not enough: f is still above 1.", means[1] > 1.0);
    let chart = Chart {
        title: "A large rate first, a small one after".into(),
        note: "|x| + 10|y|, means of f over 100 steps".into(),
        x: Axis::linear("step"),
        y: Axis::log("f"),
        series,
        reference_lines: Vec::new(),
    };
    page.figure("hard-piecewise", "with the schedule f decreases to a tenth after step 10,000", Figure::new(chart));
    Ok(())
}

pub(super) fn start(page: &mut Page) -> Result<()> {
    page.heading("Starting at 0 or at random");
    page.text(
        "Two layers of one weight each, x and y, learn the product 1: (xy − 1)²/2 + (x² − y²)²/8. The results of 2,000 steps of \
         SGD with η = 0.1 from (0, 0), and from 200 random starts with standard deviation 0.1:",
    );
    let mut layers = ProblemInstance::named("two_layers", None)?;
    let mut gradient = [1.0; 2];
    layers.eval(&[0.0; 2], &mut gradient)?;
    let point = CriticalPoint::classify(&[0.0; 2], &gradient, &layers.formula.hessian(&[0.0; 2])?)?;
    let from_zero = run_method(&mut layers, "sgd:lr=0.1", &[0.0; 2], &steps(2000))?.outcome;
    let mut random = Random::new(1);
    let (mut plus, mut minus) = (0, 0);
    for _ in 0..200 {
        let start = [0.1 * random.normal(), 0.1 * random.normal()];
        let end = run_method(&mut layers, "sgd:lr=0.1", &start, &steps(2000))?.outcome;
        let near = |v: f64| (end.x[0] - v).abs() < 1e-6 && (end.x[1] - v).abs() < 1e-6;
        plus += i32::from(near(1.0));
        minus += i32::from(near(-1.0));
    }
    let mut table = TextTable::new(&["start", "runs", "end"]);
    table.row(&[
        &"(0, 0)",
        &1,
        &format!("({}, {}), f = {}", from_zero.x[0], from_zero.x[1], format_number(from_zero.value)),
    ]);
    table.row(&[&"random", &plus, &"(1, 1), f = 0"]);
    table.row(&[&"random", &minus, &"(−1, −1), f = 0"]);
    page.table(table);
    let saddle = point.eigenvalues.iter().zip([-1.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12) && gradient == [0.0; 2];
    page.claim(
        "(0, 0) is a saddle with eigenvalues −1 and 1, and SGD does not leave it.",
        saddle && from_zero.x == [0.0; 2],
    );
    page.claim("All 200 random starts reach a minimum, between 80 and 120 each.", {
        plus + minus == 200 && (80..=120).contains(&plus)
    });
    Ok(())
}

pub(super) fn no_free_lunch(page: &mut Page) -> Result<()> {
    page.heading("No free lunch");
    page.text(
        "The ravine x²/20 + y² and the same ravine rotated by 45°, each method with its best learning rate by the rule of page C: \
         the number of steps until f stays at or below 1 % of its initial value.",
    );
    let [straight, rotated] = ["ravine", "rotated_ravine"];
    let best = |problem: &str, method: &str| -> Result<TunedRun> {
        let instance = ProblemInstance::named(problem, None)?;
        let first = instance.clone().formula.value(&instance.start)?;
        tune_lr(&instance, method, lr_grid(-3, 1, 10), 0.01 * first, 200)?.context("no rate reaches the target")
    };
    let mut table = TextTable::new(&["method", "along an axis: rate", "steps", "rotated: rate", "steps"]);
    let mut found = Vec::new();
    for name in ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"] {
        let method = if name == "RMSProp" { "rmsprop:rho=0.9".into() } else { name.to_lowercase() };
        let (a, b) = (best(straight, &method)?, best(rotated, &method)?);
        table.row(&[&name, &a.lr, &a.steps, &b.lr, &b.steps]);
        found.push([a, b]);
    }
    page.table(table);
    let [sgd, momentum, adagrad, ..] = &found[..] else { return Ok(()) };
    page.claim(
        "AdaGrad is ahead of SGD along an axis and behind it when rotated: the ranking reverses.",
        adagrad[0].steps < sgd[0].steps && adagrad[1].steps > sgd[1].steps,
    );
    let same = |run: &[TunedRun; 2]| run[0].steps == run[1].steps && run[0].lr.to_bits() == run[1].lr.to_bits();
    page.claim(
        "SGD and momentum do not depend on the axes: they have the same learning rate and steps on both.",
        same(sgd) && same(momentum),
    );
    let paths = |k: usize| {
        let line = |name: &str, run: &[TunedRun; 2]| {
            Series::line(name, run[k].trajectory.truncated(40).points_2d(), method_style(name))
        };
        vec![line("SGD", sgd), line("AdaGrad", adagrad)]
    };
    let along = contour_map(
        "along an axis",
        [[-8.0, 3.0], [-5.5, 5.5]],
        |x, y| x * x / 20.0 + y * y,
        paths(0),
        &[(MarkerKind::Start, [-7.0, 2.0]), (MarkerKind::Minimum, [0.0, 0.0])],
    );
    let field = |x: f64, y: f64| (x + y).powi(2) / 40.0 + (x - y).powi(2) / 2.0;
    let across = contour_map(
        "turned by 45°",
        [[-8.5, 2.5], [-8.5, 2.5]],
        field,
        paths(1),
        &[(MarkerKind::Start, [-3.5, -6.5]), (MarkerKind::Minimum, [0.0, 0.0])],
    );
    let panels = vec![along.into(), across.into()];
    let figure = Figure { title: "The same ravine, turned".into(), panels, columns: 2, ..Figure::default() };
    page.figure("hard-lunch", "AdaGrad needs few steps along an axis, and oscillates in the rotated ravine", figure);
    Ok(())
}
