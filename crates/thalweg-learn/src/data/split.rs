//! Division of rows into training and validation.

use rayon::prelude::*;
use thalweg::Seed;
use thalweg::random::{Purpose, Random};

use crate::error::Result;
use crate::interrupt::{Interrupt, UNINTERRUPTED};
use crate::pool;

/// Splits `rows` randomly into training rows and validation rows, which are about `fraction` of all.
///
/// Both keep the order of `rows`. At least one row remains for training; with a fraction of 0, no row is for
/// validation.
pub fn split(rows: &[usize], fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
    split_until(rows, fraction, seed, Interrupt::NEVER).expect(UNINTERRUPTED)
}

/// Splits as [`split`] unless the caller requests an end.
pub(crate) fn split_until(
    rows: &[usize],
    fraction: f64,
    seed: Seed,
    interrupt: Interrupt<'_>,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let chosen = draw(rows.len(), fraction, seed.stream(Purpose::Split).at([0]), interrupt)?;
    Ok(divide(rows, chosen.into_iter()))
}

/// Splits as [`split`], but with the same fraction of each class, so that a rare class is in both parts.
///
/// `classes[i]` is the class index of `rows[i]`; rows without one count as class 0. At least one row of each class
/// remains for training.
pub fn split_stratified(rows: &[usize], classes: &[usize], fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
    split_stratified_until(rows, classes, fraction, seed, Interrupt::NEVER).expect(UNINTERRUPTED)
}

/// Splits as [`split_stratified`] unless the caller requests an end.
pub(crate) fn split_stratified_until(
    rows: &[usize],
    classes: &[usize],
    fraction: f64,
    seed: Seed,
    interrupt: Interrupt<'_>,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let stream = seed.stream(Purpose::Split);
    let class = |i: usize| classes.get(i).copied().unwrap_or(0);
    let mut sizes = vec![0; classes.iter().max().map_or(1, |most| most + 1)];
    (0..rows.len()).for_each(|i| sizes[class(i)] += 1);
    let draw = |(class, &size): (usize, &usize)| draw(size, fraction, stream.at([class as u64]), interrupt);
    let drawn: Vec<Result<Vec<bool>>> = pool::map(sizes.par_iter().enumerate(), draw);
    let mut members = Vec::with_capacity(drawn.len());
    for drawn in drawn {
        members.push(drawn?.into_iter());
    }
    // The draws of a class are in the order of its members.
    Ok(divide(rows, (0..rows.len()).map(|i| members[class(i)].next().expect("each member has a draw"))))
}

/// Draws the validation rows among `count`; `true` for validation.
fn draw(count: usize, fraction: f64, random: Random, interrupt: Interrupt<'_>) -> Result<Vec<bool>> {
    // A NaN fraction is cast to 0 rows.
    let wanted = (count as f64 * fraction).round() as usize;
    // Any positive fraction gives at least one validation row.
    let wanted = if fraction > 0.0 { wanted.max(1) } else { wanted }.min(count.saturating_sub(1));
    if wanted == 0 {
        return Ok(vec![false; count]);
    }
    // In half of the memory, which is read at random, wherever that is enough.
    match u32::try_from(count) {
        Ok(count) => draw_first(wanted, (0..count).collect(), random, interrupt),
        Err(_) => draw_first(wanted, (0..count as u64).collect(), random, interrupt),
    }
}

/// Returns `true` for each row that is among the first in a random order of all.
fn draw_first<I: Copy + Into<u64>>(
    wanted: usize,
    mut order: Vec<I>,
    mut random: Random,
    interrupt: Interrupt<'_>,
) -> Result<Vec<bool>> {
    interrupt.shuffle(&mut order, &mut random)?;
    let mut chosen = vec![false; order.len()];
    for &row in &order[..wanted] {
        chosen[row.into() as usize] = true;
    }
    Ok(chosen)
}

/// Divides rows into those that are not chosen and those that are.
fn divide(rows: &[usize], chosen: impl Iterator<Item = bool>) -> (Vec<usize>, Vec<usize>) {
    let (mut others, mut selected) = (Vec::with_capacity(rows.len()), Vec::new());
    for (&row, chosen) in rows.iter().zip(chosen) {
        if chosen { selected.push(row) } else { others.push(row) }
    }
    (others, selected)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Error;
    use crate::interrupt::ROWS_PER_LOOK;

    fn rows(n: usize) -> Vec<usize> {
        (0..n).map(|i| 3 * i + 1).collect()
    }

    #[test]
    fn a_positive_fraction_gives_a_validation_row() {
        let sizes = |n: usize, fraction: f64| {
            let (train, validation) = split(&rows(n), fraction, Seed::new(0));
            (train.len(), validation.len())
        };
        assert_eq!(sizes(442, 0.001), (441, 1));
        assert_eq!(sizes(442, 0.0), (442, 0));
        assert_eq!(sizes(1, 0.5), (1, 0));
        assert_eq!(sizes(10, 0.25), (7, 3));
    }

    #[test]
    fn a_split_looks_at_the_interrupt() {
        const ROWS: usize = 100_000;
        let (all, classes) = (rows(ROWS), (0..ROWS).map(|i| i % 2).collect::<Vec<_>>());
        let looks = AtomicUsize::new(0);
        let splits = |first_request: usize| {
            looks.store(0, Ordering::Relaxed);
            let request = || looks.fetch_add(1, Ordering::Relaxed) + 1 >= first_request;
            let (seed, interrupt) = (Seed::new(0), Interrupt::when(&request));
            let plain = split_until(&all, 0.2, seed, interrupt);
            let count = looks.swap(0, Ordering::Relaxed);
            [(count, plain), (0, split_stratified_until(&all, &classes, 0.2, seed, interrupt))]
                .map(|(count, split)| (count.max(looks.load(Ordering::Relaxed)), split))
        };
        let expected = [split(&all, 0.2, Seed::new(0)), split_stratified(&all, &classes, 0.2, Seed::new(0))];
        for ((count, split), expected) in splits(usize::MAX).into_iter().zip(expected) {
            assert!(count * ROWS_PER_LOOK >= ROWS, "{count}");
            assert_eq!(split.expect("nothing interrupts"), expected);
        }
        for (_, split) in splits(5) {
            assert!(matches!(split, Err(Error::Interrupted)));
        }
    }

    #[test]
    fn both_parts_are_ascending_and_complete() {
        let all = rows(1000);
        let (train, validation) = split(&all, 0.2, Seed::new(1));
        assert_eq!((train.len(), validation.len()), (800, 200));
        assert!(train.is_sorted() && validation.is_sorted());
        let mut both = [train, validation].concat();
        both.sort_unstable();
        assert_eq!(both, all);
    }

    #[test]
    fn the_seed_decides() {
        let all = rows(100);
        assert_eq!(split(&all, 0.3, Seed::new(9)), split(&all, 0.3, Seed::new(9)));
        assert_ne!(split(&all, 0.3, Seed::new(9)), split(&all, 0.3, Seed::new(10)));
        // The validation rows are not simply the last ones.
        assert_ne!(split(&all, 0.3, Seed::new(9)).1, all[70..]);
    }

    #[test]
    fn the_split_is_drawn_apart_from_the_order_of_training() {
        let seed = Seed::new(0);
        let (_, validation) = split(&(0..100).collect::<Vec<_>>(), 0.2, seed);
        for epoch in 0..4 {
            let mut order: Vec<usize> = (0..100).collect();
            seed.stream(Purpose::Shuffle).at([epoch, 0]).shuffle(&mut order);
            let both = order[..20].iter().filter(|row| validation.contains(row)).count();
            // Hypergeometric: 4 on average with a standard deviation of 1.6.
            assert!(both <= 12, "{both} of 20 rows are the first of epoch {epoch}");
        }
    }

    #[test]
    fn invalid_fractions_leave_a_training_row() {
        let all = rows(5);
        for fraction in [0.0, -1.0, f64::NAN] {
            assert_eq!(split(&all, fraction, Seed::new(1)), (all.clone(), vec![]));
        }
        for fraction in [1.0, 7.0, f64::INFINITY] {
            assert_eq!(split(&all, fraction, Seed::new(1)).0.len(), 1);
        }
        assert_eq!(split(&[], 0.5, Seed::new(1)), (vec![], vec![]));
        assert_eq!(split(&[4], 0.9, Seed::new(1)), (vec![4], vec![]));
    }

    #[test]
    fn a_rare_class_is_in_both_parts() {
        let all = rows(1000);
        let labels: Vec<usize> = (0..1000).map(|i| usize::from(i % 100 == 0)).collect();
        let rare = |part: &[usize]| part.iter().filter(|&&row| labels[(row - 1) / 3] == 1).count();
        for seed in 0..20 {
            let (train, validation) = split_stratified(&all, &labels, 0.2, Seed::new(seed));
            assert_eq!((rare(&train), rare(&validation)), (8, 2));
            assert_eq!((train.len(), validation.len()), (800, 200));
            assert!(train.is_sorted() && validation.is_sorted());
        }
    }

    #[test]
    fn a_class_of_one_row_is_used_for_training() {
        let (train, validation) = split_stratified(&[0, 1, 2, 3], &[0, 0, 0, 1], 0.9, Seed::new(2));
        assert!(train.contains(&3));
        assert_eq!(validation.len(), 2);
    }
}
