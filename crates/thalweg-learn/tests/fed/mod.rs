//! What is fed to the readers, by the tests and by cargo-fuzz: whatever comes, nothing may panic.

use std::path::Path;

use thalweg_learn::{HeaderRow, IndexBase, ModelFile, OnError, ReadOptions, Table, predict};

/// Delimited text and libsvm, with options told by the first byte.
pub(crate) fn text(data: &[u8]) {
    let Some((&bits, rest)) = data.split_first() else { return };
    let on = |bit: u8| bits >> bit & 1 == 1;
    let options = ReadOptions {
        header: if on(0) { HeaderRow::Absent } else { HeaderRow::Auto },
        delimiter: on(1).then_some(b';'),
        comment: on(2).then_some(b'#'),
        encoding: on(3).then(|| "latin1".to_string()),
        on_error: if on(4) { OnError::Skip } else { OnError::Fail },
        index_base: if on(5) { IndexBase::Zero } else { IndexBase::Auto },
        text_columns: if on(6) { vec!["a".into()] } else { Vec::new() },
        only_columns: if on(7) { vec!["a".into(), "b".into()] } else { Vec::new() },
        ..ReadOptions::default()
    };
    let Ok(table) = Table::parse(Path::new("fed"), rest.to_vec(), &options) else { return };
    // Places are found by reading anew: that must hold of all rows.
    for row in [0, table.rows() / 2, table.rows().saturating_sub(1)] {
        for column in 0..table.names().len().min(4) {
            if row < table.rows() {
                let _ = (table.position(row, column), table.is_missing(row, column));
            }
        }
    }
}

/// Every format told by its first bytes: Parquet, Arrow IPC, IDX, gzip and zstd around text.
pub(crate) fn bytes(data: &[u8]) {
    let _ = Table::parse(Path::new("fed"), data.to_vec(), &ReadOptions::default());
}

/// Model files: what is not one is refused, and what is one predicts.
pub(crate) fn model(data: &[u8]) {
    let Ok(model) = ModelFile::from_bytes(Path::new("fed"), data) else { return };
    let rows = b"a,b,c\n1,k1,3\n-2,k2,\n,z,1e9\n".to_vec();
    if let Ok(table) = Table::parse(Path::new("table"), rows, &model.schema.read_options()) {
        let _ = predict(&model, &table);
    }
}
