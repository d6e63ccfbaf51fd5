//! Curves over the thresholds of a classifier of two labels.

use serde::Serialize;

use super::ranking::{Ranking, TiedRows};
use super::thinning::{MAX_POINTS, thinned};
use crate::error::Result;
use crate::interrupt::Interrupt;

/// Receiver operating characteristic: the rates of predicting the positive label at each threshold, from the highest
/// threshold on. Of more than 200 points, those of the upper convex hull and those that differ most from the line
/// through their neighbours are kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RocCurve {
    /// Fraction of the negative rows that are predicted as positive, ascending from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// Fraction of the positive rows that are predicted as positive, ascending from 0 to 1.
    pub true_positive_rate: Vec<f64>,
    /// Smallest probability (for a hinge loss, smallest score) that is predicted as positive; infinite (in JSON `null`)
    /// for the first point, at which none is.
    pub threshold: Vec<f64>,
}

/// Precision against recall of predicting the positive label at each threshold, from the highest threshold on. Of more
/// than 200 points, those of the upper convex hull and those that differ most from the line through their neighbours
/// are kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrecisionRecallCurve {
    /// Fraction of the rows predicted as positive that are; 1 for the first point, at which none is predicted.
    pub precision: Vec<f64>,
    /// Fraction of the positive rows that are predicted as positive, ascending from 0 to 1.
    pub recall: Vec<f64>,
    /// Smallest probability (for a hinge loss, smallest score) that is predicted as positive; infinite (in JSON `null`)
    /// for the first point.
    pub threshold: Vec<f64>,
}

/// Returns both curves; `None` if only one label occurs. `threshold` returns the threshold of a score.
pub(super) fn of_ranking(
    ranking: &Ranking,
    weight: impl Fn(usize) -> f64,
    threshold: impl Fn(f64) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<Option<(RocCurve, PrecisionRecallCurve)>> {
    let mut points = vec![(0.0, 0.0, f64::INFINITY)];
    let (mut false_positives, mut true_positives) = (0.0, 0.0);
    ranking.descending(weight, interrupt, |TiedRows { rows, positives, negatives }| {
        false_positives += negatives;
        true_positives += positives;
        if positives + negatives > 0.0 {
            points.push((false_positives, true_positives, threshold(rows[0].score())));
        }
    })?;
    if false_positives == 0.0 || true_positives == 0.0 {
        return Ok(None);
    }
    let rates: Vec<_> = points.iter().map(|&(fp, tp, _)| (fp / false_positives, tp / true_positives)).collect();
    let precision = |&(fp, tp, _): &(f64, f64, f64)| if tp + fp > 0.0 { tp / (tp + fp) } else { 1.0 };
    let recalls: Vec<_> = points.iter().zip(&rates).map(|(point, &(_, recall))| (recall, precision(point))).collect();
    let (roc, precision_recall) = (thinned(&rates, MAX_POINTS), thinned(&recalls, MAX_POINTS));
    let thresholds = |kept: &[usize]| kept.iter().map(|&i| points[i].2).collect();
    let roc = RocCurve {
        false_positive_rate: roc.iter().map(|&i| rates[i].0).collect(),
        true_positive_rate: roc.iter().map(|&i| rates[i].1).collect(),
        threshold: thresholds(&roc),
    };
    let precision_recall = PrecisionRecallCurve {
        precision: precision_recall.iter().map(|&i| recalls[i].1).collect(),
        recall: precision_recall.iter().map(|&i| recalls[i].0).collect(),
        threshold: thresholds(&precision_recall),
    };
    Ok(Some((roc, precision_recall)))
}
