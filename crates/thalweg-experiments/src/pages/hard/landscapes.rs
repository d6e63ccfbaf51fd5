//! Difficulties from the shape of f.

use crate::pages::shared::{contour_map, distance, format_steps, norm, steps};
use crate::{Page, Result, TextTable, format_number, method_style, new_optimizer, run_method, steps_until};
use thalweg_plot::{Axis, Chart, Figure, MarkerKind, Series};
use thalweg_problems::{Formula, ProblemInstance};

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
