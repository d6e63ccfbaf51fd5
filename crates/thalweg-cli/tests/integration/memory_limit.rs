//! Memory limits: a command stays below its limit, or says before what it would need.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::common::{ProgramOutput, TestDir, noise};

/// Runs the program with a limit of the system on the memory that it allocates, and as much for `--max-memory`.
#[cfg(target_os = "linux")]
fn run_limited(folder: &TestDir, line: &str, mib: usize) -> ProgramOutput {
    folder.shell(&format!("ulimit -d {}; thalweg {line} -q --threads 2 --max-memory {mib}M", mib << 10))
}

/// Asserts that a fit ends well, or is refused with the sum of its parts.
#[cfg(target_os = "linux")]
fn assert_kept(folder: &TestDir, line: &str, mib: usize, fits: bool) {
    let ran = run_limited(folder, line, mib);
    let expected = if fits { 0 } else { 4 };
    assert_eq!(ran.code, expected, "{line} at {mib}M: {}", ran.err);
    if !fits {
        let sum = format!("expected at most {mib} MiB of memory, found a need of about ");
        assert!(ran.err.contains(&sum) && ran.err.contains("MiB"), "{line}: {}", ran.err);
        assert!(folder.files().iter().all(|file| !file.contains(".model")), "{line}: {:?}", folder.files());
    }
}

/// Writes a table whose rows repeat after a thousand.
#[cfg(target_os = "linux")]
fn write_table(folder: &TestDir, name: &str, header: &str, rows: usize, row: impl Fn(usize) -> String) {
    let some: String = (0..rows.min(1_000)).map(row).collect();
    let mut file = std::fs::File::create(folder.path(name)).expect("the file is created");
    writeln!(file, "{header}").expect("the file is written");
    for _ in 0..rows.div_ceil(1_000) {
        file.write_all(some.as_bytes()).expect("the file is written");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn rows_of_every_shape_stay_below_the_limit() {
    let folder = TestDir::new();
    write_table(&folder, "digits.csv", "a,b,c,d,y", 1_000_000, |i| {
        format!("{},{},{},{},{}\n", i % 3, i % 7, i % 2, i % 5, i % 3 + i % 7)
    });
    assert_kept(&folder, "fit digits.csv -t y -e 1 -o d.model", 130, true);
    let names = (0..8_000).map(|j| format!("w{j},")).collect::<String>() + "y";
    let mut random = noise();
    let numbers: String = (0..8_000).map(|_| format!("{:.2},", random())).collect();
    write_table(&folder, "wide.csv", &names, 600, |i| format!("{}{}{}\n", i % 97, &numbers[1..], i % 97 * 2));
    assert_kept(&folder, "fit wide.csv -t y -e 1 -o w.model", 130, true);
    let mut text = String::from("s,x,y\n");
    for i in 0..200_000_u64 {
        let _ = writeln!(text, "name{},{},{}", i.wrapping_mul(2_654_435_761) % 10_000_019, i % 13, i % 13 * 3);
    }
    folder.write("texts.csv", &text);
    assert_kept(&folder, "fit texts.csv -t y -e 1 -o t.model --categorical s", 130, true);
    assert_kept(&folder, "fit texts.csv -t y -e 1 -o t.model --categorical s --hash-bits 12", 130, true);
}

#[test]
#[cfg(target_os = "linux")]
fn models_that_exceed_the_limit_are_refused_with_the_sum() {
    let folder = TestDir::new();
    let mut random = noise();
    let rows: String = (0..300).map(|i| format!("{:.3},k{},{:.3}\n", random(), i % 150, random())).collect();
    folder.write("small.csv", &format!("a,c,y\n{rows}"));
    for index in [10_000_000, 100_000_000] {
        folder.write("tiny.libsvm", &format!("1 {index}:1\n-1 2:1\n").repeat(30));
        assert_kept(&folder, "fit tiny.libsvm -e 1 -o a.model", 200, false);
    }
    for options in ["--model mlp:65536,65536", "--model mlp:2000,2000", "--hash-bits 27 --categorical c"] {
        assert_kept(&folder, &format!("fit small.csv -t y -e 1 -o a.model {options}"), 130, false);
    }
    folder.write("index.libsvm", &"1 2000000:1\n-1 2:1\n".repeat(30));
    assert_kept(&folder, "fit index.libsvm -e 1 -o a.model --model fm:rank=16", 256, false);
    assert_kept(&folder, "fit index.libsvm -e 1 -o b.model", 256, true);
}

#[test]
#[cfg(target_os = "linux")]
fn more_than_the_system_has_is_refused_without_a_limit() {
    let folder = TestDir::new();
    let mut random = noise();
    let rows: String = (0..50).map(|_| format!("{:.3},{:.3}\n", random(), random())).collect();
    folder.write("a.csv", &format!("a,y\n{rows}"));
    let ran = folder.run(&format!("fit a.csv -t y --model mlp:{} -o a.model -q", ["65536"; 16].join(",")));
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("as much as the system has, found a need of about "), "{}", ran.err);
    let limited = folder.shell("ulimit -d 300000; thalweg fit a.csv -t y --model mlp:5000,5000 -o a.model -q");
    assert_eq!(limited.code, 4, "{}", limited.err);
    assert!(limited.err.contains("expected at most 292 MiB of memory, as much as the system has"), "{}", limited.err);
}

#[test]
fn threads_beyond_the_cores_give_the_same_model() {
    let folder = TestDir::new();
    for threads in [2, 65_535] {
        let ran =
            folder.run(&format!("fit data/diabetes.csv -t progression -e 3 -q -o {threads}.model --threads {threads}"));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert_eq!(folder.read("2.model"), folder.read("65535.model"));
}
