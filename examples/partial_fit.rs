//! Continue a fit on rows that arrive day by day: new rows get the schema of the first, and the optimizer its state.
use thalweg_learn::train::{BatchSize, TrainingStart};
use thalweg_learn::{Callbacks, FitConfig, Table, Validation};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Settings that do not depend on the number of rows; y = 2·x + 1.
    let (batch_size, l2, validation) = (Some(BatchSize::Rows(20)), Some(0.0), Validation::None);
    let method = Some("adam:lr=0.3".parse()?);
    let fit = FitConfig { method, batch_size, l2, epochs: Some(1), validation, ..FitConfig::new("y") };
    let (mut start, mut schema) = (TrainingStart::Initialization, None);
    for day in 0..5 {
        let x: Vec<f64> = (0..200).map(|i| f64::from((200 * day + i) * 7919 % 101) / 10.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
        let rows = Table::from_columns([("x", (&x).into()), ("y", (&y).into())])?;
        let data = match &schema {
            None => fit.prepare(&rows)?,
            Some(schema) => fit.prepare_with(schema, &rows)?,
        };
        let fitted = fit.fit_from(&data, start, Callbacks::new())?;
        println!("day {}: {} steps, rmse {:.3}", day + 1, fitted.report.steps, fitted.report.train.loss().sqrt());
        (start, schema) = (TrainingStart::State(fitted.state), Some(data.schema().clone()));
    }
    Ok(())
}
