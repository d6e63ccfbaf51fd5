//! Mutation tests of the references: each is run with one wrong term at a time and must detect it.

use thalweg::method::{Decay, HyperparamValue};
use thalweg::{Method, Optimizer, OptimizerSpec};

use crate::cases::{Case, read};
use crate::{F64_TOLERANCE, max_error};

fn error_with(case: &Case, spec: OptimizerSpec) -> f64 {
    max_error(case, &mut Optimizer::<f64>::new(spec, case.layout()).expect("a mutated method is still valid"))
}

/// A wrong term, and the error that it causes.
struct Mutation {
    description: String,
    error: f64,
}

/// Runs all mutations of a case.
fn mutations(case: &Case) -> Vec<Mutation> {
    let spec = case.spec();
    let mut mutations = Vec::new();
    let mut mutate = |description: String, spec: OptimizerSpec| {
        mutations.push(Mutation { description, error: error_with(case, spec) });
    };
    for (key, value) in spec.method.hyperparameters() {
        // Changes each number by 1 %, and switches on those that are 0.
        let Some(number) = value.as_number() else { continue };
        let other = if number == 0.0 { 0.01 } else { number * 0.99 };
        let (method, other) = match spec.method.set(key, other) {
            Ok(method) => (method, other),
            Err(_) => (spec.method.set(key, number * 1.01).expect("a number in range"), number * 1.01),
        };
        mutate(format!("{key}={other}"), OptimizerSpec { method, ..spec.clone() });
    }
    if spec.method.weight_decay() > 0.0 {
        let method = spec.method.set("weight_decay", 0.0).expect("0 is a valid decay");
        mutate("without decay".into(), OptimizerSpec { method, ..spec.clone() });
        let mut other = spec.clone();
        other.options.decay = Some(match spec.decay() {
            Decay::Decoupled | Decay::Own | Decay::Proximal => Decay::Coupled,
            Decay::Coupled => Decay::Decoupled,
        });
        mutate("another form of decay".into(), other);
    }
    for form in ["outside", "inside", "hat"] {
        let Ok(method) = spec.method.set_text("eps_form", form) else { continue };
        if method == spec.method {
            continue;
        }
        mutate(format!("ε {form}"), OptimizerSpec { method, ..spec.clone() });
    }
    mutations
}

/// Returns `true` for a mutation that does not change the method.
fn is_equivalent(case: &Case, change: &str) -> bool {
    let spec = case.spec();
    let is = |text: &str| spec.method.hyperparameters().iter().any(|(key, value)| *text == format!("{key}={value}"));
    if change.starts_with('ε') && is("eps=0.0") {
        return true; // an ε of 0 has no position
    }
    match spec.method.name() {
        // Without state, coupled and decoupled decay are the same step.
        "sgd" => change == "another form of decay",
        // Without bias correction, ε before and after it are the same.
        "adagrad" | "rmsprop" | "adamax" if change == "ε hat" => is("eps_form=outside"),
        "adagrad" | "rmsprop" | "adamax" if change == "ε outside" => is("eps_form=hat"),
        // 1 % of 1e-16 is below the rounding error of squared gradients.
        "adagrad" => is("initial_accumulator=1e-16") && change.starts_with("initial_accumulator"),
        // A constant μ does not decay.
        "nadam" => is("mu=constant") && change.starts_with("momentum_decay"),
        // No step's ρₜ lies between 4.95 and 5. With ρ∞ = 4 no step is adaptive, so that the denominator is never used.
        "radam" if change.starts_with("threshold") => true,
        "radam" => {
            is("beta2=0.6") && (change.starts_with("beta2") || change.contains("eps") || change.starts_with('ε'))
        }
        // 1 % of the decay changes no sign; all of it does.
        "signsgd" => change.starts_with("weight_decay="),
        // ‖g + λx‖ is the norm of the coupled gradient.
        "lars" => is("norm=joint") && change == "another form of decay",
        _ => false,
    }
}

#[test]
fn a_wrong_term_is_detected() {
    let mut undetected = Vec::new();
    let mut count = 0;
    for name in Method::NAMES.iter().chain(&["around", "scheduled"]) {
        for case in read(name) {
            for Mutation { description, error } in mutations(&case) {
                if error <= F64_TOLERANCE && !is_equivalent(&case, &description) {
                    undetected.push(format!("{} does not detect {description}: {error:e}", case.spec));
                }
                count += 1;
            }
        }
    }
    assert!(undetected.is_empty(), "of {count} mutations:\n{}", undetected.join("\n"));
    assert!(count > 1000, "{count}");
}

/// Returns `true` unless the case switches the bias correction off.
fn has_bias_correction(case: &Case) -> bool {
    let is_off = |(key, value): &(&str, _)| *key == "correction" && *value == HyperparamValue::from("off");
    !case.spec().method.hyperparameters().iter().any(is_off)
}

#[test]
fn a_missing_bias_correction_is_detected() {
    // At a very late step all 1 − βᵗ are 1: the same method without its correction.
    let corrected = ["adam", "adamw", "amsgrad", "adamax", "nadam", "radam", "adabelief", "yogi", "adan", "lamb"];
    for name in Method::NAMES {
        for case in read(name) {
            let mut optimizer = case.optimizer::<f64>();
            let mut state = optimizer.state().expect("in sync");
            (state.t, state.carry) = (1_000_000_000, 0.0);
            optimizer.load_state(&state).expect("its own state");
            let error = max_error(&case, &mut optimizer);
            // A method outside this list must not have a bias correction, so that a new one is tested too.
            let detected = error > 1e-6;
            let expected = (corrected.contains(name) && has_bias_correction(&case)) || uses_the_step_number(&case);
            assert!(detected == expected, "{}: without bias correction {error:e}", case.spec);
        }
    }
}

/// Returns `true` if the step number matters otherwise: in AdaGrad's learning-rate decay, in the undampened first step
/// of momentum and in the first difference of Adan.
fn uses_the_step_number(case: &Case) -> bool {
    let on = |key: &str| {
        let parameters = case.spec().method.hyperparameters();
        parameters.iter().any(|(name, value)| *name == key && value.as_number().is_some_and(|value| value > 0.0))
    };
    on("lr_decay") || on("dampening") || case.spec().method.name() == "adan"
}
