//! Options of other programs, and the options of `fit` in their place.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Names of options in other programs, without hyphens in front and with `_` for `-`, and what to write.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (
        &["alpha", "reg_lambda", "reg_alpha", "regularization", "lambda", "l1_ratio", "penalty"],
        &["--l1", "0.01", "--l2", "0.01"],
    ),
    (&["C", "c"], &["--l2", "0.01"]),
    (&["weight_decay"], &["--method", "adamw:weight_decay=0.01"]),
    (&["momentum"], &["--method", "momentum:momentum=0.9"]),
    (&["optimizer", "solver", "algorithm"], &["--method", "adam"]),
    (&["learning_rate", "learning_rate_init", "eta", "eta0", "step_size"], &["--lr", "0.01"]),
    (&["lr_scheduler", "lr_schedule", "scheduler", "warmup"], &["--schedule", "cosine"]),
    (
        &[
            "max_iter",
            "n_iter",
            "num_epochs",
            "n_epochs",
            "nb_epoch",
            "max_epochs",
            "iterations",
            "num_iterations",
            "n_estimators",
            "passes",
        ],
        &["--epochs", "100"],
    ),
    (&["minibatch_size", "batch"], &["--batch-size", "64"]),
    (&["tol", "tolerance"], &["--min-delta", "0.0001"]),
    (&["n_iter_no_change", "early_stopping", "early_stopping_rounds"], &["--patience", "10"]),
    (
        &["validation_fraction", "validation_split", "test_size", "holdout", "valid_fraction"],
        &["--val-fraction", "0.2"],
    ),
    (&["random_state", "random_seed"], &["--seed", "1"]),
    (&["n_jobs", "jobs", "num_threads", "nthread", "n_threads"], &["--threads", "2"]),
    (&["sample_weight", "weights", "weight_column"], &["--weight", "COLUMN"]),
    (&["fit_intercept", "noconstant", "no_bias"], &["--no-intercept"]),
    (&["hidden_layer_sizes", "hidden_layers", "hidden", "layers"], &["--model", "mlp:128,64"]),
    (&["activation"], &["--model", "mlp:128,64,activation=tanh"]),
    (&["dropout"], &["--model", "mlp:128,64,dropout=0.2"]),
    (&["rank", "n_factors", "factors"], &["--model", "fm:rank=8"]),
    (&["objective", "loss_function", "criterion"], &["--loss", "huber"]),
    (&["quantile", "tau"], &["--loss", "quantile:q=0.9"]),
    (&["epsilon", "delta", "huber_delta"], &["--loss", "huber:delta=1.35"]),
    (&["label", "label_column", "target_column", "y"], &["--target", "COLUMN"]),
    (&["sep", "separator", "field_separator"], &["--delimiter", ";"]),
    (&["na_values", "null_values", "na"], &["--missing", "-999"]),
    (&["skiprows", "skip_rows", "header_row"], &["--skip-lines", "2"]),
    (&["usecols", "columns", "features"], &["--keep", "COLUMN"]),
    (&["drop", "exclude", "ignored_features"], &["--ignore", "COLUMN"]),
    (&["cat_features", "categorical_features", "categories"], &["--categorical", "COLUMN"]),
    (&["ngram", "interaction"], &["--interactions", "A*B"]),
    (&["model_out", "save", "out", "final_regressor", "f"], &["--output", "FILE.model"]),
    (&["verbose", "silent"], &["--quiet"]),
];

/// Names of losses in other programs, in lower case with `_` for `-`, and the loss.
const LOSSES: &[(&[&str], &str)] = &[
    (
        &["mse", "mean_squared_error", "squared_error", "squared_loss", "l2", "l2_loss", "least_squares", "ols"],
        "squared",
    ),
    (
        &["mae", "mean_absolute_error", "absolute_error", "absolute", "l1", "l1_loss", "lad", "pinball"],
        "quantile:q=0.5",
    ),
    (&["smooth_l1", "smooth_l1_loss", "huber_loss"], "huber:delta=1.35"),
    (
        &["log_loss", "logloss", "log", "logit", "binary_crossentropy", "binary_cross_entropy", "bce", "binary"],
        "logistic",
    ),
    (
        &[
            "cross_entropy",
            "crossentropy",
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
            "multinomial",
            "multiclass",
            "nll",
        ],
        "softmax",
    ),
    (&["poisson_loss", "poisson_nll"], "poisson"),
    (&["hinge_loss", "svm"], "hinge"),
];

/// Returns what to write in place of an unknown option of `fit`, or of the name of a loss, as a line of advice.
pub(crate) fn advice(error: &clap::Error) -> Option<String> {
    if error.kind() == ErrorKind::ValueValidation {
        return loss_advice(error);
    }
    let usage = error.get(ContextKind::Usage)?.to_string();
    if error.kind() != ErrorKind::UnknownArgument || !usage.contains("thalweg fit") {
        return None;
    }
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = found.trim_start_matches('-').replace('-', "_");
    let (_, option) = OPTIONS.iter().find(|(names, _)| names.contains(&name.as_str()))?;
    Some(match option {
        [flag] => format!("here {found} is {flag}; see `thalweg fit --help`"),
        [flag, value] => format!("here {found} is {flag}, as in {flag} {value}; see `thalweg fit --help`"),
        _ => {
            let flags: Vec<&str> = option.iter().copied().step_by(2).collect();
            format!("here {found} is {}, as in {}; see `thalweg fit --help`", flags.join(" and "), option.join(" "))
        }
    })
}

/// Returns the loss that has another name in other programs.
fn loss_advice(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let found =
        text(ContextKind::InvalidValue).filter(|_| text(ContextKind::InvalidArg) == Some("--loss <NAME[:K=V]>"))?;
    let name = found.split(':').next()?.to_lowercase().replace(['-', ' '], "_");
    let (_, loss) = LOSSES.iter().find(|(names, _)| names.contains(&name.as_str()))?;
    Some(format!("here '{found}' is {loss}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::commands::Program;

    fn parse(options: &[&str]) -> Result<Program, clap::Error> {
        Program::try_parse_from(["thalweg", "fit", "data.csv"].iter().chain(options))
    }

    #[test]
    fn every_offered_option_is_one() {
        for (names, option) in OPTIONS {
            assert!(parse(option).is_ok(), "{option:?}");
            for name in *names {
                let Err(error) = parse(&[&format!("--{}", name.replace('_', "-")), "1"]) else {
                    panic!("--{name} is an option itself")
                };
                let said = advice(&error).unwrap_or_default();
                assert!(said.contains(&option.join(" ")), "--{name}: {said}");
            }
        }
        for name in ["--max_iter", "--max_iter=100", "--batch"] {
            let error = parse(&[name]).err().unwrap_or_else(|| panic!("{name} is an option"));
            assert!(advice(&error).is_some(), "{name}");
        }
        let Err(error) = parse(&["--nothing-of-the-kind"]) else { panic!("an option of this name") };
        assert_eq!(advice(&error), None);
    }

    #[test]
    fn every_offered_loss_is_one() {
        for (names, loss) in LOSSES {
            assert!(parse(&["--loss", loss]).is_ok(), "{loss}");
            for name in *names {
                let Err(error) = parse(&["--loss", &name.to_uppercase()]) else { panic!("{name} is a loss itself") };
                assert_eq!(advice(&error), Some(format!("here '{}' is {loss}", name.to_uppercase())));
            }
        }
        let Err(error) = parse(&["--loss", "nothing"]) else { panic!("a loss of this name") };
        assert_eq!(advice(&error), None);
    }
}
