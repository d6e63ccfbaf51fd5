//! Pipes give the rows of files, whatever the pieces in which they come.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use crate::common::message;
use tempfile::TempDir;
use thalweg_learn::arrow::array::{ArrayRef, Float64Array, RecordBatch};
use thalweg_learn::{Callbacks, ErrorKind, FitConfig, ReadOptions, Table, predict};

const ROWS: usize = 3000;

/// Two features and a target of each row.
fn rows() -> impl Iterator<Item = [f64; 3]> {
    (0..ROWS).map(|i| {
        let (a, b) = ((i * 37 % 101) as f64 / 8.0, (i * 53 % 89) as f64 / 4.0);
        [a, b, a - 2.0 * b + (i % 7) as f64 / 16.0]
    })
}

fn csv(header: &str) -> Vec<u8> {
    let lines = rows().map(|[a, b, y]| format!("{a},{b},{y}\n"));
    std::iter::once(header.to_string()).chain(lines).collect::<String>().into_bytes()
}

fn libsvm() -> Vec<u8> {
    let mut text = String::new();
    for [a, b, y] in rows() {
        writeln!(text, "{} 1:{a} 4:{b}", if y > 0.0 { 1 } else { -1 }).expect("texts grow");
    }
    text.into_bytes()
}

fn batch() -> RecordBatch {
    let column = |i: usize| -> ArrayRef { Arc::new(Float64Array::from_iter_values(rows().map(|row| row[i]))) };
    RecordBatch::try_from_iter([("a", column(0)), ("b", column(1)), ("y", column(2))]).expect("the lengths are equal")
}

fn parquet() -> Vec<u8> {
    let (batch, mut bytes) = (batch(), Vec::new());
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("the types exist");
    writer.write(&batch).expect("memory can be written");
    writer.close().expect("memory can be written");
    bytes
}

fn arrow_file() -> Vec<u8> {
    let (batch, mut bytes) = (batch(), Vec::new());
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).expect("the types exist");
    writer.write(&batch).and_then(|()| writer.finish()).expect("memory can be written");
    drop(writer);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written")
}

/// Images of two numbers, and their labels.
fn images() -> (Vec<u8>, Vec<u8>) {
    let count = (ROWS as u32).to_be_bytes();
    let mut images = [&[0, 0, 8, 2][..], &count, &2_u32.to_be_bytes()].concat();
    images.extend((0..ROWS).flat_map(|i| [(i * 37 % 251) as u8, (i * 53 % 241) as u8]));
    let mut labels = [&[0, 0, 8, 1][..], &count].concat();
    labels.extend((0..ROWS).map(|i| u8::from(i * 37 % 251 > 120)));
    (images, labels)
}

fn fifo(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
    path
}

/// Writes pieces to a pipe when it is opened, each by one write.
fn feed(path: &Path, pieces: Vec<Vec<u8>>) -> thread::JoinHandle<()> {
    let path = path.to_path_buf();
    thread::spawn(move || {
        let mut pipe = OpenOptions::new().write(true).open(path).expect("the pipe is opened");
        pieces.iter().try_for_each(|piece| pipe.write_all(piece)).expect("the pipe is read to its end");
    })
}

/// Splits bytes into pieces of the given number of lines.
fn pieces(bytes: &[u8], lines: usize) -> Vec<Vec<u8>> {
    let all: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    all.chunks(lines).map(<[&[u8]]>::concat).collect()
}

fn fit(target: &str) -> FitConfig {
    FitConfig { epochs: Some(1), ..FitConfig::new(target) }
}

fn model(config: &FitConfig, path: &Path) -> Vec<u8> {
    let (_, model) = config.run(path, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    model.to_bytes(path).expect("the model is serialized")
}

#[test]
fn a_pipe_gives_the_model_of_the_file() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let (file, pipe) = (folder.path().join("file"), fifo(&folder, "pipe"));
    let formats =
        [(csv("a,b,y\n"), "y"), (csv(""), "c3"), (gzip(&csv("a,b,y\n")), "y"), (libsvm(), "label"), (parquet(), "y")];
    for (bytes, target) in formats.into_iter().chain([(arrow_file(), "y")]) {
        fs::write(&file, &bytes).expect("the file is written");
        for max_memory in [None, Some(160 << 20)] {
            // A sample of some rows is read before all of them: the pipe is read twice.
            for sample_rows in [None, Some(1000)] {
                let config = FitConfig { max_memory, sample_rows, ..fit(target) };
                let expected = model(&config, &file);
                for lines in [1, 50, 500] {
                    let writer = feed(&pipe, pieces(&bytes, lines));
                    assert!(model(&config, &pipe) == expected, "{target} in pieces of {lines} lines");
                    writer.join().expect("all bytes are read");
                }
            }
        }
    }
}

#[test]
fn images_and_labels_come_through_pipes() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let (images, labels) = images();
    let (image_file, label_file) = (folder.path().join("images"), folder.path().join("labels"));
    fs::write(&image_file, &images).expect("the file is written");
    fs::write(&label_file, &labels).expect("the file is written");
    let (image_pipe, label_pipe) = (fifo(&folder, "image pipe"), fifo(&folder, "label pipe"));
    for sample_rows in [None, Some(1000)] {
        let with_labels = |path: &Path| {
            let read = ReadOptions { labels_file: Some(path.to_path_buf()), ..ReadOptions::default() };
            FitConfig { read, sample_rows, ..fit("label") }
        };
        let expected = model(&with_labels(&label_file), &image_file);
        let writers = [feed(&image_pipe, pieces(&images, 50)), feed(&label_pipe, pieces(&labels, 1))];
        assert!(model(&with_labels(&label_pipe), &image_pipe) == expected);
        for writer in writers {
            writer.join().expect("all bytes are read");
        }
        let writer = feed(&image_pipe, vec![images.clone()]);
        let error = with_labels(&image_pipe).prepare(&image_pipe).expect_err("a pipe is read once");
        assert_eq!(error.kind(), ErrorKind::RepeatedStream);
        writer.join().expect("all bytes are read");
    }
}

#[test]
fn predictions_of_a_pipe_are_those_of_the_file() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let (file, pipe) = (folder.path().join("file"), fifo(&folder, "pipe"));
    fs::write(&file, libsvm()).expect("the file is written");
    let (_, model) = fit("label").run(&file, Callbacks::new()).expect("the data can be learned");
    let expected = predict(&model, &file).expect("the file is read").values;
    assert_eq!(expected.len(), ROWS);
    for lines in [1, 50, 500] {
        let writer = feed(&pipe, pieces(&libsvm(), lines));
        assert!(predict(&model, &pipe).expect("the pipe is read").values == expected);
        writer.join().expect("all bytes are read");
    }
}

#[test]
fn pipes_and_files_are_one_table() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let (file, pipes) = (folder.path().join("file"), [fifo(&folder, "first"), fifo(&folder, "second")]);
    fs::write(&file, csv("a,b,y\n")).expect("the file is written");
    let writers = pipes.each_ref().map(|pipe| feed(pipe, pieces(&csv("a,b,y\n"), 50)));
    let paths = [pipes[0].clone(), file, pipes[1].clone()];
    let table = Table::read(&paths[..], &ReadOptions::default()).expect("all are read");
    assert_eq!(table.rows(), 3 * ROWS);
    for writer in writers {
        writer.join().expect("all bytes are read");
    }
}

#[test]
fn a_pipe_that_is_given_twice_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let pipe = fifo(&folder, "pipe");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&pipe, &link).expect("the link is created");
    let error = Table::read(&[pipe.clone(), link.clone()][..], &ReadOptions::default());
    let expected = format!("{}: expected each pipe and standard input once, found it twice", link.display());
    assert_eq!(message(error), expected);
    let cached = FitConfig { cache: true, ..fit("y") }.prepare(&pipe);
    assert!(message(cached).contains("off for a pipe"));
}

#[test]
fn devices_and_folders_are_refused() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let read = |path: &Path| message(Table::read(path, &ReadOptions::default()));
    assert!(read(folder.path()).ends_with("expected a file or a pipe, found a folder"));
    for device in ["/dev/zero", "/dev/urandom", "/dev/full"] {
        if File::open(device).is_ok() {
            assert!(read(Path::new(device)).ends_with("expected a file or a pipe, found a character device"));
        }
    }
    assert!(read(Path::new("/dev/null")).ends_with("found an empty file"));
}
