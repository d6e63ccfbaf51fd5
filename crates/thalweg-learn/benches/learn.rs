//! Throughput of reading and training: `cargo bench -p thalweg-learn --bench learn -- read FILE…`, `… -- train [ROWS]`,
//! `… -- memory [ROWS]` and, for libsvm files, `… -- sparse FILE`. Prints one line of JSON for each measurement.

#![allow(clippy::print_stdout, reason = "a program")]

use std::hint::black_box;
use std::ops::ControlFlow::Continue;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use parquet::arrow::ArrowWriter;
use prefetch_index::prefetch_index;
use thalweg_learn::arrow::array::{ArrayRef, Float64Array, RecordBatch};
use thalweg_learn::data::{RowMatrix, Rows, TargetChoice};
use thalweg_learn::model::{Linear, Loss};
use thalweg_learn::train::{BatchSize, TrainingConfig, TrainingData, train, train_any};
use thalweg_learn::{Callbacks, DataSource, FitConfig, ReadOptions, Table, Validation};

/// Number of repetitions, of which the shortest is reported: other programs on the machine can only add time.
const REPETITIONS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((command, files)) if command == "read" => files.iter().for_each(|file| bench_read(Path::new(file))),
        Some((command, rest)) if command == "train" => {
            let rows = rest.first().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
            for batch in [256, 4096] {
                bench_dense(rows, batch);
            }
        }
        Some((command, rest)) if command == "memory" => {
            bench_memory(rest.first().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000));
        }
        Some((command, files)) if command == "sparse" => files.iter().for_each(|file| bench_sparse(Path::new(file))),
        // As a test, the program only has to build.
        _ => println!("read FILE… | train [ROWS] | memory [ROWS] | sparse FILE…"),
    }
}

/// Returns the shortest time of several repetitions, in seconds.
fn min_seconds(mut work: impl FnMut()) -> f64 {
    let once = |()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    std::iter::repeat_n((), REPETITIONS).map(once).fold(f64::INFINITY, f64::min)
}

/// Measures reading a file into columns in memory.
fn bench_read(path: &Path) {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let seconds = min_seconds(|| {
        let table = Table::read(path, &ReadOptions::default());
        black_box(table.expect("the file is a table"));
    });
    println!(
        "{{\"what\":\"read\",\"file\":\"{}\",\"bytes\":{bytes},\"seconds\":{seconds:.4},\"mb_per_s\":{:.1}}}",
        path.display(),
        bytes as f64 / seconds / 1e6
    );
}

/// Measures logistic regression on sparse rows in memory, shuffled each epoch; a tenth is held out.
fn bench_sparse(path: &Path) {
    const EPOCHS: u64 = 3;
    for method in ["adagrad:lr=0.1", "ftrl:lr=0.3,beta=0.1", "adam:lr=0.002", "sgd:lr=1"] {
        let fit = FitConfig {
            validation: Validation::Fraction(0.1),
            target_kind: TargetChoice::Label,
            ..FitConfig::new("label")
        };
        let data = fit.prepare(path).expect("the file has rows");
        let (model, numbers) = (data.model(), data.train.sample().sparse.index.len());
        let training = TrainingConfig::new(method.parse().expect("the method is valid"), BatchSize::Rows(256), EPOCHS);
        let run = |validation: &Rows| {
            let mut loss = f64::NAN;
            let callbacks = Callbacks::new().on_epoch(|epoch, _| {
                loss = epoch.validation.unwrap_or(f64::NAN);
                Continue(())
            });
            let rows = TrainingData { train: &data.train, validation, loss: Loss::Logistic };
            train_any(&model, &rows, &training, callbacks).expect("the training runs");
            loss
        };
        // Timed without the evaluation of the rows held out.
        let (loss, no_rows) = (run(&data.validation), data.validation.empty_like());
        let seconds = min_seconds(|| {
            black_box(run(&no_rows));
        });
        println!(
            "{{\"what\":\"sparse\",\"file\":\"{}\",\"method\":\"{method}\",\"held_out_loss\":{loss:.4},\"numbers_per_s\":{:.3e}}}",
            path.display(),
            numbers as f64 * EPOCHS as f64 / seconds
        );
    }
}

/// Measures logistic regression on rows of 28 numbers in memory, shuffled each epoch, by plain gradient descent.
fn bench_dense(rows: usize, batch: usize) {
    const WIDTH: usize = 28;
    const EPOCHS: u64 = 5;
    let mut random = thalweg::random::Random::new(1);
    let weights: Vec<f64> = (0..WIDTH).map(|_| random.normal() * 0.4).collect();
    let numbers: Vec<f32> = (0..rows * WIDTH).map(|_| random.normal() as f32).collect();
    let target = numbers.chunks(WIDTH).map(|row| {
        let z: f64 = row.iter().zip(&weights).map(|(&x, w)| f64::from(x) * w).sum();
        if random.normal() + z > 0.0 { 1.0 } else { 0.0 }
    });
    let target = target.collect();
    let new_rows =
        |numbers, target| Rows { numbers: RowMatrix::new(WIDTH, numbers), target, features: WIDTH, ..Rows::default() };
    let (train_rows, validation) = (new_rows(&numbers, target).into(), new_rows(&[0.5; WIDTH], vec![1.0]));
    let model = Linear { features: WIDTH, outputs: 1, intercept: true };
    let training =
        TrainingConfig::new("sgd:lr=0.5".parse().expect("the method is valid"), BatchSize::Rows(batch), EPOCHS);
    let mut loss = f64::NAN;
    let seconds = min_seconds(|| {
        let callbacks = Callbacks::new().on_epoch(|epoch, _| {
            loss = epoch.train_loss;
            Continue(())
        });
        let data = TrainingData { train: &train_rows, validation: &validation, loss: Loss::Logistic };
        black_box(train(&model, &data, &training, callbacks).expect("the training runs"));
    });
    let roof = roof_seconds(train_rows.sample()) * EPOCHS as f64;
    println!(
        "{{\"what\":\"train\",\"rows\":{rows},\"width\":{WIDTH},\"batch\":{batch},\"loss\":{loss:.4},\"rows_per_s\":{:.3e},\
         \"roof_rows_per_s\":{:.3e},\"of_roof\":{:.3}}}",
        rows as f64 * EPOCHS as f64 / seconds,
        rows as f64 * EPOCHS as f64 / roof,
        roof / seconds
    );
}

/// Returns the shortest time in which all cores read each row once in random order and do nothing else with it: the
/// memory traffic that an epoch cannot avoid.
fn roof_seconds(rows: &Rows) -> f64 {
    const AHEAD: usize = 32;
    const LINE: usize = 16;
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    thalweg::random::Random::new(2).shuffle(&mut order);
    let touch = |order: &[u32]| {
        let mut sums = [0.0_f32; 8];
        for (i, &row) in order.iter().enumerate() {
            if let Some(&row) = order.get(i + AHEAD) {
                let numbers = rows.row(row as usize).numbers;
                (0..numbers.len()).step_by(LINE).for_each(|number| prefetch_index(numbers, number));
            }
            let (vectors, _) = rows.row(row as usize).numbers.as_chunks::<8>();
            for vector in vectors {
                sums.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            }
        }
        sums
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    min_seconds(|| {
        std::thread::scope(|scope| {
            for part in order.chunks(order.len().div_ceil(threads)) {
                let touch = &touch;
                scope.spawn(move || black_box(touch(part)));
            }
        });
    })
}

/// Measures preparation and training on the same rows of 28 numbers, from memory and from files, in turns.
fn bench_memory(rows: usize) {
    const WIDTH: usize = 28;
    let mut random = thalweg::random::Random::new(1);
    let by_row: Vec<f64> = (0..rows * WIDTH).map(|_| random.normal()).collect();
    let target: Vec<f64> = by_row.chunks(WIDTH).map(|row| row.iter().sum::<f64>() + random.normal()).collect();
    let by_column: Vec<f64> = (0..rows * WIDTH).map(|i| by_row[i % rows * WIDTH + i / rows]).collect();
    let tables = [Table::from_row_major(&by_row, WIDTH), Table::from_column_major(&by_column, WIDTH)];
    let [row_major, column_major] = tables.map(|table| {
        let table = table.expect("the matrix is valid");
        table.with_column("y", &target).expect("the target has the length of the matrix")
    });

    let folder = tempfile::tempdir().expect("the folder is created");
    let (csv, parquet) = (folder.path().join("rows.csv"), folder.path().join("rows.parquet"));
    let mut text: String = (0..WIDTH).map(|column| format!("c{},", column + 1)).collect();
    text.push_str("y\n");
    for (row, y) in by_row.chunks(WIDTH).zip(&target) {
        for x in row {
            text.push_str(&format!("{x},"));
        }
        text.push_str(&format!("{y}\n"));
    }
    std::fs::write(&csv, text).expect("the file is written");
    let columns = by_column.chunks(rows).chain([target.as_slice()]).enumerate().map(|(column, values)| {
        let name = if column == WIDTH { "y".to_string() } else { format!("c{}", column + 1) };
        (name, Arc::new(Float64Array::from(values.to_vec())) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).expect("the columns match");
    let file = std::fs::File::create(&parquet).expect("the file is created");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("the schema is valid");
    writer.write(&batch).and_then(|()| writer.close()).expect("the file is written");
    let batches = [batch];
    let arrow = Table::from_record_batches(&batches).expect("the batch is valid");

    let sources: [(&str, DataSource<'_>); 5] = [
        ("row-major", (&row_major).into()),
        ("column-major", (&column_major).into()),
        ("record batch", (&arrow).into()),
        ("parquet", (&parquet).into()),
        ("csv", (&csv).into()),
    ];
    let config = FitConfig { epochs: Some(5), patience: Some(0), ..FitConfig::new("y") };
    let mut least = [[f64::INFINITY; 2]; 5];
    for _ in 0..REPETITIONS {
        for ((_, source), least) in sources.iter().zip(&mut least) {
            let began = Instant::now();
            let data = config.prepare(source.clone()).expect("the data are valid");
            let prepared = Instant::now();
            black_box(config.fit(&data, Callbacks::new()).expect("the training runs"));
            let seconds = [(prepared - began).as_secs_f64(), prepared.elapsed().as_secs_f64()];
            least.iter_mut().zip(seconds).for_each(|(least, seconds)| *least = least.min(seconds));
        }
    }
    for ((name, _), [prepare, fit]) in sources.iter().zip(least) {
        println!(
            "{{\"what\":\"memory\",\"from\":\"{name}\",\"rows\":{rows},\"prepare_seconds\":{prepare:.4},\"fit_seconds\":{fit:.4}}}"
        );
    }
}
