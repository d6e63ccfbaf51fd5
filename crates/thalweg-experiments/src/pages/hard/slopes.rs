//! Difficulties from slopes that are too small or too large.

// A learning rate of the table is compared exactly.
#![allow(clippy::float_cmp)]

use thalweg::Objective;
use thalweg_plot::{Axis, Chart, Figure, MarkerKind, Series};
use thalweg_problems::{CriticalPoint, ProblemInstance};

use crate::error::Result;
use crate::pages::shared::{contour_map, distance, format_steps, norm, steps};
use crate::{Page, TextTable, format_count, format_number, method_style, new_optimizer, run_method, steps_until};

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
