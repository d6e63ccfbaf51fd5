//! Limits of the gradient: long-term dependencies, noise and overfitting.

use crate::pages::shared::{format_steps, steps};
use crate::{
    Page, Result, TextTable, format_count, format_number, method_style, new_optimizer, run_method, run_until,
    steps_until,
};
use thalweg::{Objective, Optimizer, OptimizerSpec};
use thalweg_plot::{Axis, Chart, Figure, Orientation, ReferenceLine, Series};
use thalweg_problems::ProblemInstance;

pub(super) fn long_term(page: &mut Page) -> Result<()> {
    const MAX_STEPS: u64 = 20_000;
    page.heading("Long-term dependencies");
    page.text(
        "A recurrence h ← x·h of n steps from y: f = (y·xⁿ − 1)²/2 + (y − 1)²/20. The derivative |∂f/∂x| at y = 1, by length n:",
    );
    let derivative = |x: f64, n: u32| -> Result<f64> {
        let mut gradient = [0.0; 2];
        ProblemInstance::named(&format!("recurrence:length={n}"), None)?.eval(&[x, 1.0], &mut gradient)?;
        Ok(gradient[0].abs())
    };
    let mut table = TextTable::new(&["n", "x = 0.5", "x = 0.9", "x = 1.1", "x = 1.5"]);
    for n in [1, 10, 20, 50, 100] {
        let cells: Vec<String> =
            [0.5, 0.9, 1.1, 1.5].iter().map(|&x| Ok(format_number(derivative(x, n)?))).collect::<Result<_>>()?;
        table.row(&[&n, &cells[0], &cells[1], &cells[2], &cells[3]]);
    }
    page.table(table);
    let per_step =
        |x: f64| -> Result<f64> { Ok((derivative(x, 100)? / 100.0 / (derivative(x, 60)? / 60.0)).powf(1.0 / 40.0)) };
    let (shrinks, grows) = (per_step(0.9)?, per_step(1.1)?);
    page.claim(
        "With each further step, the derivative divided by n is multiplied by x for x = 0.9 and by x² for x = 1.1, within 0.1 %.",
        (shrinks / 0.9 - 1.0).abs() < 1e-3 && (grows / 1.21 - 1.0).abs() < 1e-3,
    );
    page.text("The effect on learning: the number of steps from (0.5, 0.5) until y·xⁿ is within 0.1 of 1.");
    let mut table = TextTable::new(&["n", "SGD, η = 0.1", "Adam, η = 0.01", "Adam, ε = 1e-30"]);
    let mut found = Vec::new();
    for n in [1_i32, 2, 5, 10, 20, 50] {
        let mut needed = Vec::new();
        for method in ["sgd:lr=0.1", "adam:lr=0.01", "adam:lr=0.01,eps=1e-30"] {
            let mut recurrence = ProblemInstance::named(&format!("recurrence:length={n}"), None)?;
            let learnt = |x: &[f64]| (x[1] * x[0].powi(n) - 1.0).abs() < 0.1;
            needed.push(steps_until(&mut recurrence, &mut new_optimizer(method, 2)?, &[0.5, 0.5], MAX_STEPS, learnt)?);
        }
        table.row(&[
            &n,
            &format_steps(needed[0], MAX_STEPS),
            &format_steps(needed[1], MAX_STEPS),
            &format_steps(needed[2], MAX_STEPS),
        ]);
        found.push(needed);
    }
    page.table(table);
    page.claim("SGD does not learn 20 steps of the recurrence within 20,000; Adam does within 100.", {
        found[4][0].is_none() && found[4][1].is_some_and(|steps| steps < 100)
    });
    page.claim(
        "Adam does not learn 50 steps either: a derivative of 10⁻¹³ is below its ε = 10⁻⁸. With a tiny ε it does within 100.",
        found[5][1].is_none() && found[5][2].is_some_and(|steps| steps < 100),
    );
    let mut series = Vec::new();
    for (k, x) in [0.5, 0.9, 1.1, 1.5].into_iter().enumerate() {
        let points = (1..=60).map(|n| Ok([f64::from(n), derivative(x, n)?])).collect::<Result<_>>()?;
        series.push(Series::line(format!("x = {x}"), points, k));
    }
    let chart = Chart {
        title: "The slope of a recurrence against its length".into(),
        x: Axis::linear("n"),
        y: Axis::log("|∂f/∂x|"),
        series,
        ..Chart::default()
    };
    page.figure("hard-recurrence", "the derivative shrinks or grows geometrically with the length", Figure::new(chart));
    Ok(())
}

pub(super) fn inexact_gradients(page: &mut Page) -> Result<()> {
    page.heading("Inexact gradients");
    page.text(
        "(x² + y²/2)/2 with normal noise of standard deviation σ on each component of the gradient. SGD at a constant learning rate \
         η fluctuates around the minimum: with curvatures λ the mean of f is Σ ησ²/(4 − 2ηλ). The last 15,000 of 20,000 steps \
         from (1, 1):",
    );
    let run = |noise: f64, method: &str, schedule: &str| {
        let mut spec: OptimizerSpec = method.parse()?;
        spec.options.schedule = schedule.parse()?;
        let mut noisy = ProblemInstance::named(&format!("noisy:noise={noise}"), None)?;
        run_until(&mut noisy, &mut Optimizer::new(spec, 2)?, &[1.0, 1.0], &steps(20_000), |_| false)
    };
    let mean = |values: &[f64]| values[5_000..].iter().sum::<f64>() / (values.len() - 5_000) as f64;
    let mut table = TextTable::new(&["σ", "η", "mean f by the formula", "measured", "at 0.5/(1 + t/100)"]);
    let (mut near, mut better) = (true, true);
    for (noise, eta) in [(0.01, 0.1), (0.1, 0.1), (1.0, 0.1), (0.1, 0.01), (0.1, 0.5)] {
        let formula: f64 = [1.0, 0.5].iter().map(|curve| eta * noise * noise / (4.0 - 2.0 * eta * curve)).sum();
        let constant = mean(&run(noise, &format!("sgd:lr={eta}"), "constant")?.values);
        let falling = mean(&run(noise, "sgd:lr=0.5", "inverse:rate=0.01")?.values);
        table.row(&[&noise, &eta, &format_number(formula), &format_number(constant), &format_number(falling)]);
        near &= (constant / formula - 1.0).abs() < 0.15;
        better &= falling < constant / 2.0;
    }
    page.table(table);
    page.claim(
        "The measured mean agrees with the formula within 15 %: a tenth of the noise gives a hundredth of f.",
        near,
    );
    page.claim("With a decreasing learning rate (last column) the mean is less than half of each.", better);
    let smooth = |values: &[f64]| {
        let blocks = (0..48).map(|k| (10_f64.powf(f64::from(k) / 11.0), 10_f64.powf(f64::from(k + 1) / 11.0)));
        let blocks = blocks.map(|(from, to)| (from as usize, (to.ceil() as usize).min(values.len())));
        let means = blocks.filter(|(from, to)| from < to).map(|(from, to)| {
            [f64::midpoint(from as f64, to as f64), values[from..to].iter().sum::<f64>() / (to - from) as f64]
        });
        means.collect::<Vec<_>>()
    };
    let [constant, small, falling] =
        [("sgd:lr=0.5", "constant"), ("sgd:lr=0.01", "constant"), ("sgd:lr=0.5", "inverse:rate=0.01")]
            .map(|(method, schedule)| run(0.1, method, schedule));
    let chart = Chart {
        title: "Constant and falling rates under noise".into(),
        note: "σ = 0.1; means of f over stretches of steps".into(),
        x: Axis::log("step"),
        y: Axis::log("f"),
        series: vec![
            Series::line("η = 0.5", smooth(&constant?.values), 1),
            Series::line("η = 0.01", smooth(&small?.values), 2),
            Series::line("η = 0.5/(1 + t/100)", smooth(&falling?.values), 0),
        ],
        reference_lines: Vec::new(),
    };
    page.figure(
        "hard-noise",
        "at a constant learning rate f stagnates, at a decreasing one it continues to decrease",
        Figure::new(chart),
    );
    Ok(())
}

pub(super) fn early_stopping(page: &mut Page) -> Result<()> {
    const N: usize = 20;
    page.heading("Early stopping against overfitting");
    page.text(
        "Least squares with 20 parameters, the i-th of which has an effect of 1/i. The data are a signal in the first three and \
         noise of ±0.2 in all. Training minimizes the loss on the data; the aim is a small distance to the signal. SGD with η = \
         1 from 0:",
    );
    let mut overfit = ProblemInstance::named("overfit", Some(N))?;
    let trajectory = run_method(&mut overfit, "sgd:lr=1", &[0.0; N], &steps(3000))?;
    let signal = |i: usize| if i < 3 { 1.0 } else { 0.0 };
    let error =
        |x: &Vec<f64>| x.iter().enumerate().map(|(i, x)| (x / (i + 1) as f64 - signal(i)).powi(2)).sum::<f64>() / 2.0;
    let errors: Vec<f64> = trajectory.points.iter().map(error).collect();
    let best = (0..errors.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b])).unwrap_or(0);
    let mut table = TextTable::new(&["step", "training loss", "distance to the signal, squared, halved"]);
    for step in [0, 1, 3, best, 100, 1000, 3000] {
        table.row(&[&format_count(step as u64), &format_number(trajectory.values[step]), &format_number(errors[step])]);
    }
    page.table(table);
    let falls = trajectory.values.windows(2).all(|f| f[1] <= f[0]);
    page.claim("The training loss decreases at every step.", falls);
    page.claim(
        format!(
            "The distance to the signal is smallest at step {best}, and at the end it is more than twice as large."
        ),
        (4..100).contains(&best) && errors[3000] > 2.0 * errors[best],
    );
    let curve = |v: &[f64]| v.iter().enumerate().skip(1).map(|(t, v)| [t as f64, *v]).collect::<Vec<_>>();
    let chart = Chart {
        title: "What is learnt first is the signal".into(),
        x: Axis::log("step"),
        y: Axis::log("loss").range(1e-3, 2.0),
        series: vec![
            Series::line("training loss", curve(&trajectory.values), method_style("sgd")),
            Series::line("distance to the signal, squared, halved", curve(&errors), 1),
        ],
        reference_lines: vec![ReferenceLine {
            orientation: Orientation::Vertical,
            value: best as f64,
            label: "stop here".into(),
        }],
        note: String::new(),
    };
    page.figure(
        "hard-overfit",
        "the training loss decreases throughout, the distance to the signal only at first",
        Figure::new(chart),
    );
    Ok(())
}
