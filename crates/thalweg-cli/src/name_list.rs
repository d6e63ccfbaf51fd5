//! Lists of names, separated by commas.

use std::convert::Infallible;
use std::str::FromStr;

/// Names of a list, of which those with commas or quotes are in double quotes, as in CSV files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameList(Vec<String>);

impl NameList {
    /// Returns the names of all lists.
    pub(crate) fn names(lists: &[Self]) -> Vec<String> {
        lists.iter().flat_map(|list| list.0.iter().cloned()).collect()
    }
}

impl FromStr for NameList {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = next_name(rest);
            names.push(name);
            match after {
                Some(after) => rest = after,
                None => return Ok(Self(names)),
            }
        }
    }
}

/// Returns the first name, and what follows the comma after it.
fn next_name(text: &str) -> (String, Option<&str>) {
    let Some(quoted) = text.strip_prefix('"') else { return unquoted(text) };
    let (mut name, mut rest) = (String::new(), quoted);
    while let Some((part, after)) = rest.split_once('"') {
        name += part;
        // Two quotes stand for one.
        if let Some(after) = after.strip_prefix('"') {
            name.push('"');
            rest = after;
            continue;
        }
        return match after.strip_prefix(',') {
            Some(next) => (name, Some(next)),
            None if after.is_empty() => (name, None),
            // A quote like any other, as in 5" and 6".
            None => unquoted(text),
        };
    }
    unquoted(text)
}

fn unquoted(text: &str) -> (String, Option<&str>) {
    text.split_once(',').map_or((text.to_owned(), None), |(name, after)| (name.to_owned(), Some(after)))
}

/// Returns a name as part of a list.
pub(crate) fn list_item(name: &str) -> String {
    if name.contains(',') || name.starts_with('"') {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_quoted() {
        for (text, names) in [
            ("a", &["a"][..]),
            ("a,b c,d", &["a", "b c", "d"]),
            ("\"Income, total\",b", &["Income, total", "b"]),
            ("a,\"x,y\"", &["a", "x,y"]),
            ("\"say \"\"a,b\"\"\"", &["say \"a,b\""]),
            ("5\",6\"", &["5\"", "6\""]),
            ("\"a\"b,c", &["\"a\"b", "c"]),
            ("\"a,b", &["\"a", "b"]),
            ("", &[""]),
            ("a,,b", &["a", "", "b"]),
        ] {
            let list: NameList = text.parse().expect("a list");
            assert_eq!(list.0, names, "{text}");
        }
        for name in ["a", "x,y", "\"q\", r", "5\""] {
            let list: NameList = list_item(name).parse().expect("a list");
            assert_eq!(list.0, [name]);
        }
    }
}
