//! What a table says, in a sentence or two.

use super::Standing;
use crate::run::Header;

/// The sentence above a table.
pub(super) fn of(standings: &[Standing], headline: Option<f64>, header: &Header) -> String {
    let Some((best, others)) = standings.split_first() else { return String::new() };
    let name = &best.method;
    let mut text = match headline {
        Some(share) => {
            let steps = best.targets.iter().find(|target| target.share.to_bits() == share.to_bits());
            let steps = steps.map_or(f64::NAN, |target| target.steps.median);
            format!("{name} needs the fewest steps to {share:.0e} of the first gap: {} in the median.", steps.round())
        }
        None => format!(
            "No method closes even nine tenths of the gap in {}; {name} comes closest: it leaves {:.0} %.",
            header.budget,
            100.0 * best.share.median
        ),
    };
    let same = |standing: &&Standing| standing.by_best.is_some_and(|ratio| !ratio.told_apart);
    let same: Vec<&str> = others.iter().filter(same).map(|standing| standing.method.as_str()).collect();
    match same.as_slice() {
        [] => {}
        [one] => text += &format!(" {one} cannot be told apart from it."),
        [first @ .., last] => text += &format!(" {} and {last} cannot be told apart from it.", first.join(", ")),
    }
    text
}
