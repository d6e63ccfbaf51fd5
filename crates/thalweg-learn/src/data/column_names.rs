//! Names of columns, which are distinct and have no blanks around them.

use std::collections::{HashMap, HashSet};

/// Removes the blanks around names, which the names of tables do not have.
pub(crate) fn trim_names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.trim().to_string()).collect()
}

/// Returns the names without blanks around them, and those that had to be changed: columns with the name of one before
/// them are numbered as pandas does, `x.1` after `x`.
pub(in crate::data) fn distinct_names(names: &[String]) -> (Vec<String>, Vec<String>) {
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let mut used: HashSet<String> = names.iter().map(ToString::to_string).collect();
    let (mut seen, mut renamed) = (HashSet::new(), Vec::new());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let distinct = |name| {
        if seen.insert(name) {
            return str::to_string(name);
        }
        let count = counts.entry(name).or_default();
        loop {
            *count += 1;
            let new = format!("{name}.{count}");
            if used.insert(new.clone()) {
                renamed.push(new.clone());
                return new;
            }
        }
    };
    let names = names.iter().copied().map(distinct).collect();
    (names, renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_as_pandas_does() {
        for (names, expected) in [
            (&["x", "y"][..], &["x", "y"][..]),
            (&["x", "x", "x.1"], &["x", "x.2", "x.1"]),
            (&["x", "x.1", "x"], &["x", "x.1", "x.2"]),
            (&["x", "x", "x"], &["x", "x.1", "x.2"]),
            (&["x", "x", "x.1", "x.1"], &["x", "x.2", "x.1", "x.1.1"]),
            (&["a ", " a"], &["a", "a.1"]),
        ] {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let (found, renamed) = distinct_names(&names);
            assert_eq!(found, expected);
            assert!(renamed.iter().all(|name| !names.contains(name)));
        }
    }
}
