//! What is asked, and the runs that answer it.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use thalweg::{Error, Goal, Method, OptimizerSpec, Schedule};
use thalweg_learn::Result;

use crate::benchmark::{Benchmark, EndReason, targets};
use crate::run::{ComparisonHeader, FunctionSpec, Phase, Protocol, Run};
use crate::score::{is_better, lowest, score};
use crate::space::{self, GRID_DECADES, LR_BOUNDS};

/// Which methods are compared, and how.
#[derive(Clone, Debug)]
pub struct ComparisonPlan {
    /// The methods.
    pub methods: Vec<OptimizerSpec>,
    /// The factor of the rate at each step, the same for all; open lengths run over the budget.
    pub schedule: Schedule,
    /// How settings are chosen; each protocol has its own table in the report.
    pub protocols: Vec<Protocol>,
    /// Trials of each method in the protocol *tuned*.
    pub trials: u64,
    /// How many seeds settings are chosen on: from 0 on.
    pub tuning_seeds: u64,
    /// How many seeds they are reported on: those after.
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

/// Methods as `sgd,momentum:momentum=0.95,nesterov=true,adam`: what has a `=` and no `:` belongs to the method before.
///
/// # Errors
/// A method or a hyperparameter that is not there; a method that is there twice.
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

/// A setting to be run.
struct Setting<'a> {
    protocol: Protocol,
    method: &'a str,
    spec: OptimizerSpec,
}

/// Hears of each run that is finished.
type Sink<'a> = &'a (dyn Fn(&Run) -> Result<()> + Sync);

/// What a comparison runs on.
struct Runner<'a> {
    benchmark: &'a dyn Benchmark,
    interrupt: &'a AtomicBool,
    sink: Sink<'a>,
}

impl ComparisonPlan {
    /// What all runs share.
    pub fn header(&self, benchmark: &dyn Benchmark) -> ComparisonHeader {
        ComparisonHeader {
            thalweg: env!("CARGO_PKG_VERSION").into(),
            benchmark: benchmark.name(),
            function: benchmark.instance().map(FunctionSpec::from_instance),
            budget: benchmark.budget(),
            steps: benchmark.steps(),
            metric: benchmark.metric().into(),
            reference: benchmark.reference(),
            methods: self.names(),
            schedule: self.schedule.to_string(),
            protocols: self.protocols.clone(),
            trials: self.trials,
            tuning_seeds: (0..self.tuning_seeds).collect(),
            report_seeds: (self.tuning_seeds..self.tuning_seeds + self.report_seeds).collect(),
        }
    }

    /// How many runs there will be, unless grids are extended.
    pub fn run_count(&self) -> u64 {
        let grid = 3 * u64::from((GRID_DECADES[1] - GRID_DECADES[0]).unsigned_abs()) + 1;
        let of = |protocol: &Protocol| match protocol {
            Protocol::Defaults => self.report_seeds,
            Protocol::LearningRate => grid * self.tuning_seeds + self.report_seeds,
            Protocol::Tuned => self.trials * self.tuning_seeds + self.report_seeds,
        };
        self.methods.len() as u64 * self.protocols.iter().map(of).sum::<u64>()
    }

    /// All runs, in any order; `sink` hears of each as it ends. Where `interrupt` is set, those that were finished.
    ///
    /// Runs for choosing go on all threads at once; those for the report one after the other, method by method in turn,
    /// so that their seconds can be compared.
    ///
    /// # Errors
    /// A plan without methods, seeds or trials, a method that is there twice, hyperparameters that cannot be; the sink's own.
    pub fn run(&self, benchmark: &dyn Benchmark, interrupt: &AtomicBool, sink: Sink<'_>) -> Result<Vec<Run>> {
        self.check()?;
        let (runner, mut all) = (Runner { benchmark, interrupt, sink }, Vec::new());
        let names = self.names();
        for &protocol in &self.protocols {
            let mut chosen = Vec::new();
            for (spec, method) in self.methods.iter().zip(&names) {
                let mut spec = spec.clone();
                spec.options.schedule = self.schedule.clone();
                let asked = Setting { protocol, method, spec };
                let (runs, best) = match protocol {
                    Protocol::Defaults => (Vec::new(), Some(asked)),
                    Protocol::LearningRate => self.rates(&runner, &asked)?,
                    Protocol::Tuned => self.trials(&runner, &asked)?,
                };
                all.extend(runs);
                chosen.extend(best);
            }
            for seed in self.tuning_seeds..self.tuning_seeds + self.report_seeds {
                for setting in &chosen {
                    all.extend(runner.run(setting, Phase::Report, seed)?);
                }
            }
        }
        Ok(all)
    }

    fn names(&self) -> Vec<String> {
        let name = |spec: &OptimizerSpec| {
            let plain = Method::named(spec.method.name()).map(OptimizerSpec::from);
            let Ok(plain) = plain else { return spec.to_string() };
            if plain == *spec {
                return spec.method.name().to_owned();
            }
            // A rate that was not asked for does not belong to the name: it may be chosen.
            let rate = format!("lr={},", plain.method.lr());
            if plain.method.lr().to_bits() == spec.method.lr().to_bits() {
                spec.to_string().replacen(&rate, "", 1)
            } else {
                spec.to_string()
            }
        };
        self.methods.iter().map(name).collect()
    }

    /// Checks all that can be checked before the first run.
    ///
    /// # Errors
    /// As [`ComparisonPlan::run`].
    pub fn check(&self) -> Result<()> {
        let tunes = self.protocols.iter().any(|protocol| *protocol != Protocol::Defaults);
        let counts = [
            ("the number of methods", self.methods.len() as u64, true),
            ("the number of protocols", self.protocols.len() as u64, true),
            ("the number of seeds to report on", self.report_seeds, true),
            ("the number of seeds to choose on", self.tuning_seeds, tunes),
            ("the number of trials", self.trials, self.protocols.contains(&Protocol::Tuned)),
        ];
        for (what, found, needed) in counts {
            if needed {
                Error::range(what, "at least 1", found as f64, found >= 1)?;
            }
        }
        let names = self.names();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(Error::Duplicate { what: "the methods".into(), name: name.clone() }.into());
            }
        }
        for spec in &self.methods {
            spec.check()?;
            if spec.options.goal == Goal::Maximize {
                let (what, must) = ("goal".into(), "minimize: the lowest value wins".into());
                return Err(Error::InvalidValue { what, expected: must, found: "maximize".into() }.into());
            }
        }
        Ok(self.schedule.clone().with_total_steps(1).check()?)
    }

    /// The grid of rates, and a decade more of them while the best lies at an end.
    fn rates<'a>(&self, runner: &Runner<'_>, asked: &Setting<'a>) -> Result<(Vec<Run>, Option<Setting<'a>>)> {
        let [mut low, mut high] = GRID_DECADES.map(|decade| 3 * decade);
        let mut fresh: Vec<i32> = (low..=high).collect();
        let mut runs = Vec::new();
        loop {
            let settings: Vec<_> =
                fresh.iter().map(|&place| asked.with(asked.spec.method.with_lr(space::rate(place)))).collect();
            runs.extend(self.tune(runner, &settings)?);
            let best = best(&runs, runner.benchmark);
            let Some(best) = best.filter(|_| !runner.interrupted()) else { return Ok((runs, None)) };
            fresh = if best.lr <= space::rate(low) && space::rate(low) > LR_BOUNDS[0] {
                low -= 3;
                (low..low + 3).collect()
            } else if best.lr >= space::rate(high) && space::rate(high) < LR_BOUNDS[1] {
                high += 3;
                (high - 2..=high).collect()
            } else {
                let chosen = asked.with(asked.spec.method.with_lr(best.lr));
                return Ok((runs, Some(chosen)));
            };
        }
    }

    /// So many trials.
    fn trials<'a>(&self, runner: &Runner<'_>, asked: &Setting<'a>) -> Result<(Vec<Run>, Option<Setting<'a>>)> {
        let specs: Vec<OptimizerSpec> =
            (0..self.trials).map(|i| space::trial(&asked.spec, i)).collect::<thalweg::Result<_>>()?;
        let settings: Vec<_> = specs.iter().map(|spec| asked.with(spec.method)).collect();
        let runs = self.tune(runner, &settings)?;
        let best = best(&runs, runner.benchmark).map(|run| run.setting.clone());
        let spec = specs.into_iter().find(|spec| Some(spec.to_string()) == best).filter(|_| !runner.interrupted());
        let chosen = spec.map(|spec| asked.with(spec.method));
        Ok((runs, chosen))
    }

    fn tune(&self, runner: &Runner<'_>, settings: &[Setting<'_>]) -> Result<Vec<Run>> {
        let pairs: Vec<(&Setting<'_>, u64)> =
            settings.iter().flat_map(|setting| (0..self.tuning_seeds).map(move |seed| (setting, seed))).collect();
        let runs: Result<Vec<Option<Run>>> =
            pairs.into_par_iter().map(|(setting, seed)| runner.run(setting, Phase::Tune, seed)).collect();
        Ok(runs?.into_iter().flatten().collect())
    }
}

impl<'a> Setting<'a> {
    /// The same with another method.
    fn with(&self, method: Method) -> Setting<'a> {
        let spec = OptimizerSpec { method, options: self.spec.options.clone() };
        Setting { protocol: self.protocol, method: self.method, spec }
    }
}

impl Runner<'_> {
    fn interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// The run, unless it was interrupted.
    fn run(&self, setting: &Setting<'_>, phase: Phase, seed: u64) -> Result<Option<Run>> {
        if self.interrupted() {
            return Ok(None);
        }
        let trial = self.benchmark.run(&setting.spec, seed, self.interrupt)?;
        if trial.end_reason == EndReason::Interrupted {
            return Ok(None);
        }
        let run = Run {
            protocol: setting.protocol,
            phase,
            method: setting.method.into(),
            setting: setting.spec.to_string(),
            lr: setting.spec.method.lr(),
            seed,
            end_reason: trial.end_reason,
            steps: trial.steps,
            seconds: trial.seconds,
            curve: trial.curve,
        };
        (self.sink)(&run)?;
        Ok(Some(run))
    }
}

/// A run of the best setting among the runs of one method. Where the lowest value is not known, it is the lowest of these
/// runs.
pub(crate) fn best<'a>(runs: &'a [Run], benchmark: &dyn Benchmark) -> Option<&'a Run> {
    let mut settings: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        match settings.iter_mut().find(|group| group[0].setting == run.setting) {
            Some(group) => group.push(run),
            None => settings.push(vec![run]),
        }
    }
    let reference =
        benchmark.reference().map_or_else(|| runs.iter().map(lowest).fold(f64::INFINITY, f64::min), |(v, _)| v);
    let tightest = targets(benchmark.instance().is_some()).last().copied().unwrap_or(0.0);
    let scored = settings.into_iter().map(|group| (score(&group, reference, tightest), group[0]));
    scored.reduce(|best, next| if is_better(next.0, best.0) { next } else { best }).map(|(_, run)| run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_cut_where_a_new_one_begins() {
        let specs = parse_methods("sgd, momentum:lr=0.1,momentum=0.95,nag,adam,beta1=0.5").expect("four methods");
        let texts: Vec<String> = specs.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["sgd:lr=0.001", "momentum:lr=0.1,momentum=0.95", "nag:lr=0.001", "adam:lr=0.001,beta1=0.5"]);
        let error = parse_methods("sgd,adamm").expect_err("no such method").to_string();
        assert!(error.contains("adamm") && error.contains("did you mean"), "{error}");
    }
}
