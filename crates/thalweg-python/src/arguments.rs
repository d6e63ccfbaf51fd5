//! Keyword arguments of a call by name, with errors that name them.

use std::path::PathBuf;
use std::str::FromStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString};
use thalweg_learn::data::nearest_name;
use thalweg_learn::fit::parse_bytes;

use crate::error::{OrRaise, invalid, wrong_type};

/// Keyword arguments; `None` stands for one that is not given.
pub(crate) struct Arguments<'py>(Bound<'py, PyDict>);

impl<'py> Arguments<'py> {
    pub(crate) fn new(arguments: Bound<'py, PyDict>) -> Self {
        Self(arguments)
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.0.py()
    }

    /// Returns an argument, unless it is not given.
    pub(crate) fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    /// Returns a finite or infinite number.
    pub(crate) fn number(&self, name: &str) -> PyResult<Option<f64>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let is_number = !value.is_instance_of::<PyBool>() && !value.is_instance_of::<PyString>();
        let number = is_number.then(|| value.extract().ok()).flatten();
        number.map(Some).ok_or_else(|| wrong_type(name, "a number", &value))
    }

    /// Returns a whole number of at least `least`.
    pub(crate) fn whole<T: TryFrom<u64>>(&self, name: &str, least: u64) -> PyResult<Option<T>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        // A value of numpy has no other way to be recognized as a whole number.
        if value.is_instance_of::<PyBool>() || !value.hasattr("__index__")? {
            return Err(wrong_type(name, "a whole number", &value));
        }
        let number = value.extract::<u64>().ok().filter(|number| *number >= least);
        let number = number.and_then(|number| T::try_from(number).ok());
        number.map(Some).ok_or_else(|| {
            let found = value.str().map_or_else(|_| "another number".to_owned(), |text| text.to_string());
            invalid(self.py(), &format!("{name} must be a whole number of at least {least}, but is {found}"))
        })
    }

    /// Returns `True` or `False`.
    pub(crate) fn flag(&self, name: &str) -> PyResult<Option<bool>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        value.extract().map(Some).map_err(|_| wrong_type(name, "True or False", &value))
    }

    /// Returns a text as it is.
    pub(crate) fn text(&self, name: &str) -> PyResult<Option<String>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        match value.cast::<PyString>() {
            Ok(text) => Ok(Some(text.to_str()?.to_owned())),
            Err(_) => Err(wrong_type(name, "a text", &value)),
        }
    }

    /// Returns texts, given as one or as a sequence.
    pub(crate) fn texts(&self, name: &str) -> PyResult<Vec<String>> {
        let Some(value) = self.get(name)? else { return Ok(Vec::new()) };
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(vec![text.to_str()?.to_owned()]);
        }
        let texts = (!value.is_instance_of::<PyBytes>()).then(|| value.extract().ok()).flatten();
        texts.ok_or_else(|| wrong_type(name, "a text or a sequence of texts", &value))
    }

    /// Returns the path of a file or folder.
    pub(crate) fn path(&self, name: &str) -> PyResult<Option<PathBuf>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        value.extract().map(Some).map_err(|_| wrong_type(name, "a path", &value))
    }

    /// Returns the value that a text describes.
    pub(crate) fn parsed<T: FromStr<Err = thalweg::Error>>(&self, name: &str) -> PyResult<Option<T>> {
        self.text(name)?.map(|text| text.parse().or_raise(self.py())).transpose()
    }

    /// Returns a value by its name.
    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> PyResult<Option<T>> {
        let Some(found) = self.text(name)? else { return Ok(None) };
        let choice = choices.iter().find(|(known, _)| *known == found).map(|(_, choice)| *choice);
        choice.map(Some).ok_or_else(|| {
            let known: Vec<String> = choices.iter().map(|(known, _)| (*known).to_owned()).collect();
            let nearest = nearest_name(&found, &known);
            let question = nearest.map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
            let known: Vec<String> = known.iter().map(|known| format!("'{known}'")).collect();
            let expected = known.join(" or ");
            invalid(self.py(), &format!("{name} must be {expected}, but is '{found}'{question}"))
        })
    }

    /// Returns a single character, or the one of a name such as `tab`.
    pub(crate) fn character(&self, name: &str, names: &[(&str, char)]) -> PyResult<Option<char>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let mut characters = text.chars();
        let named = names.iter().find(|(known, _)| *known == text).map(|(_, character)| *character);
        let only = (characters.next(), characters.next());
        let character = named.or(if let (Some(character), None) = only { Some(character) } else { None });
        let valid = character.filter(|character| !character.is_alphanumeric() && *character != '"');
        valid.map(Some).ok_or_else(|| {
            let names = names.iter().map(|(known, _)| format!(" or '{known}'")).collect::<String>();
            let expected = "one character that is no letter, digit or double quote";
            invalid(self.py(), &format!("{name} must be {expected}{names}, but is '{text}'"))
        })
    }

    /// Returns a number of bytes, given as a number or as a text with a unit such as `512M`.
    pub(crate) fn bytes(&self, name: &str) -> PyResult<Option<usize>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        if !value.is_instance_of::<PyString>() {
            return self.whole(name, 1);
        }
        let text = self.text(name)?.unwrap_or_default();
        parse_bytes(&text).map(Some).ok_or_else(|| {
            let expected = "a number of bytes, for example '512M' or '2G'";
            invalid(self.py(), &format!("{name} must be {expected}, but is '{text}'"))
        })
    }
}
