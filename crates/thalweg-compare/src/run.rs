//! Records of runs, and the settings that all runs of a comparison share.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg::{OptimizerSpec, Schedule};
use thalweg_problems::{Formula, ProblemInstance};

use crate::benchmark::{BenchmarkKind, EndReason, ProblemBenchmark, RecordedRun, Reference};
use crate::curve::ConvergenceCurve;
use crate::error::{Error, Result};

/// Rule by which the setting of a method is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// No tuning: the methods as given.
    Defaults,
    /// Learning rate from a grid.
    #[serde(rename = "rate")]
    LearningRate,
    /// Learning rate and other hyperparameters from quasi-random trials.
    Tuned,
}

impl Protocol {
    /// All protocols with their names.
    pub const ALL: [(&'static str, Self); 3] =
        [("defaults", Self::Defaults), ("rate", Self::LearningRate), ("tuned", Self::Tuned)];

    /// Returns the name used in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::LearningRate => "rate",
            Self::Tuned => "tuned",
        }
    }
}

/// Purpose of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Choice of the setting, on the tuning seeds.
    Tune,
    /// Report of the chosen setting, on the report seeds.
    Report,
}

/// What a run is made of, by which one that was made is found again: protocol, phase, method, setting and seed.
pub(crate) type RunKey = (&'static str, bool, String, String, u64);

impl Run {
    pub(crate) fn key(&self) -> RunKey {
        run_key(self.protocol, self.phase, &self.method, &self.setting, self.seed)
    }
}

/// Returns the key of a run of these settings.
pub(crate) fn run_key(protocol: Protocol, phase: Phase, method: &str, setting: &str, seed: u64) -> RunKey {
    (protocol.name(), phase == Phase::Report, method.into(), setting.into(), seed)
}

/// One run of one setting from one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Protocol to which the run belongs.
    pub protocol: Protocol,
    /// Purpose of the run.
    pub phase: Phase,
    /// Method as given by the user.
    pub method: String,
    /// Method with the hyperparameters of this run.
    pub setting: String,
    /// Learning rate of this run.
    pub lr: f64,
    /// Seed of the start and the noise, or of the batches.
    pub seed: u64,
    /// Reason why the run ended.
    #[serde(rename = "ended")]
    pub end_reason: EndReason,
    /// Number of steps taken.
    pub steps: u64,
    /// Duration of the run in seconds.
    pub seconds: f64,
    /// Lowest value so far; each point is step, evaluations, seconds, value.
    pub curve: ConvergenceCurve,
}

/// Text form of a problem or a formula, from which it can be created again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// Name of the problem, or text of the formula.
    pub text: String,
    /// If true, `text` names a problem; otherwise it is a formula.
    pub problem: bool,
    /// Names of the variables.
    pub variables: Vec<String>,
    /// Start of seed 0.
    pub start: Vec<f64>,
}

impl FunctionSpec {
    /// Describes a problem or a formula.
    pub fn from_instance(instance: &ProblemInstance) -> Self {
        Self {
            text: instance.name.clone(),
            problem: instance.problem.is_some(),
            variables: instance.formula.variables().to_vec(),
            start: instance.start.clone(),
        }
    }

    /// Creates the problem or the formula.
    ///
    /// # Errors
    /// An unknown problem, an invalid formula or a start of the wrong length, in a file that was edited.
    pub fn instantiate(&self) -> thalweg_problems::Result<ProblemInstance> {
        let start = self.start.clone();
        if self.problem {
            return ProblemInstance::named(&self.text, Some(self.variables.len()))?.with_start(start);
        }
        let names: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        ProblemInstance::from_formula(Formula::with_variables(&self.text, &names)?, start)
    }
}

/// Settings that all runs of a comparison share: the first line of their file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonHeader {
    /// Version of thalweg that made the runs.
    pub thalweg: String,
    /// Name of the benchmark.
    #[serde(rename = "arena")]
    pub benchmark: String,
    /// Problem or formula; `None` for data.
    pub function: Option<FunctionSpec>,
    /// Description of the budget of a run.
    pub budget: String,
    /// Number of steps in the budget.
    pub steps: u64,
    /// Name of the compared value: `f`, or the kind of loss.
    #[serde(rename = "value")]
    pub metric: String,
    /// Settings of a training by their names, and checksums of its rows; empty for functions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// Value from which gaps are measured, if it is known in advance.
    pub reference: Option<Reference>,
    /// Methods as given by the user.
    pub methods: Vec<String>,
    /// Learning-rate schedule of all methods.
    pub schedule: String,
    /// Protocols of the comparison.
    pub protocols: Vec<Protocol>,
    /// Number of trials of each method in the protocol *tuned*.
    pub trials: u64,
    /// Seeds on which settings are chosen.
    pub tuning_seeds: Vec<u64>,
    /// Seeds on which chosen settings are reported.
    pub report_seeds: Vec<u64>,
}

impl ComparisonHeader {
    pub(crate) fn kind(&self) -> BenchmarkKind {
        if self.function.is_some() { BenchmarkKind::Function } else { BenchmarkKind::Data }
    }

    /// Returns the targets as fractions of the initial gap: down to 1e-8 on a function, to 1e-3 on data.
    pub fn targets(&self) -> &'static [f64] {
        self.kind().targets()
    }

    /// Returns the smallest target.
    pub fn tightest_target(&self) -> f64 {
        self.kind().tightest_target()
    }

    /// Returns what differs between this header and that of a comparison to be made, in words; empty if every run of
    /// one is a run of the other.
    pub fn differences(&self, new: &Self) -> Vec<String> {
        let (before, after) = (self.entries(), new.entries());
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let text = |entry: Option<&Value>| match entry {
            None | Some(Value::Null) => "absent".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let differ = names.into_iter().filter(|&name| before.get(name) != after.get(name));
        differ.map(|name| format!("{name} was {}, is {}", text(before.get(name)), text(after.get(name)))).collect()
    }

    /// Returns the settings by their names in the file.
    fn entries(&self) -> BTreeMap<String, Value> {
        let Ok(Value::Object(entries)) = serde_json::to_value(self) else { unreachable!("a header is an object") };
        let (data, entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(name, _)| name == "data");
        let of_data = data.into_iter().flat_map(|(_, value)| value.as_object().cloned().into_iter().flatten());
        entries.into_iter().chain(of_data).collect()
    }

    /// Largest number of steps of a run that is repeated.
    pub const MAX_REPLAYED_STEPS: u64 = 100_000_000;

    /// Repeats a run on a function and records its path; `None` for data.
    ///
    /// # Errors
    /// [`Error::LongRun`] above [`Self::MAX_REPLAYED_STEPS`]; [`Error::NotReproduced`] if the repeated run differs from
    /// the recorded one in any bit of its curve, as it can for a file written by another version; a header or a setting
    /// that cannot be parsed.
    pub fn replay(&self, run: &Run) -> Result<Option<RecordedRun>> {
        let Some(function) = &self.function else { return Ok(None) };
        if run.steps > Self::MAX_REPLAYED_STEPS {
            let (setting, steps, limit) = (run.setting.clone(), run.steps, Self::MAX_REPLAYED_STEPS);
            return Err(Error::LongRun { setting, steps, limit });
        }
        let benchmark = ProblemBenchmark { instance: function.instantiate()?, steps: self.steps };
        let mut spec: OptimizerSpec = run.setting.parse()?;
        spec.options.schedule = self.schedule.parse::<Schedule>()?;
        let repeated = benchmark.run_recorded_within(&spec, run.seed, run.steps)?;
        let result = &repeated.result;
        let same = result.steps == run.steps && result.end_reason == run.end_reason;
        if same && result.curve.same_values(&run.curve) {
            return Ok(Some(repeated));
        }
        let (setting, recorded_by) = (run.setting.clone(), self.thalweg.clone());
        Err(Error::NotReproduced { setting, seed: run.seed, recorded_by })
    }
}
