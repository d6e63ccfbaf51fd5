//! `--start 1,2` or `--start x=1,y=2`.

use crate::exit::Usage;

/// The start in the order of `variables`.
pub(crate) fn parse(text: &str, variables: &[String]) -> Result<Vec<f64>, Usage> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let named = parts.iter().filter(|part| part.contains('=')).count();
    if named == 0 {
        if parts.len() != variables.len() {
            let (must, found) = (variables.len(), parts.len());
            let names = variables.join(", ");
            return Err(Usage(format!("--start must have {must} numbers (of {names}), but has {found}")));
        }
        return parts.iter().map(|part| number(part)).collect();
    }
    if named < parts.len() {
        return Err(Usage(format!("--start must name all of its numbers or none, but is '{text}'")));
    }
    let mut start = vec![None; variables.len()];
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, known) = (name.trim(), variables.join(", "));
        let Some(place) = variables.iter().position(|variable| variable == name) else {
            return Err(Usage(format!("--start names '{name}', which is no variable; there is: {known}")));
        };
        if start[place].replace(number(value.trim())?).is_some() {
            return Err(Usage(format!("--start names {name} twice")));
        }
    }
    let named = start.iter().zip(variables).map(|(value, name)| {
        value.ok_or_else(|| Usage(format!("--start must name every variable, but {name} is missing")))
    });
    named.collect()
}

fn number(text: &str) -> Result<f64, Usage> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(Usage(format!("--start must be of finite numbers, but '{text}' is none"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_read_by_place_and_by_name() {
        let variables = ["x".to_owned(), "y".to_owned()];
        let read = |text: &str| parse(text, &variables).map_err(|error| error.0);
        assert_eq!(read("-1.2, 1").expect("two numbers"), [-1.2, 1.0]);
        assert_eq!(read("y=2,x=1e-3").expect("two numbers"), [1e-3, 2.0]);
        for (text, said) in [
            ("1", "must have 2 numbers (of x, y), but has 1"),
            ("x=1", "y is missing"),
            ("x=1,x=2", "names x twice"),
            ("x=1,z=2", "no variable; there is: x, y"),
            ("x=1,2", "all of its numbers or none"),
            ("1,nan", "'nan' is none"),
            ("1,", "'' is none"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
