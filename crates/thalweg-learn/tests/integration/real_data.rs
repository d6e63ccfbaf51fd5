//! Inference on real data sets, compared with the judgement of an expert. Skipped if the files are absent.

use std::env;
use std::io::Write;
use std::path::PathBuf;

use crate::common::{self, bad_data, excluded_columns, plan};
use thalweg_learn::data::{Encoding, EncodingPlan, Rows, Schema, Target, TargetChoice, WithTarget, split_stratified};
use thalweg_learn::{ReadOptions, Table};

/// Returns the path of a data file below `THALWEG_DATA`, or `../shared/data` next to the workspace.
///
/// Returns `None` if the file does not exist, and says so on the standard error, past the capture of the test harness.
fn file(name: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = env::var_os("THALWEG_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    writeln!(std::io::stderr(), "skipped: no data file {} (set THALWEG_DATA)", path.display()).expect("stderr is open");
    None
}

fn read(name: &str) -> Option<Table<'static>> {
    let path = file(name)?;
    Some(Table::read(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}")))
}

/// Returns the schema measured on all usable rows, and these rows encoded.
fn encoded(table: &Table<'_>, plan: &mut EncodingPlan) -> (Schema, Rows) {
    let rows = plan.usable_rows.clone();
    let schema = plan.schema(table, &rows).unwrap_or_else(|error| panic!("{error}"));
    let rows = schema.encode(table, &rows, WithTarget::Yes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rows.features, schema.coefficient_names().len());
    assert!(rows.unseen.is_empty() && rows.imputed.is_empty());
    (schema, rows)
}

fn is_category(schema: &Schema, name: &str) -> bool {
    let feature = schema.features.iter().find(|feature| feature.name == name);
    matches!(feature.unwrap_or_else(|| panic!("no feature {name}")).encoding, Encoding::Category { .. })
}

/// Returns `true` if the mean is 0 and the variance 1, up to rounding.
fn is_standardized(values: impl Iterator<Item = f64> + Clone) -> bool {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|x| x * x).sum::<f64>() / n;
    // Numbers are rounded to f32, with a relative error of up to 6e-8.
    mean.abs() < 1e-7 && (variance - 1.0).abs() < 1e-6
}

#[test]
fn adult_is_encoded() {
    let Some(table) = read("adult/adult.data.gz") else { return };
    assert!(!table.has_header());
    assert_eq!((table.rows(), table.names().len()), (32_561, 15));
    assert_eq!(table.cell(0, 1), "State-gov");
    let mut plan = plan(&table, "c15");
    assert!(plan.excluded_columns.is_empty(), "{:?}", excluded_columns(&plan));
    assert_eq!((plan.usable_rows.len(), plan.target_missing), (32_561, 0));
    let labels = plan.classes(&table).expect("nothing interrupts").expect("the target has labels");
    assert_eq!(labels.iter().sum::<usize>(), 7_841);
    let (train, validation) = split_stratified(&plan.usable_rows, &labels, 0.2, thalweg::Seed::new(1));
    assert_eq!((train.len(), validation.len()), (26_049, 6_512));
    let (schema, rows) = encoded(&table, &mut plan);
    assert_eq!(schema.features.len(), 14);
    let numbers: Vec<&str> = schema
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .filter(|name| !is_category(&schema, name))
        .collect();
    assert_eq!(numbers, ["c1", "c3", "c5", "c11", "c12", "c13"]);
    assert_eq!(schema.target, Target::Label { name: "c15".into(), negative: "<=50K".into(), positive: ">50K".into() });
    assert!(schema.coefficient_names().contains(&"c2=(missing)".to_string()));
    assert_eq!((rows.len(), rows.width(), rows.code_width, rows.features), (32_561, 6, 8, 6 + 102));
    assert!((0..6).all(|column| is_standardized(rows.numbers.rows().map(|row| f64::from(row[column])))));
}

#[test]
fn test_labels_of_adult_end_with_a_dot() {
    let (Some(train), Some(test)) = (read("adult/adult.data.gz"), file("adult/adult.test.gz")) else { return };
    let schema = common::schema(&train, "c15");
    let test = Table::read(&test, &schema.read_options()).expect("the file is valid");
    let rows = schema.usable_rows(&test).expect("the file has a target");
    assert_eq!(rows.len(), 16_281);
    let encoded = schema.encode(&test, &rows, WithTarget::No).expect("the files have the same columns");
    assert_eq!((encoded.len(), encoded.target.len()), (16_281, 0));
    let text = bad_data(schema.encode(&test, &rows, WithTarget::Yes));
    assert!(text.ends_with("adult.test.gz:1:114: column 'c15': expected '<=50K' or '>50K', found '<=50K.'"), "{text}");
}

#[test]
fn bank_marketing_is_encoded() {
    let Some(table) = read("bank-marketing/bank-additional-full.csv.gz") else { return };
    assert!(table.has_header());
    assert_eq!((table.rows(), table.names().len()), (41_188, 21));
    let mut plan = plan(&table, "y");
    assert!(plan.excluded_columns.is_empty(), "{:?}", excluded_columns(&plan));
    let (schema, rows) = encoded(&table, &mut plan);
    assert!(!is_category(&schema, "nr.employed") && is_category(&schema, "day_of_week"));
    assert_eq!((schema.features.len(), rows.width()), (20, 10));
    assert!(matches!(schema.target, Target::Label { positive, .. } if positive == "yes"));
}

#[test]
fn bike_sharing_is_encoded() {
    let Some(table) = read("bike-sharing/hour.csv.gz") else { return };
    let mut plan = plan(&table, "cnt");
    assert_eq!(excluded_columns(&plan), ["instant: row numbers", "dteday: dates or times, such as '2011-01-01'"]);
    let (schema, rows) = encoded(&table, &mut plan);
    assert_eq!((rows.len(), rows.width(), rows.code_width), (17_379, 14, 0));
    assert!(is_standardized(rows.target.iter().copied()));
    let Target::Number { mean, deviation, .. } = schema.target else { panic!("cnt is a number") };
    assert!((mean - 189.463_087_634_501_4).abs() < 1e-9, "{mean}");
    assert!((deviation - 181.382_380_430_766_35).abs() < 1e-6, "{deviation}");
}

#[test]
fn abalone_is_encoded() {
    let Some(table) = read("abalone/abalone.csv") else { return };
    assert!(!table.has_header());
    let (schema, rows) = encoded(&table, &mut plan(&table, "c9"));
    assert_eq!((rows.len(), rows.width(), rows.features), (4_177, 7, 10));
    assert!(matches!(schema.target, Target::Number { .. }));
    assert_eq!(schema.coefficient_names()[7..], ["c1=F", "c1=I", "c1=M"]);
}

#[test]
fn beijing_is_encoded() {
    let Some(table) = read("beijing-pm25/pollution.csv.gz") else { return };
    let mut plan = plan(&table, "pm2.5");
    assert_eq!(excluded_columns(&plan), ["No: row numbers"]);
    assert_eq!((plan.usable_rows.len(), plan.target_missing), (41_757, 2_067));
    let (schema, rows) = encoded(&table, &mut plan);
    assert!(is_category(&schema, "cbwd") && !is_category(&schema, "year"));
    assert!(is_standardized(rows.target.iter().copied()));
    assert!(matches!(schema.target, Target::Number { mean, .. } if (mean - 98.61).abs() < 0.01));
}

#[test]
fn wine_is_encoded() {
    for (name, rows) in [("wine-quality/winequality-red.csv", 1_599), ("wine-quality/winequality-white.csv", 4_898)] {
        let Some(table) = read(name) else { return };
        let (schema, encoded) = encoded(&table, &mut plan(&table, "quality"));
        assert_eq!((encoded.len(), encoded.width(), encoded.code_width), (rows, 11, 0));
        assert_eq!(schema.coefficient_names()[0], "fixed acidity");
    }
}

#[test]
fn diabetes_is_encoded() {
    let Some(table) = read("diabetes130/diabetic_data.csv.gz") else { return };
    let label =
        EncodingPlan::infer(&table, "readmitted", TargetChoice::Label, &thalweg_learn::ColumnOptions::default());
    let wanted = ":1:657: target 'readmitted': expected two distinct labels, found 3: <30, >30, NO";
    assert!(bad_data(label).contains(wanted));
    let three =
        plan(&table, "readmitted").classes(&table).expect("nothing interrupts").expect("the target has classes");
    assert_eq!([0, 1, 2].map(|class| three.iter().filter(|&&c| c == class).count()), [11_357, 35_545, 54_864]);
    let mut plan = plan(&table, "diabetesMed");
    assert_eq!(
        excluded_columns(&plan),
        [
            "encounter_id: identifiers: 101766 distinct values in 101766 rows",
            "patient_nbr: identifiers: 71518 distinct values in 101766 rows",
            "examide: constant: always 'No'",
            "citoglipton: constant: always 'No'",
        ]
    );
    let (schema, _) = encoded(&table, &mut plan);
    // Codes among numbers (V57, E865) and identifiers in digits are categories.
    for name in ["diag_1", "diag_2", "diag_3", "admission_type_id", "weight", "max_glu_serum"] {
        assert!(is_category(&schema, name), "{name}");
    }
    assert!(!is_category(&schema, "num_lab_procedures"));
}

#[test]
fn covtype_is_encoded() {
    let Some(table) = read("covtype-20k/covtype.20k.data.gz") else { return };
    let mut plan = plan(&table, "c55");
    assert!(
        excluded_columns(&plan).iter().all(|text| text.ends_with("constant: always '0'")),
        "{:?}",
        excluded_columns(&plan)
    );
    let (_, rows) = encoded(&table, &mut plan);
    assert_eq!((rows.len(), rows.width()), (20_000, 54 - plan.excluded_columns.len()));
}

#[test]
fn airlines_are_not_utf8() {
    let Some(path) = file("airlines-2k/allyears2k_headers.csv.gz") else { return };
    let text = bad_data(Table::read(&path, &ReadOptions::default()));
    let wanted = "expected UTF-8 text, found byte 0xE4 at offset 2930155";
    assert!(text.ends_with(wanted), "{text}");
}
