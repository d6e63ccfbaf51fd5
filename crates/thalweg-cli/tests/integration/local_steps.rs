//! Workers that step by themselves: `fit --sync-every` and `compare --sync-every`.

use crate::common::TestDir;
use serde_json::Value;

const FIT: &str = "fit data/diabetes.csv -t progression --method adam:lr=0.05 --batch-size 64 -e 20";

#[test]
fn workers_are_reported_and_kept_in_the_model() {
    let folder = TestDir::new();
    let report = folder.json(&format!("{FIT} --sync-every 4 --workers 3 -o w.model"));
    assert_eq!((&report["sync_every"], &report["workers"]), (&4.into(), &3.into()));
    let ran = folder.run(&format!("{FIT} --sync-every 4 --workers 3 -o again.model --threads 1"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(", batch 64 for 3 workers, averaged every 4 steps, l2 "), "{}", ran.out);
    assert!(folder.read("w.model") == folder.read("again.model"), "on another number of threads");
    let inspected = folder.run("inspect w.model");
    assert!(inspected.out.contains(", batch 64 for 3 workers, averaged every 4 steps, seed 0"), "{}", inspected.out);
    // Eight workers by default.
    assert_eq!(folder.json(&format!("{FIT} --sync-every 4 -o eight.model"))["workers"], 8);
    let plain = folder.json(&format!("{FIT} -o plain.model"));
    assert!(plain.get("sync_every").is_none() && plain.get("workers").is_none());
    assert!(folder.read("plain.model") != folder.read("w.model"));
    // One step at a time is the method without workers.
    assert_eq!(folder.run(&format!("{FIT} --sync-every 1 --workers 3 -o one.model")).code, 0);
    assert!(folder.read("plain.model") == folder.read("one.model"));
}

#[test]
fn steps_are_the_default_where_workers_are_asked_for() {
    let folder = TestDir::new();
    let report = folder.json("fit data/diabetes.csv -t progression -e 3 --sync-every 4 --workers 2 -o w.model");
    assert!(report["method"].as_str().is_some_and(|method| method.starts_with("adam")), "{}", report["method"]);
}

#[test]
fn settings_without_effect_or_meaning_are_refused() {
    let folder = TestDir::new();
    for (more, said) in [
        ("--workers 4", "--sync-every"),
        ("--sync-every 0", "expected a whole number of at least 1"),
        ("--sync-every 4 --workers 0", "expected a whole number of at least 1"),
        ("--sync-every 4 --workers 65", "workers must be at most 64, the rows of a batch, but is '65'"),
        ("--sync-every 4 -m lbfgs", "sync_every must be 1 for lbfgs, which takes no steps of batches, but is '4'"),
    ] {
        let ran = folder.run(&format!("{} {more} -o no.model", FIT.replace("--method adam:lr=0.05 ", "")));
        assert!(ran.code == 2 && ran.err.contains(said), "{more}: {} {}", ran.code, ran.err);
    }
    let ran = folder.run("compare rosenbrock --sync-every 4");
    assert!(ran.code == 2 && ran.err.contains("apply to data only"), "{}", ran.err);
}

#[test]
fn a_fit_of_workers_continues_from_a_checkpoint_of_the_same_ones() {
    let folder = TestDir::new();
    let fit = format!("{FIT} --refit never --sync-every 4 --workers 3");
    assert_eq!(folder.run(&format!("{fit} -o whole.model")).code, 0);
    let ran = folder.run(&format!("{fit} --max-steps 50 -o part.model --checkpoint ck --checkpoint-every 7steps"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let other = folder.run(&format!("{FIT} --sync-every 5 --workers 3 -o other.model --resume ck"));
    assert!(other.err.contains("sync_every"), "{}", other.err);
    let ran = folder.run(&format!("{fit} -o whole_again.model --resume ck --force"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.read("whole.model") == folder.read("whole_again.model"));
}

#[test]
fn methods_are_compared_by_workers() {
    let folder = TestDir::new();
    let compare = "compare data/diabetes.csv -t progression --methods adam,lbfgs --protocol defaults --epochs 3 \
                   --seeds 3 --batch-size 32";
    let plain = folder.json(&format!("{compare} --runs plain.jsonl"));
    let workers = folder.json(&format!("{compare} --sync-every 4 --workers 4 --runs workers.jsonl"));
    let value = |report: &Value, method: &str| {
        let standings = report["tables"][0]["standings"].as_array().expect("a table has standings");
        let standing = standings.iter().find(|standing| standing["method"] == method).expect("it is compared");
        standing["value"]["median"].clone()
    };
    assert_ne!(value(&plain, "adam"), value(&workers, "adam"));
    assert_eq!(value(&plain, "lbfgs"), value(&workers, "lbfgs"), "a solver has no workers");
    // Runs of one method are not those of the other.
    let ran = folder.run(&format!("{compare} --sync-every 5 --workers 4 --runs workers.jsonl"));
    assert!(ran.code != 0 && ran.err.contains("sync_every"), "{} {}", ran.code, ran.err);
}
