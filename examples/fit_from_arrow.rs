//! Fit a classifier to Arrow record batches, as a query engine or a Parquet reader returns them.
use std::sync::Arc;
use thalweg_learn::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use thalweg_learn::{Callbacks, FitConfig, Table};

/// A batch of 100 rows, whose label depends on the color and the weight.
fn batch(first: i32) -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let ids = || first..first + 100;
    let texts = |text: fn(i32) -> &'static str| Arc::new(StringArray::from_iter_values(ids().map(text))) as ArrayRef;
    let weights = ids().map(|i| (i % 17 != 0).then_some(f64::from(i % 10))).collect::<Float64Array>();
    Ok(RecordBatch::try_from_iter([
        ("weight", Arc::new(weights) as ArrayRef),
        ("color", texts(|i| if i % 3 == 0 { "red" } else { "green" })),
        ("label", texts(|i| if i % 3 == 0 || i % 10 > 6 { "keep" } else { "sort out" })),
    ])?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let batches = [batch(0)?, batch(100)?, batch(200)?];
    let (report, _) = FitConfig::new("label").run(&Table::from_record_batches(&batches)?, Callbacks::new())?;
    let (rows, loss) = (report.validation_rows, report.validation.map(|metrics| metrics.loss()));
    println!("labels {:?}; log loss of {rows} validation rows {:.3?}", report.labels.unwrap_or_default(), loss);
    Ok(())
}
