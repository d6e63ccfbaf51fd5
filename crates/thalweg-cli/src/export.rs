//! `thalweg export`: writes a model in the format of other programs.

use anyhow::{Result, anyhow};
use thalweg_learn::{Destination, ModelFile, export};

use crate::commands::ExportCommand;
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;

pub(crate) fn run(command: &ExportCommand) -> Result<ExitCode> {
    let ExportCommand { model, output } = command;
    let extension = output.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if extension.as_deref() != Some("onnx") {
        return Err(
            UsageError(format!("expected a file with the extension .onnx, found '{}'", output.display())).into()
        );
    }
    file_conflicts::check(std::slice::from_ref(model), &[("the output", Some(output))])?;
    let destination = Destination::open(output)?;
    let file = ModelFile::load(model)?;
    let bytes = export::to_onnx(&file).map_err(|error| anyhow!("{}: {error}", model.display()))?;
    destination.write(&bytes)?;
    Ok(ExitCode::SUCCESS)
}
