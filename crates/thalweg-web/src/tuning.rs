//! "Each at its best": the learning rates that the search of `thalweg compare` finds.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::Serialize;
use thalweg::minimize::Progress;
use thalweg::{Minimize, Optimizer, OptimizerSpec, StopCriteria, StopReason};
use thalweg_compare::{
    Benchmark, ComparisonPlan, ConvergenceCurve, CurvePoint, EndReason, Phase, ProblemBenchmark, Protocol, Reference,
    RunResult,
};

use crate::error::{PageError, Part, Result};
use crate::function::{Function, TableLoss};
use crate::scene::Scene;

/// A method with the learning rate that the search chose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TunedMethod {
    /// Text form with the chosen rate.
    pub spec: String,
    /// Number of runs of the search.
    pub runs: u64,
}

/// Chooses the learning rate of each method by the protocol *rate* of `thalweg compare`: the same grid for all,
/// extended where the best rate is at its edge. The start is that of the scene, and the number of steps is its budget.
/// `on_run` receives the number of finished runs and the number that is planned, which an extended grid exceeds.
///
/// # Errors
/// What the scene or the plan refuses.
pub fn tune(scene: &Scene, methods: &[String], on_run: &(dyn Fn(u64, u64) + Sync)) -> Result<Vec<TunedMethod>> {
    let function = scene.function()?;
    scene.criteria()?;
    let specs = methods.iter().map(|text| {
        let mut spec = scene.spec(text)?;
        spec.options.schedule = thalweg::Schedule::Constant;
        Ok(spec)
    });
    let specs: Vec<OptimizerSpec> = specs.collect::<Result<_>>()?;
    let benchmark: Box<dyn Benchmark> = match function {
        Function::Formula(instance) => Box::new(ProblemBenchmark { instance: *instance, steps: scene.steps }),
        Function::Table(loss) => Box::new(TableBenchmark { loss, steps: scene.steps }),
    };
    let finished = AtomicU64::new(0);
    let mut chosen = Vec::new();
    let total: u64 = specs.len() as u64 * plan(scene, &specs[..specs.len().min(1)])?.run_count();
    for spec in &specs {
        let runs = plan(scene, std::slice::from_ref(spec))?
            .run(benchmark.as_ref(), &AtomicBool::new(false), &|_| {
                on_run(finished.fetch_add(1, Ordering::Relaxed) + 1, total);
                Ok(())
            })
            .map_err(|error| PageError::new(Part::Method, &error))?;
        let report = runs.iter().find(|run| run.phase == Phase::Report);
        let lr = report.map_or(spec.method.lr(), |run| run.lr);
        let tuned = OptimizerSpec { method: spec.method.with_lr(lr), options: spec.options.clone() };
        chosen.push(TunedMethod { spec: tuned.to_string(), runs: runs.len() as u64 });
    }
    Ok(chosen)
}

/// The loss of a table from its start, whatever the seed.
struct TableBenchmark {
    loss: TableLoss,
    steps: u64,
}

impl Benchmark for TableBenchmark {
    fn name(&self) -> String {
        self.loss.model.file.clone()
    }

    fn budget(&self) -> String {
        format!("{} steps", self.steps)
    }

    fn metric(&self) -> &'static str {
        "f"
    }

    fn reference(&self) -> Option<Reference> {
        None
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn run(&self, spec: &OptimizerSpec, _: u64, _: &AtomicBool) -> thalweg_compare::Result<RunResult> {
        let mut function = Function::Table(self.loss.clone());
        let start = function.start().to_vec();
        let mut spec = spec.clone();
        spec.options.schedule = spec.options.schedule.with_total_steps(self.steps);
        let mut optimizer = Optimizer::<f64>::new(spec, start.len())?;
        let stop = StopCriteria { max_steps: Some(self.steps), ..StopCriteria::default() };
        let mut points: Vec<CurvePoint> = Vec::new();
        let mut run =
            Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(|progress: &mut Progress<'_, f64>| {
                progress.optimizer.observe(progress.value);
                // The curve of a comparison falls strictly.
                if points.last().is_none_or(|last| progress.value < last.value) {
                    points.push(CurvePoint::from((progress.step, progress.evaluations, 0.0, progress.value)));
                }
                ControlFlow::Continue(())
            });
        let outcome = run.run(&mut function, &start)?;
        let end_reason = match outcome.reason {
            StopReason::NotFinite => EndReason::Diverged,
            StopReason::LineSearchFailed => EndReason::Converged,
            _ => EndReason::BudgetSpent,
        };
        Ok(RunResult { curve: ConvergenceCurve { points }, steps: outcome.steps, seconds: 0.0, end_reason })
    }
}

/// Returns the plan for one method. Seed 0 is the start itself, and a function without noise needs no other.
fn plan(scene: &Scene, specs: &[OptimizerSpec]) -> Result<ComparisonPlan> {
    Ok(ComparisonPlan {
        methods: specs.to_vec(),
        schedule: scene.schedule()?.unwrap_or(thalweg::Schedule::Constant),
        protocols: vec![Protocol::LearningRate],
        tuning_seeds: 1,
        report_seeds: 1,
        ..ComparisonPlan::default()
    })
}
