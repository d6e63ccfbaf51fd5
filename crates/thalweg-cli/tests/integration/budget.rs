//! Ends of `thalweg fit` by --max-time, --max-steps, --max-samples and --until.

use crate::common::TestDir;
use serde_json::Value;

const FIT: &str = "fit data/diabetes.csv -t progression --method adam:lr=0.1 --batch-size 32";

#[test]
fn each_budget_has_its_reason_in_the_report_and_the_history() {
    for (option, reason, text) in [
        ("--max-steps 25", "max_steps", "all steps of the budget taken (3 epochs, 25 steps, 740 rows seen), keeping"),
        ("--max-samples 100", "max_samples", "all samples of the budget seen (1 epoch, 4 steps, 128 rows seen)"),
        ("--until val_loss<=3700", "until", "the loss is as low as asked ("),
        ("--max-time 1ms --epochs 10000000", "max_time", "the time of the budget has passed ("),
    ] {
        let folder = TestDir::new();
        let ran = folder.run(&format!("{FIT} {option} -o a.model --history h.jsonl"));
        assert!(ran.out.contains(&format!("stopped     {text}")), "{}", ran.out);
        let history = String::from_utf8(folder.read("h.jsonl")).expect("the file is UTF-8 text");
        let lines: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        if let [before @ .., last] = lines.as_slice() {
            assert_eq!(last["stopped"], reason);
            assert!(before.iter().all(|line| line.get("stopped").is_none()));
        } else {
            assert_eq!(reason, "max_time", "{history}");
        }
        let ran = folder.run(&format!("{FIT} {option} -o b.model --format json"));
        let report: Value = serde_json::from_str(&ran.out).expect(&ran.out);
        assert_eq!(report["stopped"], reason);
    }
}

#[test]
fn a_budget_that_cannot_be_kept_is_refused() {
    let folder = TestDir::new();
    for (option, code, part) in [
        ("--max-time 5d", 2, "a time of more than 0 such as 90s, 5m or 1.5h, or a number of seconds"),
        ("--max-steps 0", 2, "expected a whole number of at least 1"),
        ("--until accuracy>0.9", 2, "val_loss or train_loss (also loss), then < or <=, then a number"),
        ("--until val_loss<1 --val-fraction 0", 2, "train_loss, since there are no validation rows"),
    ] {
        let ran = folder.run(&format!("{FIT} {option} -o a.model"));
        assert!(ran.code == code && ran.err.contains(part), "{option}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn a_fit_that_ran_out_of_time_is_resumed_with_more() {
    let folder = TestDir::new();
    // No machine takes a million rows in a millisecond.
    let fit = format!("{FIT} --epochs 3000 --patience 0");
    assert_eq!(folder.run(&format!("{fit} -o whole.model -q")).code, 0);
    let ran = folder.run(&format!("{fit} --max-time 1ms --checkpoint ck -o part.model"));
    assert!(ran.err.contains("note: --resume ck with a longer --max-time goes on"), "{}", ran.err);
    assert_eq!(folder.run(&format!("{fit} --max-time 1h --resume ck -o more.model -q")).code, 0);
    assert!(folder.read("more.model") == folder.read("whole.model"));
    let refused = folder.run(&format!("{fit} --max-steps 9 --resume ck -o other.model"));
    assert!(refused.code != 0 && refused.err.contains("max_steps"), "{}", refused.err);
}
