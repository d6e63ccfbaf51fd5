//! Predict one row at a time, as a server does: the model is prepared once, and a row of numbers needs no memory.
use thalweg_learn::data::CellValue;
use thalweg_learn::{Callbacks, FitConfig, Predictor, Table, Validation};

fn main() -> Result<(), thalweg_learn::Error> {
    // A part passes if it is not much wider than high.
    let x: Vec<f64> = (0..400).map(|i| f64::from(i * 7919 % 101) / 10.0).collect();
    let y: Vec<&str> = x.chunks(2).map(|row| if row[0] < row[1] + 1.0 { "pass" } else { "fail" }).collect();
    let rows = Table::from_row_major(&x, 2)?.with_column_names(["width", "height"])?.with_column("result", &y)?;
    let settings = FitConfig { validation: Validation::None, ..FitConfig::new("result") };
    let predictor = Predictor::new(&settings.run(&rows, Callbacks::new())?.1)?;

    let mut buffer = predictor.buffer();
    for request in [[1.0, 4.0], [6.5, 2.0], [3.0, f64::NAN], [3.0, f64::INFINITY]] {
        match predictor.predict_numbers_into(&request, &mut buffer) {
            Ok(()) => println!("{request:?}: {:.3} for {}", buffer.values()[0], predictor.labels()[1]),
            Err(error) => println!("{request:?}: {error} ({})", error.kind()),
        }
    }
    let named = [("height", CellValue::Text("4.0")), ("width", CellValue::Number(1.0))];
    println!("{:?}", predictor.predict_named(&named)?);
    Ok(())
}
