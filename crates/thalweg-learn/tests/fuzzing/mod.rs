//! Entry points of fuzzing, used by the tests and by cargo-fuzz: no input may cause a panic.

#[allow(dead_code)] // for the tests; cargo-fuzz makes its own mutations
pub(crate) mod mutation;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;
use thalweg_learn::data::{Delimiter, HeaderRow, IndexBase, OnError, Quoting, TextFormat};
use thalweg_learn::fit::{FitCheckpoint, FitCheckpoints};
use thalweg_learn::train::{AnyTrainingState, CheckpointInterval, TrainingStart};
use thalweg_learn::{Callbacks, ColumnOptions, Error, FitConfig, ModelFile, PreparedData, ReadOptions, Table, predict};

/// Parses delimited text or libsvm, and encodes it on request; the bits of the first two bytes set options.
pub(crate) fn parse_text(data: &[u8]) {
    let Some((&[first, second], rest)) = data.split_first_chunk() else { return };
    let is_set = |bit: u32| u16::from_le_bytes([first, second]) >> bit & 1 == 1;
    let skip_lines = is_set(12).then_some(2);
    let options = ReadOptions {
        header: if is_set(0) { HeaderRow::Absent } else { HeaderRow::Auto },
        delimiter: match (is_set(1), is_set(14)) {
            (true, _) => Some(Delimiter::Character(b';')),
            (false, true) => Some(Delimiter::Whitespace),
            (false, false) => None,
        },
        quoting: if is_set(8) { Quoting::None } else { Quoting::default() },
        decimal: is_set(9).then_some(','),
        thousands: is_set(10).then_some('.'),
        skip_lines: skip_lines.filter(|_| !is_set(11)),
        known_format: TextFormat { skip_lines: skip_lines.filter(|_| is_set(11)), ..TextFormat::default() },
        missing_tokens: if is_set(15) { vec!["-9".into(), "x".into()] } else { Vec::new() },
        comment: is_set(2).then_some(b'#'),
        encoding: is_set(3).then(|| "latin1".to_string()),
        on_error: if is_set(4) { OnError::Skip } else { OnError::Fail },
        index_base: if is_set(5) { IndexBase::Zero } else { IndexBase::Auto },
        text_columns: if is_set(6) { vec!["a".into()] } else { Vec::new() },
        only_columns: if is_set(7) { vec!["a".into(), "b".into()] } else { Vec::new() },
        ..ReadOptions::default()
    };
    let Ok(table) = Table::parse(Path::new("fuzzed"), rest.to_vec(), &options) else { return };
    // Cells are located by parsing the text again, which must find the same rows.
    for row in [0, table.rows() / 2, table.rows().saturating_sub(1)] {
        for column in 0..table.names().len().min(4) {
            if row < table.rows() {
                let _ = (table.position(row, column), table.is_missing(row, column));
            }
        }
    }
    if let (true, Some(target)) = (is_set(13), table.names().last()) {
        let column_options = ColumnOptions { text_as_missing: vec!["a".into()], ..ColumnOptions::default() };
        let _ = FitConfig { column_options, ..FitConfig::new(target.as_str()) }.prepare(&table);
    }
}

/// Parses any format: Parquet, Arrow IPC, IDX, and compressed text.
pub(crate) fn parse_bytes(data: &[u8]) {
    let _ = Table::parse(Path::new("fuzzed"), data.to_vec(), &ReadOptions::default());
}

/// Parses a model file; if it is valid, predicts a table by it.
pub(crate) fn load_model(data: &[u8]) {
    let Ok(model) = ModelFile::from_bytes(Path::new("fuzzed"), data) else { return };
    let rows = b"a,b,c\n1,k1,3\n-2,k2,\n,z,1e9\n".to_vec();
    if let Ok(table) = Table::parse(Path::new("table"), rows, &model.schema.read_options()) {
        let _ = predict(&model, &table);
    }
}

/// Reads a checkpoint; if it is valid, continues the fit of a factorization machine from it.
pub(crate) fn load_checkpoint(data: &[u8]) {
    let Ok(checkpoint) = FitCheckpoint::from_bytes(Path::new("fuzzed"), data) else { return };
    let (config, data) = &TRAININGS[1];
    let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| ());
    let _ = (checkpoint.check(config, data), checkpoint.array_lengths());
    let _ = config.fit_with_checkpoints(data, Some(checkpoint), none, Callbacks::new());
}

/// A table with a cache, the bytes of the cache, and those of the model.
struct CachedTable {
    folder: TempDir,
    cache: Vec<u8>,
    model: Vec<u8>,
}

static CACHED: LazyLock<CachedTable> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("the folder is created");
    let rows: String = (0..40).map(|row| format!("{row},k{},{}\n", row % 3, row * row % 7)).collect();
    fs::write(folder.path().join("table.csv"), format!("a,b,y\n{rows}")).expect("the table is written");
    let model = fit_with_cache(folder.path()).expect("the table is valid");
    let cache = fs::read(folder.path().join("table.csv.cache")).expect("the cache is written");
    CachedTable { folder, cache, model }
});

/// Fits a model for one epoch to the table in this folder, whose cache is used.
fn fit_with_cache(folder: &Path) -> thalweg_learn::Result<Vec<u8>> {
    let config = FitConfig { cache: true, epochs: Some(1), ..FitConfig::new("y") };
    let path = folder.join("table.csv");
    let (_, model) = config.run(path.as_path(), Callbacks::new())?;
    model.to_bytes(path.as_path())
}

/// Reads a damaged cache, which must give the same model, or is refused if neither its begin nor its end is that of a
/// cache: each three bytes are a place, which counts from the end if it is beyond the cache, and a new value.
pub(crate) fn read_cache(data: &[u8]) {
    let table = &*CACHED;
    let mut cache = table.cache.clone();
    for change in data.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let index = if place < cache.len() { place } else { cache.len() - 1 - place % cache.len() };
        cache[index] = change[2];
    }
    let is_marked = cache.starts_with(b"thalweg cache ") || cache[cache.len() - 16..].starts_with(b"thalweg cache ");
    fs::write(table.folder.path().join("table.csv.cache"), cache).expect("the cache is written");
    match fit_with_cache(table.folder.path()) {
        Ok(model) => assert!(model == table.model, "another model by a damaged cache"),
        Err(error) => assert!(!is_marked && matches!(error, Error::Destination { .. }), "{error}"),
    }
}

static TRAININGS: LazyLock<[(FitConfig, PreparedData); 3]> = LazyLock::new(|| {
    let rows: String = (0..40).map(|row| format!("{row},k{},{}\n", row % 30, row * row % 7)).collect();
    let table = Table::parse(Path::new("table"), format!("a,b,y\n{rows}").into_bytes(), &ReadOptions::default());
    let table = table.expect("the table is valid");
    [("sgd", "linear"), ("adam", "fm:rank=2"), ("nadam:ema=0.9", "mlp:2")].map(|(method, architecture)| {
        let (method, architecture) = (Some(method.parse().expect("a method")), architecture.parse().expect("a model"));
        let config = FitConfig { architecture, method, epochs: Some(2), patience: Some(3), ..FitConfig::new("y") };
        let data = config.prepare(&table).expect("the table is valid");
        (config, data)
    })
});

/// Continues a training from a state in JSON; the first byte chooses the training. Where the state is accepted, so is
/// the one after two epochs.
pub(crate) fn continue_training(data: &[u8]) {
    let Some((&first, json)) = data.split_first() else { return };
    let Ok(state) = serde_json::from_slice::<AnyTrainingState>(json) else { return };
    let (config, data) = &TRAININGS[usize::from(first) % TRAININGS.len()];
    let from = |state| config.fit_from(data, TrainingStart::State(state), Callbacks::new());
    let Ok(continued) = from(state) else { return };
    // A training that diverged has a state with infinite parameters, from which nothing continues.
    let _ = from(continued.state);
}
