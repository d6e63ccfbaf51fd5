//! Coefficients of models with a great many of them.

use std::fs;

use thalweg_learn::{Callbacks, FitConfig};

#[test]
fn the_largest_of_many_coefficients_are_listed_in_descending_order() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("x.libsvm");
    let used = |i: usize| 1 + i * 7919 % 200_003;
    let line = |i: usize| {
        let mut indices = [used(3 * i), used(3 * i + 1), used(3 * i + 2)];
        indices.sort_unstable();
        format!("{} {}\n", i % 2, indices.map(|index| format!("{index}:{}", 1 + index % 5)).join(" "))
    };
    fs::write(&path, (0..1000).map(line).collect::<String>()).expect("the file is written");
    let config = FitConfig { epochs: Some(1), ..FitConfig::new("label") };
    let (report, model) = config.run(&path, Callbacks::new()).expect("the rows are learned");
    let mut all = model.coefficients();
    assert!(all.len() > 3 << 16, "{}", all.len());
    assert_eq!((all[0].name.as_str(), all[70_000].name.as_str()), ("1", "70001"));
    // A stable sort: the first of equal ones first.
    all.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    assert_eq!(report.coefficients, all[..1000]);
}
