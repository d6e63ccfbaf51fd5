//! `mpirun thalweg compare`: the runs of one process, divided among the ranks.

use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::{TIME_TO_END, folder, job, one_at_a_time, ranks_of, run};
use crate::common::{ProgramOutput, TestDir};

/// Comparisons of functions and of data, with all protocols, and the numbers of ranks that make them.
const COMPARISONS: [(&str, [usize; 2]); 2] = [
    ("compare rosenbrock --methods sgd,adam,momentum --trials 90 --tuning-seeds 3 --seeds 5 --steps 200", [2, 4]),
    ("compare table.csv -t label --methods sgd,adam --protocol defaults,rate --tuning-seeds 2 --seeds 3 -e 2", [3, 2]),
];

/// Returns the lines of a file of runs without what differs between two comparisons: their times.
fn runs(folder: &TestDir, name: &str) -> Vec<Value> {
    let text = String::from_utf8(folder.read(name)).expect("the file is UTF-8 text");
    let without_times = |line: &str| {
        let mut run: Value = serde_json::from_str(line).expect("a line of JSON");
        if let Some(seconds) = run.get_mut("seconds") {
            *seconds = Value::Null;
        }
        for point in run["curve"].as_array_mut().into_iter().flatten() {
            point[2] = Value::Null;
        }
        run
    };
    text.lines().map(without_times).collect()
}

#[test]
fn the_runs_are_those_of_one_process_in_the_same_order() {
    let _one = one_at_a_time();
    let folder = folder();
    for (line, ranks) in COMPARISONS {
        let alone = folder.run(&format!("{line} --runs alone.jsonl --threads 1"));
        assert_eq!(alone.code, 0, "{}", alone.err);
        let expected = runs(&folder, "alone.jsonl");
        assert!(expected.len() > 20);
        for count in ranks {
            let ran = run(&folder, &[(count, &format!("{line} --runs ranks.jsonl --threads 2"))]);
            assert_eq!(ran.code, 0, "{line} on {count} ranks: {}", ran.err);
            assert!(runs(&folder, "ranks.jsonl") == expected, "{line} on {count} ranks");
            // One rank alone speaks, of the same results.
            assert_eq!(ran.err.matches(&format!("{count} ranks × 2 threads\n")).count(), 1, "{}", ran.err);
            assert_eq!(ran.err.matches("runs written to").count(), 1, "{}", ran.err);
            // Another number of ranks makes the runs that are missing.
            let text = String::from_utf8(folder.read("ranks.jsonl")).expect("the file is UTF-8 text");
            let begun: String = text.split_inclusive('\n').take(expected.len() / 2).collect();
            folder.write("ranks.jsonl", &begun);
            let ran = run(&folder, &[(count - 1, &format!("{line} --runs ranks.jsonl --threads 1"))]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert!(ran.err.contains("are kept; the others are made"), "{}", ran.err);
            assert!(runs(&folder, "ranks.jsonl") == expected, "{line} continued on {} ranks", count - 1);
            std::fs::remove_file(folder.path("ranks.jsonl")).expect("the runs were written");
        }
        std::fs::remove_file(folder.path("alone.jsonl")).expect("the runs were written");
    }
}

#[test]
fn an_error_ends_all_ranks_and_leaves_the_file() {
    let _one = one_at_a_time();
    let folder = folder();
    folder.write("notes.txt", "mine");
    let cases = [
        // All ranks have the error.
        (vec![(3, "compare rosenbrock --methods sgdd --runs a.jsonl")], 2, "sgdd"),
        // Rank 0 alone has it.
        (vec![(2, "compare rosenbrock --methods sgd --runs notes.txt")], 2, "is not a file of runs"),
        // Rank 1 alone has it.
        (
            vec![
                (1, "compare table.csv -t label --methods sgd -e 1 --runs a.jsonl"),
                (1, "compare absent.csv -t label --methods sgd -e 1 --runs a.jsonl"),
            ],
            1,
            "absent.csv",
        ),
        // The ranks have different data.
        (
            vec![
                (1, "compare table.csv -t label --methods sgd -e 1 --runs a.jsonl"),
                (1, "compare data/diabetes.csv -t progression --methods sgd -e 1 --runs a.jsonl"),
            ],
            1,
            "rank 1 has other data",
        ),
        (vec![(2, "compare - -t label --methods sgd --runs a.jsonl")], 2, "standard input"),
    ];
    for (lines, code, text) in cases {
        let start = Instant::now();
        let ran = run(&folder, &lines);
        assert_eq!(ran.code, code, "{lines:?}: {}", ran.err);
        let said = ran.err.lines().filter(|line| line.starts_with("error:")).collect::<Vec<_>>();
        assert!(said.len() == 1 && said[0].contains(text), "{lines:?}: {}", ran.err);
        assert!(start.elapsed() < 2 * TIME_TO_END, "{lines:?}: {:?}", start.elapsed());
        assert!(!folder.path("a.jsonl").exists(), "{lines:?}");
    }
    assert_eq!(folder.read("notes.txt"), b"mine");
}

#[test]
fn a_signal_to_one_rank_ends_the_comparison_and_keeps_the_runs() {
    let _one = one_at_a_time();
    let folder = folder();
    let line = "compare rosenbrock --methods sgd,adam --protocol tuned --trials 100000 --tuning-seeds 2 --seeds 5 \
                --steps 2000 --runs a.jsonl --threads 1 -q";
    let mut child = job(&folder, &[(3, line)]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    while folder.path("a.jsonl").metadata().map_or(0, |file| file.len()) < 100_000 {
        assert!(child.try_wait().expect("it can be waited for").is_none(), "the ranks ended early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let pids = ranks_of(child.id());
    assert!(Command::new("kill").args(["-TERM", &pids[1]]).status().expect("kill is installed").success());
    let start = Instant::now();
    let ran = ProgramOutput::from(child.wait_with_output().expect("it can be waited for"));
    assert!(start.elapsed() < TIME_TO_END, "{:?}", start.elapsed());
    assert_eq!(ran.code, 143, "{}", ran.err);
    // The file is whole.
    assert!(runs(&folder, "a.jsonl").len() > 100);
    let report = folder.run("compare --from a.jsonl");
    assert_eq!(report.code, 0, "{}", report.err);
}
