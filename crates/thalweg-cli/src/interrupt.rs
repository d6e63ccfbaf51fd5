//! Handling of SIGINT (Ctrl-C) and SIGTERM: the first signal ends a run in order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;
use signal_hook::consts::{SIGINT, SIGTERM};

/// State of the signal handlers.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// Set by a signal; clear before. A run that sees it ends in order.
    pub(crate) requested: Arc<AtomicBool>,
    /// If set, the next signal ends the process at once: while there is nothing to keep yet, and after the first
    /// signal.
    immediate: Arc<AtomicBool>,
    /// Exit code of the last signal.
    code: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Installs the handlers of both signals.
    pub(crate) fn listen() -> Result<Self> {
        let interrupt = Self {
            requested: Arc::new(AtomicBool::new(false)),
            immediate: Arc::new(AtomicBool::new(true)),
            code: Arc::default(),
        };
        for signal in [SIGINT, SIGTERM] {
            let code = 128 + signal;
            // Handlers run in the order of registration: this one must see the state before the signal.
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&interrupt.immediate))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&interrupt.code), usize::try_from(code)?)?;
            signal_hook::flag::register(signal, Arc::clone(&interrupt.requested))?;
            signal_hook::flag::register(signal, Arc::clone(&interrupt.immediate))?;
        }
        Ok(interrupt)
    }

    /// From now on, the first signal requests an orderly end instead of ending the process.
    pub(crate) fn defer(&self) {
        self.immediate.store(false, Ordering::Relaxed);
    }

    /// Does work that the first signal ends in order; afterwards a signal ends the process again.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.defer();
        let done = work();
        self.immediate.store(true, Ordering::Relaxed);
        done
    }

    /// Returns the exit code of the signal: 128 plus its number.
    pub(crate) fn code(&self) -> u8 {
        u8::try_from(self.code.load(Ordering::Relaxed)).expect("exit codes of signals are 130 and 143")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_interrupt_is_requested_before_a_signal() {
        let interrupt = Interrupt::listen().expect("handlers can be installed");
        assert!(!interrupt.requested.load(Ordering::Relaxed));
        interrupt.during(|| assert!(!interrupt.requested.load(Ordering::Relaxed)));
        assert!(!interrupt.requested.load(Ordering::Relaxed));
    }
}
