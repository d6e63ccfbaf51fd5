//! Outputs: never a file that is read, files before text, and what is there stays until the new one is whole.

#![cfg(unix)]

mod common;

use common::TestDir;

/// A folder with a small table, a model of it, and images with their labels.
fn folder() -> TestDir {
    let folder = TestDir::new();
    let rows: String = (0..40).map(|i| format!("{i},{}\n", 3 * i % 7 + i)).collect();
    folder.write("in.csv", &format!("x,y\n{rows}"));
    assert_eq!(folder.run("fit in.csv -t y -q -e 1 -o m.model").code, 0);
    let images = [&[0, 0, 8, 3, 0, 0, 0, 30, 0, 0, 0, 2, 0, 0, 0, 2][..], &(0..120).collect::<Vec<u8>>()].concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 30][..], &(0..30).map(|i| i % 2).collect::<Vec<u8>>()].concat();
    for (name, bytes) in [("x-images-idx3-ubyte", images), ("x-labels-idx1-ubyte", labels.clone()), ("lab", labels)] {
        std::fs::write(folder.path(name), bytes).expect("the file is written");
    }
    for name in ["in.svg", "in.html", "in.csv.cache"] {
        std::fs::copy(folder.path("in.csv"), folder.path(name)).expect("the file is copied");
    }
    std::os::unix::fs::symlink("in.csv", folder.path("link.csv")).expect("the link is created");
    std::fs::hard_link(folder.path("in.csv"), folder.path("hard.csv")).expect("the link is created");
    folder
}

/// Names, contents and times of all files.
fn contents(folder: &TestDir) -> Vec<(String, Vec<u8>)> {
    folder.files().into_iter().map(|name| (name.clone(), folder.read(&name))).collect()
}

#[test]
fn an_output_is_never_a_file_that_is_read() {
    let folder = folder();
    let before = contents(&folder);
    let fit = "thalweg fit -t y -q -e 1";
    let compare = "thalweg compare -t y -q --epochs 1 --methods sgd";
    let images = "thalweg fit x-images-idx3-ubyte -q -e 1";
    let (m, d) = ("m.model", "in.csv");
    for line in [
        format!("{fit} in.csv -o in.csv"),
        format!("{fit} in.csv -o ./in.csv"),
        format!("{fit} in.csv -o link.csv"),
        format!("{fit} in.csv -o hard.csv"),
        format!("{fit} link.csv -o in.csv"),
        format!("{fit} 'i?.csv' -o in.csv"),
        format!("{fit} in.csv in.svg -o in.svg"),
        format!("{fit} - -o in.csv < in.csv"),
        format!("{fit} /dev/stdin -o in.csv < in.csv"),
        format!("{fit} in.csv -o other.model >> in.csv"),
        format!("{fit} in.csv in.csv.cache --cache -o other.model"),
        format!("ln in.csv in.model && {fit} in.csv; code=$?; rm in.model; exit $code"),
        format!("{images} -o x-labels-idx1-ubyte"),
        format!("{images} --labels lab -o lab"),
        format!("thalweg predict {m} 'i?.csv' -o in.csv"),
        format!("thalweg predict {m} {d} -o {m}"),
        format!("thalweg predict {m} {d} >> {d}"),
        format!("thalweg predict {m} - -o in.csv < in.csv"),
        format!("thalweg inspect {m} >> {m}"),
        format!("{compare} in.csv --runs in.csv"),
        format!("{compare} in.csv --report hard.csv"),
        format!("{compare} in.svg --plot in.svg"),
        format!("{compare} in.html --report in.html"),
        format!("{compare} in.csv >> in.csv"),
    ] {
        let ran = folder.shell(&line);
        assert!(ran.code == 2 && ran.err.contains(" would be overwritten"), "{line}: {ran:?}");
        assert!(contents(&folder) == before, "{line} has changed a file");
    }
}

#[test]
fn two_outputs_are_never_the_same_file() {
    let folder = folder();
    let before = contents(&folder);
    for line in [
        "thalweg fit in.csv -t y -q -e 1 --cache -o in.csv.cache",
        "thalweg fit in.csv -t y -q -e 1 -o m.model >> m.model",
        "thalweg minimize rosenbrock --steps 1 --trace a.svg --plot ./a.svg",
        "thalweg minimize rosenbrock --steps 1 --plot in.svg --report in.svg",
        "ln -s new.svg new && thalweg minimize rosenbrock --steps 1 --trace new --plot new.svg; code=$?; rm new; exit $code",
        "thalweg compare rosenbrock --steps 1 --plot lab.svg --runs lab.svg",
    ] {
        let ran = folder.shell(line);
        assert!(ran.code == 2 && ran.err.contains(" must be different files"), "{line}: {ran:?}");
        assert!(contents(&folder) == before, "{line} has changed a file");
    }
    // Devices are no files in this sense.
    let ran = folder.shell("thalweg minimize rosenbrock --steps 1 --trace /dev/null --report /dev/null > /dev/null");
    assert_eq!(ran.code, 0, "{ran:?}");
}
