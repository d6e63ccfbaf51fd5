//! Table of mixed columns with a weight and three targets.

use std::path::Path;

use thalweg_learn::FitConfig;

/// Writes a table with numbers, a category, weights, and three kinds of target.
pub(crate) fn write_table(path: &Path, rows: usize) {
    let line = |i: usize| {
        let (x, z, w) = (i * 7 % 11, i * 5 % 13, 1 + i % 3);
        let y = (x * 3 + z + i * 31 % 7) as f64 / 4.0;
        let (label, class) = (["no", "yes"][usize::from(x + z > 11)], ["a", "b", "c"][(x + i % 2) % 3]);
        format!("{x},{z},c{},{w},{y},{label},{class}\n", i * 17 % 23)
    };
    let text: String = (0..rows).map(line).collect();
    std::fs::write(path, format!("x,z,colour,w,y,label,class\n{text}")).expect("the table is written");
}

/// Returns a weighted fit of a target of the table, without its other targets.
pub(crate) fn fit(target: &str) -> FitConfig {
    let mut fit = FitConfig::new(target);
    fit.column_options.ignore = ["y", "label", "class"].iter().filter(|&&n| n != target).map(|&n| n.into()).collect();
    fit.weight_column = Some("w".into());
    fit
}
