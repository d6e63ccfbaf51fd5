//! Measurement of the schema on the training rows, and encoding of rows.

use crate::common::{self, bad_data, excluded_columns, names, plan, schema, table};
use thalweg_learn::Table;
use thalweg_learn::data::{Encoding, EncodingPlan, Imputation, Target, WithTarget};

#[test]
fn rows_without_target_are_excluded_and_counted() {
    let table = table("x,y\n1,1\n2,?\n3,3\n4,\n5,4\n");
    let plan: EncodingPlan = plan(&table, "y");
    assert_eq!((plan.usable_rows.clone(), plan.target_missing), (vec![0, 2, 4], 2));
    assert_eq!(plan.classes(&table).expect("nothing interrupts"), None);
    let labels = common::table("x,y\n1,b\n2,?\n3,a\n");
    assert_eq!(common::plan(&labels, "y").classes(&labels).expect("nothing interrupts"), Some(vec![1, 0]));
}

const PEOPLE: &str = "age,job,wage,town,y\n\
    2,clerk,10,b,1\n\
    4,,30,a,2\n\
    9,smith,?,a,3\n\
    6,clerk,20,b,6\n";

#[test]
fn rows_become_numbers_and_codes() {
    let table = table(PEOPLE);
    let schema = schema(&table, "y");
    assert_eq!(
        schema.coefficient_names(),
        ["age", "wage", "wage (missing)", "job=(missing)", "job=clerk", "job=smith", "town=a", "town=b"]
    );
    let rows = schema.encode(&table, &[0, 1, 2, 3], WithTarget::Yes).expect("the table has all columns");
    assert_eq!((rows.width(), rows.code_width, rows.features, rows.len()), (3, 2, 8, 4));
    // By hand: the mean of 2 4 9 6 is 5.25, of 10 30 20 it is 20; of the target 1 2 3 6 it is 3.
    let age = (26.75f64 / 4.0).sqrt();
    let wage = (200.0f64 / 3.0).sqrt();
    let numbers = [
        [-3.25 / age, -10.0 / wage, 0.0],
        [-1.25 / age, 10.0 / wage, 0.0],
        [3.75 / age, 0.0, 1.0],
        [0.75 / age, 0.0, 0.0],
    ];
    let assert_close = |found: &[f64], expected: &[f64]| {
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15);
        assert!(close && found.len() == expected.len(), "{found:?} {expected:?}");
    };
    // Numbers are rounded to f32 only once, at the end.
    let single = numbers.map(|row| row.map(|x| x as f32));
    assert_eq!(rows.numbers.to_vec(), single.as_flattened());
    assert_eq!(rows.codes, [4, 7, 3, 6, 5, 6, 4, 7]);
    assert_eq!(rows.row(2).codes, [5, 6]);
    assert_eq!(rows.row(2).numbers, single[2]);
    assert_close(&rows.target, &[-2.0, -1.0, 0.0, 3.0].map(|y: f64| y / 3.5f64.sqrt()));
    assert!(rows.imputed.is_empty() && rows.unseen.is_empty() && !rows.is_empty());
}

#[test]
fn only_training_rows_are_measured() {
    let table = table(PEOPLE);
    let mut plan = plan(&table, "y");
    let schema = plan.schema(&table, &[0, 3]).expect("the rows are valid");
    assert_eq!(
        excluded_columns(&plan),
        ["job: constant in the training rows: always 'clerk'", "town: constant in the training rows: always 'b'"]
    );
    assert_eq!(schema.coefficient_names(), ["age", "wage"]);
    let number = |mean, deviation| Encoding::Number { mean, deviation, missing: Imputation::Mean };
    assert_eq!(schema.features[0].encoding, number(4.0, 2.0));
    assert_eq!(schema.features[1].encoding, number(15.0, 5.0));
    assert_eq!(schema.target, Target::Number { name: "y".into(), mean: 3.5, deviation: 2.5, residual_scale: None });
    // A second schema of the plan excludes a column only once.
    plan.schema(&table, &[0, 3]).expect("the rows are valid");
    assert_eq!(plan.excluded_columns.len(), 2);
    // Missing values of columns that were complete in training are imputed and counted.
    let rows = schema.encode(&table, &[1, 2], WithTarget::No).expect("the rows are valid");
    assert_eq!(rows.numbers.to_vec(), [0.0, 3.0, 2.5, 0.0]);
    assert_eq!(rows.imputed.into_iter().collect::<Vec<_>>(), [("wage".to_string(), 1)]);
    assert!(rows.target.is_empty());
}

#[test]
fn columns_constant_or_empty_in_training_are_excluded() {
    let table = table("a,b,c,d,y\n0.1,,1,u,1\n0.1,,2,u,2\n0.1,,3,,3\n0.7,5,4,v,4\n");
    let mut plan = plan(&table, "y");
    let schema = plan.schema(&table, &[0, 1, 2]).expect("c and d remain");
    assert_eq!(
        excluded_columns(&plan),
        ["a: constant in the training rows: always '0.1'", "b: all values are missing in the training rows"]
    );
    assert_eq!(schema.coefficient_names(), ["c", "d=(missing)", "d=u"]);
    assert!(bad_data(plan.schema(&table, &[0])).contains("no feature column remains"));
    assert!(bad_data(plan.schema(&table, &[])).contains("no feature column remains"));
}

#[test]
fn a_constant_with_missing_values_becomes_an_indicator() {
    let table = table("a,x,y\n5,1,1\n,2,2\n5,4,3\n");
    let schema = schema(&table, "y");
    let rows = schema.encode(&table, &[0, 1, 2], WithTarget::No).expect("the table has all columns");
    let a: Vec<f32> = rows.numbers.rows().flat_map(|row| row[..2].to_vec()).collect();
    assert_eq!((schema.coefficient_names()[1].as_str(), a), ("a (missing)", vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0]));
}

#[test]
fn a_target_of_one_label_in_training_is_refused() {
    let table = table("x,y\n1,a\n2,a\n3,b\n");
    let text = bad_data(plan(&table, "y").schema(&table, &[0, 1]));
    assert_eq!(text, "data.csv:1:3: target 'y': expected at least two distinct values, found only 'a'");
}

#[test]
fn unseen_levels_have_no_coefficient_and_are_counted() {
    let schema = schema(&table("job,x,y\nclerk,1,1\nsmith,2,2\nclerk,5,3\n"), "y");
    let new = table("x,job\n1,smith\n2,baker\n3,NA\n4,clerk\n");
    let rows = schema.encode(&new, &[0, 1, 2, 3], WithTarget::No).expect("the table has both columns");
    assert_eq!(rows.features, 3);
    assert_eq!(rows.codes, [2, 3, 3, 1]);
    assert_eq!(rows.unseen.into_iter().collect::<Vec<_>>(), [("job".to_string(), 2)]);
}

#[test]
fn new_tables_are_encoded_by_name_and_refused_with_the_position() {
    let schema = schema(&table("age,job,y\n1,a,no\n2,b,yes\n4,a,no\n"), "y");
    let encode = |text: &str, with| {
        let table = table(text);
        let rows: Vec<usize> = (0..table.rows()).collect();
        schema.encode(&table, &rows, with)
    };
    let rows = encode("y,job,more,age\nyes,b,0,1\nno,a,0,2\n", WithTarget::Yes).expect("the table has all columns");
    assert_eq!((rows.codes, rows.target), (vec![2, 1], vec![1.0, 0.0]));
    assert_eq!(
        bad_data(encode("Age,job\n1,a\n", WithTarget::No)),
        "data.csv:1:1: missing column 'age', which the model needs (did you mean 'Age'?)"
    );
    assert_eq!(
        bad_data(encode("age,job\n1,a\n", WithTarget::Yes)),
        "data.csv:1:1: missing column 'y', which the model needs"
    );
    assert_eq!(
        bad_data(encode("job,age\n\"a\",1\nb,\"ten\"\n", WithTarget::No)),
        "data.csv:3:4: column 'age': expected a number, found 'ten'"
    );
    assert_eq!(
        bad_data(encode("age,job\ninf,a\n", WithTarget::No)),
        "data.csv:2:1: column 'age': expected a finite number of moderate size, found 'inf'"
    );
    assert_eq!(
        bad_data(encode("age,job,y\n1,a,no\n1,a,No\n", WithTarget::Yes)),
        "data.csv:3:5: column 'y': expected 'no' or 'yes', found 'No'"
    );
    let text = bad_data(encode("age,job,y\n1,a,\n", WithTarget::Yes));
    assert_eq!(text, "data.csv:2:5: column 'y': expected 'no' or 'yes', found ''");
}

#[test]
fn missing_tokens_of_the_training_table_stay_missing() {
    let options = thalweg_learn::ReadOptions { missing_tokens: names(&["-999"]), ..Default::default() };
    let text = "age,x,y\n1,1,1\n-999,2,2\n5,4,3\n";
    let train = Table::parse("data.csv".as_ref(), text.into(), &options).expect("the text is valid");
    let schema = schema(&train, "y");
    assert!(schema.missing.contains(&"-999".to_string()) && schema.header);
    let new = table("age,x,y\n-999,1,-999\n3,1,2\n");
    assert_eq!(schema.usable_rows(&new).expect("the table has a target"), [1]);
    let rows = schema.encode(&new, &[0, 1], WithTarget::No).expect("the table has both columns");
    let age: Vec<f32> = rows.numbers.rows().flat_map(|row| row[..2].to_vec()).collect();
    assert_eq!(age, vec![0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn labels_match_as_numbers_in_another_notation() {
    let schema = schema(&table("x,y\n1,0\n2,1\n5,0\n"), "y");
    let new = table("x,y\n1,1.0\n2,0.00\n");
    assert_eq!(schema.encode(&new, &[0, 1], WithTarget::Yes).expect("the labels are known").target, [1.0, 0.0]);
}
