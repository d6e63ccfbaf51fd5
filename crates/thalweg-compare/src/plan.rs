//! The methods to compare, and how to compare them.

use std::sync::atomic::AtomicBool;

use thalweg::method::Goal;
use thalweg::{Error as CoreError, Method, OptimizerSpec, Schedule};

use crate::benchmark::Benchmark;
use crate::error::Result;
use crate::ranks::ComparisonRanks;
use crate::run::{ComparisonHeader, FunctionSpec, Phase, Protocol, Run};
use crate::runner::{OnRun, Runner, Setting, Task};
use crate::space::{GRID_DECADES, LRS_PER_DECADE};
use crate::tuning::Tuning;

/// The methods of a comparison and its protocols.
#[derive(Clone, Debug)]
pub struct ComparisonPlan {
    /// Methods to compare, each at most once.
    pub methods: Vec<OptimizerSpec>,
    /// Learning-rate schedule of all methods. A schedule without a length spans the budget.
    pub schedule: Schedule,
    /// Protocols by which settings are chosen; each has its own table in the report.
    pub protocols: Vec<Protocol>,
    /// Number of trials of each method in the protocol *tuned*.
    pub trials: u64,
    /// Number of seeds on which settings are chosen, from 0 on.
    pub tuning_seeds: u64,
    /// Number of seeds on which chosen settings are reported, after the tuning seeds.
    pub report_seeds: u64,
}

impl Default for ComparisonPlan {
    fn default() -> Self {
        Self {
            methods: Vec::new(),
            schedule: Schedule::Constant,
            protocols: vec![Protocol::Defaults, Protocol::LearningRate],
            trials: 30,
            tuning_seeds: 5,
            report_seeds: 10,
        }
    }
}

/// Parses a list of methods such as `sgd,momentum:momentum=0.95,nesterov=true,adam`.
///
/// A part with `=` and without `:` belongs to the method before it.
///
/// # Errors
/// An unknown method or hyperparameter, or a value that cannot be parsed.
pub fn parse_methods(text: &str) -> thalweg::Result<Vec<OptimizerSpec>> {
    let mut texts: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match texts.last_mut() {
            Some(last) if part.contains('=') && !part.contains(':') => {
                last.push(if last.contains(':') { ',' } else { ':' });
                last.push_str(part);
            }
            _ => texts.push(part.into()),
        }
    }
    texts.iter().map(|text| text.parse()).collect()
}

impl ComparisonPlan {
    /// Returns the settings that all runs share.
    pub fn header(&self, benchmark: &dyn Benchmark) -> ComparisonHeader {
        ComparisonHeader {
            thalweg: env!("CARGO_PKG_VERSION").into(),
            benchmark: benchmark.name(),
            function: benchmark.instance().map(FunctionSpec::from_instance),
            budget: benchmark.budget(),
            steps: benchmark.steps(),
            metric: benchmark.metric().into(),
            data: benchmark.data_settings(),
            reference: benchmark.reference(),
            methods: self.method_names(),
            schedule: self.schedule.to_string(),
            protocols: self.protocols.clone(),
            trials: self.trials,
            tuning_seeds: (0..self.tuning_seeds).collect(),
            report_seeds: (self.tuning_seeds..self.tuning_seeds + self.report_seeds).collect(),
        }
    }

    /// Returns the number of runs, not counting those of extended grids.
    pub fn run_count(&self) -> u64 {
        let decades = u64::from((GRID_DECADES[1] - GRID_DECADES[0]).unsigned_abs());
        let grid = u64::from(LRS_PER_DECADE.unsigned_abs()) * decades + 1;
        let runs_of = |protocol: &Protocol| match protocol {
            Protocol::Defaults => self.report_seeds,
            Protocol::LearningRate => grid * self.tuning_seeds + self.report_seeds,
            Protocol::Tuned => self.trials * self.tuning_seeds + self.report_seeds,
        };
        self.methods.len() as u64 * self.protocols.iter().map(runs_of).sum::<u64>()
    }

    /// Runs the comparison and returns all finished runs. `on_run` receives each run when it ends, from any thread.
    ///
    /// Tuning runs use all threads of the caller's pool, or of a private one. Report runs are made one after the other,
    /// the methods taking turns, so that their times can be compared. If `interrupt` is set, the runs finished so far
    /// are returned.
    ///
    /// # Errors
    /// The errors of [`ComparisonPlan::check`], of [`Benchmark::run`] and of `on_run`.
    pub fn run(&self, benchmark: &dyn Benchmark, interrupt: &AtomicBool, on_run: OnRun<'_>) -> Result<Vec<Run>> {
        self.resume(benchmark, Vec::new(), interrupt, on_run)
    }

    /// Runs the comparison as [`ComparisonPlan::run`] does, without the runs that were `made` before by a comparison of
    /// the same header: they are returned in their places, and `on_run` receives the others.
    ///
    /// # Errors
    /// The errors of [`ComparisonPlan::run`].
    pub fn resume(
        &self,
        benchmark: &dyn Benchmark,
        made: Vec<Run>,
        interrupt: &AtomicBool,
        on_run: OnRun<'_>,
    ) -> Result<Vec<Run>> {
        self.resume_on(ComparisonRanks::ALONE, benchmark, made, interrupt, on_run)
    }

    /// Runs the comparison as [`ComparisonPlan::resume`] does, on several ranks, which call it with the same plan,
    /// benchmark and runs: each makes a part of the runs, and all return the runs of all.
    ///
    /// On several ranks, `on_run` is called by rank 0 alone, and receives runs in the order in which they are returned,
    /// when the ranks have exchanged them. The report runs of a seed are made by one rank. The comparison ends on all
    /// ranks once one of them has been interrupted.
    ///
    /// # Errors
    /// The errors of [`ComparisonPlan::run`]. A rank with an error returns while others may wait for it: its process
    /// must end them.
    pub fn resume_on(
        &self,
        ranks: ComparisonRanks<'_>,
        benchmark: &dyn Benchmark,
        made: Vec<Run>,
        interrupt: &AtomicBool,
        on_run: OnRun<'_>,
    ) -> Result<Vec<Run>> {
        self.check()?;
        let made = made.into_iter().map(|run| (run.key(), run)).collect();
        let (tuning_seeds, has_ended) = (self.tuning_seeds, AtomicBool::new(false));
        let runner = Runner { benchmark, ranks, interrupt, on_run, tuning_seeds, made, has_ended };
        if rayon::current_thread_index().is_none()
            && let Ok(pool) = rayon::ThreadPoolBuilder::new().build()
        {
            return pool.install(|| self.run_here(&runner));
        }
        self.run_here(&runner)
    }

    /// Runs a valid plan on the calling thread and those of its pool.
    fn run_here(&self, runner: &Runner<'_>) -> Result<Vec<Run>> {
        let mut all = Vec::new();
        let names = self.method_names();
        for &protocol in &self.protocols {
            let mut chosen = Vec::new();
            for (spec, method) in self.methods.iter().zip(&names) {
                let mut spec = spec.clone();
                spec.options.schedule = self.schedule.clone();
                let given = Setting { protocol, method, spec };
                let Tuning { runs, best } = match protocol {
                    Protocol::Defaults => Tuning { runs: Vec::new(), best: Some(given) },
                    Protocol::LearningRate => runner.tune_lr(&given)?,
                    Protocol::Tuned => runner.tune_all(&given, self.trials)?,
                };
                all.extend(runs);
                chosen.extend(best);
            }
            let seeds = self.tuning_seeds..self.tuning_seeds + self.report_seeds;
            let task = |setting, seed| Task { setting, phase: Phase::Report, seed };
            let tasks: Vec<Task<'_>> =
                seeds.flat_map(|seed| chosen.iter().map(move |setting| task(setting, seed))).collect();
            all.extend(runner.run_in_turn(&tasks, chosen.len())?.into_iter().flatten());
        }
        Ok(all)
    }

    /// Checks everything that can be checked before the first run.
    ///
    /// # Errors
    /// A plan without methods, protocols, seeds or trials; a method given twice; a hyperparameter, an option or a
    /// schedule outside its range; a method that maximizes.
    pub fn check(&self) -> Result<()> {
        let tunes = self.protocols.iter().any(|protocol| *protocol != Protocol::Defaults);
        let uses_trials = self.protocols.contains(&Protocol::Tuned);
        at_least_one("the number of methods", self.methods.len() as u64)?;
        at_least_one("the number of protocols", self.protocols.len() as u64)?;
        at_least_one("the number of report seeds", self.report_seeds)?;
        if tunes {
            at_least_one("the number of tuning seeds", self.tuning_seeds)?;
        }
        if uses_trials {
            at_least_one("the number of trials", self.trials)?;
        }
        for (i, spec) in self.methods.iter().enumerate() {
            if self.methods[..i].contains(spec) {
                return Err(CoreError::Duplicate { what: "the methods".into(), name: method_name(spec) }.into());
            }
            spec.check()?;
            if spec.options.goal == Goal::Maximize {
                let (what, expected) = ("goal".into(), "minimize: the lowest value wins".into());
                return Err(CoreError::InvalidValue { what, expected, found: "maximize".into() }.into());
            }
        }
        Ok(self.schedule.clone().with_total_steps(1).check()?)
    }

    fn method_names(&self) -> Vec<String> {
        self.methods.iter().map(method_name).collect()
    }
}

fn at_least_one(what: &str, count: u64) -> thalweg::Result<()> {
    CoreError::range(what, "at least 1", count as f64, count >= 1)
}

/// Returns the text of a method without a learning rate that equals the default, since that rate may be tuned.
fn method_name(spec: &OptimizerSpec) -> String {
    let method = spec.method;
    let default = Method::named(method.name()).expect("every method is known by its own name");
    if method.lr().to_bits() != default.lr().to_bits() {
        return spec.to_string();
    }
    let pairs = method.hyperparameters().into_iter().zip(default.hyperparameters());
    let changed = pairs.filter(|(given, default)| given != default);
    let mut pairs: Vec<String> = changed.map(|((key, value), _)| format!("{key}={value}")).collect();
    // The options follow the method in the text of a spec.
    let text = spec.to_string();
    let options = text.strip_prefix(&method.to_string()).expect("a spec is written as its method and its options");
    pairs.extend(options.split(',').filter(|pair| !pair.is_empty()).map(str::to_owned));
    if pairs.is_empty() { method.name().into() } else { format!("{}:{}", method.name(), pairs.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_methods_is_split_where_a_new_method_begins() {
        let specs = parse_methods("sgd, momentum:lr=0.1,momentum=0.95,nag,adam,beta1=0.5").expect("four known methods");
        let texts: Vec<String> = specs.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["sgd:lr=0.001", "momentum:lr=0.1,momentum=0.95", "nag:lr=0.001", "adam:lr=0.001,beta1=0.5"]);
        let error = parse_methods("sgd,adamm").expect_err("no such method").to_string();
        assert!(error.contains("adamm"), "{error}");
    }

    #[test]
    fn a_name_has_a_learning_rate_only_if_it_is_not_the_default() {
        let name = |text: &str| method_name(&text.parse().expect("a known method"));
        for text in
            ["adam", "adam:lr=0.01", "adam:beta1=0.5", "adam:beta1=0.5,eps=0.001,clip_norm=1", "sgd:clip_norm=1"]
        {
            assert_eq!(name(text), text);
        }
        assert_eq!(name("adam:lr=0.001,beta1=0.5"), "adam:beta1=0.5");
    }

    #[test]
    fn one_method_in_two_spellings_is_given_twice() {
        let plan = ComparisonPlan {
            methods: parse_methods("adam,adam:beta1=0.9,lr=1e-3").expect("a known method"),
            ..ComparisonPlan::default()
        };
        let error = plan.check().expect_err("a method twice").to_string();
        assert!(error.contains("adam"), "{error}");
    }
}
