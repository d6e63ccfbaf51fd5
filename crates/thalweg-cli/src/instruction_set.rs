//! Instruction set of all commands.

use anyhow::Result;
use thalweg::optimizer::Isa;

use crate::exit::UsageError;

/// Variable of the environment that forces an instruction set.
const FORCED: &str = "THALWEG_ISA";

/// Forces the instruction set that the environment names, if it names one.
pub(crate) fn force() -> Result<()> {
    let Some(name) = std::env::var_os(FORCED).filter(|name| !name.is_empty()) else { return Ok(()) };
    let (name, known) = (name.to_string_lossy(), Isa::all());
    if let Some(isa) = known.iter().find(|isa| isa.name() == name) {
        isa.force();
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(|isa| isa.name()).collect();
    Err(UsageError(format!("{FORCED}: expected one of {}, found '{name}'", names.join(", "))).into())
}
