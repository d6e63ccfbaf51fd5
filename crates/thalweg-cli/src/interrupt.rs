//! Ctrl-C and the request to terminate: the first ends a training in order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Set by a signal.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// Whether a signal came. It is up from the start, as if one had come: until the training takes it down there is
    /// nothing to keep, so that the first signal ends the program at once.
    pub(crate) requested: Arc<AtomicBool>,
    which: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens for both signals.
    pub(crate) fn listen() -> Result<Self> {
        let interrupt = Self { requested: Arc::new(AtomicBool::new(true)), which: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            let code = 128 + signal;
            // Registered first, so that it acts only if the flag is already up: on the second signal.
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&interrupt.requested))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&interrupt.which), usize::try_from(code)?)?;
            signal_hook::flag::register(signal, Arc::clone(&interrupt.requested))?;
        }
        Ok(interrupt)
    }

    /// Does what a signal ends in order.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.requested.store(false, Ordering::Relaxed);
        let done = work();
        self.requested.store(true, Ordering::Relaxed);
        done
    }

    /// 128 + the signal's number.
    pub(crate) fn code(&self) -> u8 {
        u8::try_from(self.which.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
    }
}
