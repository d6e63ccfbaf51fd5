//! Models that are not linear, through the program.

use std::fmt::Write as _;

use crate::common::{TestDir, number};

/// Rows whose label says if the signs of two columns agree, which no linear model can learn. The class says if their
/// product is large, small, or neither.
fn signs() -> String {
    let mut random = thalweg::random::Random::new(4);
    let mut text = String::from("a,b,c,y,k\n");
    for _ in 0..500 {
        let [a, b, c] = [0; 3].map(|_| 2.0 * random.uniform() - 1.0);
        let (label, class) = (if a * b > 0.0 { "same" } else { "other" }, (a * b / 0.2).clamp(-1.0, 1.0).trunc());
        let _ = writeln!(text, "{a},{b},{c},{label},k{class}");
    }
    text
}

#[test]
fn pairs_are_learned_by_the_models_for_them() {
    let folder = TestDir::new();
    folder.write("signs.csv", &signs());
    let accuracy = |more: &str| {
        let report =
            folder.json(&format!("fit signs.csv -t y --ignore k --epochs 200 --l2 0 --lr 0.02 -o m.model {more}"));
        number(&report, "/validation/accuracy")
    };
    let (linear, machine) = (accuracy(""), accuracy("--model fm:rank=2"));
    let (net, thin) = (accuracy("--model mlp:16"), accuracy("--model mlp:32,8,activation=tanh,dropout=0.1"));
    assert!(linear < 0.65, "a linear model: {linear}");
    assert!(machine > 0.95, "a factorization machine: {machine}");
    assert!(net > 0.9 && thin > 0.85, "perceptrons: {net}, {thin}");
}

#[test]
fn other_models_are_kept_and_predict() {
    let folder = TestDir::new();
    folder.write("signs.csv", &signs());
    for (model, tensor) in [("fm:rank=3", "factors  3 × 3"), ("mlp:5,4", "layer2.weights  4 × 5")] {
        let ran = folder.run(&format!("fit signs.csv -t y --ignore k --model {model} --epochs 60 -q -o m.model"));
        assert!(ran.code == 0 && !ran.out.contains("coefficients"), "{} {}", ran.out, ran.err);
        let inspected = folder.run("inspect m.model");
        assert!(
            inspected.out.contains(&format!("({model}), by thalweg")) && inspected.out.contains(tensor),
            "{}",
            inspected.out
        );
        let again =
            folder.run(&format!("fit signs.csv -t y --ignore k --model {model} --epochs 60 -q -o n.model --threads 1"));
        assert_eq!(again.code, 0);
        assert_eq!(folder.read("m.model"), folder.read("n.model"), "{model}: the same on any threads");
        let (said, shares) =
            (folder.run("predict m.model signs.csv -q"), folder.run("predict m.model signs.csv -q --proba"));
        for (label, share) in said.out.lines().zip(shares.out.lines()) {
            let share: f64 = share.parse().expect("each line is a probability");
            assert_eq!(label == "same", share >= 0.5);
        }
    }
    // Several classes, and a number.
    let report = folder.json("fit signs.csv -t k --ignore y --model mlp:32 --lr 0.01 --epochs 200");
    assert_eq!(report["model"], "softmax");
    assert!(number(&report, "/train/accuracy") > 0.85, "{}", report["train"]);
    let refused = folder.run("fit signs.csv -t k --ignore y --model fm");
    assert!(refused.code == 2 && refused.err.contains("linear or mlp for more than two classes"), "{}", refused.err);
    let number_of = folder.json("fit data/diabetes.csv -t progression --model fm:rank=2 --epochs 50");
    assert!(number(&number_of, "/validation/r2") > 0.2, "{}", number_of["validation"]);
    for (model, said) in
        [("fm:rank=-1", "fm:rank=NUMBER"), ("mlp:0", "a number of units"), ("tree", "expected auto, linear")]
    {
        let refused = folder.run(&format!("fit signs.csv -t k --ignore y --model {model}"));
        assert!(refused.code == 2 && refused.err.contains(said), "{model}: {}", refused.err);
    }
}
