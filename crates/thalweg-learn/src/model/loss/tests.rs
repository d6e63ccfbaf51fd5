//! Losses by hand, against finite differences, and in text form.

#![allow(clippy::float_cmp, reason = "the numbers are exact")]

use super::*;

const ALL: [Loss; 6] =
    [Loss::Squared, Loss::Huber { delta: 0.65 }, Loss::Quantile { q: 0.8 }, Loss::Poisson, Loss::Logistic, Loss::Hinge];

#[test]
fn derivatives_agree_with_finite_differences() {
    for loss in ALL {
        for (z, y) in [(0.3, 1.0), (-1.2, 0.0), (1.7, 1.0), (0.1, 0.0), (2.5, 0.0), (-0.4, 1.0)] {
            let derivative = (loss.eval(z + 1e-6, y).0 - loss.eval(z - 1e-6, y).0) / 2e-6;
            assert!((loss.eval(z, y).1 - derivative).abs() < 1e-8, "{loss} at {z}, {y}: {derivative}");
        }
    }
}

#[test]
fn values_by_hand() {
    assert_eq!(Loss::Huber { delta: 2.0 }.eval(5.0, 0.0), (2.0 * (5.0 - 1.0), 2.0));
    assert_eq!(Loss::Huber { delta: 2.0 }.eval(1.0, 0.0), (0.5, 1.0));
    assert_eq!(Loss::Poisson.eval(0.0, 0.0), (1.0, 1.0));
    // Half the deviance of a count of 3 for a mean of 1: 3·log 3 − 2.
    assert!((Loss::Poisson.eval(0.0, 3.0).0 - (3.0 * 3.0_f64.ln() - 2.0)).abs() < 1e-15);
    assert_eq!([Loss::Hinge.eval(0.5, 1.0), Loss::Hinge.eval(0.5, 0.0)], [(0.5, -1.0), (1.5, 1.0)]);
    assert_eq!(Loss::Logistic.eval(1000.0, 0.0), (1000.0, 1.0));
    assert_eq!(Loss::Logistic.eval(-1000.0, 1.0), (1000.0, -1.0));
    assert_eq!(Loss::Logistic.eval(1000.0, 1.0), (0.0, 0.0));
}

#[test]
fn scaling_the_target_scales_the_loss() {
    // The loss of predictions and targets in units against that of both divided by 4.
    for loss in [Loss::Squared, Loss::Huber { delta: 3.0 }, Loss::Quantile { q: 0.3 }] {
        for (p, y) in [(1.0, 2.0), (9.0, 2.0), (-8.0, 4.0)] {
            let (inside, outside) = (loss.scaled(4.0).eval(p / 4.0, y / 4.0).0, loss.eval(p, y).0);
            let reported = if loss == Loss::Squared { 2.0 * outside } else { outside };
            assert!((inside * loss.report_scale(4.0) - reported).abs() < 1e-12, "{loss}");
        }
    }
    let (mean, y) = (8.0_f64, 12.0_f64);
    let deviance = 2.0 * (y * (y / mean).ln() - (y - mean));
    assert!(
        (Loss::Poisson.eval((mean / 4.0).ln(), y / 4.0).0 * Loss::Poisson.report_scale(4.0) - deviance).abs() < 1e-12
    );
}

#[test]
fn best_constants_have_the_lowest_loss() {
    for loss in ALL {
        let bound = if loss.target_kind() == TargetChoice::Label { 1.0 } else { 9.0 };
        let target = [0.0, 1.0, 1.0, 3.0, 0.0, 1.0, 1.0, 0.0_f64].map(|y| y.min(bound));
        let cost = |z: f64| target.iter().map(|&y| loss.eval(z, y).0).sum::<f64>();
        let best = loss.best_constant(1, &target, |_| 1.0)[0];
        // That of Huber's loss is an approximation.
        let tolerance = if matches!(loss, Loss::Huber { .. }) { 0.3 } else { 1e-12 };
        for z in [-1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 1.5, 2.5] {
            assert!(cost(best) <= cost(z) + tolerance, "{loss}: {} at {best}, {} at {z}", cost(best), cost(z));
        }
    }
}

/// 0·log 0 = 0: rows of one label, or of weight 0 but for one label, are predicted without any loss.
#[test]
fn a_constant_of_one_label_has_no_loss() {
    for (loss, label) in [(Loss::Logistic, 0.0), (Loss::Logistic, 1.0), (Loss::Softmax, 1.0), (Loss::Poisson, 0.0)] {
        let target = [label, 1.0 - label, label];
        let scores = loss.best_constant(2, &target, |i| if i == 1 { 0.0 } else { 1.0 });
        let mut derivatives = [0.0; 2];
        let right = loss.eval_row(&scores, label, &mut derivatives);
        let wrong = loss.eval_row(&scores, 1.0 - label, &mut derivatives);
        assert!(right.abs() < 1e-300 && wrong > 100.0 && wrong.is_finite(), "{loss} of {label}: {right}, {wrong}");
    }
}

#[test]
fn softmax_by_hand() {
    let (z, mut derivatives) = ([0.3, -1.2, 2.0, 700.0_f64.ln()], [0.0; 4]);
    let sum: f64 = z.iter().map(|z| z.exp()).sum();
    let loss = Loss::Softmax.eval_row(&z, 1.0, &mut derivatives);
    assert!((loss - (sum.ln() + 1.2)).abs() < 1e-14);
    for (j, derivative) in derivatives.iter().enumerate() {
        let expected = z[j].exp() / sum - if j == 1 { 1.0 } else { 0.0 };
        assert!((derivative - expected).abs() < 1e-15, "{derivative} is not {expected}");
    }
    let far = Loss::Softmax.eval_row(&[1000.0, 0.0, -1000.0], 2.0, &mut derivatives[..3]);
    assert_eq!((far, &derivatives[..3]), (2000.0, [1.0, 0.0, -1.0].as_slice()));
    // For two classes it is the logistic loss of the difference.
    let two = Loss::Softmax.eval_row(&[0.4, 1.1], 1.0, &mut derivatives[..2]);
    assert!((two - Loss::Logistic.eval(1.1 - 0.4, 1.0).0).abs() < 1e-15);
    let shares = Loss::Softmax.best_constant(3, &[0.0, 2.0, 2.0, 1.0], |i| if i == 0 { 5.0 } else { 1.0 });
    assert!(shares.iter().zip([5.0, 1.0, 2.0_f64]).all(|(z, n)| (z - (n / 8.0).ln()).abs() < 1e-15));
}

#[test]
fn texts_round_trip_and_errors_name_the_mistake() {
    for loss in ALL.into_iter().chain([Loss::Softmax]) {
        assert_eq!(loss.to_string().parse::<Loss>().expect("a valid loss"), loss);
    }
    assert_eq!("huber".parse::<Loss>().expect("a valid loss"), Loss::Huber { delta: 1.35 });
    for (text, said) in [
        ("hubert", "unknown loss 'hubert'"),
        ("quantile:q=1", "q must be between 0 and 1, but is 1"),
        ("huber:delta=-1", "delta must be positive"),
        ("huber:q=1", "the loss must be huber:delta=NUMBER"),
        ("poisson:q=1", "unknown loss"),
    ] {
        let message = text.parse::<Loss>().expect_err(text).to_string();
        assert!(message.contains(said), "{text}: {message}");
    }
}
