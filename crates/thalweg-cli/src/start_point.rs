//! Parser of `--start`: `1,2` in the order of the variables, or `x=1,y=2`.

use crate::exit::UsageError;

/// Returns the starting point in the order of `variables`.
pub(crate) fn parse(text: &str, variables: &[String]) -> Result<Vec<f64>, UsageError> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    match parts.iter().filter(|part| part.contains('=')).count() {
        0 => parse_positional(&parts, variables),
        named if named < parts.len() => {
            Err(UsageError(format!("--start: expected a name for every number or for none, found '{text}'")))
        }
        _ => parse_named(&parts, variables),
    }
}

fn parse_positional(parts: &[&str], variables: &[String]) -> Result<Vec<f64>, UsageError> {
    if parts.len() != variables.len() {
        let (expected, names, found) = (variables.len(), variables.join(", "), parts.len());
        let numbers = if expected == 1 { "number" } else { "numbers" };
        return Err(UsageError(format!("--start: expected {expected} {numbers} (for {names}), found {found}")));
    }
    parts.iter().map(|part| parse_number(part)).collect()
}

fn parse_named(parts: &[&str], variables: &[String]) -> Result<Vec<f64>, UsageError> {
    let mut start = vec![None; variables.len()];
    for (name, value) in parts.iter().filter_map(|part| part.split_once('=')) {
        let name = name.trim();
        let Some(index) = variables.iter().position(|variable| variable == name) else {
            let known = variables.join(", ");
            return Err(UsageError(format!("--start: unknown variable '{name}'; known variables: {known}")));
        };
        if start[index].replace(parse_number(value.trim())?).is_some() {
            return Err(UsageError(format!("--start: duplicate variable '{name}'")));
        }
    }
    let values = start.iter().zip(variables);
    values
        .map(|(value, name)| value.ok_or_else(|| UsageError(format!("--start: missing a value for variable '{name}'"))))
        .collect()
}

fn parse_number(text: &str) -> Result<f64, UsageError> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(UsageError(format!("--start: expected a finite number, found '{text}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_read_by_position_and_by_name() {
        let variables = ["x".to_owned(), "y".to_owned()];
        let read = |text: &str| parse(text, &variables).map_err(|error| error.0);
        assert_eq!(read("-1.2, 1").expect("two numbers"), [-1.2, 1.0]);
        assert_eq!(read("y=2,x=1e-3").expect("two named numbers"), [1e-3, 2.0]);
        for (text, expected) in [
            ("1", "expected 2 numbers (for x, y), found 1"),
            ("x=1", "missing a value for variable 'y'"),
            ("x=1,x=2", "duplicate variable 'x'"),
            ("x=1,z=2", "unknown variable 'z'; known variables: x, y"),
            ("x=1,2", "a name for every number or for none"),
            ("1,nan", "expected a finite number, found 'nan'"),
            ("1,", "expected a finite number, found ''"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
