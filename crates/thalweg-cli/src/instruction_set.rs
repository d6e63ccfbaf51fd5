//! Instruction set of all commands.

use anyhow::Result;
use thalweg::optimizer::Isa;

use crate::exit::UsageError;

/// Variable of the environment that forces an instruction set.
const FORCED: &str = "THALWEG_ISA";

/// Forces the instruction set that the environment names, if it names one.
pub(crate) fn force() -> Result<()> {
    let Some(name) = std::env::var_os(FORCED).filter(|name| !name.is_empty()) else { return Ok(()) };
    let isa: Isa = name.to_string_lossy().parse().map_err(|error| UsageError(format!("{FORCED}: {error}")))?;
    isa.force();
    Ok(())
}
