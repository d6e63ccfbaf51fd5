//! Local steps: workers that step by themselves and average their parameters.

mod closed_form;
mod ranks;
mod trainings;
