//! Names of other libraries in the text of a method, and what to write in their place.

use thalweg::{Error, Method, OptimizerSpec};

/// Names of a parameter in PyTorch, Keras, Optax, scikit-learn or papers; the methods that the entry is for, none for
/// all that have such a text; and the text of the method to write, in which `{m}` is its name.
type Parameter = (&'static [&'static str], &'static [&'static str], &'static str);

const ALL: &[&str] = &[];

const PARAMETERS: &[Parameter] = &[
    (
        &["learning_rate", "learning_rate_init", "step_size", "stepsize", "eta", "eta0", "rate", "initial_step"],
        ALL,
        "{m}:lr=0.01",
    ),
    (&["history_size", "m", "memory_size", "maxcor", "num_correction_pairs"], &["lbfgs"], "lbfgs:memory=10"),
    (&["betas"], &["adan"], "adan:beta1=0.02,beta2=0.08,beta3=0.01"),
    (&["betas"], ALL, "{m}:beta1=0.9,beta2=0.99"),
    (&["beta_1", "b1"], ALL, "{m}:beta1=0.9"),
    (&["beta_2", "b2"], ALL, "{m}:beta2=0.99"),
    (&["beta_3", "b3"], ALL, "{m}:beta3=0.01"),
    (
        &["alpha", "gamma", "beta", "beta2", "smoothing", "decay_rate", "discounting_factor"],
        &["rmsprop", "adadelta"],
        "{m}:rho=0.99",
    ),
    (&["alpha"], ALL, "{m}:lr=0.01"),
    (&["epsilon", "fuzz"], ALL, "{m}:eps=1e-8"),
    (&["eps_root"], ALL, "{m}:eps_form=inside"),
    (&["centered"], &["rmsprop"], "rmsprop:variance=centered"),
    (&["nesterov"], &["sgd", "momentum"], "nag:momentum=0.9"),
    (&["nesterov"], &["adam"], "nadam"),
    (&["momentum", "dampening", "mu"], &["sgd"], "momentum:momentum=0.9"),
    (&["mu", "gamma", "beta"], &["momentum", "nag"], "{m}:momentum=0.9"),
    (&["momentum"], ALL, "{m}:beta1=0.9"),
    (&["dampening"], &["nag"], "nag:momentum=0.9"),
    (&["amsgrad"], &["adam"], "amsgrad"),
    (&["amsgrad"], &["adamw"], "amsgrad:weight_decay=0.01,decay=decoupled"),
    (&["decoupled_weight_decay", "decoupled"], ALL, "{m}:decay=decoupled"),
    (&["wd", "l2", "weight_decay_rate", "weight_decouple", "l2_regularization"], ALL, "{m}:weight_decay=0.01"),
    (&["initial_accumulator_value"], ALL, "{m}:initial_accumulator=0.1"),
    (&["schedule_decay"], ALL, "{m}:momentum_decay=0.004"),
    (&["trust_coefficient", "trust_coef"], ALL, "{m}:trust=0.001"),
    (&["clipnorm"], ALL, "{m}:clip_norm=1"),
    (&["clipvalue", "clip"], ALL, "{m}:clip_value=1"),
    (&["global_clipnorm", "max_norm", "max_grad_norm", "grad_clip"], ALL, "{m}:clip_global_norm=1"),
    (&["use_ema", "ema_momentum"], ALL, "{m}:ema=0.99"),
    (&["averaging", "polyak"], ALL, "{m}:average=polyak"),
    (&["maximize"], ALL, "{m}:goal=maximize"),
    (&["gradient_accumulation_steps", "accumulation_steps", "every_k_schedule"], ALL, "{m}:accumulate=4"),
    (&["foreach", "fused", "jit", "jit_compile", "capturable", "differentiable", "name"], ALL, "{m}"),
];

/// Settings that are options of the command instead of parameters of a method.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (
        &["schedule", "lr_scheduler", "learning_rate_schedule", "lr_decay", "warmup", "warmup_steps", "power_t", "t0"],
        &["--schedule", "cosine"],
    ),
    (&["epochs", "max_iter", "n_iter"], &["--epochs", "100"]),
    (&["batch_size", "batch"], &["--batch-size", "64"]),
    (&["l1", "l1_ratio", "penalty", "lambd", "lambda"], &["--l1", "0.01", "--l2", "0.01"]),
    (&["tol"], &["--min-delta", "0.0001"]),
    (&["n_iter_no_change", "patience"], &["--patience", "10"]),
    (&["random_state"], &["--seed", "1"]),
];

/// Methods of other libraries, and the text of the same method here.
const METHODS: &[(&[&str], &str)] = &[
    (&["nesterov", "sgd_nesterov"], "nag:momentum=0.9"),
    (&["sgdm", "sgd_momentum", "heavy_ball"], "momentum:momentum=0.9"),
    (&["gd", "gradient_descent", "vanilla"], "sgd"),
    (&["sgdw"], "momentum:weight_decay=0.01,decay=decoupled"),
    (&["asgd"], "sgd:average=polyak"),
    (&["nadamw"], "nadam:weight_decay=0.01,decay=decoupled"),
    (&["radamw"], "radam:weight_decay=0.01,decay=decoupled"),
];

/// Returns what to write in place of a name that the text of a method does not have, as a clause.
pub(super) fn advice(error: &Error) -> Option<String> {
    match error {
        Error::Unknown { what, name, .. } if what == "method" => {
            let name = name.to_lowercase();
            let found = METHODS.iter().find(|(names, _)| names.contains(&name.as_str()));
            found.map(|(_, text)| format!("here it is {text}"))
        }
        Error::Unknown { what, name, .. } if what.starts_with("parameter of ") => {
            let method = what.trim_start_matches("parameter of ");
            let option = || OPTIONS.iter().find(|(names, _)| names.contains(&name.as_str()));
            of_parameter(method, name)
                .or_else(|| option().map(|(_, option)| format!("it is an option of the fit, such as {}", option.join(" "))))
        }
        Error::Unknown { what, name, .. } if what == "nesterov" && name == "true" => {
            Some("nesterov=simplified is that of PyTorch and Keras, and the default".into())
        }
        Error::Unknown { what, name, .. } if what == "decay" && name.parse::<f64>().is_ok() => Some(
            "the form of weight decay is a name, its strength weight_decay=0.01, and decay of the rate --schedule inverse"
                .into(),
        ),
        Error::InvalidValue { what, expected, found }
            if what.starts_with("a parameter of ") && expected == "key=value" && is_list_end(found) =>
        {
            Some("a list such as betas is written beta1=0.9,beta2=0.99".into())
        }
        _ => None,
    }
}

/// Returns `true` for the later part of a list of numbers, such as `0.999)`.
fn is_list_end(text: &str) -> bool {
    text.trim_matches(['(', ')', '[', ']', ' ']).parse::<f64>().is_ok()
}

fn of_parameter(method: &str, name: &str) -> Option<String> {
    let entries = PARAMETERS.iter().filter(|(names, ..)| names.contains(&name));
    let of_method = entries.filter(|(_, methods, _)| methods.is_empty() || methods.contains(&method));
    let mut texts = of_method.map(|(.., text)| text.replace("{m}", method));
    let text = texts.find(|text| text.parse::<OptimizerSpec>().is_ok())?;
    let is_same = text == method && Method::NAMES.contains(&method);
    Some(match text.split_once([':', ',']) {
        _ if is_same => format!("it is not needed: {text} alone does the same"),
        // A parameter of the same method by another name: its number is an example.
        Some((same, parameters)) if same == method => match parameters.split_once('=') {
            Some((key, _)) if !parameters.contains(',') => format!("here it is {key}, as in {text}"),
            _ => format!("here it is written as in {text}"),
        },
        _ => format!("here it is {text}"),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::commands::Program;

    fn message(text: &str) -> String {
        advice(&text.parse::<OptimizerSpec>().expect_err("a name of another library")).unwrap_or_default()
    }

    #[test]
    fn every_offered_text_is_a_method() {
        for (names, methods, text) in PARAMETERS {
            let of_methods = if methods.is_empty() { Method::NAMES } else { methods };
            let offered = of_methods.iter().filter(|method| {
                let offered = text.replace("{m}", method).parse::<OptimizerSpec>();
                assert!(methods.is_empty() || offered.is_ok(), "{method}: {offered:?}");
                // The name is none of the method's own, or no error would ask for it.
                offered.is_ok()
                    && names.iter().all(|name| format!("{method}:{name}=1").parse::<OptimizerSpec>().is_err())
            });
            assert!(offered.count() > 0, "{names:?}");
        }
        for (_, text) in METHODS {
            assert!(text.parse::<OptimizerSpec>().is_ok(), "{text}");
        }
        for (_, option) in OPTIONS {
            let line = ["thalweg", "fit", "data.csv"].iter().chain(option.iter());
            assert!(Program::try_parse_from(line).is_ok(), "{option:?}");
        }
    }

    #[test]
    fn names_of_other_libraries_are_known() {
        for (text, said) in [
            ("rmsprop:centered=true", "rmsprop:variance=centered"),
            ("rmsprop:alpha=0.9", "rmsprop:rho="),
            ("sgd:nesterov=true", "nag:momentum=0.9"),
            ("momentum:nesterov=true", "nag:momentum=0.9"),
            ("sgd:momentum=0.9", "momentum:momentum=0.9"),
            ("adam:betas=0.9,0.999", "beta1=0.9,beta2="),
            ("adam:betas=(0.9,0.999)", "beta1=0.9,beta2="),
            ("adam:beta_1=0.8", "adam:beta1="),
            ("adam:amsgrad=true", "amsgrad"),
            ("adamw:amsgrad=true", "amsgrad:weight_decay=0.01,decay=decoupled"),
            ("adam:alpha=0.1", "adam:lr="),
            ("adam:epsilon=1e-7", "adam:eps="),
            ("adam:learning_rate=0.1", "adam:lr="),
            ("adam:clipnorm=1", "adam:clip_norm=1"),
            ("adam:global_clipnorm=1", "adam:clip_global_norm=1"),
            ("adam:maximize=true", "adam:goal=maximize"),
            ("adam:fused=true", "adam alone does the same"),
            ("sgd:jit=true", "sgd alone does the same"),
            ("adam:l1_ratio=0.5", "--l1"),
            ("adam:max_iter=10", "--epochs"),
            ("adam:decay=0.01", "weight_decay=0.01"),
            ("nag:nesterov=true", "nesterov=simplified"),
            ("nesterov", "nag:momentum=0.9"),
            ("ASGD", "sgd:average=polyak"),
        ] {
            assert!(message(text).contains(said), "{text}: {}", message(text));
        }
        assert_eq!(message("sgd:betas=1"), "", "sgd has nothing of the kind");
    }
}
