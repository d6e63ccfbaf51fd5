//! Influence of each row on metrics: the derivative by the number of times that the row counts.
//!
//! The sum of the squared influences is the square of a metric's standard error (Hampel 1974).

use super::ranking::{Ranking, TiedRows};
use crate::error::Result;
use crate::interrupt::Interrupt;

/// Returns the influences on Σa / Σb.
pub(super) fn ratio(
    rows: usize,
    a: impl Fn(usize) -> f64,
    b: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<Vec<f64>> {
    let denominator = interrupt.sum_rows(rows, &b)?;
    let ratio = interrupt.sum_rows(rows, &a)? / denominator;
    Ok((0..rows).map(|i| (a(i) - ratio * b(i)) / denominator).collect())
}

/// Returns the influences on √(Σa / Σb); 0 where it is 0.
pub(super) fn root(
    b: &dyn Fn(usize) -> f64,
    rows: usize,
    a: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<Vec<f64>> {
    let root = (interrupt.sum_rows(rows, &a)? / interrupt.sum_rows(rows, b)?).sqrt();
    let influences = ratio(rows, a, b, interrupt)?;
    Ok(influences.into_iter().map(|of| if root > 0.0 { of / (2.0 * root) } else { 0.0 }).collect())
}

/// Returns the influences on the mean recall of the classes that occur.
pub(super) fn balanced_accuracy(
    classes: usize,
    target: &[f64],
    weight: &[f64],
    predicted: impl Fn(usize) -> usize,
) -> Vec<f64> {
    let mut of_class = vec![[0.0; 2]; classes];
    for (i, (&class, w)) in target.iter().zip(weight).enumerate() {
        let [actual, correct] = &mut of_class[class as usize];
        *actual += w;
        *correct += if predicted(i) == class as usize { *w } else { 0.0 };
    }
    let present = of_class.iter().filter(|sums| sums[0] > 0.0).count() as f64;
    let influence = |(i, (&class, w)): (usize, (&f64, &f64))| {
        let [actual, correct] = of_class[class as usize];
        let is_correct = f64::from(predicted(i) == class as usize);
        if actual > 0.0 { w * (is_correct - correct / actual) / (actual * present) } else { 0.0 }
    };
    target.iter().zip(weight).enumerate().map(influence).collect()
}

/// Returns the influences on the mean F1 score of the classes.
pub(super) fn macro_f1(classes: usize, target: &[f64], weight: &[f64], predicted: impl Fn(usize) -> usize) -> Vec<f64> {
    // Of each class, the weight of the correct rows, and that of the rows of the class and of those predicted as it.
    let mut of_class = vec![[0.0; 2]; classes];
    for (i, (&class, w)) in target.iter().zip(weight).enumerate() {
        let (class, predicted) = (class as usize, predicted(i));
        of_class[class][0] += if predicted == class { *w } else { 0.0 };
        of_class[class][1] += w;
        of_class[predicted][1] += w;
    }
    let change = |class: usize, is_correct: f64, counted: f64| {
        let [correct, all] = of_class[class];
        if all > 0.0 { 2.0 * (is_correct - correct / all * counted) / all } else { 0.0 }
    };
    let influence = |(i, (&class, w)): (usize, (&f64, &f64))| {
        let (class, predicted) = (class as usize, predicted(i));
        let sum = if class == predicted {
            change(class, 1.0, 2.0)
        } else {
            change(class, 0.0, 1.0) + change(predicted, 0.0, 1.0)
        };
        w * sum / classes as f64
    };
    target.iter().zip(weight).enumerate().map(influence).collect()
}

/// Returns the influences on the area under the ROC curve, by the fraction of rows of the other label on the right side
/// of each row (`DeLong`, `DeLong` & Clarke-Pearson 1988).
pub(super) fn auc(ranking: &Ranking, weight: &[f64], interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
    let of = |row: usize| weight[row];
    let auc = ranking.auc(of, interrupt)?;
    let (mut positives, mut negatives) = (0.0, 0.0);
    ranking.ascending(of, interrupt, |tied| {
        positives += tied.positives;
        negatives += tied.negatives;
    })?;
    let mut influences = vec![0.0; weight.len()];
    let (mut positives_below, mut negatives_below) = (0.0, 0.0);
    ranking.ascending(of, interrupt, |tied| {
        let of_positive = (negatives_below + tied.negatives / 2.0) / negatives;
        let of_negative = (positives - positives_below - tied.positives / 2.0) / positives;
        for ranked in tied.rows {
            let row = ranked.row();
            let (fraction, all) =
                if ranked.is_positive() { (of_positive, positives) } else { (of_negative, negatives) };
            influences[row] = weight[row] * (fraction - auc) / all;
        }
        positives_below += tied.positives;
        negatives_below += tied.negatives;
    })?;
    Ok(influences)
}

/// Returns the influences on the average precision: a row changes the recall at its score, and the precision at its
/// score and below.
pub(super) fn average_precision(ranking: &Ranking, weight: &[f64], interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
    let of = |row: usize| weight[row];
    let average = ranking.average_precision(of, interrupt)?;
    let (mut true_positives, mut predicted) = (0.0, 0.0);
    // Precision, and weight of the predicted rows, at each score in descending order.
    let mut at_scores = Vec::new();
    ranking.descending(of, interrupt, |TiedRows { positives, negatives, .. }| {
        true_positives += positives;
        predicted += positives + negatives;
        at_scores.push((true_positives / predicted, predicted));
    })?;
    let mut influences = vec![0.0; weight.len()];
    let (mut of_positive, mut of_negative) = (0.0, 0.0);
    ranking.ascending(of, interrupt, |tied| {
        let (precision, predicted) = at_scores.pop().expect("as many scores as before");
        if tied.positives > 0.0 {
            of_positive += tied.positives * (1.0 - precision) / predicted;
            of_negative += tied.positives * precision / predicted;
        }
        for ranked in tied.rows {
            let row = ranked.row();
            let change = if ranked.is_positive() { precision - average + of_positive } else { -of_negative };
            influences[row] = weight[row] * change / true_positives;
        }
    })?;
    Ok(influences)
}
