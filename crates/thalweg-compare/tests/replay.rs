//! A replayed run is the compared run, so that pictures show the paths that were compared.

use std::sync::atomic::AtomicBool;

use thalweg_compare::{
    ComparisonHeader, ComparisonPlan, ComparisonReport, EndReason, Error, MethodResult, ProblemBenchmark, Protocol,
    Run, parse_methods,
};
use thalweg_problems::ProblemInstance;

fn report(problem: &str, schedule: &str) -> ComparisonReport {
    let instance = ProblemInstance::named(problem, None).expect("a known problem");
    let benchmark = ProblemBenchmark { instance, steps: 400 };
    let plan = ComparisonPlan {
        methods: parse_methods("sgd:lr=0.05,adam:lr=0.1").expect("known methods"),
        schedule: schedule.parse().expect("a known schedule"),
        protocols: vec![Protocol::Defaults],
        report_seeds: 3,
        ..ComparisonPlan::default()
    };
    let runs = plan.run(&benchmark, &AtomicBool::new(false), &|_| Ok(())).expect("a valid plan");
    ComparisonReport::new(&plan.header(&benchmark), &runs)
}

/// Asserts that the values on the path of a method give the curve of its compared run.
fn assert_path_is_compared_run(report: &ComparisonReport, method: &MethodResult) {
    let run = &method.first_run;
    let recorded = report.header.replay(run).expect("the same result").expect("a function has a path");
    let last = recorded.path.last().expect("a path has a start");
    if run.end_reason != EndReason::Diverged {
        assert_eq!(last.step, run.steps, "{}", method.method);
    }
    for point in &run.curve.points {
        let at_step =
            recorded.path.iter().find(|recorded| recorded.step == point.step).expect("every step is recorded");
        assert_eq!(at_step.value.to_bits(), point.value.to_bits(), "{} at step {}", method.method, point.step);
    }
}

#[test]
fn a_path_is_that_of_the_compared_run_with_noise_plateau_and_domain() {
    for (problem, schedule) in [
        ("noisy", "constant"),
        ("rosenbrock", "plateau:factor=0.5,patience=5"),
        ("mccormick", "cosine"),
        ("saddle", "constant"),
    ] {
        let report = report(problem, schedule);
        report.results[0].methods.iter().for_each(|method| assert_path_is_compared_run(&report, method));
    }
}

#[test]
fn a_claim_of_endless_steps_ends() {
    let mut report = report("rosenbrock", "constant");
    let run = report.results[0].methods[0].first_run.clone();
    // The header's budget is not what is repeated, but the steps of the run.
    report.header.steps = u64::MAX;
    assert!(report.header.replay(&run).is_ok());
    for steps in [ComparisonHeader::MAX_REPLAYED_STEPS + 1, 1_000_000_000_000_000_000] {
        let error = report.header.replay(&Run { steps, ..run.clone() }).expect_err("the run is too long");
        assert!(matches!(&error, Error::LongRun { steps: found, .. } if *found == steps), "{error}");
        assert!(error.to_string().starts_with("expected a run of at most 100000000 steps to repeat"), "{error}");
    }
    let error = report.header.replay(&Run { steps: 5000, ..run }).expect_err("the run was shorter");
    assert!(matches!(&error, Error::NotReproduced { .. }), "{error}");
}

#[test]
fn a_run_that_cannot_be_repeated_is_an_error() {
    let report = report("rosenbrock", "constant");
    let mut run = report.results[0].methods[0].first_run.clone();
    run.curve.points[1].value *= 1.0 + 1e-15;
    let error = report.header.replay(&run).expect_err("a value was changed");
    assert!(matches!(&error, Error::NotReproduced { seed: 5, .. }), "{error}");
}
