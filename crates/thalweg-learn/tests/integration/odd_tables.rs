//! Tables as people have them: odd scales, labels, rows and names, each with what must come out.

use std::fmt::Write;
use std::path::Path;

use crate::common::{bad_data, excluded_columns, message, plan, table, try_table};
use thalweg_learn::data::Target;
use thalweg_learn::model::Loss;
use thalweg_learn::{
    Callbacks, DataSource, FitConfig, FitReport, Metrics, ModelFile, Prediction, ReadOptions, Result, Table,
    Validation, predict,
};

/// Returns a table of `rows` lines that `line` writes after a header.
fn lines(header: &str, rows: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = format!("{header}\n");
    (0..rows).for_each(|row| writeln!(text, "{}", line(row)).expect("a string accepts text"));
    text
}

fn config(target: &str) -> FitConfig {
    FitConfig { validation: Validation::None, epochs: Some(200), l2: Some(0.001), ..FitConfig::new(target) }
}

fn run<'a>(config: &FitConfig, data: impl Into<DataSource<'a>>) -> Result<(FitReport, ModelFile)> {
    config.run(data, Callbacks::new())
}

fn fit(config: &FitConfig, text: &str) -> (FitReport, ModelFile) {
    run(config, &table(text)).unwrap_or_else(|error| panic!("{error}"))
}

fn numbers(model: &ModelFile, table: &Table<'_>) -> Vec<f64> {
    let number = |prediction| match prediction {
        Prediction::Number(number) => number,
        Prediction::Label { probability: Some(probability), .. } => probability,
        other => panic!("{other:?}"),
    };
    predict(model, table).expect("the table is valid").values.into_iter().map(number).collect()
}

fn r2(report: &FitReport) -> f64 {
    let Metrics::Regression { r2, .. } = report.train else { panic!("{:?}", report.train) };
    r2
}

/// A number in [−½, ½) for each row.
fn noise(row: usize) -> f64 {
    (row * 7919 % 1009) as f64 / 1009.0 - 0.5
}

#[test]
fn targets_and_features_of_any_scale_are_learned() {
    for (scale, offset) in [(1e-12, 0.0), (1.0, 5e9), (1e9, 0.0), (1e30, -1e32), (1e38, 0.0)] {
        let text = lines("x,y", 120, |row| format!("{},{:e}", row % 17, offset + scale * (row % 17) as f64));
        let (report, _) = fit(&config("y"), &text);
        assert!(r2(&report) > 0.999, "{scale} {offset}: {:?}", report.train);
    }
    let near = lines("x,y", 120, |row| format!("{:.4},{}", 1e9 + (row % 17) as f64 / 1e3, row % 17));
    assert!(r2(&fit(&config("y"), &near).0) > 0.999);
    let copies = lines("a,b,c,y", 120, |row| format!("{0},{0},{1},{0}", row % 17, row % 17 * 2));
    assert!(r2(&fit(&config("y"), &copies).0) > 0.999);
    let tiny = lines("x,y", 120, |row| format!("{},{}", ["1e-400", "0", "3"][row % 3], row % 3 / 2));
    assert_eq!(fit(&config("y"), &tiny).1.schema.features.len(), 1);
}

#[test]
fn predictions_scale_with_the_target() {
    for loss in [Loss::Squared, "quantile:q=0.5".parse().expect("the loss is valid")] {
        let scaled = |factor: f64| {
            let text =
                lines("x,y", 150, |row| format!("{},{}", row % 17, factor * (3.0 * (row % 17) as f64 + noise(row))));
            let (_, model) = fit(&FitConfig { loss: Some(loss), l2: Some(0.0), ..config("y") }, &text);
            numbers(&model, &table(&text))
        };
        let (euros, cents) = (scaled(1.0), scaled(100.0));
        let far = euros.iter().zip(&cents).map(|(a, b)| (100.0 * a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1.0, "{loss}: {far}");
    }
}

#[test]
fn counts_may_be_large_but_not_negative_nor_all_zero() {
    let poisson = FitConfig { loss: Some(Loss::Poisson), ..config("y") };
    let counts = |of: &dyn Fn(usize) -> i32| lines("x,y", 100, |row| format!("{},{}", row % 9, of(row)));
    let (report, model) = fit(&poisson, &counts(&|row| if row == 57 { 10_000 } else { 0 }));
    assert!(report.train.loss().is_finite());
    let predicted = numbers(&model, &table("x\n0\n3\n8\n"));
    assert!(predicted.iter().all(|count| count.is_finite() && *count >= 0.0), "{predicted:?}");
    let negative = bad_data(run(&poisson, &table(&counts(&|row| if row == 57 { -1 } else { 2 }))));
    assert!(negative.starts_with("data.csv:59:3: ") && negative.contains("found '-1'"), "{negative}");
    assert!(bad_data(run(&poisson, &table(&counts(&|_| 0)))).contains("found only '0'"));
}

#[test]
fn labels_of_every_spelling_are_learned() {
    for (negative, positive) in
        [("0", "1"), ("1", "2"), ("-1", "1"), ("0.0", "1.0"), ("False", "True"), ("FALSE", "TRUE"), ("no ", " yes")]
    {
        let text = lines("x,y", 120, |row| format!("{},{}", row % 8, if row % 8 > 3 { positive } else { negative }));
        let (report, model) = fit(&config("y"), &text);
        assert!(matches!(report.train, Metrics::Binary { accuracy, .. } if accuracy > 0.99), "{:?}", report.train);
        let Target::Label { positive: label, .. } = &model.schema.target else { panic!("{:?}", model.schema.target) };
        assert_eq!(label, positive.trim().trim_end_matches(".0"));
    }
    let mixed = lines("x,y", 120, |row| format!("{},{}", row % 8, ["1", "1.0", "0"][row % 8 % 3]));
    assert!(matches!(fit(&config("y"), &mixed).1.schema.target, Target::Label { .. }));
    let rare = lines("x,y", 300, |row| format!("{},{}", row % 7, u8::from(row == 111)));
    let held_out = FitConfig { validation: Validation::Fraction(0.2), ..config("y") };
    let (report, _) = fit(&held_out, &rare);
    let Some(Metrics::Binary { auc, loss, .. }) = report.validation else { panic!("{:?}", report.validation) };
    assert!(loss.is_finite() && (auc.is_nan() || (0.0..=1.0).contains(&auc)), "{auc}");
    let single = lines("x,y", 60, |row| format!("{},{}", row % 7, if row == 31 { "c" } else { ["a", "b"][row % 2] }));
    assert!(matches!(&fit(&config("y"), &single).1.schema.target, Target::Classes { labels, .. } if labels.len() == 3));
}

#[test]
fn names_are_clues_and_no_more() {
    let kinds =
        |header: &str, line: &dyn Fn(usize) -> String| excluded_columns(&plan(&table(&lines(header, 100, line)), "y"));
    let line = |row: usize| format!("{},{},{},{},{}", row % 9, row % 5, 1990 + row % 30, row + 1, row * 3 % 11);
    assert!(kinds("paid,valid,year,t,y", &line).is_empty());
    let store =
        table(&lines("store_id,userId,x,y", 100, |row| format!("{},{},{},{}", row % 4, row % 6, row % 7, row % 13)));
    let mut plan = plan(&store, "y");
    let rows = plan.usable_rows.clone();
    let schema = plan.schema(&store, &rows).expect("the columns are used");
    let names = schema.coefficient_names();
    assert!(
        ["store_id=3", "userId=5", "x"].into_iter().all(|name| names.iter().any(|found| found == name)),
        "{names:?}"
    );
}

#[test]
fn rows_of_other_kinds_are_refused_with_their_line() {
    let data = |row: usize| format!("{},{}", row, row * 3 % 17);
    let units = "length,y\ncm,s\n".to_string() + &lines("", 60, data)[1..];
    let refused = bad_data(run(&config("y"), &table(&units)));
    assert!(refused.starts_with("data.csv:2:") && refused.contains("expected a number"), "{refused}");
    let totals = lines("length,y", 60, data) + "total,1770\n";
    let refused = bad_data(run(&config("y"), &table(&totals)));
    assert!(refused.starts_with("data.csv:62:1: column 'length': expected a number, found 'total'"), "{refused}");
    let late = lines("length,y", 40_000, |row| if row == 38_123 { "n.b.,3".into() } else { data(row) });
    let refused = bad_data(run(&config("y"), &table(&late)));
    assert!(refused.starts_with("data.csv:38125:1: column 'length'"), "{refused}");
    let trailing = lines("a,b", 20, |row| format!("{row},{row},"));
    assert!(bad_data(try_table(&trailing)).starts_with("data.csv:2:"));
    assert!(bad_data(run(&config("y"), &table("x,y\n1,2\n"))).contains("found only '2'"));
    assert!(bad_data(try_table("x,y\n")).contains("found only a header"));
    assert!(bad_data(run(&config("y"), &table("x,y\n1,7\n2,7\n"))).contains("found only '7'"));
}

#[test]
fn marks_in_texts_and_columns_without_a_name_are_read() {
    let inches = table("size;y\n15\";1\n17\";2\n15\";3\n");
    assert_eq!((inches.cell(0, 0).as_ref(), inches.rows()), ("15\"", 3));
    let index = table(&lines(",x,y", 40, |row| format!("{row},{},{}", row % 7, row % 7 * 2)));
    let plan = plan(&index, "y");
    assert!(excluded_columns(&plan)[0].ends_with(": row numbers"), "{:?}", excluded_columns(&plan));
    let options = ReadOptions { encoding: Some("windows-1251".into()), ..ReadOptions::default() };
    let bytes = b"\xe3\xee\xf0\xee\xe4,y\n\xcf\xe5\xf0\xec\xfc,1\n".to_vec();
    let cyrillic = Table::parse(Path::new("x.csv"), bytes, &options).expect("the text is valid");
    assert_eq!((cyrillic.names()[0].as_str(), cyrillic.cell(0, 0).as_ref()), ("город", "Пермь"));
    let unicode = table("größe,y\nweiß,1\n東京,2\n");
    assert_eq!((unicode.names()[0].as_str(), unicode.cell(1, 0).as_ref()), ("größe", "東京"));
}

#[test]
fn columns_in_another_order_and_others_besides_predict_the_same() {
    let text = lines("a,town,y", 90, |row| format!("{},{},{}", row % 11, ["Ulm", "Bonn"][row % 2], row % 11 + row % 2));
    let (_, model) = fit(&config("y"), &text);
    let expected = numbers(&model, &table(&text));
    let other = lines("new,town,a", 90, |row| format!("{row},{},{}", ["Ulm", "Bonn"][row % 2], row % 11));
    assert_eq!(numbers(&model, &table(&other)), expected);
    let missing = message(predict(&model, &table("new,town,A\n1,Ulm,2\n")));
    assert_eq!(missing, "data.csv:1:1: missing column 'a', which the model needs (did you mean 'A'?)");
}

#[test]
fn libsvm_indices_may_be_unsorted_but_not_repeated_or_huge() {
    let line = |row: usize, sorted: bool| {
        let (a, b) = (format!("2:{}", row % 7), format!("5:{}", row % 3 + 1));
        if sorted { format!("{} {a} {b}\n", row % 4) } else { format!("{} {b} {a}\n", row % 4) }
    };
    let text = |sorted: bool| (0..80).map(|row| line(row, sorted)).collect::<String>();
    let (sorted, unsorted) = (fit(&config("label"), &text(true)).1, fit(&config("label"), &text(false)).1);
    assert_eq!((sorted.schema, sorted.tensors), (unsorted.schema, unsorted.tensors));
    assert!(bad_data(try_table(&(text(true) + "1 3:1 3:2\n"))).starts_with("data.csv:81:"));
    let huge = bad_data(run(&config("label"), &table(&(text(true) + "1 3000000000:1\n"))));
    assert!(huge.contains("expected at most") && huge.ends_with("indexed features, found 3000000000"), "{huge}");
    let from_zero = fit(&config("label"), &(text(true) + "1 0:1\n")).1.schema.indexed_features;
    assert_eq!(from_zero.map(|indexed| (indexed.first, indexed.features)), Some((0, 6)));
}

#[test]
fn the_scale_of_weights_does_not_matter() {
    let weighted = |weights: [f64; 3], scale: f64, method: Option<&str>| {
        let text = lines("w,x,z,y", 100, |row| {
            format!("{:e},{},{},{}", scale * weights[row % 3], row % 9, row * 5 % 11, (row % 9) as f64 + noise(row))
        });
        let config = FitConfig {
            weight_column: Some("w".into()),
            method: method.map(|method| method.parse().expect("the method is valid")),
            ..FitConfig::new("y")
        };
        let (_, model) = fit(&config, &text);
        numbers(&model, &table("x,z\n0,3\n5,1\n"))
    };
    for (weights, tolerance) in [([0.7, 1.1, 2.3], 1e-6), ([1.0, 2.0, 3.0], 0.05)] {
        for method in [None, Some("adam:lr=0.01"), Some("saga")] {
            let expected = weighted(weights, 1.0, method);
            for scale in [1e-6, 1e6] {
                let found = weighted(weights, scale, method);
                let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < tolerance;
                assert!(found.iter().zip(&expected).all(is_close), "{method:?} {scale}: {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn reported_metrics_are_those_of_the_predictions() {
    let text = lines("x,y", 200, |row| {
        format!("{},{}", row % 6, ["no", "yes"][usize::from(noise(row) + (row % 6) as f64 / 9.0 > 0.3)])
    });
    let (report, model) = fit(&config("y"), &text);
    let table = table(&text);
    let probabilities = numbers(&model, &table);
    let is_yes: Vec<bool> = (0..200).map(|row| table.cell(row, 1) == "yes").collect();
    let Metrics::Binary { loss, accuracy, auc, .. } = report.train else { panic!("{:?}", report.train) };
    let rows = || probabilities.iter().zip(&is_yes);
    let expected: f64 = rows().map(|(p, yes)| -(if *yes { *p } else { 1.0 - p }).ln()).sum::<f64>() / 200.0;
    let right = rows().filter(|(p, yes)| (**p >= 0.5) == **yes).count();
    // With few distinct probabilities, most pairs of rows of one value are ties, which count a half.
    let pairs =
        rows().filter(|(_, yes)| **yes).flat_map(|(p, _)| rows().filter(|(_, yes)| !**yes).map(move |(q, _)| (*p, *q)));
    let (mut wins, mut count) = (0.0, 0.0);
    for (p, q) in pairs {
        wins += if p > q {
            1.0
        } else if p.total_cmp(&q).is_eq() {
            0.5
        } else {
            0.0
        };
        count += 1.0;
    }
    assert!((loss - expected).abs() < 1e-12 && (auc - wins / count).abs() < 1e-12, "{loss} {expected} {auc}");
    assert!((accuracy - right as f64 / 200.0).abs() < 1e-12, "{accuracy}");
}
