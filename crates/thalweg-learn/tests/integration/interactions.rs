//! Interaction features and hashed levels.

use std::path::PathBuf;

use thalweg::random::Random;
use thalweg_learn::data::{Encoding, InteractionEncoding, InteractionSpec};
use thalweg_learn::{
    Callbacks, ColumnOptions, FitConfig, FitReport, Metrics, ModelFile, Prediction, Table, Validation, predict,
};

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("table.csv");
    std::fs::write(&path, text).expect("the file is written");
    path
}

fn with_interactions(columns: &[&str]) -> ColumnOptions {
    let interactions =
        columns.iter().map(|columns| columns.parse::<InteractionSpec>().expect("the interaction is valid")).collect();
    ColumnOptions { interactions, ..ColumnOptions::default() }
}

/// Fits the target `y` of a text without a penalty.
fn fit(text: &str, column_options: ColumnOptions, more: impl FnOnce(FitConfig) -> FitConfig) -> (FitReport, ModelFile) {
    let folder = tempfile::tempdir().expect("the folder is created");
    let base = FitConfig { column_options, l2: Some(0.0), epochs: Some(200), ..FitConfig::new("y") };
    let run = more(base).run(&file(&folder, text), Callbacks::new());
    run.unwrap_or_else(|error| panic!("{error}"))
}

fn r2(report: &FitReport) -> f64 {
    match report.validation.as_ref().expect("there are validation rows") {
        Metrics::Regression { r2, .. } => *r2,
        other => panic!("{other:?}"),
    }
}

fn accuracy(report: &FitReport) -> f64 {
    match report.validation.as_ref().expect("there are validation rows") {
        Metrics::Binary { accuracy, .. } => *accuracy,
        other => panic!("{other:?}"),
    }
}

/// Returns the predictions for the rows of a text.
fn predicted(model: &ModelFile, text: &str) -> Vec<Prediction> {
    let folder = tempfile::tempdir().expect("the folder is created");
    let table = Table::read(&file(&folder, text), &model.schema.read_options()).expect("the text is valid");
    predict(model, &table).expect("the table has all columns").values
}

#[test]
fn a_product_of_numbers_is_learned() {
    let mut random = Random::new(1);
    let mut text = "a,b,y\n".to_string();
    for _ in 0..800 {
        let (a, b) = (random.normal() * 3.0 + 1.0, random.normal());
        text += &format!("{a},{b},{}\n", 2.0 * a * b + a - 5.0);
    }
    let (without, _) = fit(&text, ColumnOptions::default(), |fit| fit);
    let (with, model) = fit(&text, with_interactions(&["a*b"]), |fit| fit);
    assert!(r2(&without) < 0.3 && r2(&with) > 0.9999, "{} {}", r2(&without), r2(&with));
    let InteractionEncoding::Number { mean, deviation } = model.schema.interactions[0].encoding else {
        panic!("a number")
    };
    // Of independent standardized numbers the product has mean 0 and deviation 1.
    assert!(mean.abs() < 0.15 && (deviation - 1.0).abs() < 0.2, "{mean} {deviation}");
    assert_eq!(model.schema.coefficient_names(), ["a", "b", "a*b"]);
    let Prediction::Number(y) = predicted(&model, "a,b\n2,3\n")[0] else { panic!("a number") };
    assert!((y - (12.0 + 2.0 - 5.0)).abs() < 0.05, "{y}");
}

#[test]
fn combinations_of_levels_are_learned() {
    // Exclusive or is not linear in the columns.
    let mut random = Random::new(2);
    let mut text = "first,second,y\n".to_string();
    for _ in 0..600 {
        let (a, b) = (random.below(2), random.below(2));
        text += &format!("{},{},{}\n", ["no", "yes"][a as usize], ["low", "high"][b as usize], a ^ b);
    }
    let (without, _) = fit(&text, ColumnOptions::default(), |fit| fit);
    let (with, model) = fit(&text, with_interactions(&["first*second"]), |fit| fit);
    assert!(accuracy(&without) < 0.65 && accuracy(&with) > 0.999, "{} {}", accuracy(&without), accuracy(&with));
    let names = model.schema.coefficient_names();
    assert_eq!(
        names[4..],
        ["first*second=no*high", "first*second=no*low", "first*second=yes*high", "first*second=yes*low"]
    );
    let labels = predicted(&model, "second,first\nhigh,no\nhigh,yes\nnew,no\n");
    let label = |k: usize| match &labels[k] {
        Prediction::Label { label, .. } => label.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!([label(0), label(1)], ["1", "0"]);
}

#[test]
fn a_number_has_a_slope_for_each_level() {
    let mut random = Random::new(3);
    let mut text = "x,group,y\n".to_string();
    for _ in 0..900 {
        let (x, group) = (random.normal(), random.below(3));
        text += &format!("{x},{},{}\n", ["a", "b", "c"][group as usize], [2.0, -3.0, 0.5][group as usize] * x);
    }
    let (with, model) = fit(&text, with_interactions(&["x*group"]), |fit| fit);
    assert!(r2(&with) > 0.9999, "{}", r2(&with));
    let Prediction::Number(y) = predicted(&model, "x,group\n2,b\n")[0] else { panic!("a number") };
    assert!((y + 6.0).abs() < 0.05, "{y}");
}

/// Generates rows with a town among many, each with its own mean, and a shop identified by a number.
fn towns(rows: usize) -> String {
    let mut random = Random::new(4);
    let mut text = "town,shop_id,x,y\n".to_string();
    for _ in 0..rows {
        let (town, shop, x) = (random.below(400), random.below(3), random.normal());
        let y = f64::from((town * 37 % 11) as u32) + x;
        text += &format!("town{town},{shop},{x},{y}\n");
    }
    text
}

#[test]
fn many_levels_are_hashed() {
    let text = towns(1600);
    // Four rows per level are too few for a list of levels, so the column is excluded unless it is hashed.
    let (without, _) = fit(&text, ColumnOptions::default(), |fit| fit);
    assert!(without.excluded_columns.iter().any(|left| left.column == "town"), "{:?}", without.excluded_columns);
    let hashed = ColumnOptions { hash_bits: 16, ..ColumnOptions::default() };
    let (with, model) = fit(&text, hashed, |fit| fit);
    assert!(
        with.excluded_columns.is_empty() && r2(&without) < 0.2 && r2(&with) > 0.8,
        "{} {}",
        r2(&without),
        r2(&with)
    );
    let encoding = |k: usize| &model.schema.features[k].encoding;
    assert_eq!(encoding(0), &Encoding::Hashed { numeric: false });
    assert!(matches!(encoding(1), Encoding::Category { levels } if levels.len() == 3), "{:?}", encoding(1));
    let counted = with.hashed.expect("levels are hashed");
    // Of 400 levels, 384 ± 4 are in the 1280 training rows; about 384²/2/2¹⁶ = 1.1 pairs of them collide.
    assert!((365..=400).contains(&counted.levels) && counted.collisions <= 8 && counted.bits == 16, "{counted:?}");
    let bytes = model.to_bytes(&PathBuf::from("hashed.model")).expect("the model is serialized");
    let again = ModelFile::from_bytes(&PathBuf::from("hashed.model"), &bytes).expect("the model is valid");
    assert_eq!(again, model);
    assert_eq!(predicted(&model, &text), predicted(&again, &text));
    // With few coefficients, all levels collide and the fit is worse.
    let (few, _) = fit(&text, ColumnOptions { hash_bits: 3, ..ColumnOptions::default() }, |fit| fit);
    let counted = few.hashed.expect("levels are hashed");
    assert_eq!(counted.collisions, counted.levels);
    assert!(r2(&few) < r2(&with), "{} {}", r2(&few), r2(&with));
}

/// Coefficients of levels, by `sklearn.utils.murmurhash3_32(level, seed=murmurhash3_32(feature, 0))` of scikit-learn
/// 1.9.
#[test]
fn coefficients_of_hashed_levels_are_those_of_scikit_learn() {
    let text = towns(2000) + "town17,7,0.5,1\n";
    let folder = tempfile::tempdir().expect("the folder is created");
    let text = text.replace("town,", "city,").replace("shop_id", "size");
    let column_options = ColumnOptions {
        hash_bits: 10,
        categorical: vec!["size".into()],
        interactions: vec!["city*size".parse().expect("the interaction is valid")],
        ..ColumnOptions::default()
    };
    let fit = FitConfig { column_options, validation: Validation::None, ..FitConfig::new("y") };
    let prepared = fit.prepare(&file(&folder, &text)).expect("the data are valid");
    let rows = prepared.train.sample();
    let last = rows.row(rows.len() - 1);
    // One number and the four levels of size come first.
    let found: Vec<u32> = last.index.iter().map(|index| index - 5).collect();
    let of_cross = found[0];
    assert_eq!(found[1], 114);
    assert_ne!(of_cross, 114);
    assert_eq!((rows.features, last.value), (5 + 1024, &[1.0, 1.0][..]));
}

#[test]
fn streamed_levels_have_the_same_coefficients() {
    let text = towns(3000);
    let hashed = ColumnOptions { hash_bits: 12, ..with_interactions(&["town*shop_id", "x*x"]) };
    let whole = fit(&text, hashed.clone(), |fit| FitConfig { validation: Validation::None, ..fit });
    let parts = fit(&text, hashed, |fit| FitConfig { validation: Validation::None, sample_rows: Some(1500), ..fit });
    assert_eq!(whole.1.schema.interactions[0].encoding, InteractionEncoding::Hashed);
    assert_eq!(whole.1.schema.coefficient_count(), parts.1.schema.coefficient_count());
    let numbers = |model: &ModelFile| -> Vec<f64> {
        let value = |prediction| if let Prediction::Number(y) = prediction { y } else { f64::NAN };
        predicted(model, &text).into_iter().map(value).collect()
    };
    // The scales are those of the sample, and so is the start of the order; what is learned is the same but for that.
    let (a, b) = (numbers(&whole.1), numbers(&parts.1));
    let far = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1.0, "{far}");
}

#[test]
fn numeric_levels_are_equal_in_any_notation() {
    let mut random = Random::new(5);
    let mut text = "shop_id,y\n".to_string();
    for _ in 0..1500 {
        let shop = random.below(150);
        text += &format!("{shop},{}\n", f64::from((shop % 7) as u32));
    }
    let (_, model) = fit(&text, ColumnOptions { hash_bits: 14, ..ColumnOptions::default() }, |fit| fit);
    assert_eq!(model.schema.features[0].encoding, Encoding::Hashed { numeric: true });
    let same = predicted(&model, "shop_id\n12\n12.0\n");
    assert_eq!(same[0], same[1]);
}

#[test]
fn invalid_interactions_are_refused() {
    let text = "a,b,y\n1,5,1\n2,3,0\n4,1,1\n2,2,0\n3,1,1\n";
    let folder = tempfile::tempdir().expect("the folder is created");
    let refused = |column_options: ColumnOptions| {
        let fit = FitConfig { column_options, ..FitConfig::new("y") };
        fit.prepare(&file(&folder, text)).expect_err("the options are invalid").to_string()
    };
    let ignored = refused(ColumnOptions { ignore: vec!["a".into()], ..with_interactions(&["a*b"]) });
    assert!(ignored.contains("column 'a' is excluded: ignored on request"), "{ignored}");
    let target = refused(with_interactions(&["a*y"]));
    assert!(target.contains("interactions: expected columns to predict from, found the target 'y'"), "{target}");
    let unknown = refused(with_interactions(&["a*c"]));
    assert!(unknown.contains("'c'"), "{unknown}");
    let bits = refused(ColumnOptions { hash_bits: 28, ..ColumnOptions::default() });
    assert!(bits.contains("hash_bits must be from 0 to 27, but is 28"), "{bits}");
}
