//! Contents of a checkpoint as text and as JSON.

use serde_json::{Value, json};
use thalweg_learn::fit::FitCheckpoint;

use super::escape::{display_name, display_sentence};
use super::format::{format_significant, pluralize};

/// Most epochs of the history that the text lists, the latest ones.
const MAX_EPOCHS: usize = 10;

/// Returns the contents in lines.
pub(crate) fn text(checkpoint: &FitCheckpoint) -> String {
    let state = checkpoint.state();
    let fit = if checkpoint.is_last_fit() { "last fit, to all rows" } else { "fit to the training rows" };
    let (epoch, epochs) = (state.epoch(), checkpoint.epochs());
    let mut text =
        format!("checkpoint  {fit}\nposition    epoch {epoch} of {epochs}, {}\n", pluralize(state.steps(), "step"));
    text += "\nsettings\n";
    for (name, value) in checkpoint.settings() {
        text += &format!("  {name:<15}  {}\n", display_sentence(value));
    }
    text += "\narrays\n";
    for (name, len) in checkpoint.array_lengths() {
        text += &format!("  {len:>12}  {}\n", display_name(&name));
    }
    let records = state.history().records();
    if !records.is_empty() {
        text += "\nhistory     (loss of the batches, loss that is watched, learning rate)\n";
    }
    for record in &records[records.len().saturating_sub(MAX_EPOCHS)..] {
        let numbers = [record.train_loss, record.monitored_loss, record.lr].map(format_significant);
        text += &format!("  epoch {:>6}  {}\n", record.epoch, numbers.map(|number| format!("{number:>10}")).join("  "));
    }
    text
}

/// Returns the contents as JSON.
pub(crate) fn json(checkpoint: &FitCheckpoint) -> Value {
    let state = checkpoint.state();
    let arrays: serde_json::Map<String, Value> =
        checkpoint.array_lengths().into_iter().map(|(name, len)| (name, len.into())).collect();
    json!({
        "checkpoint": {
            "last_fit": checkpoint.is_last_fit(),
            "epoch": state.epoch(),
            "epochs": checkpoint.epochs(),
            "steps": state.steps(),
            "settings": checkpoint.settings(),
            "arrays": arrays,
            "history": state.history().records(),
        }
    })
}
