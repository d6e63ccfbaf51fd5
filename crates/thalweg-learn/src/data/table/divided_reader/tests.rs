//! Divided files against the same files that are read from their beginning to their end.

use std::path::Path;

use thalweg::random::Random;

use super::*;
use crate::data::SkippedRows;
use crate::data::skipped_rows::OnError;
use crate::error::Position;
use crate::team::ThreadTeam;

/// Cells of a row and its indexed values, with the positions of the first and the last cell.
type TestRow = (Vec<String>, Vec<(u32, f32)>, Position, Position);

fn rows(table: &Table<'_>) -> Vec<TestRow> {
    let columns = table.names().len();
    let row = |row| {
        let cells = (0..columns).map(|column| table.cell(row, column).into_owned()).collect();
        let (indices, values) = table.indexed_row(row);
        let values = indices.iter().copied().zip(values.iter().copied()).collect();
        (cells, values, table.position(row, 0), table.position(row, columns - 1))
    };
    (0..table.rows()).map(row).collect()
}

/// Returns a text with quoted line ends, empty lines, and records from a few bytes to several pieces long.
fn text(random: &mut Random, rows: u64, line_end: &str) -> String {
    let mut text = format!("a,b,c{line_end}");
    for _ in 0..rows {
        let word = "é,\n\r\"\"x".chars().cycle().skip(random.below(7) as usize);
        let quoted: String = word.take(random.below(9) as usize * 7).collect();
        // Doubled quotes stay together.
        let quoted = quoted.replace('"', "\"\"");
        let long = "z".repeat(if random.below(20) == 0 { random.below(400) as usize } else { 3 });
        text += &format!("{},\"{quoted}\",{long}{line_end}", random.below(1000));
        if random.below(9) == 0 {
            text += line_end;
        }
    }
    text
}

fn inputs(texts: &[String]) -> Vec<Input> {
    texts
        .iter()
        .zip(0..)
        .map(|(text, i)| Input::from_bytes(Path::new(&format!("{i}.csv")), text.clone().into()))
        .collect()
}

/// Reads files on some ranks; returns their rows in order, with those of each rank, and the notes.
fn read_on(
    ranks: usize,
    inputs: &[Input],
    options: &ReadOptions,
    piece_bytes: u64,
) -> (Vec<TestRow>, Vec<usize>, Vec<ReadNote>, SkippedRows) {
    let of_ranks = ThreadTeam::run(ranks, |team| {
        let mut reader = DividedReader::of_pieces(inputs, options, team, piece_bytes).expect("valid files");
        let (mut turns, mut skipped) = (Vec::new(), SkippedRows::default());
        while let Some(table) = reader.next().expect("valid rows") {
            skipped.merge(table.skipped_rows(), OnError::Skip).expect("any number");
            turns.push(rows(&table));
        }
        (turns, reader.notes(), skipped)
    });
    let counts = of_ranks.iter().map(|(turns, ..)| turns.iter().map(Vec::len).sum()).collect();
    let mut skipped = SkippedRows::default();
    for (_, _, of_rank) in &of_ranks {
        skipped.merge(of_rank, OnError::Skip).expect("any number");
    }
    let turns = 0..of_ranks[0].0.len();
    let rows = turns.flat_map(|turn| of_ranks.iter().flat_map(move |(turns, ..)| turns[turn].clone())).collect();
    (rows, counts, of_ranks[0].1.clone(), skipped)
}

#[test]
fn the_rows_are_those_of_one_process_wherever_files_are_cut() {
    let mut random = Random::new(11);
    for line_end in ["\n", "\r\n", "\r"] {
        for files in [1, 3] {
            let texts: Vec<String> = (0..files).map(|_| text(&mut random, 60, line_end)).collect();
            let (inputs, options) = (inputs(&texts), ReadOptions::default());
            let mut whole = TableReader::open(&inputs, &options).expect("valid files");
            let mut expected = Vec::new();
            while let Some(table) = whole.next().expect("valid rows") {
                expected.extend(rows(&table));
            }
            assert_eq!(expected.len(), 60 * files);
            for piece_bytes in [1, 7, 64, 300, 5_000, 1 << 20] {
                for ranks in [1, 2, 3, 7] {
                    let (found, counts, notes, _) = read_on(ranks, &inputs, &options, piece_bytes);
                    for (found, expected) in found.iter().zip(&expected) {
                        let case = format!("{line_end:?}, {files} files, {ranks} ranks, pieces of {piece_bytes} bytes");
                        assert_eq!(found, expected, "{case}");
                    }
                    assert_eq!(found.len(), expected.len());
                    assert_eq!(notes, whole.notes());
                    // Each rank parses about the same number of rows.
                    let share = 60 * files / ranks;
                    assert!(piece_bytes != 64 || counts.iter().all(|&count| 3 * count > share), "{counts:?}");
                }
            }
        }
    }
}

#[test]
fn lines_of_libsvm_text_are_those_of_one_process() {
    let mut random = Random::new(7);
    for files in [1, 3] {
        let texts: Vec<String> = (0..files)
            .map(|_| {
                let entries = |random: &mut Random| {
                    (1..60).filter(|_| random.below(9) == 0).fold(String::new(), |line, i| format!("{line} {i}:0.5"))
                };
                let line = |i: u64| match random.below(12) {
                    0 => "\n# a comment\n".to_owned(),
                    1 => format!("{i}\r\n"),
                    2 => format!("{i} 3:1 # \"5:2\n"),
                    _ => format!("{i}{}\n", entries(&mut random)),
                };
                "9 1:2\n".to_owned() + &(0..80).map(line).collect::<String>() + "5 7:1"
            })
            .collect();
        let (inputs, options) = (inputs(&texts), ReadOptions::default());
        let mut whole = TableReader::open(&inputs, &options).expect("valid files");
        let mut expected = Vec::new();
        while let Some(table) = whole.next().expect("valid rows") {
            expected.extend(rows(&table));
        }
        for (ranks, piece_bytes) in [(1, 1), (2, 7), (3, 64), (7, 100), (4, 5_000)] {
            let (found, ..) = read_on(ranks, &inputs, &options, piece_bytes);
            assert!(found == expected, "{files} files, {ranks} ranks, pieces of {piece_bytes} bytes");
        }
    }
}

#[test]
fn the_line_of_an_error_in_libsvm_text_is_that_of_the_file() {
    let text = "1 2:3\n".repeat(40) + "1 2:x\n" + &"1 2:3\n".repeat(9);
    ThreadTeam::run(1, |team| {
        let inputs = inputs(std::slice::from_ref(&text));
        let mut reader = DividedReader::of_pieces(&inputs, &ReadOptions::default(), team, 30).expect("valid lines");
        // 40 lines of 6 bytes are 8 pieces.
        for _ in 0..8 {
            assert_eq!(reader.next().expect("valid lines").expect("more rows").rows(), 5);
        }
        let error = reader.next().expect_err("no number").to_string();
        assert!(error.starts_with("0.csv:41:5: "), "{error}");
    });
}

#[test]
fn invalid_rows_and_notes_are_those_of_one_process() {
    let bad = "1,2\n".repeat(3) + "3\n\"4\n5\",6\n7,\"8\n9,1\n2\"\n" + &"1,2\n".repeat(50) + "x\n0,0";
    let inputs = inputs(&["a,b\n".to_owned() + &bad, "b,a\n".to_owned() + &bad]);
    let options = ReadOptions {
        on_error: OnError::Skip,
        missing_tokens: vec!["7".into(), "absent".into()],
        ..ReadOptions::default()
    };
    let mut whole = TableReader::open(&inputs, &options).expect("valid files");
    let (mut expected, mut skipped) = (Vec::new(), SkippedRows::default());
    while let Some(table) = whole.next().expect("valid rows") {
        skipped.merge(table.skipped_rows(), OnError::Skip).expect("any number");
        expected.extend(rows(&table));
    }
    assert!(skipped.rows > 0 && !whole.notes().is_empty(), "{:?}", whole.notes());
    for (ranks, piece_bytes) in [(1, 20), (2, 50), (3, 11), (7, 3)] {
        let (found, _, notes, skipped_on_ranks) = read_on(ranks, &inputs, &options, piece_bytes);
        assert!(found == expected, "{ranks} ranks");
        assert_eq!(notes, whole.notes());
        assert_eq!(skipped_on_ranks.rows, skipped.rows);
    }
}
