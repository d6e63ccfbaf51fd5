//! The column that somebody meant.

/// Names less alike than this are no help as a suggestion.
const ALIKE: f64 = 0.6;

/// The one of `names` that reads most like `name`, whatever the case; the first of equals.
pub(crate) fn nearest(name: &str, names: &[String]) -> Option<String> {
    let wanted = name.to_lowercase();
    let alike = |candidate: &String| strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase());
    let rated = names.iter().map(|candidate| (alike(candidate), candidate));
    // The last of equals is what `max_by` takes.
    let best = rated.rev().max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(alike, _)| *alike >= ALIKE).map(|(_, candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_ignores_case_and_forgives_a_slip() {
        let names = ["Age", "wage", "income", "pm2.5"].map(String::from);
        assert_eq!(nearest("age", &names).as_deref(), Some("Age"));
        assert_eq!(nearest("incmoe", &names).as_deref(), Some("income"));
        assert_eq!(nearest("pm25", &names).as_deref(), Some("pm2.5"));
        assert_eq!(nearest("zzz", &names), None);
        let alike = ["rate", "date", "gate"].map(String::from);
        assert_eq!(nearest("mate", &alike).as_deref(), Some("rate"));
    }
}
