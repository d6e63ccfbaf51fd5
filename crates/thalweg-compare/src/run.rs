//! A run as it is written down, and what all runs of a comparison share.

use serde::{Deserialize, Serialize};
use thalweg::{Formula, ProblemInstance};

use crate::benchmark::{EndReason, targets};
use crate::curve::ConvergenceCurve;

/// How the setting of a method is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// It is not: the method as it was asked for.
    Defaults,
    /// The rate from a grid.
    #[serde(rename = "rate")]
    LearningRate,
    /// All hyperparameters from trials.
    Tuned,
}

impl Protocol {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("defaults", Self::Defaults), ("rate", Self::LearningRate), ("tuned", Self::Tuned)];

    /// The protocol's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::LearningRate => "rate",
            Self::Tuned => "tuned",
        }
    }
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To choose the setting.
    Tune,
    /// To report it.
    Report,
}

/// One run of one setting from one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The protocol it belongs to.
    pub protocol: Protocol,
    /// What it is for.
    pub phase: Phase,
    /// The method as it was asked for.
    pub method: String,
    /// The method as it ran.
    pub setting: String,
    /// Its learning rate.
    pub lr: f64,
    /// The seed.
    pub seed: u64,
    /// Why it ended.
    #[serde(rename = "ended")]
    pub end_reason: EndReason,
    /// Steps taken.
    pub steps: u64,
    /// Seconds they took.
    pub seconds: f64,
    /// The lowest value so far: step, evaluations, seconds, value.
    pub curve: ConvergenceCurve,
}

/// A problem or a formula, so that it can be posed again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// The problem's name, or the formula.
    pub text: String,
    /// Whether it is a problem.
    pub problem: bool,
    /// The variables.
    pub variables: Vec<String>,
    /// Where seed 0 begins.
    pub start: Vec<f64>,
}

impl FunctionSpec {
    /// What is needed to pose this again.
    pub fn from_instance(instance: &ProblemInstance) -> Self {
        Self {
            text: instance.name.clone(),
            problem: instance.problem.is_some(),
            variables: instance.formula.variables().to_vec(),
            start: instance.start.clone(),
        }
    }

    /// Poses it.
    ///
    /// # Errors
    /// Where it is not what [`FunctionSpec::from_instance`] made.
    pub fn instantiate(&self) -> thalweg::Result<ProblemInstance> {
        let start = self.start.clone();
        if self.problem {
            return ProblemInstance::named(&self.text, Some(self.variables.len()))?.with_start(start);
        }
        let names: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        ProblemInstance::from_formula(Formula::with_variables(&self.text, &names)?, start)
    }
}

impl ComparisonHeader {
    /// The targets, as shares of the gap at the start: of a function down to 1e-8, of a loss on data to 1e-3.
    pub fn targets(&self) -> &'static [f64] {
        targets(self.function.is_some())
    }
}

/// What all runs of a comparison share: the first line of their file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonHeader {
    /// The version that made it.
    pub thalweg: String,
    /// What the methods competed on.
    #[serde(rename = "arena")]
    pub benchmark: String,
    /// The problem or the formula, if that is it.
    pub function: Option<FunctionSpec>,
    /// What a run could spend.
    pub budget: String,
    /// Steps to the end of the budget.
    pub steps: u64,
    /// What the value is.
    #[serde(rename = "value")]
    pub metric: String,
    /// The lowest value, where it is known, and how.
    pub reference: Option<(f64, String)>,
    /// The methods as they were asked for.
    pub methods: Vec<String>,
    /// The factor of the rate at each step, the same for all.
    pub schedule: String,
    /// The protocols.
    pub protocols: Vec<Protocol>,
    /// Trials of each method in the protocol *tuned*.
    pub trials: u64,
    /// Seeds on which settings are chosen.
    pub tuning_seeds: Vec<u64>,
    /// Seeds on which they are reported.
    pub report_seeds: Vec<u64>,
}
