//! Entry points of fuzzing, used by the tests and by cargo-fuzz: no input may cause a panic.

use std::path::Path;

use thalweg_learn::{HeaderRow, IndexBase, ModelFile, OnError, ReadOptions, Table, predict};

/// Parses delimited text or libsvm; the bits of the first byte set options.
pub(crate) fn parse_text(data: &[u8]) {
    let Some((&bits, rest)) = data.split_first() else { return };
    let is_set = |bit: u8| bits >> bit & 1 == 1;
    let options = ReadOptions {
        header: if is_set(0) { HeaderRow::Absent } else { HeaderRow::Auto },
        delimiter: is_set(1).then_some(b';'),
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
}

/// Parses any format: Parquet, Arrow IPC, IDX, and text compressed by gzip or zstd.
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
