//! Numbers that are far from all others of their column.

use crate::common::{bad_data, plan, table, try_table};
use thalweg_learn::data::{OnError, Outliers};
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig};

/// Text of a table of `a`, `b` and `y`, in which some cells are replaced: `(row, column, text)`.
fn text(cells: &[(usize, usize, &str)]) -> String {
    let number = |i: usize, factor: usize| ((i * factor % 1009) as f64 - 504.0) / 300.0;
    let row = |i: usize| {
        let (a, b) = (number(i, 7919), number(i, 104_729));
        let mut row = [a, b, 2.0 * a - b].map(|x| x.to_string());
        cells.iter().filter(|cell| cell.0 == i).for_each(|(_, column, cell)| row[*column] = (*cell).to_string());
        row.join(",") + "\n"
    };
    (0..400).fold("a,b,y\n".to_string(), |text, i| text + &row(i))
}

/// Returns the outliers among all rows of a table.
fn outliers(text: &str) -> Vec<Outliers> {
    let table = table(text);
    let mut plan = plan(&table, "y");
    let rows = plan.usable_rows.clone();
    plan.schema(&table, &rows).expect("the table is valid");
    plan.outliers
}

#[test]
fn a_number_that_dominates_its_column_is_named_with_its_place() {
    for value in ["1e5", "-1e30", "1e300"] {
        let found = outliers(&text(&[(7, 0, value)]));
        assert_eq!(found.len(), 1, "{value}: {found:?}");
        let said = found[0].to_string();
        assert!(said.starts_with(&format!("data.csv:9:1: column 'a': '{value}' is so far from the other")), "{said}");
        assert!(said.contains("without it 9."), "{said}");
    }
    // Of several, the farthest one is named; the target is a column as well.
    let found = outliers(&text(&[(7, 0, "1e30"), (9, 0, "-1e31"), (11, 0, "1e30"), (399, 2, "4e9")]));
    let names: Vec<_> = found.iter().map(|found| (found.column.as_str(), found.at.as_str(), found.count)).collect();
    let [a, y] = names.as_slice() else { panic!("{found:?}") };
    assert_eq!((a.0, a.1), ("a", "data.csv:11:2".replace(":2", ":1").as_str()));
    assert!(a.2 <= 3, "{a:?}");
    assert!(y.0 == "y" && y.1.starts_with("data.csv:401:") && y.2 == 1, "{y:?}");
}

#[test]
fn long_tails_and_rare_values_are_no_outliers() {
    let number = |i: usize| (i * 7919 % 1009) as f64 / 1009.0;
    let columns: [&dyn Fn(usize) -> f64; 5] = [
        &|i| 1.0 / (number(i) + 1e-3),
        &|i| (6.0 * number(i)).exp(),
        &|i| if i == 70 { 1e6 } else { 0.0 },
        &|i| if i % 50 == 0 { 1e6 } else { number(i) },
        &|i| 1e9 + number(i),
    ];
    for (i, column) in columns.iter().enumerate() {
        let rows = (0..400).map(|row| format!("{},{},{}\n", column(row), number(row + 3), number(row)));
        let text = rows.fold("a,b,y\n".to_string(), |text, row| text + &row);
        assert_eq!(outliers(&text), [], "column {i}");
    }
}

#[test]
fn a_target_whose_squares_overflow_is_refused_or_skipped() {
    let text = text(&[(7, 2, "1e200")]);
    let config = FitConfig { epochs: Some(2), ..FitConfig::new("y") };
    let error = bad_data(config.run(&try_table(&text).expect("the text is a table"), Callbacks::new()));
    assert!(error.starts_with("data.csv:9:"), "{error}");
    assert!(error.ends_with(": column 'y': expected a finite number of moderate size, found '1e200'"), "{error}");
    let column_options = ColumnOptions { on_error: OnError::Skip, ..ColumnOptions::default() };
    let config = FitConfig { column_options, ..config };
    let (report, _) = config.run(&table(&text), Callbacks::new()).expect("the other rows are learned");
    assert_eq!((report.skipped_rows.rows, report.rows), (1, 399));
    assert!(report.train.loss().is_finite() && report.outliers.is_empty(), "{:?}", report.outliers);
    // As a feature, the number is only far from the others.
    let config = FitConfig { epochs: Some(2), ..FitConfig::new("a") };
    let (report, _) = config.run(&table(&text), Callbacks::new()).expect("the table is valid");
    assert!(report.train.loss().is_finite());
}
