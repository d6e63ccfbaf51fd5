//! Errors as the page shows them.

use serde::Serialize;

/// Result of a function of this crate.
pub type Result<T> = std::result::Result<T, PageError>;

/// An error of what the user typed, dragged or opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageError {
    /// The part of the page that the error belongs to.
    pub part: Part,
    /// Text of the error: what was expected, and what was found.
    pub message: String,
    /// The text around the position of a syntax error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
}

/// Part of the page at which an error is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The function that is minimized, and its start.
    Function,
    /// A method with its hyperparameters.
    Method,
    /// The schedule of the learning rates.
    Schedule,
    /// Everything else on the page.
    Page,
}

/// Part of a formula with a mark under the position of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The formula around the position.
    pub shown: String,
    /// Blanks followed by `^` under the position.
    pub caret: String,
}

impl PageError {
    /// Returns an error of a part of the page.
    pub fn new(part: Part, message: &dyn std::fmt::Display) -> Self {
        Self { part, message: message.to_string(), excerpt: None }
    }

    /// Returns an error of the function.
    pub fn of_function(error: thalweg_problems::Error) -> Self {
        match error {
            thalweg_problems::Error::Syntax { expected, found, shown, caret } => Self {
                part: Part::Function,
                message: format!("expected {expected}, found {found}"),
                excerpt: Some(Excerpt { shown, caret }),
            },
            other => Self::new(Part::Function, &other),
        }
    }

    /// Returns an error of a method.
    #[allow(clippy::needless_pass_by_value, reason = "the signature that map_err takes")]
    pub fn of_method(error: thalweg::Error) -> Self {
        Self::new(Part::Method, &error)
    }
}
