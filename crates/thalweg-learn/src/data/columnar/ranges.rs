//! Ranges of the rows of columnar files, as ranks read them.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Int32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::tests::{batch, open, to_texts, write_files};
use crate::data::chunk::ReadRound;
use crate::data::input::{Input, StreamBuffer};
use crate::data::read_options::ReadOptions;
use crate::data::source::Source;

/// Rows with numbers of which some are missing, and texts.
fn rows(from: i32, to: i32) -> RecordBatch {
    let numbers: Int32Array = (from..to).map(|i| (i % 5 != 3).then_some(i)).collect();
    let texts: StringArray = (from..to).map(|i| (i % 7 != 2).then(|| format!("t{}", i % 3))).collect();
    batch(vec![("n", Arc::new(numbers) as ArrayRef), ("t", Arc::new(texts))])
}

/// Checks that every range of a file has the rows that it has among all.
fn check_ranges(path: &Path) {
    let file = open(path).expect("the file is valid");
    let all = file.blocks(&[0, 1], 4).expect("the columns are supported");
    let count: u64 = file.group_rows().expect("the metadata are valid").iter().sum();
    let texts = |blocks: super::file::ColumnarBlocks| {
        let mut columns = [Vec::new(), Vec::new()];
        for block in blocks {
            let block = block.expect("the rows are valid");
            columns.iter_mut().zip(&block.columns).for_each(|(column, values)| column.extend(to_texts(values)));
        }
        columns
    };
    let expected = texts(file.blocks(&[0, 1], 4).expect("the columns are supported"));
    for start in 0..=count {
        for end in start..=count {
            let found = texts(all.of_rows(start..end).expect("the range is in the file"));
            for (found, expected) in found.iter().zip(&expected) {
                let case = format!("rows {start} to {end} of {}", path.display());
                assert_eq!(found, &expected[start as usize..end as usize], "{case}");
            }
        }
    }
}

#[test]
fn every_range_of_rows_is_that_of_the_file() {
    let folder = tempfile::tempdir().expect("the folder is created");
    for path in write_files(&folder, &[rows(0, 4), rows(4, 4), rows(4, 11), rows(11, 17)]) {
        check_ranges(&path);
    }
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        // Several pages in a group.
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_data_page_row_count_limit(3)
            .set_write_batch_size(1)
            .set_max_row_group_row_count(Some(11));
        let path = folder.path().join("pages.parquet");
        let file = File::create(&path).expect("the file is created");
        let batch = rows(0, 25);
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).expect("a schema");
        writer.write(&batch).expect("the batch is written");
        writer.close().expect("the file is closed");
        check_ranges(&path);
    }
}

#[test]
fn pages_and_batches_outside_a_range_are_not_read() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let numbers = |from: usize| (from..from + 100_000).map(|i| (i * 7919 % 100_003) as f32);
    let batch = |from| batch(vec![("x", Arc::new(Float32Array::from_iter_values(numbers(from))) as ArrayRef)]);
    let batches = [batch(0), batch(100_000), batch(200_000), batch(300_000)];
    let parquet = folder.path().join("x.parquet");
    let properties = WriterProperties::builder().set_dictionary_enabled(false).set_data_page_row_count_limit(20_000);
    let file = File::create(&parquet).expect("the file is created");
    let properties = properties.set_max_row_group_row_count(Some(1 << 20)).build();
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties)).expect("a schema");
    batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batches are written");
    writer.close().expect("the file is closed");
    let arrow = folder.path().join("x.arrow");
    let file = File::create(&arrow).expect("the file is created");
    let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batches[0].schema()).expect("a schema");
    batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batches are written");
    writer.finish().expect("the file is closed");
    // One row group of 20 pages, or 4 batches.
    for path in [parquet, arrow] {
        let input = Input::new(&path, StreamBuffer::Memory).expect("the file is there");
        let mut source = Source::open(input.clone(), &ReadOptions::default()).expect("the file is valid");
        for start in [0, 100_000, 300_000] {
            let before = input.bytes_read();
            source.set_rows(start..start + 100_000).expect("the range is in the file");
            let mut rows = 0;
            loop {
                let blocks = source.blocks(&mut ReadRound::default()).expect("the rows are valid");
                rows += blocks.iter().map(|block| block.block.rows).sum::<usize>();
                if blocks.is_empty() {
                    break;
                }
            }
            assert_eq!(rows, 100_000);
            let read = input.bytes_read() - before;
            assert!((400_000..440_000).contains(&read), "{read} bytes of {}", path.display());
        }
    }
}
