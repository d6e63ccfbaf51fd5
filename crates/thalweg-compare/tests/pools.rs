//! Threads of a comparison: those of the caller's pool or of a private one, never the global pool.

use std::sync::atomic::AtomicBool;

use thalweg_compare::{ComparisonPlan, ProblemBenchmark, Protocol, parse_methods};
use thalweg_problems::ProblemInstance;

/// Returns the setting and the bits of the values of every run.
fn runs() -> Vec<(String, Vec<u64>)> {
    let benchmark =
        ProblemBenchmark { instance: ProblemInstance::named("rosenbrock", None).expect("known"), steps: 50 };
    let plan = ComparisonPlan {
        methods: parse_methods("sgd,adam").expect("known methods"),
        protocols: vec![Protocol::LearningRate],
        tuning_seeds: 2,
        report_seeds: 1,
        ..ComparisonPlan::default()
    };
    let runs = plan.run(&benchmark, &AtomicBool::new(false), &|_| Ok(())).expect("a valid plan");
    let values = |run: &thalweg_compare::Run| run.curve.points.iter().map(|point| point.value.to_bits()).collect();
    runs.iter().map(|run| (run.setting.clone(), values(run))).collect()
}

#[test]
fn a_comparison_gives_the_same_runs_in_every_pool_and_outside_without_starting_the_global_pool() {
    let outside = runs();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool starts");
        assert!(pool.install(runs) == outside, "a pool of {threads} threads");
    }
    rayon::ThreadPoolBuilder::new().build_global().expect("nobody has started the global pool");
}

#[test]
fn an_interrupt_ends_a_comparison_of_any_number_of_trials() {
    let instance = ProblemInstance::named("rosenbrock", None).expect("known");
    let benchmark = ProblemBenchmark { instance, steps: 1 };
    let plan = ComparisonPlan {
        methods: parse_methods("adam").expect("a known method"),
        protocols: vec![Protocol::Tuned],
        trials: u64::from(u32::MAX),
        ..ComparisonPlan::default()
    };
    let interrupt = AtomicBool::new(false);
    let on_run = |_: &thalweg_compare::Run| {
        interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    };
    let runs = plan.run(&benchmark, &interrupt, &on_run).expect("a valid plan");
    assert!(!runs.is_empty() && runs.len() < 10_000, "{} runs", runs.len());
}
