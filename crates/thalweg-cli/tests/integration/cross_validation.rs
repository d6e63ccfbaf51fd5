//! Cross-validation by `thalweg fit --folds`.

use std::fs;

use crate::common::{TestDir, number};

#[test]
fn folds_measure_the_fit_and_leave_the_model_as_it_is() {
    let folder = TestDir::new();
    let line = |i: u32| {
        let (x, z, noise) = (f64::from(i % 13), f64::from(i * 5 % 7), f64::from(i * 7919 % 1009) / 1009.0 - 0.5);
        format!("{x},{z},{}\n", if x - z + 8.0 * noise > 3.0 { "yes" } else { "no" })
    };
    folder.write("a.csv", &("x,z,l\n".to_owned() + &(0..120).map(line).collect::<String>()));
    let fit = "fit a.csv -t l --keep x,z --l2 0.01 -q";
    let ran = folder.run(&format!("{fit} --folds 4 --threads 1 -o folds.model --report folds.html"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let title = "\ncross-validation of the whole fit on 4 folds\n               out of fold         95 % interval";
    for text in [title, "\nrows                   120  ", "\nfolds       log loss 0."] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
    let page = fs::read_to_string(folder.path("folds.html")).expect("the page is written");
    for text in ["Cross-validation of the whole fit on 4 folds:", "out of fold", "Folds: log loss 0."] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert_eq!(folder.run(&format!("{fit} --refit always -o plain.model")).code, 0);
    let bytes = |name: &str| fs::read(folder.path(name)).expect("the model is written");
    assert!(bytes("folds.model") == bytes("plain.model"), "folds changed the model");

    let json = |threads: u32| {
        folder.json(&format!("{fit} --folds 4 --threads {threads} -o {threads}.model").replace(" -q", ""))
    };
    let (one, three) = (json(1), json(3));
    assert_eq!(one["cross_validation"], three["cross_validation"]);
    let folds = one["cross_validation"]["folds"].as_array().expect("there are folds");
    let mean = folds.iter().map(|fold| number(fold, "/metrics/accuracy")).sum::<f64>() / 4.0;
    // The folds have equal size, and the same number of rows of each label.
    assert!((number(&one, "/cross_validation/metrics/accuracy") - mean).abs() < 1e-12);
    assert!(one["cross_validation"]["diagnostics"]["roc"].is_object());
}

#[test]
fn options_that_make_no_sense_with_folds_are_refused() {
    let folder = TestDir::new();
    folder.write("a.csv", "x,y\n1,2\n2,3\n3,5\n");
    for (options, said) in
        [("--validation a.csv", "'--validation"), ("--checkpoint c", "'--checkpoint"), ("--resume c", "'--resume")]
    {
        let ran = folder.run(&format!("fit a.csv -t y --folds 3 {options} -o a.model"));
        assert!(ran.code == 2 && ran.err.contains("'--folds") && ran.err.contains(said), "{options}: {}", ran.err);
    }
    let ran = folder.run("fit a.csv -t y --folds 1 -o a.model");
    assert!(ran.code == 2 && ran.err.contains("'--folds"), "{}", ran.err);
    let ran = folder.run("fit a.csv -t y --folds 4 -o a.model");
    assert!(ran.code != 0 && ran.err.contains("at most the number of rows, 3"), "{}", ran.err);
    assert!(!folder.path("a.model").exists(), "no model is written");
}
