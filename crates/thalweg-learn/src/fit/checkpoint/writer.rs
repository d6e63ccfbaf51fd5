//! Writing of checkpoints while the training goes on.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::FitCheckpoint;
use super::folder::CheckpointFolder;
use crate::error::{Error, Result};

/// Thread that writes checkpoints to a folder, so that a training does not wait for the disk.
#[derive(Debug)]
pub struct CheckpointWriter {
    sender: SyncSender<FitCheckpoint>,
    thread: JoinHandle<Result<()>>,
}

impl CheckpointWriter {
    /// Begins to write to a folder, where the latest `keep` checkpoints stay, at least 1. `on_error` is called when one
    /// could not be written; the training goes on.
    pub fn new(folder: CheckpointFolder, keep: usize, on_error: impl Fn(&Error) + Send + 'static) -> Self {
        // One that is written, and none that waits: states are as large as models.
        let (sender, receiver) = sync_channel::<FitCheckpoint>(0);
        let mut folder = folder;
        let write = move || {
            let mut latest = Ok(());
            for checkpoint in receiver {
                latest = folder.write(checkpoint, keep);
                if let Err(error) = &latest {
                    on_error(error);
                }
            }
            latest
        };
        Self { sender, thread: std::thread::spawn(write) }
    }

    /// Writes a checkpoint, once the one before is written.
    pub fn write(&self, checkpoint: FitCheckpoint) {
        // The thread ends only after the sender.
        let _ = self.sender.send(checkpoint);
    }

    /// Waits until all checkpoints are written.
    ///
    /// # Errors
    /// The error of the last one.
    pub fn finish(self) -> Result<()> {
        drop(self.sender);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
