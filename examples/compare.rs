//! Compare methods on a test problem, each at its best learning rate, and print the verdict.
use std::sync::atomic::AtomicBool;

use thalweg_compare::{ComparisonPlan, ComparisonReport, ProblemBenchmark, Protocol, parse_methods};
use thalweg_problems::ProblemInstance;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let benchmark = ProblemBenchmark { instance: ProblemInstance::named("rosenbrock", None)?, steps: 500 };
    let plan = ComparisonPlan {
        methods: parse_methods("sgd,nag,adam")?,
        protocols: vec![Protocol::LearningRate],
        ..ComparisonPlan::default()
    };
    let runs = plan.run(&benchmark, &AtomicBool::new(false), &|_| Ok(()))?;
    let report = ComparisonReport::new(&plan.header(&benchmark), &runs);
    for method in &report.results[0].methods {
        println!("{:<9} lr {:<7.4} median lowest value {:.1e}", method.method, method.lr, method.lowest_value.median);
    }
    Ok(())
}
