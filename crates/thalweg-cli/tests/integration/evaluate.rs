//! Evaluation of models by `thalweg evaluate`.

use std::f64::consts::LN_2;

use crate::common::{TestDir, number};
use serde_json::Value;

/// Rows of a number y, two labels l, three classes c and weights w, in part by chance.
fn rows(range: std::ops::Range<u32>) -> String {
    let row = |i: u32| {
        let (x, z, noise) = (f64::from(i % 13), f64::from(i * 5 % 7), f64::from(i * 7919 % 1009) / 1009.0 - 0.5);
        let score = x - z + 8.0 * noise;
        let label = if score > 3.0 { "yes" } else { "no" };
        let class = if score < 1.0 { "a" } else { ["c", "b"][usize::from(score < 6.0)] };
        format!("{x},{z},{},{label},{class},{}\n", 100.0 + 3.0 * x - z + 8.0 * noise, i % 4)
    };
    String::from("x,z,y,l,c,w\n") + &range.map(row).collect::<String>()
}

/// Fits a model of each target to 120 rows; 80 others are new.
fn fitted() -> TestDir {
    let folder = TestDir::new();
    folder.write("a.csv", &rows(0..120));
    folder.write("new.csv", &rows(120..200));
    for target in ["y", "l", "c"] {
        let ran =
            folder.run(&format!("fit a.csv -t {target} --keep x,z --l2 0.01 --val-fraction 0 -q -o {target}.model"));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    folder
}

fn assert_close(report: &Value, path: &str, expected: f64) {
    let found = number(report, path);
    assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{path}: {found}, not {expected}");
}

/// The figures are those of scikit-learn 1.x: `Ridge(alpha=1.2)` and `LogisticRegression(C=1/1.2)` of the columns as
/// `StandardScaler` scales them, with `mean_squared_error`, `r2_score`, `log_loss`, `accuracy_score`, `roc_auc_score`,
/// `f1_score(average="macro")` and `confusion_matrix`, all with `sample_weight` where there are weights.
#[test]
fn metrics_are_those_of_scikit_learn() {
    let folder = fitted();
    for (weight, y, l, c, confusion) in FIGURES {
        let json = |target: &str| folder.json(&format!("evaluate {target}.model new.csv{weight}"));
        let report = json("y");
        assert_close(&report, "/metrics/rmse", y[0]);
        assert_close(&report, "/metrics/r2", y[1]);
        assert_close(&report, "/baseline/rmse", y[2]);
        assert_eq!(report["rows"], if weight.is_empty() { 80 } else { 60 }, "rows of weight 0 are none");
        let report = json("l");
        assert_close(&report, "/metrics/log_loss", l[0]);
        assert_close(&report, "/metrics/accuracy", l[1]);
        assert_close(&report, "/metrics/auc", l[2]);
        assert_close(&report, "/baseline/log_loss", l[3]);
        let report = json("c");
        assert_close(&report, "/metrics/log_loss", c[0]);
        assert_close(&report, "/metrics/accuracy", c[1]);
        assert_close(&report, "/metrics/macro_f1", c[2]);
        assert_close(&report, "/baseline/log_loss", c[3]);
        assert_eq!(report.pointer("/metrics/confusion"), Some(&serde_json::json!(confusion)));
    }
}

/// The option for weights, then the metrics and those of the baseline of each target.
type Figures = (&'static str, [f64; 3], [f64; 4], [f64; 4], [[f64; 3]; 3]);

const FIGURES: [Figures; 2] = [
    (
        "",
        [2.330_335_055_289_457_3, 0.962_794_246_814_681_2, 12.081_290_241_370_17],
        [0.367_596_929_801_824_5, 0.8125, 0.9125, LN_2],
        [0.529_695_687_248_916_1, 0.725, 0.723_923_826_074_363_7, 1.090_269_363_315_715],
        [[25.0, 5.0, 0.0], [7.0, 16.0, 5.0], [0.0, 5.0, 17.0]],
    ),
    (
        " --weight w",
        [2.318_336_094_504_800_4, 0.961_685_851_954_620_9, 11.843_956_682_487_809],
        [0.378_395_049_627_434_1, 0.816_666_666_666_666_7, 0.907_645_089_285_714_3, 0.690_923_309_313_818_1],
        [0.559_022_835_247_421_7, 0.716_666_666_666_666_7, 0.718_149_482_725_872_6, 1.085_343_748_856_150_8],
        [[37.0, 7.0, 0.0], [12.0, 26.0, 7.0], [0.0, 8.0, 23.0]],
    ),
];

#[test]
fn the_report_has_the_model_its_metrics_and_what_was_not_used() {
    let folder = fitted();
    folder.write("b.csv", &(rows(120..200) + "1,2,,no,,1\nbig,2,3,no,a,1\n"));
    let ran = folder.run("evaluate c.model b.csv --on-error skip");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let expected = "b.csv: 80 rows\nsoftmax regression of c, 3 classes\n\n\
                    \x20                    model         95 % interval      baseline\n";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    for line in [
        "log loss            0.5297      ",
        "confusion matrix of the evaluated rows (rows: true class, columns: predicted class)\n",
        "a                  25        5        0      0.7812   0.8333   0.8065\n",
        "skipped     1 row with missing c\n",
        "skipped     1 invalid row:\n",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
}

#[test]
fn unseen_levels_are_counted() {
    let folder = TestDir::new();
    let line = |i: u32| format!("{},{}\n", ["red", "blue"][(i % 2) as usize], 3 * (i % 2) + i % 5);
    folder.write("a.csv", &("k,y\n".to_owned() + &(0..60).map(line).collect::<String>()));
    assert_eq!(folder.run("fit a.csv -t y --model linear -q -o a.model").code, 0);
    folder.write("new.csv", "k,y\nred,1\nblue,2\ngreen,5\n");
    let report = folder.json("evaluate a.model new.csv");
    assert_eq!((&report["rows"], &report["unseen"]["k"]), (&3.into(), &1.into()));
    let ran = folder.run("evaluate a.model new.csv");
    assert!(ran.out.ends_with("unseen      k: 1 cell with a category not seen in training\n"), "{}", ran.out);
}

#[test]
fn what_cannot_be_evaluated_is_named() {
    let folder = fitted();
    folder.write("no_target.csv", "x,z\n1,2\n3,4\n");
    folder.write("no_rows.csv", "x,z,l\n");
    folder.write("no_values.csv", "x,z,l\n1,2,\n3,4,\n");
    folder.write("zero.csv", "x,z,l,w\n1,2,yes,0\n3,4,no,0.0\n");
    folder.write("label.csv", "x,z,l\n1,2,yes\n3,4,perhaps\n");
    for (code, line, said) in [
        (4, "evaluate l.model no_target.csv", "'l'"),
        (4, "evaluate l.model no_rows.csv", "no_rows.csv"),
        (4, "evaluate l.model no_values.csv", "no_values.csv"),
        (4, "evaluate l.model label.csv", "label.csv:3:5: column 'l'"),
        (2, "evaluate l.model new.csv --weight v", "'v'"),
        (2, "evaluate l.model zero.csv --weight w", "the sum of the weights must be positive"),
    ] {
        let ran = folder.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{line}: {}", ran.err);
        assert!(ran.err.starts_with("error: ") && ran.err.contains(said), "{line}: {}", ran.err);
    }
    // Of a fit, the weights may be ignored as a feature, which they are not.
    let weighted = |options: &str| {
        assert_eq!(folder.run(&format!("fit new.csv -t l --weight w -q -o w.model {options}")).code, 0, "{options}");
        folder.read("w.model")
    };
    assert!(weighted("") == weighted("--ignore w"));
    let ran = folder.run("fit new.csv -t l --keep x,z --weight w -o w.model --validation zero.csv");
    assert!(ran.code == 2 && ran.err.contains("the sum of the weights must be positive"), "{}", ran.err);
    let ran = folder.run("evaluate l.model label.csv --on-error skip --format json");
    assert!(ran.code == 0 && ran.out.contains("label.csv:3:5"), "{}{}", ran.out, ran.err);
}

#[test]
fn the_report_depends_on_neither_threads_nor_memory() {
    let folder = fitted();
    let report = |options: &str| folder.json(&format!("evaluate c.model new.csv --weight w {options}"));
    let expected = report("");
    assert_eq!(report("--threads 3"), expected);
    assert_eq!(report("--max-memory 200M"), expected);
}
