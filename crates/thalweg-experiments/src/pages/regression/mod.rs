//! B. Adam and batch gradient descent on y = x₁ + 2x₂: a published table, its reproduction and a fair comparison.

mod published;
mod samples;

use crate::{Page, Result, TextTable, format_count, format_number, lr_grid, method_style};
use published::{PUBLISHED, Published, PublishedRun};
use samples::{LossCheck, Samples, TrainingRun};
use thalweg_plot::{Axis, Chart, ContourMap, Figure, Marker, MarkerKind, Series};

/// Runs the experiments of the page.
pub(super) fn page() -> Result<Page> {
    let mut page = Page::new("B. Linear regression");
    published_table(&mut page)?;
    fair_comparison(&mut page)?;
    batch_sizes(&mut page)?;
    paths(&mut page)?;
    Ok(page)
}

fn format_seconds(s: f64) -> String {
    if s < 0.01 { format!("{:.2} ms", 1000.0 * s) } else { format!("{s:.3} s") }
}

fn published_table(page: &mut Page) -> Result<()> {
    page.heading("The published table");
    page.text(
        "The data are y = x₁ + 2x₂ with x₁, x₂ uniform in [1.1, 10.4], without intercept; θ starts at 0, and the loss is \
         1/(2m)·Σ(θ·x − y)². Adam (η = 0.01) uses one sample per step in file order until the loss over all samples, checked \
         after every step, is at most 1e-4. Gradient descent uses all samples at each step; its η and its stopping rule were \
         not published. η = 0.01 until the gradient norm is at most 1e-4 reproduces its steps and its θ, and is used here. The \
         published data were random and are not known: ours are other data from the same distribution.",
    );
    let mut table = TextTable::new(&["n", "method", "", "steps", "θ₁", "θ₂", "seconds"]);
    let (mut adam_near, mut descent_near) = (true, true);
    let (mut checks_per_sample, mut more) = (0.0, 0.0);
    for Published { samples: n, adam, descent } in &PUBLISHED {
        let n = *n;
        let samples = Samples::uniform(n);
        let one = samples.batches("adam:lr=0.01", 1, LossCheck { every: 1, max_steps: 3000 }, |_| {})?;
        let all = samples.full_batches("sgd:lr=0.01", 1e-4)?;
        for (name, published, measured) in [("Adam", adam, &one), ("gradient descent", descent, &all)] {
            let PublishedRun { steps, theta, seconds } = published;
            let digits = |theta: f64| format!("{theta:.6}");
            let cells = [digits(theta[0]), digits(theta[1]), format_seconds(*seconds)];
            table.row(&[
                &format_count(n as u64),
                &name,
                &"published",
                &format_count(*steps),
                &cells[0],
                &cells[1],
                &cells[2],
            ]);
            let cells = [digits(measured.theta[0]), digits(measured.theta[1]), format_seconds(measured.seconds)];
            table.row(&[&"", &"", &"measured", &format_count(measured.steps), &cells[0], &cells[1], &cells[2]]);
        }
        adam_near &= one.steps.abs_diff(adam.steps) < 600 && is_near_solution(&one, 0.006);
        descent_near &= all.steps.abs_diff(descent.steps) <= 20 && is_near_solution(&all, 2e-5);
        (checks_per_sample, more) = (
            one.checked_samples as f64 / one.used_samples as f64,
            (one.checked_samples + one.used_samples) as f64 / all.used_samples as f64,
        );
    }
    page.table(table);
    page.claim("Adam's steps are within 600 of the published ones, and θ within 0.006 of (1, 2).", adam_near);
    page.claim(
        "Gradient descent's steps are within 20 of the published ones, and θ within 2e-5 of (1, 2).",
        descent_near,
    );
    page.claim(
        "At n = 100,000, Adam's program evaluates 99,000 samples for its stopping rule for each sample it learns from.",
        checks_per_sample > 99_000.0,
    );
    page.claim(
        format!("It evaluates {more:.1} times as many samples as the program of gradient descent."),
        more > 10.0,
    );
    let Published { adam, descent, .. } = &PUBLISHED[3];
    page.text(format!(
        "⚠ The published conclusion is that Adam takes a tenth of the time at n = 100,000 (by the published times, a fraction of \
         {:.2}). It does not follow: Adam's program was vectorized while the other was an interpreted loop, and each used its \
         own stopping rule and reached its own accuracy. Our times, with the same code for both, are from one core of an AMD \
         EPYC.",
        adam.seconds / descent.seconds
    ));
    Ok(())
}

fn is_near_solution(descent: &TrainingRun, by: f64) -> bool {
    (descent.theta[0] - 1.0).abs() < by && (descent.theta[1] - 2.0).abs() < by
}

/// Returns the learning rate of gradient descent: below 2 over the largest curvature of a batch.
fn rate(size: usize) -> f64 {
    if size > 32 { 0.01 } else { 0.005 }
}

fn fair_comparison(page: &mut Page) -> Result<()> {
    page.heading("A fair comparison");
    page.text(
        "Both methods use the same code and the same stopping rule: the loss over all samples is at most 1e-4, checked after \
         every 100 samples, or after every step if a step uses more. The cost is the number of samples used for steps; the \
         times include the checks. Adam has the published learning rate 0.01. Gradient descent has 0.01 for full batches and \
         0.005 for batches of 1 and 32, since the curvature of a single sample is up to 216, which bounds the learning rate \
         by 2/216 = 0.009.",
    );
    let heads = ["n", "batch", "Adam: steps", "samples", "seconds", "GD: steps", "samples", "seconds"];
    let mut table = TextTable::new(&heads);
    let (mut fewer, mut saved, mut bound) = (true, f64::INFINITY, 0.0_f64);
    for n in [100, 1_000, 10_000, 100_000] {
        let samples = Samples::uniform(n);
        bound = bound.max(samples.max_curvature());
        let mut used_samples = Vec::new();
        for size in [1, 32, n] {
            let check = LossCheck { every: (100 / size).max(1) as u64, max_steps: 10_000 };
            let adam = samples.batches("adam:lr=0.01", size, check, |_| {})?;
            let descent = samples.batches(&format!("sgd:lr={}", rate(size)), size, check, |_| {})?;
            let cells =
                |d: &TrainingRun| [format_count(d.steps), format_count(d.used_samples), format_seconds(d.seconds)];
            let (a, d) = (cells(&adam), cells(&descent));
            let name = if size == n { "all".into() } else { format_count(size as u64) };
            table.row(&[&format_count(n as u64), &name, &a[0], &a[1], &a[2], &d[0], &d[1], &d[2]]);
            fewer &= descent.used_samples < adam.used_samples;
            used_samples.push([adam.used_samples as f64, descent.used_samples as f64]);
        }
        if n == 100_000 {
            saved = (used_samples[2][0] / used_samples[0][0]).min(used_samples[2][1] / used_samples[0][1]);
        }
    }
    page.table(table);
    page.claim("At equal batch sizes gradient descent uses fewer samples than Adam.", fewer);
    page.claim(
        "At n = 100,000, both use over 10,000 times fewer samples with batches of one than with full batches.",
        saved > 10_000.0,
    );
    page.claim("The curvature of no sample exceeds 216.33, about twice 10.4².", bound <= 216.33);
    page.text("The published advantage of Adam is the advantage of small batches.");
    tuned_rates(page)
}

fn tuned_rates(page: &mut Page) -> Result<()> {
    page.text(
        "The learning rates above are not tuned. For n = 1,000, this table has for each method and batch size the learning rate \
         among 0.001, 0.00215, 0.00464, …, 1 that needs the fewest samples:",
    );
    let samples = Samples::uniform(1000);
    let mut table = TextTable::new(&["batch", "Adam: rate", "samples", "GD: rate", "samples"]);
    let mut ratios = Vec::new();
    for size in [1, 32, 1000] {
        let check = LossCheck { every: (100 / size).max(1) as u64, max_steps: 3_000 };
        let best = |name: &str| -> Result<(f64, u64)> {
            let mut best = (0.0, u64::MAX);
            for rate in lr_grid(-3, 0, 3) {
                let found = samples.batches(&format!("{name}:lr={rate}"), size, check, |_| {})?;
                if found.reached && found.used_samples < best.1 {
                    best = (rate, found.used_samples);
                }
            }
            Ok(best)
        };
        let (adam, descent) = (best("adam")?, best("sgd")?);
        table.row(&[
            &format_count(size as u64),
            &format_number(adam.0),
            &format_count(adam.1),
            &format_number(descent.0),
            &format_count(descent.1),
        ]);
        ratios.push(adam.1 as f64 / descent.1 as f64);
    }
    page.table(table);
    page.claim(
        "Also at its best learning rate, Adam uses no fewer samples than gradient descent.",
        ratios.iter().all(|r| *r >= 1.0),
    );
    page.text("The condition number is about 10 and the data have no noise, so there is little for Adam to improve.");
    Ok(())
}

fn batch_sizes(page: &mut Page) -> Result<()> {
    page.heading("Batch sizes from one to all samples");
    page.text("The loss over all 1,000 samples with gradient descent, by steps and by samples used:");
    let samples = Samples::uniform(1000);
    let mut table =
        TextTable::new(&["batch", "loss after 10 steps", "after 100 steps", "after 1,000 samples", "after 10,000"]);
    let (mut by_step, mut by_sample, mut pass) = (Vec::new(), Vec::new(), Vec::new());
    for (look, size) in [1, 10, 100, 1000].into_iter().enumerate() {
        let max_steps = (20_000 / size as u64).max(150);
        let mut losses = Vec::new();
        let method = format!("sgd:lr={}", rate(size));
        samples.batches(&method, size, LossCheck { every: u64::MAX, max_steps }, |theta| {
            losses.push(samples.loss(theta));
        })?;
        let at = |step: usize| losses.get(step).map_or(String::new(), |loss| format!("{loss:.1e}"));
        table.row(&[&format_count(size as u64), &at(10), &at(100), &at(1000 / size), &at(10_000 / size)]);
        let curve = |unit: f64| losses.iter().enumerate().skip(1).map(|(t, l)| [t as f64 * unit, *l]).collect();
        let name = if size == 1000 { "all 1,000".into() } else { format!("batch {size}") };
        by_step.push(Series::line(&name, curve(1.0), look));
        by_sample.push(Series::line(&name, curve(size as f64), look));
        pass.push(losses[1000 / size]);
    }
    page.table(table);
    page.claim(
        "After one epoch, a smaller batch size gives a lower loss.",
        pass.windows(2).all(|pair| pair[0] < pair[1]),
    );
    let chart = |title: &str, x: Axis, series| Chart {
        title: title.into(),
        x,
        y: Axis::log("loss").range(1e-8, 200.0),
        series,
        ..Chart::default()
    };
    let panels = vec![
        chart("against steps", Axis::log("step").range(1.0, 1000.0), by_step).into(),
        chart("against samples used", Axis::log("samples").range(1.0, 100_000.0), by_sample).into(),
    ];
    let title = "The loss over all samples, for four sizes of batch".into();
    let figure = Figure { title, panels, columns: 2, ..Figure::default() };
    page.figure("regression-batches", "the loss against steps and against samples used, for four batch sizes", figure);
    Ok(())
}

fn paths(page: &mut Page) -> Result<()> {
    page.heading("The paths");
    page.text("θ with batches of one and with full batches of 1,000 samples, on the contour lines of the loss over all samples:");
    let samples = Samples::uniform(1000);
    let path = |size| -> Result<Vec<[f64; 2]>> {
        let mut points = Vec::new();
        let check = LossCheck { every: u64::MAX, max_steps: 150 };
        samples.batches(&format!("sgd:lr={}", rate(size)), size, check, |theta| points.push([theta[0], theta[1]]))?;
        Ok(points)
    };
    let (one, all) = (path(1)?, path(1000)?);
    let rises = |path: &[[f64; 2]]| path.windows(2).filter(|p| samples.loss(&p[1]) > samples.loss(&p[0])).count();
    let (up_one, up_all) = (rises(&one), rises(&all));
    page.claim("With full batches the loss over all samples decreases at each of 150 steps.", up_all == 0);
    page.claim(
        format!("With batches of one it increases at more than one step in ten (measured: {up_one} of 150)."),
        up_one > 15,
    );
    let at = samples.loss(&one[20]) / samples.loss(&all[20]);
    page.claim(
        format!(
            "After 20 steps, with 1/1,000 of the work, its loss is {} times that of full batches, less than ten times.",
            format_number(at)
        ),
        at < 10.0,
    );
    let field = Samples::uniform(1000);
    let map = ContourMap {
        title: "150 steps by one sample each, and by all of them".into(),
        note: "contour lines: the loss over 1,000 samples".into(),
        x: Axis::linear("θ₁").range(-0.2, 2.2),
        y: Axis::linear("θ₂").range(-0.2, 2.2),
        paths: vec![
            Series::line("one sample a step", one, method_style("momentum")),
            Series::line("all samples a step", all, 0),
        ],
        markers: vec![
            Marker { position: [0.0, 0.0], kind: MarkerKind::Start, label: String::new() },
            Marker { position: [1.0, 2.0], kind: MarkerKind::Minimum, label: "(1, 2)".into() },
        ],
        ..ContourMap::new(move |a, b| field.loss(&[a, b]))
    };
    page.figure(
        "regression-paths",
        "θ fluctuates with batches of one and follows a smooth path with full batches",
        Figure::new(map),
    );
    Ok(())
}
