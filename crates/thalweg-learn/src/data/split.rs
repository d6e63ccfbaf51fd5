//! Rows to learn from, and rows to check on.

use thalweg::Random;

/// Splits `rows` into a part to train on and a part to validate on, about `fraction` of them, drawn by `seed`.
///
/// Both come in the order of `rows`. At least one row stays to train on; a fraction of 0 validates on nothing.
pub fn split(rows: &[usize], fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let chosen = draw(rows.len(), fraction, &mut Random::new(seed));
    divide(rows, &chosen)
}

/// As [`split`], with the same fraction drawn from each class, so that a rare class is in both parts.
///
/// `classes[i]` is the class of `rows[i]`, by number; rows without one are dealt as 0. Each class keeps at least one row
/// to train on.
pub fn split_stratified(rows: &[usize], classes: &[usize], fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut random = Random::new(seed);
    let mut chosen = vec![false; rows.len()];
    let count = classes.iter().max().map_or(1, |most| most + 1);
    let mut members = vec![Vec::new(); count];
    for i in 0..rows.len() {
        members[classes.get(i).copied().unwrap_or(0)].push(i);
    }
    for members in members {
        let drawn = draw(members.len(), fraction, &mut random);
        for (&member, drawn) in members.iter().zip(drawn) {
            chosen[member] = drawn;
        }
    }
    divide(rows, &chosen)
}

/// Which of `count` rows are drawn to validate on.
fn draw(count: usize, fraction: f64, random: &mut Random) -> Vec<bool> {
    // A fraction that is no number casts to 0 rows.
    let wanted = (count as f64 * fraction).round() as usize;
    // Whoever asks for validation gets a row of it.
    let wanted = if fraction > 0.0 { wanted.max(1) } else { wanted }.min(count.saturating_sub(1));
    let mut order: Vec<usize> = (0..count).collect();
    random.shuffle(&mut order);
    let mut chosen = vec![false; count];
    for &row in &order[..wanted] {
        chosen[row] = true;
    }
    chosen
}

fn divide(rows: &[usize], chosen: &[bool]) -> (Vec<usize>, Vec<usize>) {
    let part = |side: bool| rows.iter().zip(chosen).filter(|(_, c)| **c == side).map(|(&row, _)| row).collect();
    (part(false), part(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> Vec<usize> {
        (0..n).map(|i| 3 * i + 1).collect()
    }

    #[test]
    fn whoever_asks_for_validation_gets_a_row() {
        let sizes = |n: usize, fraction: f64| {
            let (train, validation) = split(&rows(n), fraction, 0);
            (train.len(), validation.len())
        };
        assert_eq!(sizes(442, 0.001), (441, 1));
        assert_eq!(sizes(442, 0.0), (442, 0));
        assert_eq!(sizes(1, 0.5), (1, 0));
        assert_eq!(sizes(10, 0.25), (7, 3));
    }

    #[test]
    fn both_parts_are_ascending_and_make_the_whole() {
        let all = rows(1000);
        let (train, validation) = split(&all, 0.2, 1);
        assert_eq!((train.len(), validation.len()), (800, 200));
        assert!(train.is_sorted() && validation.is_sorted());
        let mut both = [train, validation].concat();
        both.sort_unstable();
        assert_eq!(both, all);
    }

    #[test]
    fn the_seed_decides() {
        let all = rows(100);
        assert_eq!(split(&all, 0.3, 9), split(&all, 0.3, 9));
        assert_ne!(split(&all, 0.3, 9), split(&all, 0.3, 10));
        // Not simply the last rows.
        assert_ne!(split(&all, 0.3, 9).1, all[70..]);
    }

    #[test]
    fn odd_fractions_leave_a_row_to_train_on() {
        let all = rows(5);
        for fraction in [0.0, -1.0, f64::NAN] {
            assert_eq!(split(&all, fraction, 1), (all.clone(), vec![]));
        }
        for fraction in [1.0, 7.0, f64::INFINITY] {
            assert_eq!(split(&all, fraction, 1).0.len(), 1);
        }
        assert_eq!(split(&[], 0.5, 1), (vec![], vec![]));
        assert_eq!(split(&[4], 0.9, 1), (vec![4], vec![]));
    }

    #[test]
    fn a_rare_class_is_in_both_parts() {
        let all = rows(1000);
        let labels: Vec<usize> = (0..1000).map(|i| usize::from(i % 100 == 0)).collect();
        let rare = |part: &[usize]| part.iter().filter(|&&row| labels[(row - 1) / 3] == 1).count();
        for seed in 0..20 {
            let (train, validation) = split_stratified(&all, &labels, 0.2, seed);
            assert_eq!((rare(&train), rare(&validation)), (8, 2));
            assert_eq!((train.len(), validation.len()), (800, 200));
            assert!(train.is_sorted() && validation.is_sorted());
        }
    }

    #[test]
    fn a_class_of_one_stays_to_train_on() {
        let (train, validation) = split_stratified(&[0, 1, 2, 3], &[0, 0, 0, 1], 0.9, 2);
        assert!(train.contains(&3));
        assert_eq!(validation.len(), 2);
    }
}
