//! Conventions and defaults of other libraries and of the papers.

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::text::{Choice, choices};

choices! {
    /// Source of a method's conventions and defaults.
    pub enum Preset {
        /// PyTorch, whose conventions are the defaults here.
        Torch = "torch",
        /// Conventions and defaults of Keras 3.
        Keras = "keras",
        /// Conventions and defaults of Optax.
        Optax = "optax",
        /// The paper that introduced the method.
        Paper = "paper",
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Choice::parse_choice("preset", text)
    }
}
