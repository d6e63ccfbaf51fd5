//! The trait that every method implements.

use std::fmt;

use super::{Hyperparameters, Preset};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

/// Definition of a method: a struct of hyperparameters that builds its rule.
pub trait MethodDef: Copy + fmt::Debug + Default + PartialEq + Hyperparameters {
    /// The update in one line.
    const FORMULA: &'static str;
    /// Author, year, and number of the algorithm in the paper.
    const SOURCE: &'static str;
    /// Form of weight decay used unless [`OptimizerOptions::decay`](super::OptimizerOptions::decay) says otherwise.
    const DECAY: Decay = Decay::Coupled;

    /// Builds the rule with these hyperparameters.
    #[doc(hidden)]
    fn rule<F: Real>(&self) -> BoxedRule<F>;

    /// Returns the conventions and defaults of a library or of the paper; `None` where it has no such method.
    fn preset(preset: Preset) -> Option<Self>;
}
