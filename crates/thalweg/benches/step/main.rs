//! Time of a step of every method, from cache-resident to memory-bound sizes, against the roofline: a plain loop over
//! the same bytes.
//!
//!     cargo bench -p thalweg --bench step
//!     cargo bench -p thalweg --bench step -- --methods adam,nadam --sizes 16Mi --threads 2 --format json

#![allow(clippy::print_stdout)]

#[path = "../../src/kernel/aligned_vec.rs"]
mod aligned_vec;
mod measure;
mod options;
mod roofline;
mod table;

use clap::Parser;
use measure::Case;
use options::{Format, Options};
use thalweg::{Method, OptimizerSpec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    if let Some(isa) = options.isa {
        isa.force();
    }
    let mut rows = Vec::new();
    for &threads in &options.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        for &n in &options.sizes {
            for &state in &options.states {
                for method in options.methods()? {
                    let case = Case { spec: spec(method, state, &options), n, tensors: options.tensors, threads };
                    let row = pool.install(|| measure::measure(&case))?;
                    if options.format == Format::Table {
                        table::print(&row, rows.is_empty());
                    }
                    rows.push(row);
                }
            }
        }
    }
    if options.format == Format::Json {
        println!("{}", serde_json::json!({ "rows": rows }));
    }
    Ok(())
}

fn spec(method: Method, state: thalweg::method::StateType, options: &Options) -> OptimizerSpec {
    let mut spec = OptimizerSpec::from(method);
    spec.options.state = state;
    spec.options.nonfinite = options.nonfinite;
    spec
}
