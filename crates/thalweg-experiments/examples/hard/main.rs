//! E. What makes optimization hard: a problem, a measurement and a claim for each heading.
//!
//! `cargo run --release -p thalweg-experiments --example hard`

mod choices;
mod landscapes;
mod signals;

use thalweg::StopCriteria;
use thalweg_experiments::{Page, Result, count, show};
use thalweg_plot::{Axis, ContourMap, Marker, MarkerKind, Series};

/// The page.
pub(crate) fn page() -> Result<Page> {
    let mut page = Page::new("E. What makes optimization hard");
    landscapes::ill_conditioning(&mut page)?;
    landscapes::local_minima(&mut page)?;
    landscapes::flat_regions(&mut page)?;
    landscapes::cliffs(&mut page)?;
    signals::long_term(&mut page)?;
    signals::inexact_gradients(&mut page)?;
    landscapes::misleading(&mut page)?;
    choices::rates(&mut page)?;
    choices::piecewise(&mut page)?;
    choices::start(&mut page)?;
    signals::early_stopping(&mut page)?;
    choices::no_free_lunch(&mut page)?;
    Ok(page)
}

fn steps(n: u64) -> StopCriteria {
    StopCriteria { steps: Some(n), ..StopCriteria::default() }
}

/// A count of steps, or more than the most.
fn at_most(found: Option<u64>, most: u64) -> String {
    found.map_or_else(|| format!(">{}", count(most)), count)
}

/// A map of a function of x and y with paths and marked points.
fn map(
    title: &str,
    [x, y]: [[f64; 2]; 2],
    field: impl Fn(f64, f64) -> f64 + 'static,
    paths: Vec<Series>,
    spots: &[(MarkerKind, [f64; 2])],
) -> ContourMap<'static> {
    ContourMap {
        title: title.into(),
        x: Axis::linear("x").range(x[0], x[1]),
        y: Axis::linear("y").range(y[0], y[1]),
        paths,
        markers: spots.iter().map(|&(kind, at)| Marker { position: at, kind, label: String::new() }).collect(),
        ..ContourMap::new(field)
    }
}

fn main() -> Result<std::process::ExitCode> {
    show(&page()?)
}
