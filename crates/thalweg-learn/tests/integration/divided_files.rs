//! Files of several formats that are divided among ranks: the model of one process, and parts that each rank reads.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use thalweg_learn::data::RowStore;
use thalweg_learn::fit::ClassWeight;
use thalweg_learn::train::{Team, ThreadTeam};
use thalweg_learn::{Callbacks, FitConfig, Interrupt};

use crate::divided_rows::{bytes, fit, sparse};

/// Files that are read `passes` times, besides at most `beginning` bytes from which types are detected.
struct Passes {
    passes: u64,
    beginning: u64,
}

/// Fits to several files, first on one process; checks the model, and that each rank reads an equal part of the files.
fn check_shares(name: &str, config: &FitConfig, paths: &[PathBuf], numbers: &[usize], of: &Passes) {
    let all: u64 = paths.iter().map(|path| std::fs::metadata(path).expect("the file exists").len()).sum();
    let data = config.prepare(paths).expect("the data are valid");
    let (_, model) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
    let on_disk = matches!(data.train, RowStore::Disk(_));
    for &ranks in numbers {
        let read = ThreadTeam::run(ranks, |team| {
            let found = config.prepare_on(paths, team, Interrupt::NEVER).expect("the data are valid");
            let case = format!("{name}: rank {} of {ranks}", team.rank());
            assert_eq!((found.train.len(), &found.validation), (data.train.len(), &data.validation), "{case}");
            assert_eq!(found.train.sample(), data.train.sample(), "{case}");
            assert_eq!(matches!(found.train, RowStore::Disk(_)), on_disk, "{case}");
            let (_, on_ranks) = config.fit(&found, Callbacks::new().team(team)).expect("the fit succeeds");
            assert!(bytes(&on_ranks) == bytes(&model), "{case}");
            found.file_bytes_read()
        });
        let share = of.passes * all / ranks as u64;
        let most = of.beginning + share + share / 8;
        assert!(read.iter().all(|&read| read <= most), "{name}: {read:?} of {all}, expected at most {most}");
    }
}

/// Writes libsvm text, whose last rows alone have the features of the highest indices.
fn write_libsvm(path: &Path, rows: usize) {
    let mut text = String::new();
    for i in 0..rows {
        let label = if i * 13 % 70 + i % 30 > 50 { 1 } else { -1 };
        write!(text, "{label}").expect("texts grow");
        for k in (0..40).filter(|k| (i + k) % 5 < 3) {
            let index = 1 + k * 20 + i * (13 + 2 * k) % 17 + i / (rows - 50) * 40;
            write!(text, " {index}:{}", (i + k) % 8 + 1).expect("texts grow");
        }
        text += if i % 1000 == 3 { " # \"\r\n\n" } else { "\n" };
    }
    std::fs::write(path, text).expect("the table is written");
}

#[test]
fn each_rank_reads_its_part_of_libsvm_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["a.svm", "b.svm"].map(|name| folder.path().join(name));
    write_libsvm(&paths[0], 60_000);
    write_libsvm(&paths[1], 30_000);
    let mut config = fit("label", "none", "adam:lr=0.01");
    config.column_options.ignore.clear();
    config.class_weight = ClassWeight::Balanced;
    // After the first rows, the highest index is found in a pass of its own. Each pass reads the headers again.
    let first_rows = paths.iter().map(|path| std::fs::metadata(path).expect("the file exists").len()).sum::<u64>();
    // A rank may have a piece more than others.
    let of = Passes { passes: 2, beginning: first_rows.min(16 << 20) + first_rows / 4 + 4 * (9 << 17) };
    check_shares("libsvm", &config, &paths, &[4, 7], &of);
}

/// Rows with many numbers, of which some are missing, a category, weights, and two kinds of target. Some rows have the
/// weight 0 or no target.
fn batch(rows: std::ops::Range<usize>) -> RecordBatch {
    let number = |k: usize| Float64Array::from_iter_values(rows.clone().map(|i| (i * (7 + k) % (11 + k)) as f64));
    let mut columns: Vec<(String, ArrayRef)> =
        (0..20).map(|k| (format!("x{k}"), Arc::new(number(k)) as ArrayRef)).collect();
    // Numbers without repetitions, which a dictionary does not shorten.
    let mixed = |i: usize, k: usize| ((i * 40 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / 1e15;
    for k in 0..8 {
        let numbers = rows.clone().map(|i| ((i + k) % 50 != 7).then(|| mixed(i, k)));
        columns.push((format!("z{k}"), Arc::new(numbers.collect::<Float64Array>())));
    }
    let colour: StringArray = rows.clone().map(|i| (i % 31 != 4).then(|| format!("c{}", i * 17 % 23))).collect();
    let weight = Int64Array::from_iter_values(rows.clone().map(|i| i64::from((i % 4) as u8)));
    let (x, z) = (|i: usize| i * 7 % 11, |i: usize| i * 8 % 12);
    let y = rows.clone().map(|i| (i % 997 != 5).then(|| (x(i) * 3 + z(i) + i * 31 % 7) as f64 / 4.0));
    let label = rows.clone().map(|i| Some(["no", "yes"][usize::from(x(i) + z(i) + i % 5 > 12)]));
    columns.push(("colour".into(), Arc::new(colour)));
    columns.push(("w".into(), Arc::new(weight)));
    columns.push(("y".into(), Arc::new(y.collect::<Float64Array>())));
    columns.push(("label".into(), Arc::new(label.collect::<StringArray>())));
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("the columns have equal lengths")
}

/// Writes rows as Parquet in groups of at most this many, with pages of at most 5,000 rows.
fn write_parquet(path: &Path, rows: std::ops::Range<usize>, group: usize) {
    let mut properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_data_page_row_count_limit(5_000)
        .set_write_batch_size(500);
    // A dictionary of all numbers of a group is read by every rank that reads some of them.
    for k in 0..8 {
        properties = properties.set_column_dictionary_enabled(format!("z{k}").as_str().into(), false);
    }
    let properties = properties.build();
    let file = File::create(path).expect("the file is created");
    let mut writer = ArrowWriter::try_new(file, batch(0..0).schema(), Some(properties)).expect("a schema");
    for start in rows.clone().step_by(10_000) {
        writer.write(&batch(start..(start + 10_000).min(rows.end))).expect("the rows are written");
    }
    writer.close().expect("the file is closed");
}

/// Writes rows in an Arrow file or stream in batches of this many, some of them without rows.
fn write_arrow(path: &Path, rows: std::ops::Range<usize>, of_batch: usize, is_stream: bool) {
    let file = File::create(path).expect("the file is created");
    let starts = rows.clone().step_by(of_batch);
    let batches = starts.flat_map(|start| [batch(0..0), batch(start..(start + of_batch).min(rows.end))]);
    if is_stream {
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(file, &batch(0..0).schema()).expect("a schema");
        batches.for_each(|batch| writer.write(&batch).expect("the rows are written"));
        writer.finish().expect("the file is closed");
    } else {
        let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch(0..0).schema()).expect("a schema");
        batches.for_each(|batch| writer.write(&batch).expect("the rows are written"));
        writer.finish().expect("the file is closed");
    }
}

#[test]
fn each_rank_reads_its_rows_of_columnar_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (groups, one, empty, arrow, stream) =
        (path("groups.parquet"), path("one.parquet"), path("empty.parquet"), path("a.arrow"), path("a.arrows"));
    write_parquet(&groups, 0..60_000, 7_000);
    write_parquet(&one, 60_000..110_000, 1 << 20);
    write_parquet(&empty, 0..0, 1000);
    write_arrow(&arrow, 0..110_000, 4_000, false);
    write_arrow(&stream, 0..90_000, 8_000, true);
    let weighted = FitConfig {
        class_weight: ClassWeight::Balanced,
        weight_column: Some("w".into()),
        ..fit("label", "y", "adam:lr=0.01")
    };
    let regression = FitConfig { validation: thalweg_learn::Validation::None, ..fit("y", "label", "momentum:lr=0.01") };
    let hashed = FitConfig { l2: Some(0.0), ..sparse("linear", "adam:lr=0.01") };
    let few = FitConfig { max_memory: Some(512 << 20), ..weighted.clone() };
    // The first 16,384 rows are read by all ranks, and the first bytes of each file several times.
    let megabytes = |count: u64| Passes { passes: 1, beginning: count << 20 };
    // The weights are read before the other columns. A batch of an Arrow file is read whole.
    let twice = Passes { passes: 2, beginning: 6 << 20 };
    check_shares("groups", &weighted, &[groups.clone(), empty, one.clone()], &[2, 4], &megabytes(5));
    check_shares("one group", &regression, std::slice::from_ref(&one), &[3, 7], &megabytes(5));
    check_shares("batches", &weighted, std::slice::from_ref(&arrow), &[2, 3], &twice);
    check_shares("a stream, hashed", &hashed, &[stream], &[4], &megabytes(8));
    check_shares("rows in memory", &few, &[groups, one], &[3], &megabytes(5));
}
