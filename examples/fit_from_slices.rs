//! Fit a model to arrays in memory and predict with it: no file, and no copy of the numbers.
use thalweg_learn::{Callbacks, FitConfig, Table, Validation, predict};

fn main() -> Result<(), thalweg_learn::Error> {
    // 200 rows of two numbers, row by row; y = 3·width − 2·height + 1.
    let x: Vec<f64> = (0..400).map(|i| f64::from(i * 7919 % 101) / 10.0).collect();
    let y: Vec<f64> = x.chunks(2).map(|row| 3.0 * row[0] - 2.0 * row[1] + 1.0).collect();
    let rows = Table::from_row_major(&x, 2)?.with_column_names(["width", "height"])?;

    let settings = FitConfig { validation: Validation::None, l2: Some(0.0), ..FitConfig::new("y") };
    let (report, model) = settings.run(&rows.clone().with_column("y", &y)?, Callbacks::new())?;
    println!("{} rows, loss {:.1e}", report.train_rows, report.train.loss());

    let new = [1.0, 1.0, 2.0, 0.5];
    let new = Table::from_row_major(&new, 2)?.with_column_names(["width", "height"])?;
    println!("{:.3?}", predict(&model, &new)?.values);
    Ok(())
}
