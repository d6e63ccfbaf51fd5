//! Memory and threads of the prediction of one row.

use peak_alloc::PeakAlloc;
use rayon::{ThreadPool, ThreadPoolBuilder};
use thalweg::random::Random;
use thalweg_learn::model::Architecture;
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig, ModelFile, Predictor, Table};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn pool() -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(2).build().expect("a pool")
}

/// Returns a model of two numbers with their product, and a category.
fn model(architecture: &str, labels: u64) -> ModelFile {
    let mut random = Random::new(5);
    let mut text = String::from("a,b,kind,y\n");
    for _ in 0..90 {
        let label = ["low", "middle", "high"][(random.bits() % labels) as usize];
        text += &format!("{:.3},{:.3},{},{label}\n", random.normal(), random.normal(), 1 + random.bits() % 3);
    }
    let architecture: Architecture = architecture.parse().expect("an architecture");
    let column_options = ColumnOptions {
        categorical: vec!["kind".into()],
        interactions: vec!["a*b".parse().expect("an interaction"), "a*kind".parse().expect("an interaction")],
        ..ColumnOptions::default()
    };
    let fit = FitConfig { architecture, column_options, epochs: Some(2), ..FitConfig::new("y") };
    let table = Table::parse("rows.csv".as_ref(), text.into_bytes(), &fit.read).expect("a table");
    fit.run(&table, Callbacks::new()).unwrap_or_else(|error| panic!("{error}")).1
}

/// Number of threads of this process.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("the threads are listed").count()
}

// One test, so that no other thread allocates.
#[test]
fn a_row_of_numbers_is_predicted_without_memory_or_threads() {
    let architectures = [("linear", 2), ("linear", 3), ("fm:rank=4", 2), ("mlp:8", 2), ("mlp:8", 3)];
    // The pool lives as long as memory is counted: threads that end take and free some.
    let pool = pool();
    let models = architectures.map(|(architecture, labels)| pool.install(|| model(architecture, labels)));
    #[cfg(target_os = "linux")]
    let threads_before = threads();
    for ((architecture, labels), model) in architectures.iter().zip(&models) {
        let predictor = Predictor::new(model).expect("a predictor");
        let mut buffer = predictor.buffer();
        let rows = [[0.5, -1.25, 2.0], [f64::NAN, 3.0, 7.0], [-1.0, 0.0, 1.0]];
        let predict_all = |buffer: &mut _| {
            for row in &rows {
                predictor.predict_numbers_into(row, buffer).expect("a prediction");
            }
        };
        predict_all(&mut buffer);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        (0..100).for_each(|_| predict_all(&mut buffer));
        let allocated = MEMORY.peak_usage() - before;
        assert_eq!(allocated, 0, "{architecture}, {labels} labels");
    }
    #[cfg(target_os = "linux")]
    assert!(threads() <= threads_before, "{} threads instead of {threads_before}", threads());
}
