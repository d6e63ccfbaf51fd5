//! Warnings of a fit about its data and its model.

use thalweg::Seed;
use thalweg_learn::data::ColumnValues;
use thalweg_learn::fit::{ClassWeight, FitWarning, RevealingMeasure};
use thalweg_learn::{Callbacks, FitConfig, Table};

const ROWS: usize = 600;

/// Returns a number in [0, 1) that looks random: the fractional part of a multiple of an irrational number.
fn noise(i: usize, seed: usize) -> f64 {
    let x = ((i + 1) as f64 * (0.618_033_988_749_895 + seed as f64 * 0.173_205_080_756_887)) % 1.0;
    (x * 9_301.0 + 0.497 * seed as f64).sin().abs()
}

fn column(of: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..ROWS).map(of).collect()
}

/// Returns the warnings of a fit of columns of numbers and of texts.
fn warnings(config: &FitConfig, numbers: &[(&str, Vec<f64>)], texts: &[(&str, Vec<String>)]) -> Vec<FitWarning> {
    let numbers = numbers.iter().map(|(name, values)| (*name, ColumnValues::from(values)));
    let texts = texts.iter().map(|(name, values)| (*name, ColumnValues::from(values)));
    let table = Table::from_columns(numbers.chain(texts)).expect("a table");
    let (report, _) = config.run(&table, Callbacks::new()).expect("the fit succeeds");
    report.warnings
}

fn labels(is_yes: impl Fn(usize) -> bool) -> Vec<String> {
    (0..ROWS).map(|i| if is_yes(i) { "yes" } else { "no" }.to_owned()).collect()
}

/// Two columns of noise.
fn features() -> Vec<(&'static str, Vec<f64>)> {
    vec![("a", column(|i| noise(i, 1))), ("b", column(|i| noise(i, 2)))]
}

#[test]
fn ordinary_tables_have_no_warnings() {
    let mut numbers = features();
    numbers.push(("y", column(|i| noise(i, 1) - noise(i, 2) + noise(i, 3))));
    assert_eq!(warnings(&FitConfig::new("y"), &numbers, &[]), []);
    let label = labels(|i| noise(i, 1) + 0.5 * noise(i, 3) > 0.7);
    assert_eq!(warnings(&FitConfig::new("label"), &features(), &[("label", label)]), []);
}

#[test]
fn columns_that_give_a_number_away_are_named() {
    let mut numbers = features();
    let y = |i: usize| noise(i, 1) - noise(i, 2) + noise(i, 3);
    numbers.push(("copy", column(|i| 3.0 - 2.0 * y(i) + 0.03 * noise(i, 4))));
    numbers.push(("y after tax", column(|i| y(i) + 0.1 * noise(i, 4))));
    numbers.push(("near", column(|i| y(i) + 0.1 * noise(i, 4))));
    numbers.push(("y", column(y)));
    let found = warnings(&FitConfig::new("y"), &numbers, &[]);
    let [
        FitWarning::RevealingColumn { column: copy, measure, value, .. },
        FitWarning::RevealingColumn { column: by_name, .. },
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!((copy.as_str(), *measure, by_name.as_str()), ("copy", RevealingMeasure::R2, "y after tax"));
    assert!((0.9999..0.99999).contains(value) && found[0].to_string().contains("(R² 0.9999"), "{}", found[0]);
}

#[test]
fn columns_that_give_labels_away_are_named() {
    let is_yes = |i: usize| noise(i, 1) + noise(i, 3) > 1.2;
    let mut numbers = features();
    numbers.push(("score", column(|i| noise(i, 4) - 5.0 * f64::from(u8::from(is_yes(i))))));
    let group: Vec<String> = (0..ROWS).map(|i| format!("{}{}", i % 3, is_yes(i))).collect();
    let found = warnings(&FitConfig::new("label"), &numbers, &[("group", group.clone()), ("label", labels(is_yes))]);
    let named = |warning: &FitWarning| match warning {
        FitWarning::RevealingColumn { column, measure, value, .. } if *value > 1.0 - 1e-9 => {
            Some((column.clone(), *measure))
        }
        _ => None,
    };
    let expected = [("score".to_owned(), RevealingMeasure::Auc), ("group".to_owned(), RevealingMeasure::R2)];
    assert_eq!(found.iter().filter_map(named).collect::<Vec<_>>(), expected);
    // Three classes: a number of the class, and a category.
    let class = |i: usize| (3.0 * noise(i, 1) * noise(i, 3)) as usize;
    let classes: Vec<String> = (0..ROWS).map(|i| format!("class {}", class(i))).collect();
    let mut numbers = features();
    numbers.push(("code", column(|i| class(i) as f64 * 100.0 + noise(i, 5))));
    let found = warnings(&FitConfig::new("class"), &numbers, &[("class", classes)]);
    let separation = FitWarning::PerfectSeparation { rows: 480, parameters: 12, loss: 0.0, l1: 0.0, l2: 0.0 };
    let [FitWarning::RevealingColumn { column, .. }, separated] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(column, "code");
    assert_eq!(std::mem::discriminant(separated), std::mem::discriminant(&separation));
}

#[test]
fn identifiers_of_few_rows_give_nothing_away() {
    let group: Vec<String> = (0..ROWS).map(|i| format!("g{}", i % 60)).collect();
    let mut numbers = features();
    numbers.push(("y", column(|i| (i % 60) as f64 + 1e-3 * noise(i, 3))));
    let mut config = FitConfig::new("y");
    config.column_options.categorical = vec!["group".to_owned()];
    assert_eq!(warnings(&config, &numbers, &[("group", group)]), []);
}

#[test]
fn rare_classes_are_counted() {
    let is_yes = |i: usize| i.is_multiple_of(40);
    let mut config = FitConfig::new("label");
    let found = warnings(&config, &features(), &[("label", labels(is_yes))]);
    let unbalanced = found.iter().find_map(|warning| match warning {
        FitWarning::UnbalancedClasses { label, count, rows, largest_share, classes: 2 } => {
            assert!((*largest_share - 1.0 + *count as f64 / *rows as f64).abs() < 1e-12);
            Some((label.as_str(), *count, *rows))
        }
        _ => None,
    });
    assert_eq!(unbalanced, Some(("yes", 12, 480)), "a fifth of each class is held out");
    config.class_weight = ClassWeight::Balanced;
    let found = warnings(&config, &features(), &[("label", labels(is_yes))]);
    assert!(!found.iter().any(|warning| matches!(warning, FitWarning::UnbalancedClasses { .. })), "{found:?}");
}

#[test]
fn separated_classes_are_reported() {
    let is_yes = |i: usize| noise(i, 1) > noise(i, 2);
    let mut numbers = features();
    for (_, values) in &mut numbers {
        values.iter_mut().enumerate().for_each(|(i, x)| *x += f64::from(u8::from(is_yes(i))));
    }
    let found = warnings(&FitConfig::new("label"), &numbers, &[("label", labels(|i| !is_yes(i)))]);
    let is_separated = |warning: &FitWarning| matches!(warning, FitWarning::PerfectSeparation { .. });
    assert!(found.iter().any(is_separated), "each column alone separates them: {found:?}");
    let numbers = [
        ("a", column(|i| noise(i, 1) + 2.0 * f64::from(u8::from(is_yes(i))) * noise(i, 6))),
        ("b", column(|i| noise(i, 2))),
    ];
    let margin = |i: usize| noise(i, 1) - noise(i, 2);
    let apart = column(|i| noise(i, 2) + margin(i) + 0.3 * margin(i).signum());
    let found =
        warnings(&FitConfig::new("label"), &[("apart", apart), numbers[1].clone()], &[("label", labels(is_yes))]);
    assert!(found.iter().any(is_separated), "{found:?}");
    // A plane with a narrow gap, at which the penalty makes the model err, by which it is named.
    let narrow = column(|i| noise(i, 2) + margin(i) + 0.02 * margin(i).signum());
    let found = |l2: Option<f64>, numbers: &[(&str, Vec<f64>)]| {
        let config = FitConfig { l2, ..FitConfig::new("label") };
        warnings(&config, numbers, &[("label", labels(is_yes))]).into_iter().find(is_separated)
    };
    let narrow = [("narrow", narrow), numbers[1].clone()];
    for l2 in [None, Some(0.03), Some(0.0)] {
        let Some(warning) = found(l2, &narrow) else { panic!("{l2:?}") };
        let text = warning.to_string();
        assert_eq!(text.contains("only the penalty (l2 "), l2 != Some(0.0), "{text}");
        assert_eq!(text.contains("without a penalty the weights have no bound"), l2 == Some(0.0), "{text}");
    }
    // A few rows on the wrong side, of which some are training rows.
    let mut almost = narrow.clone();
    (100..110).for_each(|i| almost[0].1[i] = 2.0 * almost[1].1[i] - almost[0].1[i]);
    assert_eq!(found(None, &almost).map(|warning| warning.to_string()), None);
}

#[test]
fn few_validation_rows_do_not_show_a_small_difference() {
    let y = |signal: f64| column(|i| signal * noise(i, 1) + noise(i, 3));
    let first = |values: Vec<f64>, rows: usize| values[..rows].to_vec();
    let mut warned = 0;
    for seed in 0..10 {
        let config = FitConfig { seed: Seed::new(seed), ..FitConfig::new("y") };
        let numbers = |signal, rows| [("a", first(column(|i| noise(i, 1)), rows)), ("y", first(y(signal), rows))];
        assert_eq!(warnings(&config, &numbers(2.0, ROWS), &[]), []);
        for warning in warnings(&config, &numbers(0.35, 60), &[]) {
            let FitWarning::SmallValidation { rows: 12, difference, standard_error, rows_needed } = warning else {
                panic!("{warning:?}")
            };
            assert!(difference > 0.0 && difference < 2.0 * standard_error);
            assert!((rows_needed - (12.0 * (2.0 * standard_error / difference).powi(2)).ceil()).abs() < 1.0);
            warned += 1;
        }
    }
    assert!(warned > 0, "of ten divisions, some show a small difference");
}

#[test]
fn copies_on_both_sides_of_the_split_are_counted() {
    let copied = |i: usize| if i.is_multiple_of(10) { i + 1 } else { i };
    let numbers = |of: fn(usize) -> usize| {
        let column = |seed: usize| (0..ROWS).map(|i| noise(of(i), seed)).collect::<Vec<_>>();
        let y = (0..ROWS).map(|i| noise(of(i), 1) - noise(of(i), 2) + noise(of(i), 3)).collect();
        vec![("a", column(1)), ("b", column(2)), ("c", column(4)), ("d", column(5)), ("y", y)]
    };
    assert_eq!(warnings(&FitConfig::new("y"), &numbers(|i| i), &[]), []);
    let found = warnings(&FitConfig::new("y"), &numbers(copied), &[]);
    let [FitWarning::DuplicateRows { duplicates, rows: 120 }] = found.as_slice() else { panic!("{found:?}") };
    // Of the 60 pairs of equal rows, 2·0.8·0.2 are on different sides.
    assert!((10..=30).contains(duplicates), "{duplicates}");
    // Rows of small numbers are often equal.
    let small: Vec<_> = ["a", "b", "y"].into_iter().zip([3, 4, 5]).collect();
    let numbers: Vec<_> = small.iter().map(|(name, n)| (*name, column(|i| (i * i % n) as f64))).collect();
    assert!(
        !warnings(&FitConfig::new("y"), &numbers, &[]).iter().any(|w| matches!(w, FitWarning::DuplicateRows { .. }))
    );
}

/// Returns the number of duplicates that are warned of.
fn duplicates(numbers: &[(&str, Vec<f64>)], texts: &[(&str, Vec<String>)]) -> Option<usize> {
    let target = if texts.iter().any(|(name, _)| *name == "y") { "y" } else { numbers[numbers.len() - 1].0 };
    warnings(&FitConfig::new(target), numbers, texts).into_iter().find_map(|warning| match warning {
        FitWarning::DuplicateRows { duplicates, .. } => Some(duplicates),
        _ => None,
    })
}

#[test]
fn copies_of_all_rows_and_of_levels_are_counted() {
    // Three copies of each of 200 rows of three numbers, whose copies hide how diverse they are.
    let of = |i: usize| i % 200;
    let numbers: Vec<_> =
        [("a", 1), ("b", 2), ("y", 3)].map(|(name, seed)| (name, column(|i| noise(of(i), seed)))).into();
    assert!(duplicates(&numbers, &[]).is_some_and(|found| found > 90), "{:?}", duplicates(&numbers, &[]));
    // Two copies of each of 300 rows of twelve levels, and the same number of distinct rows.
    let names: Vec<String> = (0..12).map(|k| format!("c{k}")).collect();
    let levels = |of: &dyn Fn(usize) -> usize| -> Vec<(&str, Vec<String>)> {
        let level = |i: usize, k: usize| format!("l{}", (noise(of(i), k + 1) * 1e6) as usize % 10);
        let mut columns: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(k, name)| (name.as_str(), (0..ROWS).map(|i| level(i, k)).collect()))
            .collect();
        columns.push(("y", (0..ROWS).map(|i| ["u", "v"][of(i) * 7 % 5 % 2].to_owned()).collect()));
        columns
    };
    let found = duplicates(&[], &levels(&|i| i % 300));
    assert!(found.is_some_and(|found| (80..=110).contains(&found)), "{found:?}");
    assert_eq!(duplicates(&[], &levels(&|i| i)), None);
}

#[test]
fn rows_that_are_equal_by_chance_are_no_copies() {
    // Forty rare flags: most rows have none or one of them.
    let names: Vec<String> = (0..40).map(|k| format!("f{k}")).collect();
    let flag = |i: usize, k: usize| if noise(i * 41 + k, 7) < 0.02 { "on" } else { "off" }.to_owned();
    let mut flags: Vec<(&str, Vec<String>)> =
        names.iter().enumerate().map(|(k, name)| (name.as_str(), (0..ROWS).map(|i| flag(i, k)).collect())).collect();
    flags.push(("y", (0..ROWS).map(|i| ["u", "v"][i % 2].to_owned()).collect()));
    assert_eq!(duplicates(&[], &flags), None);
    // Thirty columns that are one of two opinions with few exceptions.
    let answer = |i: usize, k: usize| ["yes", "no"][(i % 2 + usize::from(noise(i * 31 + k, 5) < 0.03)) % 2].to_owned();
    let mut answers: Vec<(&str, Vec<String>)> = names[..30]
        .iter()
        .enumerate()
        .map(|(k, name)| (name.as_str(), (0..ROWS).map(|i| answer(i, k)).collect()))
        .collect();
    answers.push(("y", (0..ROWS).map(|i| ["u", "v"][i % 2].to_owned()).collect()));
    assert_eq!(duplicates(&[], &answers), None);
    // Forty kinds of things with many properties each.
    let property = |i: usize, k: usize| format!("{}", (noise(i * 13 % 40, k + 1) * 8.0) as usize);
    let mut kinds: Vec<(&str, Vec<String>)> = names[..30]
        .iter()
        .enumerate()
        .map(|(k, name)| (name.as_str(), (0..ROWS).map(|i| property(i, k)).collect()))
        .collect();
    kinds.push(("y", (0..ROWS).map(|i| ["u", "v"][i * 13 % 40 % 2].to_owned()).collect()));
    let found = duplicates(&[], &kinds);
    assert!(found.is_some(), "they are predicted from memory: {found:?}");
}

#[test]
fn steps_along_dependent_columns_are_slow() {
    let mut numbers = features();
    numbers.push(("a again", column(|i| 5.0 * noise(i, 1) + 1e-3 * noise(i, 4))));
    numbers.push(("y", column(|i| noise(i, 1) - noise(i, 2) + noise(i, 3))));
    let adam = FitConfig { method: Some("adam".parse().expect("a method")), l2: Some(0.0), ..FitConfig::new("y") };
    let found = warnings(&adam, &numbers, &[]);
    let [FitWarning::IllConditioned { condition_number, columns, .. }] = found.as_slice() else { panic!("{found:?}") };
    let mut columns = columns.clone();
    columns.sort();
    assert_eq!(columns, ["a", "a again"]);
    assert!((1e6..1e8).contains(condition_number), "{condition_number}");
    assert_eq!(warnings(&FitConfig { l2: Some(0.01), ..adam.clone() }, &numbers, &[]), [], "the penalty bounds it");
    assert_eq!(warnings(&FitConfig { method: None, ..adam.clone() }, &numbers, &[]), [], "L-BFGS is not slowed down");
    numbers[2].1 = column(|i| 5.0 * noise(i, 1));
    assert_eq!(warnings(&adam, &numbers, &[]), [], "the gradient has no component where nothing varies");
}

#[test]
fn features_with_an_index_are_not_scaled() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.libsvm");
    let write = |factor: f64| {
        let line = |i: usize| format!("{} 1:{} 7:{}\n", noise(i, 1) + noise(i, 3), noise(i, 1), factor * noise(i, 2));
        std::fs::write(&path, (0..ROWS).map(line).collect::<String>()).expect("the file is written");
        let (report, _) = FitConfig::new("label").run(path.as_path(), Callbacks::new()).expect("the fit succeeds");
        report.warnings
    };
    assert_eq!(write(1.0), []);
    let found = write(1e4);
    let [FitWarning::UnscaledFeatures { largest, smallest, ratio, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((largest.as_str(), smallest.as_str()), ("7", "1"));
    assert!((5e3..2e4).contains(ratio), "{ratio}");
}
