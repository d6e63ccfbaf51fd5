//! Evaluation of models on labelled rows.

use std::fs;

use thalweg_learn::{Callbacks, EvaluateConfig, Files, FitConfig, ReadOptions, Table, Validation, evaluate};

fn rows(range: std::ops::Range<u32>) -> String {
    let row = |i: u32| {
        let (x, z, noise) = (i % 13, i * 5 % 7, f64::from(i * 7919 % 1009) / 1009.0 - 0.5);
        let score = f64::from(x) - f64::from(z) + 8.0 * noise;
        let label = ["no", "yes"][usize::from(score > 3.0)];
        let class = if score < 1.0 { "a" } else { ["c", "b"][usize::from(score < 6.0)] };
        format!("{x},{z},k{},{},{label},{class},{}\n", i % 3, 20.0 + score, f64::from(i % 4) / 8.0)
    };
    String::from("x,z,k,y,l,c,w\n") + &range.map(row).collect::<String>()
}

/// The rows are encoded, scored and summed as the validation rows of a fit are.
#[test]
fn metrics_of_held_out_rows_are_those_of_the_fit_to_the_last_digit() {
    let folder = tempfile::tempdir().expect("a folder is created");
    let [train, held_out] = ["train.csv", "held_out.csv"].map(|name| folder.path().join(name));
    fs::write(&train, rows(0..150)).expect("the file is written");
    fs::write(&held_out, rows(150..240)).expect("the file is written");
    for (target, loss) in
        [("y", "squared"), ("y", "huber"), ("y", "quantile:q=0.8"), ("y", "poisson"), ("l", "hinge"), ("l", "logistic")]
            .into_iter()
            .chain([("c", "softmax")])
    {
        for weight_column in [None, Some("w".to_owned())] {
            let mut config = FitConfig {
                loss: Some(loss.parse().expect("the loss is valid")),
                weight_column: weight_column.clone(),
                validation: Validation::Files(Files::from(held_out.as_path())),
                epochs: Some(20),
                ..FitConfig::new(target)
            };
            config.column_options.keep = ["x", "z", "k"].map(String::from).to_vec();
            let (report, model) = config.run(train.as_path(), Callbacks::new()).expect("the data are valid");
            let read = model.schema.read_options();
            let config = EvaluateConfig { read, weight_column, ..EvaluateConfig::default() };
            let evaluated = evaluate(&model, held_out.as_path(), &config).expect("the data are valid");
            assert_eq!(Some(&evaluated.metrics), report.validation.as_ref(), "{loss}");
            assert_eq!((evaluated.rows, &evaluated.weight), (report.validation_rows, &report.weight), "{loss}");
            let table = Table::read(held_out.as_path(), &ReadOptions::default()).expect("the file is a table");
            let of_table = evaluate(&model, &table, &config).expect("the data are valid");
            assert_eq!((of_table.metrics, of_table.baseline), (evaluated.metrics, evaluated.baseline), "{loss}");
        }
    }
}
