//! Errors in published texts, and formulas with several conventions: the effect of each.

use crate::{Page, Result, TextTable, Trajectory, format_number, new_optimizer, run_method, run_until};
use thalweg::{Optimizer, OptimizerSpec, StopCriteria};
use thalweg_problems::ProblemInstance;

/// Runs the experiments of the page.
pub(super) fn page() -> Result<Page> {
    let mut page = Page::new("Errors in the texts, and conventions");
    momentum_errors(&mut page)?;
    momentum_conventions(&mut page)?;
    nag_forms(&mut page)?;
    constants(&mut page)?;
    Ok(page)
}

/// Runs 100 steps in the ravine.
fn ravine(method: &str, schedule: &str) -> Result<Trajectory> {
    let mut spec: OptimizerSpec = method.parse()?;
    spec.options.schedule = schedule.parse()?;
    let stop = StopCriteria { max_steps: Some(100), ..StopCriteria::default() };
    run_until(&mut ProblemInstance::named("ravine", None)?, &mut Optimizer::new(spec, 2)?, &[-7.0, 2.0], &stop, |_| {
        false
    })
}

/// Returns the largest difference of two runs in a coordinate.
fn max_difference(a: &Trajectory, b: &Trajectory) -> f64 {
    let pairs = a.points.iter().flatten().zip(b.points.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn momentum_errors(page: &mut Page) -> Result<()> {
    page.heading("Two errors in momentum");
    page.text("⚠ One text gives momentum as x ← x + η·m, with m an average of gradients. The sign must be −; with + the method ascends.");
    let mut bowl = ProblemInstance::named("bowl", None)?;
    let stop = StopCriteria { max_steps: Some(50), ..StopCriteria::default() };
    let up = run_method(&mut bowl, "momentum:lr=0.1,form=ema,goal=maximize", &[1.0, 1.0], &stop)?;
    page.claim("With +, the value of a bowl increases at each of 50 steps.", up.values.windows(2).all(|f| f[1] > f[0]));
    page.text("⚠ One published program resets its velocity to 0 at every call. That is not momentum:");
    let (mut x, method) = (vec![-7.0, 2.0], "momentum:lr=0.1");
    let sgd = ravine("sgd:lr=0.1", "constant")?;
    for _ in 0..100 {
        let gradient = [x[0] / 10.0, 2.0 * x[1]];
        new_optimizer(method, 2)?.step(&mut x, &gradient)?;
    }
    let same = x.iter().zip(&sgd.outcome.x).all(|(a, b)| (a - b).abs() < 1e-12);
    page.claim("With a new optimizer for every step, 100 steps of momentum equal those of SGD.", same);
    Ok(())
}

fn momentum_conventions(page: &mut Page) -> Result<()> {
    page.heading("Three conventions of momentum");
    page.text(
        "The learning rate is applied outside of the velocity (v ← αv + g, x ← x − ηv) or inside (v ← αv + ηg, x ← x − v), or the \
         velocity is an average (v ← αv + (1 − α)g, x ← x − ηv, for which η is ten times as large at α = 0.9). 100 steps in the \
         ravine at a constant learning rate, and with a tenth of it from step 10 on:",
    );
    let conventions = [
        ("outside", "momentum:lr=0.05"),
        ("inside", "momentum:lr=0.05,form=lr_inside"),
        ("average", "momentum:lr=0.5,form=ema"),
    ];
    let mut table = TextTable::new(&["convention", "settings", "constant: x at step 20", "decreasing: x at step 20"]);
    let mut runs = Vec::new();
    for (name, method) in conventions {
        let (constant, falling) = (ravine(method, "constant")?, ravine(method, "piecewise:10=0.1")?);
        table.row(&[
            &name,
            &format!("`{method}`"),
            &format_number(constant.points[20][0]),
            &format_number(falling.points[20][0]),
        ]);
        runs.push([constant, falling]);
    }
    page.table(table);
    let far = |a: usize, b: usize, k: usize| max_difference(&runs[a][k], &runs[b][k]);
    page.claim(
        "At a constant learning rate the three are equal to 12 digits.",
        far(0, 1, 0) < 1e-12 && far(0, 2, 0) < 1e-12,
    );
    page.claim(
        "When the learning rate decreases, the steps of *outside* and *average* decrease at once; *inside* keeps its velocity.",
        far(0, 2, 1) < 1e-12 && far(0, 1, 1) > 1.0,
    );
    Ok(())
}

fn nag_forms(page: &mut Page) -> Result<()> {
    page.heading("Two forms of NAG");
    page.text(
        "The texts evaluate the gradient at the look-ahead point x − ηαv; PyTorch and Keras evaluate it at x and step by \
         η(g + αv). The second form is the first one seen at its look-ahead points:",
    );
    let shifted = ravine("nag:lr=0.05,nesterov=lookahead", "constant")?;
    let free = ravine("nag:lr=0.05", "constant")?;
    let values = shifted.values.iter().zip(&free.values).all(|(a, b)| (a - b).abs() < 1e-12);
    page.claim(
        "f at the look-ahead points of the first equals f at x of the second, at each of 100 steps, to 12 digits.",
        values,
    );
    page.claim("x itself differs by more than 0.1 during the run.", max_difference(&shifted, &free) > 0.1);
    Ok(())
}

fn constants(page: &mut Page) -> Result<()> {
    page.heading("The small constant inside or outside the root");
    page.text("The first step of AdaGrad divided by its learning rate, with ε = 10⁻⁶ outside (g/(√v + ε)) and inside (g/√(v + ε)):");
    let mut table = TextTable::new(&["g", "outside", "inside"]);
    let mut found = Vec::new();
    for g in [1.0, 1e-2, 1e-4, 1e-6] {
        let step = |form: &str| -> Result<f64> {
            let mut x = [0.0];
            new_optimizer(&format!("adagrad:lr=0.001,eps=1e-6,eps_form={form}"), 1)?.step(&mut x, &[g])?;
            Ok(-x[0] / 0.001)
        };
        let (outside, inside) = (step("outside")?, step("inside")?);
        table.row(&[&format_number(g), &format!("{outside:.4}"), &format!("{inside:.4}")]);
        found.push([outside, inside]);
    }
    page.table(table);
    page.claim("For gradients of 1 there is no difference, within 10⁻⁵.", (found[0][0] - found[0][1]).abs() < 1e-5);
    page.claim(
        "For gradients of 10⁻⁶ the step is 500 times as long with ε outside.",
        (found[3][0] / found[3][1] / 500.0 - 1.0).abs() < 0.01,
    );
    Ok(())
}
