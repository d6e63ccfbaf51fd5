//! Text forms: `name:key=value,…` for methods, schedules, problems and models, and enums by name.

use crate::error::{Error, Result};

/// A text of the form `name:key=value,key=value`, split into its parts.
///
/// ```
/// use thalweg::text::NamedParams;
/// let parsed = NamedParams::parse("adam:lr=0.01,beta1=0.8")?;
/// assert_eq!((parsed.name, parsed.params), ("adam", vec![("lr", "0.01"), ("beta1", "0.8")]));
/// assert_eq!(NamedParams::parse("sgd")?.params, []);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedParams<'a> {
    /// The part before the colon, without surrounding blanks.
    pub name: &'a str,
    /// The pairs after the colon in their order, each key at most once.
    pub params: Vec<(&'a str, &'a str)>,
}

impl<'a> NamedParams<'a> {
    /// Splits `text`; without a colon there are no parameters.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a parameter without `=`, [`Error::Duplicate`] for a key that is given twice.
    pub fn parse(text: &'a str) -> Result<Self> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim();
        let mut params: Vec<(&str, &str)> = Vec::new();
        for param in rest.split(',').map(str::trim).filter(|param| !param.is_empty()) {
            let Some((key, value)) = param.split_once('=') else {
                return Err(Error::InvalidValue {
                    what: format!("a parameter of {name}"),
                    expected: "key=value".into(),
                    found: param.into(),
                });
            };
            let (key, value) = (key.trim(), value.trim());
            if params.iter().any(|&(earlier, _)| earlier == key) {
                return Err(Error::Duplicate { what: format!("the parameters of {name}"), name: key.into() });
            }
            params.push((key, value));
        }
        Ok(Self { name, params })
    }
}

/// Parses a number; `what` names it in the error.
pub fn parse_number(what: &str, text: &str) -> Result<f64> {
    text.parse().map_err(|_| Error::InvalidValue { what: what.into(), expected: "a number".into(), found: text.into() })
}

/// Parses a whole number of at least 0; `1e4` is accepted.
pub(crate) fn parse_count(what: &str, text: &str) -> Result<u64> {
    let plain = text.parse::<u64>().ok();
    let scientific = || text.parse::<f64>().ok().filter(|v| v.fract() == 0.0 && (0.0..=9e15).contains(v));
    plain.or_else(|| scientific().map(|v| v as u64)).ok_or_else(|| Error::InvalidValue {
        what: what.into(),
        expected: "a whole number".into(),
        found: text.into(),
    })
}

/// Finds the value named `text` among `choices`.
pub(crate) fn parse_choice<T: Copy>(what: &str, text: &str, choices: &[(&'static str, T)]) -> Result<T> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|&(_, value)| value)
        .ok_or_else(|| Error::unknown(what, text, choices.iter().map(|(name, _)| *name)))
}

/// An enum whose variants have names in text; see the macro `choices!`.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// All variants by name, in the order of listings.
    const CHOICES: &'static [(&'static str, Self)];
    /// Names of earlier versions that are still read.
    const OLD_NAMES: &'static [(&'static str, Self)];

    /// The name of the variant.
    fn choice_name(self) -> &'static str {
        let named = Self::CHOICES.iter().find(|(_, choice)| *choice == self);
        named.map_or_else(|| unreachable!("every variant is in its table"), |(name, _)| name)
    }

    /// The variant named `text`; `what` names it in the error.
    fn parse_choice(what: &str, text: &str) -> Result<Self> {
        let old = Self::OLD_NAMES.iter().find(|(name, _)| *name == text);
        old.map_or_else(|| parse_choice(what, text, Self::CHOICES), |&(_, choice)| Ok(choice))
    }
}

/// Declares an enum without fields whose variants have names in text and in serialized form:
/// `Variant = "name"`, or `Variant = "name" | "name of an earlier version"`.
macro_rules! choices {
    ($(#[$doc:meta])* pub enum $Name:ident {
        $($(#[$variant_doc:meta])* $Variant:ident = $name:literal $(| $old:literal)*,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $($(#[$variant_doc])* #[serde(rename = $name $(, alias = $old)*)] $Variant,)*
        }

        impl $crate::text::Choice for $Name {
            const CHOICES: &'static [(&'static str, Self)] = &[$(($name, Self::$Variant)),*];
            const OLD_NAMES: &'static [(&'static str, Self)] = &[$($(($old, Self::$Variant),)*)*];
        }

        impl $Name {
            /// All variants with their names.
            pub const ALL: &'static [(&'static str, Self)] = <Self as $crate::text::Choice>::CHOICES;

            /// The name of the variant, as in text and in serialized form.
            pub fn name(self) -> &'static str {
                $crate::text::Choice::choice_name(self)
            }
        }
    };
}
pub(crate) use choices;
