//! Columns of texts as bags of words, held to scikit-learn.

#![allow(clippy::float_cmp, reason = "numbers that are the same to the bit")]

use std::path::Path;

use crate::common::{self, message, names, plan_with, table};
use thalweg_learn::data::{Encoding, TextWeighting, WithTarget};
use thalweg_learn::{
    Callbacks, ColumnOptions, FitConfig, FitReport, ModelFile, Prediction, Predictor, ReadOptions, Table, Validation,
    predict,
};

const WORDS: [&str; 24] = [
    "free", "win", "prize", "now", "call", "txt", "claim", "cash", "love", "home", "late", "tonight", "ok", "sorry",
    "meet", "lunch", "work", "sleep", "happy", "day", "see", "you", "at", "the",
];

const WEIGHTINGS: [TextWeighting; 3] = [TextWeighting::Count, TextWeighting::Binary, TextWeighting::Tfidf];

fn words(row: usize) -> Vec<&'static str> {
    (0..3 + row % 5).map(|j| WORDS[(row * row + 3 * row * j + j * j * j) % 24]).collect()
}

/// Messages and their labels, which depend on two words, but for some noise.
fn messages(rows: usize) -> String {
    let line = |row: usize| {
        let words = words(row);
        let spam = (words.contains(&"free") || words.contains(&"cash")) != row.is_multiple_of(9);
        format!("{},{}\n", if spam { "spam" } else { "ham" }, words.join(" "))
    };
    format!("label,message\n{}", (0..rows).map(line).collect::<String>())
}

fn text_options(weighting: TextWeighting) -> ColumnOptions {
    ColumnOptions { text: names(&["message"]), text_weighting: weighting, ..ColumnOptions::default() }
}

/// Settings of a fit that converges on the objective of scikit-learn's `LogisticRegression(C=1/(0.01·60))`.
fn config(weighting: TextWeighting) -> FitConfig {
    FitConfig {
        column_options: ColumnOptions { hash_bits: 11, ..text_options(weighting) },
        validation: Validation::None,
        method: Some("momentum:lr=2".parse().expect("the method is valid")),
        batch_size: Some(thalweg_learn::train::BatchSize::Full),
        epochs: Some(1500),
        patience: Some(0),
        l2: Some(0.01),
        ..FitConfig::new("label")
    }
}

fn fit(config: &FitConfig, text: &str) -> (FitReport, ModelFile) {
    config.run(&parse(text), Callbacks::new()).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a text as a fit does that uses the messages word by word.
fn parse(text: &str) -> Table<'static> {
    let options = ReadOptions { text_columns: names(&["message"]), ..ReadOptions::default() };
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), &options).expect("the text is valid")
}

/// Returns the probabilities of spam for messages in a table.
fn probabilities(model: &ModelFile, messages: &[&str]) -> Vec<f64> {
    let text = format!("message\n{}", messages.iter().map(|m| format!("\"{m}\"\n")).collect::<String>());
    let probability = |prediction| match prediction {
        Prediction::Label { probability: Some(probability), .. } => probability,
        other => panic!("{other:?}"),
    };
    predict(model, &parse(&text)).expect("the text is valid").values.into_iter().map(probability).collect()
}

/// Values by `HashingVectorizer(alternate_sign=False)`, followed by `TfidfTransformer()` for tf-idf, of scikit-learn
/// 1.9, and of words by `murmurhash3_32(word, seed=murmurhash3_32("message", 0))`.
#[test]
fn values_of_words_are_those_of_scikit_learn() {
    let expected: [[&[f32]; 2]; 3] = [
        [&[0.333_333_3, 0.333_333_3, 0.333_333_3, 0.333_333_3, 0.333_333_3, 0.666_666_7], &[0.447_213_6; 5]],
        [&[0.408_248_3; 6], &[0.447_213_6; 5]],
        [
            &[0.271_368_8, 0.282_875_4, 0.323_906_8, 0.340_536_3, 0.369_564_9, 0.699_200_8],
            &[0.361_673_7, 0.400_242_9, 0.481_827_9, 0.481_827_9, 0.494_652_8],
        ],
    ];
    for (weighting, expected) in WEIGHTINGS.into_iter().zip(expected) {
        let table = parse(&messages(60));
        let options = ColumnOptions { hash_bits: 14, ..text_options(weighting) };
        let mut plan = plan_with(&table, "label", &options).expect("the columns are used");
        let rows = plan.usable_rows.clone();
        let schema = plan.schema(&table, &rows).expect("the columns are used");
        let encoded = schema.encode(&table, &[4, 7], WithTarget::No).expect("the rows are valid");
        for (row, expected) in expected.into_iter().enumerate() {
            let mut found = encoded.row(row).value.to_vec();
            found.sort_unstable_by(f32::total_cmp);
            let is_close = |(a, b): (&f32, &f32)| (a - b).abs() < 2e-7;
            assert!(found.len() == expected.len() && found.iter().zip(expected).all(is_close), "{found:?}");
        }
        let more = parse("label,message\nham,free\nham,Can't\nham,ÜBER\n");
        let encoded = schema.encode(&more, &[0, 1, 2], WithTarget::No).expect("the rows are valid");
        assert_eq!(encoded.sparse.index, [10_396, 10_869, 9129]);
    }
}

/// Probabilities by `LogisticRegression` at the same objective.
#[test]
fn a_logistic_regression_of_texts_is_that_of_scikit_learn() {
    let expected = [
        [0.708_854, 0.628_293, 0.431_127, 0.601_142],
        [0.707_909, 0.613_963, 0.599_625, 0.603_402],
        [0.642_597, 0.642_984, 0.548_65, 0.599_751],
    ];
    let new = ["free lunch tonight", "see you at home", "WIN cash, win a prize! zebra", "..."];
    for (weighting, expected) in WEIGHTINGS.into_iter().zip(expected) {
        let (report, model) = fit(&config(weighting), &messages(60));
        let hashed = report.hashed.expect("words are hashed");
        assert_eq!((hashed.bits, hashed.levels, hashed.words, hashed.collisions), (11, 0, 18, 0));
        let found = probabilities(&model, &new);
        let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 2e-5;
        assert!(found.iter().zip(&expected).all(is_close), "{weighting:?}: {found:?}");
        // A row in memory, and a model from its file, predict the same bits.
        let bytes = model.to_bytes(Path::new("m.model")).expect("the model can be written");
        let again = ModelFile::from_bytes(Path::new("m.model"), &bytes).expect("the model is valid");
        assert_eq!(again, model);
        let predictor = Predictor::new(&again).expect("the model is valid");
        for (message, expected) in new.iter().zip(&found) {
            let prediction = predictor.predict_cells(&[(*message).into()]).expect("the cell is valid");
            assert!(matches!(prediction, Prediction::Label { probability: Some(p), .. } if p == *expected));
        }
    }
}

#[test]
fn every_loss_and_architecture_learns_from_words() {
    let text = messages(600);
    for (model, loss) in [("linear", Some("hinge")), ("fm:rank=4", None), ("mlp:8", None), ("linear", Some("softmax"))]
    {
        let config = FitConfig {
            column_options: ColumnOptions { hash_bits: 10, ..text_options(TextWeighting::Tfidf) },
            architecture: model.parse().expect("the architecture is valid"),
            loss: loss.map(|loss| loss.parse().expect("the loss is valid")),
            lr: Some(0.05.into()),
            epochs: Some(30),
            ..FitConfig::new("label")
        };
        let (report, _) = fit(&config, &text);
        let (found, baseline) = (report.validation.expect("rows are held out"), report.baseline.validation);
        let baseline = baseline.expect("rows are held out");
        assert!(found.loss() < 0.8 * baseline.loss(), "{model} {loss:?}: {found:?}, {baseline:?}");
    }
}

#[test]
fn words_share_coefficients_by_default_and_levels_keep_theirs() {
    let town = |row: usize| format!("town{}", row * 7 % 150);
    let lines = messages(900);
    let lines = lines.lines().enumerate().map(|(row, line)| match row {
        0 => format!("{line},town\n"),
        row => format!("{line},{}\n", town(row)),
    });
    let config = FitConfig { column_options: text_options(TextWeighting::Count), ..FitConfig::new("label") };
    let data = config.prepare(&parse(&lines.collect::<String>())).expect("the data are valid");
    let schema = data.schema();
    assert_eq!(schema.hash_bits, 18);
    assert_eq!(
        schema.features[0].encoding,
        Encoding::Text { weighting: TextWeighting::Count, document_frequencies: None }
    );
    assert!(matches!(&schema.features[1].encoding, Encoding::Category { levels } if levels.len() == 150));
    assert_eq!(schema.coefficient_count(), 150 + (1 << 18));
}

#[test]
fn texts_read_in_parts_are_encoded_as_a_whole_table_is() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("messages.csv");
    std::fs::write(&path, messages(3000)).expect("the file is written");
    let base = FitConfig { validation: Validation::None, ..config(TextWeighting::Count) };
    let whole = base.prepare(path.as_path()).expect("the data are valid");
    let parts = FitConfig { sample_rows: Some(1000), max_memory: Some(256 << 20), ..base }.prepare(path.as_path());
    let parts = parts.expect("the data are valid");
    assert_eq!(whole.schema(), parts.schema());
    assert_eq!(whole.train.len(), 3000);
    // The order of the rows of a whole table is that of the split.
    let values = |rows: &thalweg_learn::data::Rows| {
        let mut rows: Vec<_> = (0..rows.len()).map(|row| format!("{:?}", rows.row(row))).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(values(whole.train.sample()), values(parts.train.sample()));
}

#[test]
fn a_row_of_weight_three_is_three_documents() {
    let text = messages(90);
    let (mut weighted, mut repeated) = ("w,".to_string(), String::new());
    for (row, line) in text.lines().enumerate() {
        let times = if row % 5 == 3 { 3 } else { 1 };
        weighted += &if row == 0 { format!("{line}\n") } else { format!("{times},{line}\n") };
        repeated += &format!("{line}\n").repeat(times);
    }
    let config = FitConfig { weight_column: Some("w".into()), ..config(TextWeighting::Tfidf) };
    let weighted = config.prepare(&parse(&weighted)).expect("the data are valid");
    let repeated = FitConfig { weight_column: None, ..config }.prepare(&parse(&repeated)).expect("the data are valid");
    assert_eq!(weighted.schema().features, repeated.schema().features);
}

#[test]
fn texts_without_words_have_no_values() {
    let text = messages(60) + "ham,\nham,NA\nham,?!\n";
    let data = config(TextWeighting::Tfidf).prepare(&parse(&text)).expect("the data are valid");
    let rows = data.train.sample();
    let empty = (0..rows.len()).filter(|&row| rows.row(row).index.is_empty()).count();
    assert_eq!((rows.len(), empty), (63, 3));
    let only = "label,message\n".to_string() + &"a,?\nb,!!\na,...\nb,--\n".repeat(9);
    let error = message(config(TextWeighting::Tfidf).prepare(&parse(&only)));
    assert_eq!(error, "data.csv: no feature column remains: 'message' (texts without words in the training rows)");
}

#[test]
fn a_column_of_texts_has_one_use() {
    let table = table(&messages(60));
    let error = |options: ColumnOptions| message(plan_with(&table, "label", &options));
    let base = || text_options(TextWeighting::Tfidf);
    assert_eq!(
        error(ColumnOptions { categorical: names(&["message"]), ..base() }),
        "categorical must be of other columns than those of texts, but is 'message'"
    );
    let crossed = vec!["message*message".parse().expect("the interaction is valid")];
    assert_eq!(
        error(ColumnOptions { interactions: crossed, ..base() }),
        "interactions must be of other columns than those of texts, but is 'message'"
    );
    assert_eq!(
        error(ColumnOptions { text: names(&["label"]), ..base() }),
        "text: expected columns to predict from, found the target 'label'"
    );
    assert!(error(ColumnOptions { text: names(&["mesage"]), ..base() }).contains("did you mean 'message'?"));
}

#[test]
fn sentences_are_told_from_names() {
    let sentence = |row: usize| format!("the {row}th message of many that say nothing");
    let text = |of: &dyn Fn(usize) -> String| {
        let line = |row: usize| format!("{},{},{}\n", of(row), row % 7, row % 5);
        format!("who,x,y\n{}", (0..100).map(line).collect::<String>())
    };
    let excluded = |text: &str| common::excluded_columns(&common::plan(&table(text), "y"));
    assert_eq!(excluded(&text(&sentence)), ["who: free text: 100 distinct values in 100 rows"]);
    let name = |row: usize| format!("\"Smith, Mr. John {row}\"");
    assert_eq!(excluded(&text(&name)), ["who: identifiers: 100 distinct values in 100 rows"]);
}
