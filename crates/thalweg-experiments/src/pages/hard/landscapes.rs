//! Difficulties from the shape of f.

// Some claims state exact equality.
#![allow(clippy::float_cmp)]

use crate::pages::shared::{contour_map, format_steps, steps};
use crate::{
    Page, Result, TextTable, format_count, format_number, method_style, new_optimizer, run_method, steps_until,
};
use thalweg::{CriticalPoint, Formula, Objective, ProblemInstance};
use thalweg_plot::{Axis, Chart, Figure, MarkerKind, Series};

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

pub(super) fn ill_conditioning(page: &mut Page) -> Result<()> {
    const MAX_STEPS: u64 = 1_000_000;
    page.heading("Ill-conditioning");
    page.text(
        "(x² + y²/κ)/2 from (1, 1) has the curvatures 1 and 1/κ. The table has the number of steps until the distance to the \
         minimum is 0.01. SGD and momentum have the best learning rate, and momentum the best α, for that κ: 2/(1 + 1/κ); \
         4/(1 + 1/√κ)² and ((√κ − 1)/(√κ + 1))². Adam has η = 0.01 throughout.",
    );
    let mut table = TextTable::new(&["κ", "SGD", "Momentum", "Adam", "Adam, rotated by 45°"]);
    let mut found: [Vec<Option<u64>>; 4] = Default::default();
    for power in 1..=8 {
        let kappa = 10_f64.powi(power);
        let root = kappa.sqrt();
        let alpha = ((root - 1.0) / (root + 1.0)).powi(2);
        let methods = [
            format!("sgd:lr={}", 2.0 / (1.0 + 1.0 / kappa)),
            format!("momentum:lr={},momentum={alpha}", 4.0 / (1.0 + 1.0 / root).powi(2)),
            "adam:lr=0.01".into(),
            "adam:lr=0.01".into(),
        ];
        let straight = ProblemInstance::named(&format!("quadratic:condition={kappa}"), None)?;
        let formula = Formula::parse(&format!("((x + y)^2 + (x - y)^2/{kappa})/4"))?;
        let turned = ProblemInstance::from_formula(formula, vec![2_f64.sqrt(), 0.0])?;
        for (k, method) in methods.iter().enumerate() {
            let mut quadratic = if k < 3 { straight.clone() } else { turned.clone() };
            let (start, near) = (quadratic.start.clone(), |x: &[f64]| norm(x) <= 0.01);
            found[k].push(steps_until(&mut quadratic, &mut new_optimizer(method, 2)?, &start, MAX_STEPS, near)?);
        }
        let cells = [0, 1, 2, 3].map(|k| format_steps(found[k].last().copied().flatten(), MAX_STEPS));
        table.row(&[&format!("1e{power}"), &cells[0], &cells[1], &cells[2], &cells[3]]);
    }
    page.table(table);
    let growth = |k: usize, from: usize, to: usize| match (found[k][from], found[k][to]) {
        (Some(a), Some(b)) => b as f64 / a as f64,
        _ => f64::NAN,
    };
    page.claim("The steps of SGD are proportional to κ: ten times as many for ten times κ, within 3 %.", {
        (1..4).all(|k| (growth(0, k, k + 1) / 10.0 - 1.0).abs() < 0.03)
    });
    page.claim(
        "The steps of momentum grow slightly faster than √κ: 11 to 13 times as many for a hundred times κ.",
        (2..6).all(|k| (11.0..13.0).contains(&growth(1, k, k + 2))),
    );
    page.claim("Adam needs as many steps for κ = 10⁶ as for κ = 10, within 20 %.", (growth(2, 0, 5) - 1.0).abs() < 0.2);
    page.claim("For κ = 10⁸ it needs more than twice as many.", growth(2, 0, 7) > 2.0);
    let turned = match (found[2][5], found[3][5]) {
        (Some(straight), Some(turned)) => turned as f64 / straight as f64,
        _ => f64::NAN,
    };
    page.claim(
        format!("Rotated by 45°, it needs {turned:.0} times as many for κ = 10⁶ as along an axis."),
        turned > 500.0,
    );
    page.text(
        "Adam divides each coordinate by the magnitude of its gradient, which cancels the curvature along an axis, as long as that \
         magnitude is well above its ε of 10⁻⁸. In a valley that is not parallel to an axis nothing cancels.",
    );
    let names = ["SGD", "Momentum", "Adam", "Adam, turned by 45°"];
    let series = names.iter().zip(&found).map(|(name, found)| {
        let points = (1..).zip(found).filter_map(|(power, steps)| Some([10_f64.powi(power), (*steps)? as f64]));
        let again = if name.contains("turned") { 8 } else { 0 };
        Series::line(*name, points.collect(), method_style(name) + again).dots()
    });
    let chart = Chart {
        title: "Steps against the condition number".into(),
        note: "to a distance of 0.01; where a line ends, a million steps are not enough".into(),
        x: Axis::log("κ"),
        y: Axis::log("steps"),
        series: series.collect(),
        ..Chart::default()
    };
    page.figure(
        "hard-condition",
        "steps grow like κ with SGD, like √κ with momentum, and not at all with Adam along an axis",
        Figure::new(chart),
    );
    Ok(())
}

pub(super) fn local_minima(page: &mut Page) -> Result<()> {
    page.heading("Local minima");
    page.text("Himmelblau's function has four minima with f = 0. The results of SGD with η = 0.01 from 21 × 21 starts in [−5, 5]²:");
    let problem = ProblemInstance::named("himmelblau", None)?;
    let minima = problem.minima.clone();
    let mut counts = vec![0; minima.len()];
    let mut paths = Vec::new();
    for start in (0..441).map(|k| [-5.0 + 0.5 * f64::from(k % 21), -5.0 + 0.5 * f64::from(k / 21)]) {
        let trajectory = run_method(&mut problem.clone(), "sgd:lr=0.01", &start, &steps(500))?;
        let reached = minima.iter().position(|minimum| distance(minimum, &trajectory.outcome.x) < 1e-3);
        if let Some(reached) = reached {
            counts[reached] += 1;
            let drawn = start.iter().all(|v| (v.abs() - 0.5).abs() < 0.1 || (v.abs() - 4.0).abs() < 0.1);
            if drawn {
                paths.push(Series::line("", trajectory.points_2d(), reached));
            }
        }
    }
    let mut table = TextTable::new(&["minimum", "starts that end there"]);
    for (minimum, n) in minima.iter().zip(&counts) {
        table.row(&[&format!("({:.3}, {:.3})", minimum[0], minimum[1]), n]);
    }
    page.table(table);
    let all = counts.iter().sum::<i32>() == 441 && counts.iter().all(|n| *n > 100);
    page.claim(
        "Every run ends at a minimum, and each minimum is reached from more than 100 starts: the start decides.",
        all,
    );
    let rastrigin = ProblemInstance::named("rastrigin", None)?;
    let (mut global, mut stayed) = (0, 0);
    for start in (0..121).map(|k| [f64::from(k % 11) - 4.8, f64::from(k / 11) - 4.8]) {
        let end = run_method(&mut rastrigin.clone(), "sgd:lr=0.001", &start, &steps(500))?.outcome;
        global += i32::from(norm(&end.x) < 1e-3);
        stayed += i32::from(distance(&end.x, &start) < 1.0);
    }
    page.text(
        "Rastrigin's function has a local minimum near every point with integer coordinates, one of which is the global minimum.",
    );
    page.claim(
        format!(
            "Of 121 starts, {global} reaches the global minimum, and {stayed} end within a distance of 1 of their start."
        ),
        global == 1 && stayed > 110,
    );
    let markers: Vec<_> = minima.iter().map(|m| (MarkerKind::Minimum, [m[0], m[1]])).collect();
    let field = |x: f64, y: f64| (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2);
    let map = contour_map("Himmelblau's function: the start decides", [[-5.0, 5.0]; 2], field, paths, &markers);
    page.figure("hard-minima", "paths from sixteen starts, coloured by the minimum that they reach", Figure::new(map));
    Ok(())
}

pub(super) fn flat_regions(page: &mut Page) -> Result<()> {
    const MAX_STEPS: u64 = 100_000;
    page.heading("Plateaus, saddles and flat regions");
    page.text(
        "1 − exp(−(x² + y²)/2) is a plateau around a hole; at the start (3, 2) the gradient norm is 0.005. The number of steps of \
         five methods with the same learning rate 0.1 until f is at most 0.01:",
    );
    let mut table = TextTable::new(&["method", "steps", "f after 30 steps"]);
    let (mut found, mut series) = (Vec::new(), Vec::new());
    for name in ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"] {
        let method = format!("{}:lr=0.1", name.to_lowercase());
        let mut plateau = ProblemInstance::named("plateau", None)?;
        let inside = |x: &[f64]| 1.0 - (-(x[0] * x[0] + x[1] * x[1]) / 2.0).exp() <= 0.01;
        let needed = steps_until(&mut plateau, &mut new_optimizer(&method, 2)?, &[3.0, 2.0], MAX_STEPS, inside)?;
        let trajectory = run_method(&mut plateau, &method, &[3.0, 2.0], &steps(3000))?;
        table.row(&[&name, &format_steps(needed, MAX_STEPS), &format_number(trajectory.values[30])]);
        found.push(needed.unwrap_or(MAX_STEPS));
        series.push(Series::line(name, trajectory.curve().split_off(1), method_style(name)));
    }
    page.table(table);
    page.claim("After 30 steps, SGD still has more than 99.8 % of its initial value.", {
        let trajectory =
            run_method(&mut ProblemInstance::named("plateau", None)?, "sgd:lr=0.1", &[3.0, 2.0], &steps(30))?;
        trajectory.values[30] / trajectory.values[0] > 0.998
    });
    page.claim(
        "RMSProp and Adam, whose steps do not shrink with the gradient, need less than a twentieth of its steps.",
        found[3].max(found[4]) * 20 < found[0],
    );
    page.text(
        "The first step of RMSProp is ten times as long as its learning rate, since its average starts at 0 (page D).",
    );
    let chart = Chart {
        title: "Off the plateau".into(),
        note: "1 − exp(−(x² + y²)/2) from (3, 2), all at the rate 0.1".into(),
        x: Axis::log("step").range(1.0, 3000.0),
        y: Axis::linear("f").range(0.0, 1.05),
        series,
        ..Chart::default()
    };
    page.figure(
        "hard-plateau",
        "f stays near 1 for many steps with SGD, and decreases soon with RMSProp and Adam",
        Figure::new(chart),
    );
    near_a_saddle(page)
}

fn near_a_saddle(page: &mut Page) -> Result<()> {
    let mut wood = ProblemInstance::named("wood", None)?;
    let start = wood.start.clone();
    let trajectory = run_method(&mut wood, "sgd:lr=0.0002", &start, &steps(100_000))?;
    let (mut slowest, mut least, mut gradient) = (0, f64::INFINITY, vec![0.0; 4]);
    for (step, x) in trajectory.points.iter().enumerate().take(10_000) {
        wood.eval(x, &mut gradient)?;
        if norm(&gradient) < least {
            (slowest, least) = (step, norm(&gradient));
        }
    }
    let x = &trajectory.points[slowest];
    wood.eval(x, &mut gradient)?;
    let point = CriticalPoint::classify(x, &gradient, &wood.formula.hessian(x)?)?;
    let negative = point.eigenvalues.iter().filter(|v| **v < 0.0).count();
    let (f, lowest) = (trajectory.values[slowest], trajectory.outcome.value);
    page.text("A saddle slows down a run that passes near it. SGD with η = 0.0002 on Wood's function:");
    page.claim(
        format!(
            "At step {} the gradient norm is {}, f = {}, and {negative} eigenvalue of the Hessian is negative; after 100,000 steps f \
             is {}.",
            format_count(slowest as u64),
            format_number(least),
            format_number(f),
            format_number(lowest)
        ),
        negative == 1 && f > 7.0 && least < 0.1 && lowest < f / 2.0,
    );
    Ok(())
}

pub(super) fn cliffs(page: &mut Page) -> Result<()> {
    page.heading("Cliffs and exploding gradients");
    page.text(
        "5(1 + tanh 20x) + (x + 1)²/2 + (x + 1)⁴/4 + y²/2 has a wall at x = 0, where the gradient is 100. The results of \
         1,000 steps of SGD from (0.5, 1), unclipped and with the gradient norm clipped to 1:",
    );
    let mut table = TextTable::new(&["η", "f", "longest step", "clipped: f", "longest step"]);
    let (mut arrives, mut long_steps, mut diverged) = (true, true, false);
    let mut paths = Vec::new();
    for eta in [0.01, 0.03, 0.1, 0.3] {
        let run = |clip: &str| {
            let trajectory = run_method(
                &mut ProblemInstance::named("cliff", None)?,
                &format!("sgd:lr={eta}{clip}"),
                &[0.5, 1.0],
                &steps(1000),
            )?;
            let longest = trajectory.points.windows(2).map(|x| distance(&x[0], &x[1])).fold(0.0, f64::max);
            crate::Result::Ok((trajectory, longest))
        };
        let ((bare, long), (clipped, length)) = (run("")?, run(",clip_norm=1")?);
        let f = if bare.outcome.value.is_finite() { format_number(bare.outcome.value) } else { "diverged".into() };
        table.row(&[&eta, &f, &format_number(long), &format_number(clipped.outcome.value), &format_number(length)]);
        arrives &= clipped.outcome.value < 1e-6 && length <= eta;
        long_steps &= long > 4.0 * eta;
        diverged |= !bare.outcome.value.is_finite();
        if eta == 0.03 {
            paths = vec![
                Series::line("as it is", bare.points_2d(), 1),
                Series::line("clipped to 1", clipped.points_2d(), 0),
            ];
        }
    }
    page.table(table);
    page.claim(
        "With clipping, SGD reaches the minimum at each learning rate, and no step is longer than the rate.",
        arrives,
    );
    page.claim(
        "Without clipping, one step is longer than four times the rate at each rate, and at 0.1 it diverges.",
        long_steps && diverged,
    );
    let field = |x: f64, y: f64| {
        5.0 * (1.0 + (20.0 * x).tanh()) + (x + 1.0).powi(2) / 2.0 + (x + 1.0).powi(4) / 4.0 + y * y / 2.0
    };
    let markers = [(MarkerKind::Start, [0.5, 1.0]), (MarkerKind::Minimum, [-1.0, 0.0])];
    let map = contour_map("Down a cliff with η = 0.03", [[-4.0, 1.0], [-0.5, 1.5]], field, paths, &markers);
    page.figure("hard-cliff", "without clipping, one step leads far beyond the minimum", Figure::new(map));
    Ok(())
}

/// Formats a number with two decimals, without a sign for 0.
fn hundredths(v: f64) -> String {
    format!("{:.2}", (100.0 * v).round() / 100.0 + 0.0)
}

pub(super) fn misleading(page: &mut Page) -> Result<()> {
    page.heading("Weak correspondence of local and global structure");
    page.text("((x + 2)² + y²)/10 − 4·exp(−4((x − 3)² + y²)) has its minimum at (2.97, 0), in a narrow hole. Runs from (1.5, 1):");
    let problem = ProblemInstance::named("misleading", None)?;
    let mut table = TextTable::new(&["method", "ends at", "f"]);
    let (mut away, mut paths) = (true, Vec::new());
    for name in ["SGD", "Momentum", "RMSProp", "Adam"] {
        let method = format!("{}:lr=0.05", name.to_lowercase());
        let trajectory = run_method(&mut problem.clone(), &method, &problem.start, &steps(1000))?;
        let end = &trajectory.outcome;
        table.row(&[
            &name,
            &format!("({}, {})", hundredths(end.x[0]), hundredths(end.x[1])),
            &format_number(end.value),
        ]);
        away &= distance(&end.x, &problem.minima[1]) < 0.05;
        paths.push(Series::line(name, trajectory.points_2d(), method_style(name)));
    }
    page.table(table);
    let lowest = problem.clone().formula.value(&problem.minima[0])?;
    page.claim(
        format!(
            "All end at (−2, 0), where f is 0 and not {}: descent leads away from the global minimum.",
            format_number(lowest)
        ),
        away,
    );
    let inside = run_method(&mut problem.clone(), "sgd:lr=0.05", &[2.6, 0.3], &steps(1000))?.outcome;
    page.claim(
        "From (2.6, 0.3), inside the hole, SGD finds the global minimum.",
        distance(&inside.x, &problem.minima[0]) < 1e-6,
    );
    let markers =
        [(MarkerKind::Start, [1.5, 1.0]), (MarkerKind::Minimum, [-2.0, 0.0]), (MarkerKind::Minimum, [2.969, 0.0])];
    let field = |x: f64, y: f64| ((x + 2.0).powi(2) + y * y) / 10.0 - 4.0 * (-4.0 * ((x - 3.0).powi(2) + y * y)).exp();
    let map =
        contour_map("Downhill leads away from the lowest point", [[-4.0, 4.5], [-2.0, 2.0]], field, paths, &markers);
    page.figure("hard-misleading", "all paths lead to the local minimum", Figure::new(map));
    Ok(())
}
