//! Validation rows of files by `thalweg fit --validation`.

use crate::common::{TestDir, number};

fn rows(range: std::ops::Range<u32>) -> String {
    let row = |i: u32| format!("{},{},{}\n", i % 13, i * 5 % 7, 3 * (i % 13) + i * 7919 % 101);
    String::from("x,z,y\n") + &range.map(row).collect::<String>()
}

fn folder() -> TestDir {
    let folder = TestDir::new();
    for (name, range) in [("a.csv", 0..150), ("v1.csv", 150..200), ("v2.csv", 200..240), ("v.csv", 150..240)] {
        folder.write(name, &rows(range));
    }
    folder
}

#[test]
fn validation_files_are_one_table_whose_metrics_are_those_of_evaluate() {
    let folder = folder();
    let report = folder.json("fit a.csv -t y --validation v.csv -o a.model");
    assert_eq!((number(&report, "/train_rows"), number(&report, "/validation_rows")), (150.0, 90.0));
    assert!(report.get("refit").is_none(), "the files are not fitted");
    assert_eq!(report["validation"], folder.json("evaluate a.model v.csv")["metrics"]);
    let two = folder.json("fit a.csv -t y -o b.model --validation v1.csv v2.csv");
    assert_eq!((&two["validation"], folder.read("a.model")), (&report["validation"], folder.read("b.model")));
    let pattern = folder.json("fit a.csv -t y -o c.model --validation v?.csv");
    assert_eq!(pattern["validation"], report["validation"]);
}

/// The rows are encoded, scored and summed by the same code.
#[test]
fn metrics_of_every_loss_are_those_of_evaluate_to_the_last_digit() {
    let folder = TestDir::new();
    let row = |i: u32| {
        let score = i % 13 + i * 7919 % 17;
        let class = ["a", "b", "c"][score as usize / 10];
        format!("{},{},k{},{score},{},{class},{}\n", i % 13, i * 5 % 7, i % 3, score > 13, f64::from(i % 4) / 8.0)
    };
    let rows = |range: std::ops::Range<u32>| String::from("x,z,k,y,l,c,w\n") + &range.map(row).collect::<String>();
    folder.write("a.csv", &rows(0..150));
    folder.write("v.csv", &rows(150..240));
    for (target, loss) in [
        ("y", "squared"),
        ("y", "huber"),
        ("y", "quantile:q=0.8"),
        ("y", "poisson"),
        ("l", "logistic"),
        ("l", "hinge"),
        ("c", "softmax"),
    ] {
        for weight in ["", "--weight w"] {
            let fit = format!("fit a.csv -t {target} --loss {loss} --keep x,z,k --validation v.csv -e 20 -o a.model");
            let report = folder.json(&format!("{fit} {weight}"));
            let evaluated = folder.json(&format!("evaluate a.model v.csv {weight}"));
            assert_eq!(evaluated["metrics"], report["validation"], "{loss} {weight}");
        }
    }
}

#[test]
fn invalid_validation_rows_are_skipped_as_others_are() {
    let folder = folder();
    folder.write("bad.csv", &(rows(150..200) + "big,1,2\n1,2,\n"));
    let ran = folder.run("fit a.csv -t y --validation bad.csv -q -o a.model");
    assert!(ran.code == 4 && ran.err.contains("bad.csv:52:1"), "{}", ran.err);
    let report = folder.json("fit a.csv -t y --validation bad.csv --on-error skip -o a.model");
    let counts = ["/validation_rows", "/faults/rows", "/target_missing"].map(|path| number(&report, path) as u64);
    assert_eq!(counts, [50, 1, 1]);
}

#[test]
fn validation_files_contradict_a_fraction_and_are_no_outputs() {
    let folder = folder();
    for (options, said) in [
        ("--validation v.csv --val-fraction 0.1", "--val-fraction"),
        ("--validation v.csv --refit always", "--refit always"),
        ("--validation v.csv -o v.csv", "the input file v.csv would be overwritten"),
    ] {
        let ran = folder.run(&format!("fit a.csv -t y {options}"));
        assert!(ran.code == 2 && ran.err.contains(said), "{options}: {}", ran.err);
    }
    let ran = folder.run("fit a.csv -t y --validation none.csv");
    assert!(ran.code != 0 && ran.err.contains("none.csv"), "{}", ran.err);
    assert_eq!(folder.read("v.csv"), rows(150..240).into_bytes());
}
