//! What stands wrong in some texts, and what is written in more than one way: what each comes to.
//!
//! `cargo run --release -p thalweg-experiments --example errors`

use thalweg::{Optimizer, OptimizerSpec, ProblemInstance, StopCriteria};
use thalweg_experiments::{Page, Result, Table, Trail, follow, follow_until, optimizer, short, show};

/// The page.
pub(crate) fn page() -> Result<Page> {
    let mut page = Page::new("Errors in the texts, and ways to write");
    mistakes(&mut page)?;
    three_ways(&mut page)?;
    two_forms(&mut page)?;
    constants(&mut page)?;
    Ok(page)
}

/// 100 steps in the ravine.
fn ravine(method: &str, schedule: &str) -> Result<Trail> {
    let mut spec: OptimizerSpec = method.parse()?;
    spec.options.schedule = schedule.parse()?;
    let stop = StopCriteria { steps: Some(100), ..StopCriteria::default() };
    follow_until(
        &mut ProblemInstance::named("ravine", None)?,
        &mut Optimizer::new(spec, 2)?,
        &[-7.0, 2.0],
        &stop,
        |_| false,
    )
}

/// The largest distance of two runs in a coordinate.
fn apart(a: &Trail, b: &Trail) -> f64 {
    let pairs = a.points.iter().flatten().zip(b.points.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn mistakes(page: &mut Page) -> Result<()> {
    page.heading("Two errors in momentum");
    page.text("⚠ x ← x + η·m, with m an average of gradients, is printed for momentum. The sign must be −: with + it ascends.");
    let mut bowl = ProblemInstance::named("bowl", None)?;
    let stop = StopCriteria { steps: Some(50), ..StopCriteria::default() };
    let up = follow(&mut bowl, "momentum:lr=0.1,rate=average,goal=maximize", &[1.0, 1.0], &stop)?;
    page.claim("With + the value of a bowl rises at each of 50 steps.", up.values.windows(2).all(|f| f[1] > f[0]));
    page.text("⚠ A printed code sets its velocity to 0 at every call. That is no momentum:");
    let (mut x, method) = (vec![-7.0, 2.0], "momentum:lr=0.1");
    let sgd = ravine("sgd:lr=0.1", "constant")?;
    for _ in 0..100 {
        let gradient = [x[0] / 10.0, 2.0 * x[1]];
        optimizer(method, 2)?.step(&mut x, &gradient)?;
    }
    let same = x.iter().zip(&sgd.outcome.x).all(|(a, b)| (a - b).abs() < 1e-12);
    page.claim("With a new optimizer for every step, 100 steps of momentum are those of SGD.", same);
    Ok(())
}

fn three_ways(page: &mut Page) -> Result<()> {
    page.heading("Momentum is written in three ways");
    page.text(
        "The rate outside of the velocity (v ← αv + g, x ← x − ηv), inside (v ← αv + ηg, x ← x − v), or an average (v ← αv + (1 − \
         α)g, x ← x − ηv, for which η is ten times as large at α = 0.9). 100 steps in the ravine at a constant rate, and with a \
         tenth of the rate from step 10 on:",
    );
    let ways = [
        ("outside", "momentum:lr=0.05"),
        ("inside", "momentum:lr=0.05,rate=inside"),
        ("average", "momentum:lr=0.5,rate=average"),
    ];
    let mut table = Table::new(&["way", "settings", "constant: x at step 20", "with the fall: x at step 20"]);
    let mut runs = Vec::new();
    for (name, method) in ways {
        let (constant, falling) = (ravine(method, "constant")?, ravine(method, "piecewise:10=0.1")?);
        table.row(&[&name, &format!("`{method}`"), &short(constant.points[20][0]), &short(falling.points[20][0])]);
        runs.push([constant, falling]);
    }
    page.table(table);
    let far = |a: usize, b: usize, k: usize| apart(&runs[a][k], &runs[b][k]);
    page.claim("At a constant rate the three are one, to 12 digits.", far(0, 1, 0) < 1e-12 && far(0, 2, 0) < 1e-12);
    page.claim(
        "Where the rate falls, outside and average fall with it at once; inside goes on with the velocity it has.",
        far(0, 2, 1) < 1e-12 && far(0, 1, 1) > 1.0,
    );
    Ok(())
}

fn two_forms(page: &mut Page) -> Result<()> {
    page.heading("NAG is written in two forms");
    page.text(
        "The texts take the gradient at the shifted point x − ηαv; PyTorch and Keras take it at x and step by η(g + αv). The second \
         is the first seen at its shifted points:",
    );
    let shifted = ravine("nag:lr=0.05,form=shifted", "constant")?;
    let free = ravine("nag:lr=0.05", "constant")?;
    let values = shifted.values.iter().zip(&free.values).all(|(a, b)| (a - b).abs() < 1e-12);
    page.claim(
        "f at the shifted points of the one is f at x of the other, at each of 100 steps, to 12 digits.",
        values,
    );
    page.claim("x itself differs, by more than 0.1 on the way.", apart(&shifted, &free) > 0.1);
    Ok(())
}

fn constants(page: &mut Page) -> Result<()> {
    page.heading("The small constant stands inside or outside the root");
    page.text("The first step of AdaGrad over its rate, with ε = 10⁻⁶ outside (g/(√v + ε)) and inside (g/√(v + ε)):");
    let mut table = Table::new(&["g", "outside", "inside"]);
    let mut found = Vec::new();
    for g in [1.0, 1e-2, 1e-4, 1e-6] {
        let step = |form: &str| -> Result<f64> {
            let mut x = [0.0];
            optimizer(&format!("adagrad:lr=0.001,eps=1e-6,eps_form={form}"), 1)?.step(&mut x, &[g])?;
            Ok(-x[0] / 0.001)
        };
        let (outside, inside) = (step("outside")?, step("inside")?);
        table.row(&[&short(g), &format!("{outside:.4}"), &format!("{inside:.4}")]);
        found.push([outside, inside]);
    }
    page.table(table);
    page.claim("For gradients of 1 there is no difference, within 10⁻⁵.", (found[0][0] - found[0][1]).abs() < 1e-5);
    page.claim(
        "For gradients of 10⁻⁶ the step is 500 times as long outside.",
        (found[3][0] / found[3][1] / 500.0 - 1.0).abs() < 0.01,
    );
    Ok(())
}

fn main() -> Result<std::process::ExitCode> {
    show(&page()?)
}
