//! D. Exponential moving averages: their memory and their initial bias. Both are read from the slots of Adam.

use crate::{Page, Result, TextTable, format_count, format_number, new_optimizer};
use anyhow::Context;
use thalweg::algebra::power;
use thalweg::random::Random;
use thalweg::{Optimizer, State};
use thalweg_plot::{Axis, Chart, Figure, Orientation, ReferenceLine, Series};

/// Runs the experiments of the page.
pub(super) fn page() -> Result<Page> {
    let mut page = Page::new("D. The averages");
    memory(&mut page)?;
    bias(&mut page)?;
    first_steps(&mut page)?;
    Ok(page)
}

/// Applies one gradient and returns the value of a slot.
fn step_and_read(adam: &mut Optimizer<f64>, gradient: f64, slot: &str) -> Result<f64> {
    adam.step(&mut [0.0], &[gradient])?;
    Ok(adam.state()?.slots.get(slot).context("Adam has no such slot")?[0])
}

/// Returns Adam's average m after each of these gradients.
fn averages(beta: f64, gradients: impl Iterator<Item = f64>) -> Result<Vec<f64>> {
    let mut adam = new_optimizer(&format!("adam:beta1={beta}"), 1)?;
    gradients.map(|gradient| step_and_read(&mut adam, gradient, "x.m")).collect()
}

fn memory(page: &mut Page) -> Result<()> {
    page.heading("The memory is about 1/(1 − β) values");
    page.text(
        "m ← βm + (1 − β)g. The weight of a value decreases by the factor β with each newer value. A gradient of 1 followed by \
         zeros leaves exactly that weight in slot m of Adam. The published rule ignores weights below 1/e of the newest, which \
         leaves 1/(1 − β) values.",
    );
    let mut table =
        TextTable::new(&["β", "published: 1/(1 − β)", "measured: weights above 1/e", "fraction of the total weight"]);
    let (mut equal, mut share, mut series) = (true, Vec::new(), Vec::new());
    for (k, beta) in [0.5, 0.9, 0.98, 0.99, 0.999].into_iter().enumerate() {
        let impulse = std::iter::once(1.0).chain(std::iter::repeat_n(0.0, 2999));
        let weights = averages(beta, impulse)?;
        let large: Vec<f64> = weights.iter().copied().filter(|w| *w > weights[0] / std::f64::consts::E).collect();
        let published = (1.0 / (1.0 - beta)).round() as usize;
        share.push(large.iter().sum::<f64>());
        table.row(&[&beta, &published, &large.len(), &format!("{:.1} %", 100.0 * share[k])]);
        equal &= large.len() == published;
        let curve = weights.iter().enumerate().map(|(age, w)| [age as f64 * (1.0 - beta), w / weights[0]]);
        series.push(Series::line(format!("β = {beta}"), curve.take_while(|p| p[0] <= 4.0).collect(), k));
    }
    page.table(table);
    page.claim("For each of these β the number of weights above 1/e of the newest is exactly 1/(1 − β).", equal);
    page.claim(
        "⚠ The ignored part is not small: for β of 0.9 and more, those weights make up only 63 % to 66 % of the total.",
        share[1..].iter().all(|s| (0.63..0.66).contains(s)),
    );
    let chart = Chart {
        title: "Weights against age".into(),
        note: "the age in units of 1/(1 − β)".into(),
        x: Axis::linear("age · (1 − β)").range(0.0, 4.0),
        y: Axis::linear("weight / that of the newest").range(0.0, 1.05),
        series,
        reference_lines: vec![ReferenceLine {
            orientation: Orientation::Horizontal,
            value: 1.0 / std::f64::consts::E,
            label: "1/e".into(),
        }],
    };
    page.figure("averages-memory", "the weights decrease to 1/e at an age of about 1/(1 − β)", Figure::new(chart));
    Ok(())
}

fn bias(page: &mut Page) -> Result<()> {
    page.heading("The first averages are biased towards zero");
    page.text(
        "Slots start at 0, so the average of a constant gradient 1 is 1 − βᵗ after t steps. Dividing by that factor corrects the \
         bias, and the correction vanishes with time:",
    );
    let mut table = TextTable::new(&["β", "t", "m", "1/(1 − βᵗ)", "m/(1 − βᵗ)"]);
    let mut off = 0.0_f64;
    for beta in [0.9, 0.999] {
        let ones = averages(beta, std::iter::repeat_n(1.0, 5000))?;
        for t in [1, 2, 10, 100, 1000, 5000] {
            let (m, factor) = (ones[t - 1], 1.0 / (1.0 - power(beta, t as u64)));
            table.row(&[
                &beta,
                &format_count(t as u64),
                &format_number(m),
                &format_number(factor),
                &format_number(m * factor),
            ]);
            off = off.max((m * factor - 1.0).abs());
        }
    }
    page.table(table);
    page.claim("Divided by 1 − βᵗ, the average of ones is 1 to 12 digits at every t shown.", off < 1e-12);
    let fades = |beta: f64, t: u64| 1.0 / (1.0 - power(beta, t)) - 1.0;
    page.claim(
        "After 5/(1 − β) steps the factor is within 1 % of 1.",
        fades(0.9, 50) < 0.01 && fades(0.999, 5000) < 0.01,
    );

    let (beta, mut random) = (0.98, Random::new(7));
    let wave = |t: usize| 5.0 + 2.0 * (t as f64 / 40.0).sin();
    let signal: Vec<f64> = (0..200).map(|t| wave(t) + random.normal()).collect();
    let raw = averages(beta, signal.iter().copied())?;
    let corrected: Vec<f64> = (1..).zip(&raw).map(|(t, m)| m / (1.0 - power(beta, t))).collect();
    let error = |average: &[f64]| average[..20].iter().map(|m| (m - 5.0).abs()).fold(0.0, f64::max);
    page.claim(
        format!(
            "On a noisy wave around 5 with β = 0.98, the error of the average is up to {} in the first 20 steps, and up to {} with \
             bias correction.",
            format_number(error(&raw)),
            format_number(error(&corrected))
        ),
        error(&raw) > 4.0 && error(&corrected) < 1.5,
    );
    let curve = |v: &[f64]| (1..).zip(v).map(|(t, v)| [f64::from(t), *v]).collect::<Vec<_>>();
    let dots = Series { line: false, ..Series::line("values", curve(&signal), 5).dots() };
    let chart = Chart {
        title: "An average begins at 0, and its repair".into(),
        note: "β = 0.98, which remembers 50 values".into(),
        x: Axis::linear("t"),
        y: Axis::linear("value").range(0.0, 10.0),
        series: vec![dots, Series::line("m", curve(&raw), 1), Series::line("m/(1 − βᵗ)", curve(&corrected), 6)],
        reference_lines: Vec::new(),
    };
    page.figure(
        "averages-bias",
        "the average starts at 0 and increases for 100 steps; divided by 1 − βᵗ it is correct at once",
        Figure::new(chart),
    );
    Ok(())
}

fn first_steps(page: &mut Page) -> Result<()> {
    page.heading("Bias correction and the first step");
    page.text(
        "Both averages of Adam are too small at first, the second one more so: without bias correction its first step would be \
         (1 − β₁)/√(1 − β₂) = 3.16 times as long. RMSProp has no bias correction. The table has the first step divided by the \
         learning rate, for any gradient (here 5). Adam with its step counter set to 100,000 has no correction left:",
    );
    let mut table = TextTable::new(&["method", "first step / rate", "by the formula"]);
    let mut right = true;
    for (method, formula) in [
        ("adam:lr=0.001", 1.0),
        ("rmsprop:lr=0.001,rho=0.9", 1.0 / 0.1_f64.sqrt()),
        ("rmsprop:lr=0.001,rho=0.999", 1.0 / 0.001_f64.sqrt()),
        ("adagrad:lr=0.001", 1.0),
    ] {
        let mut x = [0.0];
        new_optimizer(method, 1)?.step(&mut x, &[5.0])?;
        let step = -x[0] / 0.001;
        table.row(&[&format!("`{method}`"), &format!("{step:.4}"), &format!("{formula:.4}")]);
        right &= (step / formula - 1.0).abs() < 1e-6;
    }
    let mut late = new_optimizer("adam:lr=0.001", 1)?;
    late.load_state(&State { t: 100_000, ..late.state()? })?;
    let mut x = [0.0];
    late.step(&mut x, &[5.0])?;
    let (step, formula) = (-x[0] / 0.001, 0.1 / 0.001_f64.sqrt());
    table.row(&[&"Adam without bias correction", &format!("{step:.4}"), &format!("{formula:.4}")]);
    right &= (step / formula - 1.0).abs() < 1e-6;
    page.table(table);
    page.claim(
        "The first step of Adam is as long as its learning rate; that of RMSProp is 31.6 times as long for ρ = 0.999.",
        right,
    );
    Ok(())
}
