//! Can the goldens see? Each is run with one term wrong at a time and must refuse it.

use thalweg::{Decay, Method, Optimizer, OptimizerSpec};

use crate::cases::{Case, read};
use crate::{F64, error};

fn error_of(case: &Case, spec: OptimizerSpec) -> f64 {
    error(case, &mut Optimizer::<f64>::new(spec, case.layout()).expect("a wrong method is still a method"))
}

/// The wrong runs of a case: what was changed, and how far it went astray.
fn astray(case: &Case) -> Vec<(String, f64)> {
    let spec = case.spec();
    let mut wrong = Vec::new();
    for (key, value) in spec.method.parameters() {
        // Every number of the method, 1 % off; what stands at 0 (off) is switched on.
        let Some(number) = value.as_f64() else { continue };
        let other = if number == 0.0 { 0.01 } else { number * 0.99 };
        let method = spec.method.set(&key, &other.to_string()).expect("a number in range");
        wrong.push((format!("{key}={other}"), error_of(case, OptimizerSpec { method, ..spec.clone() })));
    }
    if spec.method.weight_decay() > 0.0 {
        let method = spec.method.set("weight_decay", "0").expect("no decay");
        wrong.push(("decay dropped".into(), error_of(case, OptimizerSpec { method, ..spec.clone() })));
        let mut other = spec.clone();
        other.options.decay = Some(match spec.decay() {
            Decay::Decoupled | Decay::Own | Decay::Proximal => Decay::Coupled,
            Decay::Coupled => Decay::Decoupled,
        });
        wrong.push(("decay elsewhere".into(), error_of(case, other)));
    }
    for form in ["outside", "inside", "hat"] {
        let Ok(method) = spec.method.set("eps_form", form) else { continue };
        if method == spec.method {
            continue;
        }
        wrong.push((format!("ε {form}"), error_of(case, OptimizerSpec { method, ..spec.clone() })));
    }
    wrong
}

/// Changes that change nothing, by what the method is.
fn same_thing(case: &Case, change: &str) -> bool {
    let spec = case.spec();
    let is = |text: &str| {
        spec.method.parameters().iter().any(|(key, value)| *text == format!("{key}={value}").replace('"', ""))
    };
    if change.starts_with('ε') && is("eps=0.0") {
        return true; // an ε of 0 stands nowhere
    }
    match spec.method.name() {
        // The first step's decay is the gradient's own: without a memory the two forms are one.
        "sgd" => change == "decay elsewhere",
        // No bias correction, so ε before it is ε after it.
        "adagrad" | "rmsprop" | "adamax" if change == "ε hat" => is("eps_form=outside"),
        "adagrad" | "rmsprop" | "adamax" if change == "ε outside" => is("eps_form=hat"),
        // 1 % of 1e-16 beside squared gradients is below every digit.
        "adagrad" => is("initial_accumulator=1e-16") && change.starts_with("initial_accumulator"),
        // A constant μ has no schedule.
        "nadam" => is("mu=constant") && change.starts_with("momentum_decay"),
        // ρ∞ = 4: it never becomes adaptive, so its root is never used.
        // No step's ρₜ lies between 4.95 and 5.
        "radam" if change.starts_with("threshold") => true,
        "radam" => {
            is("beta2=0.6") && (change.starts_with("beta2") || change.contains("eps") || change.starts_with('ε'))
        }
        // 1 % of the decay turns no sign; all of it does.
        "signsgd" => change.starts_with("weight_decay="),
        // ‖g + λx‖ is the norm of the coupled gradient.
        "lars" => is("norm=joint") && change == "decay elsewhere",
        _ => false,
    }
}

#[test]
fn a_wrong_term_fails() {
    let mut weak = Vec::new();
    let mut seen = 0;
    for name in Method::NAMES.iter().chain(&["around", "scheduled"]) {
        for case in read(name) {
            for (change, error) in astray(&case) {
                if error <= F64 && !same_thing(&case, &change) {
                    weak.push(format!("{} cannot see {change}: {error:e}", case.spec));
                }
                seen += 1;
            }
        }
    }
    assert!(weak.is_empty(), "of {seen} wrong runs:\n{}", weak.join("\n"));
    assert!(seen > 1000, "{seen}");
}

/// Some correct only where they are asked to.
fn corrects(case: &Case) -> bool {
    let is_off = |(key, value): &(String, _)| key == "correction" && *value == "off";
    !case.spec().method.parameters().iter().any(is_off)
}

#[test]
fn no_bias_correction_fails() {
    // With the clock far ahead all 1 − βᵗ are 1: the same method without its correction.
    let corrected = ["adam", "adamw", "amsgrad", "adamax", "nadam", "radam", "adabelief", "yogi", "adan", "lamb"];
    for name in Method::NAMES {
        for case in read(name) {
            let mut optimizer = case.optimizer::<f64>();
            let mut state = optimizer.state();
            (state.t, state.carry) = (1_000_000_000, 0.0);
            optimizer.load_state(&state).expect("its own state");
            let error = error(&case, &mut optimizer);
            // A method that is in no list must have nothing to correct: a new row cannot slip by.
            let seen = error > 1e-6;
            let expected = (corrected.contains(name) && corrects(&case)) || uses_its_clock(&case);
            assert!(seen == expected, "{}: without bias correction {error:e}", case.spec);
        }
    }
}

/// AdaGrad's slowing rate, the undampened first step and Adan's first difference use the clock for something else.
fn uses_its_clock(case: &Case) -> bool {
    let on = |key: &str| {
        let parameters = case.spec().method.parameters();
        parameters.iter().any(|(name, value)| name == key && value.as_f64().is_some_and(|value| value > 0.0))
    };
    on("lr_decay") || on("dampening") || case.spec().method.name() == "adan"
}
