//! Files larger than the memory limit, and invalid rows.

use std::fmt::Write as _;

use crate::common::{TestDir, number};

/// Rows whose first column is the number of the row, and whose label follows from three others.
fn rows(n: u32) -> String {
    let mut text = String::from("a,b,c,y\n");
    for i in 0..n {
        let of = |k: u32| f64::from(i.wrapping_mul(2_654_435_761).wrapping_add(k * 40_503) % 1000) / 500.0 - 1.0;
        let (a, b, c) = (of(1), of(7), of(13));
        let noise = f64::from(i % 17) / 17.0 - 0.5;
        let _ = writeln!(text, "{a},{b},{c},{}", if a - 2.0 * b + 0.5 * c + noise > 0.0 { "yes" } else { "no" });
    }
    text
}

#[test]
fn rows_beyond_the_memory_are_trained_on_from_a_file() {
    let folder = TestDir::new();
    // The rows exceed a limit of 128 MB and fit in 640 MB.
    folder.write("long.csv", &rows(600_000));
    let line = "fit long.csv -t y --epochs 2 --batch-size 500";
    let (small, large) =
        (folder.json(&format!("{line} --max-memory 128M")), folder.json(&format!("{line} --max-memory 640M")));
    assert_eq!((&small["shuffle"]["by"], &large["shuffle"]["by"]), (&"blocks".into(), &"rows".into()));
    assert_eq!(small["rows"], 600_000);
    let together = small["shuffle"]["together"].as_u64().expect("the value is a number");
    assert!((4096..400_000).contains(&together), "{together}");
    for path in ["/validation/accuracy", "/train/accuracy"] {
        let (a, b) = (number(&small, path), number(&large, path));
        assert!((a - b).abs() < 0.01 && a > 0.7, "{path}: {a} from a file, {b} in memory");
    }
    // What fits does not depend on how much more would: the model is the same as without a ceiling.
    let free = folder.json(line);
    assert_eq!(free["train"], large["train"]);
    let again = folder.json(&format!("{line} --max-memory 128M --threads 1"));
    assert_eq!((&again["train"], &again["coefficients"]), (&small["train"], &small["coefficients"]));
}

/// Under a limit of the system on what may be allocated, with cells that do not fit.
#[test]
#[cfg(target_os = "linux")]
fn a_hard_limit_holds() {
    let folder = TestDir::new();
    let head = rows(20_000);
    let (names, body) = head.split_once('\n').expect("the file has a header");
    let path = folder.path("long.csv");
    let mut text = format!("{names}\n");
    text.push_str(body);
    std::fs::write(&path, &text).expect("the file is written");
    let more = text.len() - names.len() - 1;
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("the file is there");
    for _ in 0..(60 << 20) / more {
        std::io::Write::write_all(&mut file, body.as_bytes()).expect("the file is written");
    }
    let program = env!("CARGO_BIN_EXE_thalweg");
    let line = format!("ulimit -d {} && exec {program} fit long.csv -t y --epochs 1 --max-memory 128M -q", 128 << 10);
    let ran = std::process::Command::new("bash")
        .args(["-c", &line])
        .current_dir(folder.path(""))
        .output()
        .expect("bash is installed");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}{err}");
    assert!(out.contains("shuffled    blocks of 4,096 rows"), "{out}");
}

#[test]
fn invalid_rows_are_skipped_on_request() {
    let folder = TestDir::new();
    let mut text = rows(400);
    text.insert_str(text.len(), "1,2,3\n0.5,word,0.5,yes\n0.5,0.5,inf,no\n0.1,0.2,0.3,no\n");
    folder.write("bad.csv", &text);
    let refused = folder.run("fit bad.csv -t y -q");
    assert!(refused.code == 4 && refused.err.contains("bad.csv:402:6: expected 4 fields"), "{}", refused.err);
    let ran = folder.run("fit bad.csv -t y --on-error skip -q --epochs 3");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for said in [
        "skipped     3 invalid rows:",
        "bad.csv:402:6: expected 4 fields as in the header, found 3",
        "bad.csv:403:5: column 'b': expected a number, found 'word'",
        "bad.csv:404:9: column 'c': expected a finite number",
        "bad.csv: 401 rows",
    ] {
        assert!(ran.out.contains(said), "{said} in\n{}", ran.out);
    }
    let few = folder.run("fit bad.csv -t y --on-error max=2 -q");
    assert!(few.code == 4 && few.err.contains("more than 2 invalid rows"), "{}", few.err);
    assert_eq!(folder.run("fit bad.csv -t y --on-error max=3 -q --epochs 1").code, 0);
    let odd = folder.run("fit bad.csv -t y --on-error maybe");
    assert!(odd.code == 2 && odd.err.contains("fail, skip, or max=ROWS"), "{}", odd.err);
    // By the beginning of the file alone the same rows are at fault.
    let sampled = folder.run("fit bad.csv -t y --on-error skip --sample-rows 100 -q --epochs 3");
    assert!(sampled.out.contains("skipped     3 invalid rows"), "{} {}", sampled.out, sampled.err);
}

#[test]
fn other_encodings_and_comments_are_read() {
    let folder = TestDir::new();
    let mut text = b"# made by hand\nville,y\n".to_vec();
    for i in 0..40 {
        text.extend(if i % 2 == 0 { &b"Gen\xe8ve,1\n"[..] } else { &b"Z\xfcrich,3\n# not this\n"[..] });
    }
    std::fs::write(folder.path("latin.csv"), &text).expect("the file is written");
    let refused = folder.run("fit latin.csv -t y --comment # -q");
    assert!(refused.code == 4 && refused.err.contains("--encoding latin1"), "{}", refused.err);
    let ran = folder.run("fit latin.csv -t y --comment # --encoding latin1 -q");
    assert!(ran.code == 0 && ran.out.contains("ville=Genève"), "{} {}", ran.out, ran.err);
    let predicted = folder.run("predict latin.model latin.csv --comment # --encoding latin1 -q");
    assert_eq!(predicted.out.lines().count(), 40, "{}", predicted.err);
    let unknown = folder.run("fit latin.csv -t y --encoding klingon");
    assert!(unknown.code == 2 && unknown.err.contains("unknown encoding 'klingon'"), "{}", unknown.err);
    let dos = folder.run("fit latin.csv -t y --encoding cp850");
    assert!(dos.err.contains("iconv -f cp850 -t utf-8 converts a file"), "{}", dos.err);
    // Names of Python and of code pages.
    for name in ["Latin-1", "iso8859_1", "cp1252"] {
        let ran = folder.run(&format!("fit latin.csv -t y --comment # --encoding {name} -q"));
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
    }
}
