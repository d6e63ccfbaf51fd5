//! Inference of the kind of the target: a number, one of two labels, or one of several classes.

use std::fmt::Write;

use crate::common::{bad_data, names, plan_with, table};
use thalweg_learn::data::{EncodingPlan, Target, TargetChoice};
use thalweg_learn::{ColumnOptions, Result};

fn target_of(cells: &[&str], choice: TargetChoice) -> Result<Target> {
    let mut text = "x,y\n".to_string();
    cells
        .iter()
        .enumerate()
        .for_each(|(i, cell)| writeln!(text, "{},{cell}", i * i).expect("writing to a string succeeds"));
    let table = table(&text);
    let mut plan = EncodingPlan::infer(&table, "y", choice, &ColumnOptions::default())?;
    let rows = plan.usable_rows.clone();
    plan.schema(&table, &rows).map(|schema| schema.target)
}

fn label(negative: &str, positive: &str) -> Target {
    Target::Label { name: "y".into(), negative: negative.into(), positive: positive.into() }
}

#[test]
fn two_values_are_labels_and_the_larger_is_positive() {
    for (cells, negative, positive) in [
        (["1", "0", "1", "0"], "0", "1"),
        (["-1", "1", "+1", "-1.0"], "-1", "1"),
        (["10", "9", "10", "9"], "9", "10"),
        (["yes", "no", "no", "yes"], "no", "yes"),
        (["<=50K", ">50K", ">50K", "?"], "<=50K", ">50K"),
        (["1", "x", "x", "1"], "1", "x"),
        (["0", "-0", "1", "0"], "0", "1"),
    ] {
        assert_eq!(
            target_of(&cells, TargetChoice::Auto).expect("the target has labels"),
            label(negative, positive),
            "{cells:?}"
        );
    }
}

#[test]
fn the_requested_kind_of_target_is_used() {
    let number = target_of(&["0", "1", "1", "0"], TargetChoice::Number).expect("the target is a number");
    assert_eq!(number, Target::Number { name: "y".into(), mean: 0.5, deviation: 0.5, residual_scale: None });
    assert!(matches!(target_of(&["1", "2", "3"], TargetChoice::Auto), Ok(Target::Number { .. })));
    assert_eq!(
        bad_data(target_of(&["1", "2", "3"], TargetChoice::Label)),
        "data.csv:1:3: target 'y': expected two distinct labels, found 3: 1, 2, 3"
    );
    let classes = |labels: &[&str]| Target::Classes { name: "y".into(), labels: names(labels) };
    assert_eq!(
        target_of(&["10", "9", "10.0", "8"], TargetChoice::Classes).expect("the target has classes"),
        classes(&["8", "9", "10"])
    );
    assert_eq!(
        target_of(&["b", "a", "?"], TargetChoice::Classes).expect("the target has classes"),
        classes(&["a", "b"])
    );
    assert_eq!(
        target_of(&["a", "c", "B", "c"], TargetChoice::Auto).expect("the target has classes"),
        classes(&["a", "B", "c"])
    );
    assert_eq!(
        bad_data(target_of(&["a", "b", "b"], TargetChoice::Number)),
        "data.csv:2:3: column 'y': expected a number, found 'a' (3 of 3 values are not numbers)"
    );
}

#[test]
fn few_whole_numbers_may_be_classes() {
    let values = |cells: &[&str], choice: TargetChoice| {
        let lines = cells.iter().cycle().take(100).enumerate().map(|(i, cell)| format!("{},{cell}\n", i * i % 37));
        let table = table(&format!("x,y\n{}", lines.collect::<String>()));
        let plan = EncodingPlan::infer(&table, "y", choice, &ColumnOptions::default()).expect("it can be learned");
        plan.whole_number_values
    };
    let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    assert_eq!(values(&digits, TargetChoice::Auto), Some(10));
    assert_eq!(values(&["3", "5.0", "-7"], TargetChoice::Auto), Some(3));
    assert_eq!(values(&digits, TargetChoice::Number), None);
    assert_eq!(values(&digits, TargetChoice::Classes), None);
    assert_eq!(values(&["1", "2", "2.5"], TargetChoice::Auto), None);
    assert_eq!(values(&["0", "1"], TargetChoice::Auto), None);
    let many: Vec<String> = (0..21).map(|value| value.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!((values(&many[..20], TargetChoice::Auto), values(&many, TargetChoice::Auto)), (Some(20), None));
}

#[test]
fn targets_that_cannot_be_learned_are_refused() {
    let own: Vec<String> = (0..30).map(|i| format!("n{}", i.min(20))).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    assert_eq!(
        bad_data(target_of(&own, TargetChoice::Auto)),
        "data.csv:1:3: target 'y': expected at most 1000 distinct labels with two rows for each on average, \
         found 21 in 30 rows"
    );
    for choice in [TargetChoice::Auto, TargetChoice::Number, TargetChoice::Label] {
        assert_eq!(
            bad_data(target_of(&["7", "7.0", "?"], choice)),
            "data.csv:1:3: target 'y': expected at least two distinct values, found only '7'"
        );
        assert_eq!(
            bad_data(target_of(&["", "?", "NA"], choice)),
            "data.csv:1:3: target 'y': expected values, found only missing ones"
        );
    }
    let mistake = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "x1"];
    assert_eq!(
        bad_data(target_of(&mistake, TargetChoice::Auto)),
        "data.csv:11:4: column 'y': expected a number, found 'x1' (1 of 10 values is not a number)"
    );
    assert!(
        !plan_with(&table("x,y\n1,2\n2,3\n"), "z", &ColumnOptions::default())
            .expect_err("there is no column z")
            .is_bad_data()
    );
    assert_eq!(
        bad_data(plan_with(&table("y\n1\n2\n"), "y", &ColumnOptions::default())),
        "data.csv: no feature column remains: the target is the only column"
    );
}
