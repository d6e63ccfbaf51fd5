//! Suggestions for misspelled names.

/// Least similarity of a suggestion, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.6;

/// Returns the most similar of `names`, ignoring case, and the first of equally similar ones; `None` if none is
/// similar.
///
/// The similarity is 1 − d / n, where d is the Damerau–Levenshtein distance and n the length of the longer name.
pub fn nearest_name(name: &str, names: &[String]) -> Option<String> {
    let wanted = name.to_lowercase();
    let similarity = |candidate: &String| strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase());
    let rated = names.iter().map(|candidate| (similarity(candidate), candidate));
    // `max_by` returns the last of equals.
    let best = rated.rev().max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY).map(|(_, candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_ignore_case_and_tolerate_a_misspelling() {
        let names = ["Age", "wage", "income", "pm2.5"].map(String::from);
        assert_eq!(nearest_name("age", &names).as_deref(), Some("Age"));
        assert_eq!(nearest_name("incmoe", &names).as_deref(), Some("income"));
        assert_eq!(nearest_name("pm25", &names).as_deref(), Some("pm2.5"));
        assert_eq!(nearest_name("zzz", &names), None);
        let alike = ["rate", "date", "gate"].map(String::from);
        assert_eq!(nearest_name("mate", &alike).as_deref(), Some("rate"));
    }
}
