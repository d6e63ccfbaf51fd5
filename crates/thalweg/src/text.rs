//! The one form in which methods and schedules are written: `name:key=value,key=value`.

use crate::error::{Error, Result};

/// `name:k=v,k=v` cut into its name and its pairs.
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Named<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(Error::InvalidValue {
                    what: format!("a parameter of {name}"),
                    expected: "key=value".into(),
                    found: pair.into(),
                });
            };
            let (key, value) = (key.trim(), value.trim());
            if pairs.iter().any(|&(earlier, _)| earlier == key) {
                return Err(Error::Duplicate { what: format!("the parameters of {name}"), name: key.into() });
            }
            pairs.push((key, value));
        }
        Ok(Self { name, pairs })
    }
}

/// Reads a number; `what` names it in the error.
pub(crate) fn number(what: &str, text: &str) -> Result<f64> {
    text.parse().map_err(|_| Error::InvalidValue { what: what.into(), expected: "a number".into(), found: text.into() })
}

/// Reads a whole number; `1e4` counts as one.
pub(crate) fn whole(what: &str, text: &str) -> Result<u64> {
    let plain = text.parse::<u64>().ok();
    let scientific = || text.parse::<f64>().ok().filter(|v| v.fract() == 0.0 && (0.0..=9e15).contains(v));
    plain.or_else(|| scientific().map(|v| v as u64)).ok_or_else(|| Error::InvalidValue {
        what: what.into(),
        expected: "a whole number".into(),
        found: text.into(),
    })
}

/// The choice named `text` among `choices`.
pub(crate) fn choice<T: Copy>(what: &str, text: &str, choices: &[(&str, T)]) -> Result<T> {
    choices.iter().find(|(name, _)| *name == text).map(|&(_, value)| value).ok_or_else(|| Error::Unknown {
        what: what.into(),
        name: text.into(),
        known: choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
    })
}

/// The name of `value` among `choices`.
pub(crate) fn name_of<T: PartialEq>(value: &T, choices: &[(&'static str, T)]) -> &'static str {
    choices.iter().find(|(_, choice)| choice == value).map_or("", |(name, _)| name)
}
