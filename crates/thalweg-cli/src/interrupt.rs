//! Signals that end the program: the first one ends a run in order, the second at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use thalweg_learn::TemporaryFiles;

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
    /// Set by a signal until the thread has handled it.
    pending: Arc<AtomicBool>,
    /// If true, a thread handles the signals.
    has_thread: bool,
}

impl Interrupt {
    /// Installs the handlers.
    pub(crate) fn listen() -> Self {
        let mut interrupt = Self {
            requested: Arc::new(AtomicBool::new(false)),
            immediate: Arc::new(AtomicBool::new(true)),
            code: Arc::default(),
            pending: Arc::default(),
            has_thread: false,
        };
        #[cfg(unix)]
        {
            interrupt.has_thread = interrupt.listen_on_thread().is_ok();
        }
        if !interrupt.has_thread {
            // Without a thread, temporary files may be left behind. A signal that cannot be handled ends the process.
            let _ = interrupt.listen_in_handlers();
        }
        interrupt
    }

    /// Handles the signals on a thread, where locks are allowed.
    #[cfg(unix)]
    fn listen_on_thread(&self) -> io::Result<()> {
        use std::io::Read;
        use std::os::unix::net::UnixStream;

        use signal_hook::consts::{SIGHUP, SIGQUIT, SIGXFSZ};
        use signal_hook::low_level::pipe;
        let (mut receiver, sender) = UnixStream::pair()?;
        let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM, SIGQUIT].into_iter().chain(hangup) {
            signal_hook::flag::register_usize(signal, Arc::clone(&self.code), exit_code(signal))?;
            signal_hook::flag::register(signal, Arc::clone(&self.pending))?;
            // Last, as the thread acts on what the others have set.
            pipe::register(signal, sender.try_clone()?)?;
        }
        // A signal between these registrations may have set the code only.
        if self.code.load(Ordering::Relaxed) != 0 {
            self.handle_signal();
        }
        // A write beyond the limit of the size of files fails rather than end the process.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        let interrupt = self.clone();
        let listener = move || {
            // A byte for every signal.
            while receiver.read_exact(&mut [0]).is_ok() {
                interrupt.handle_signal();
                interrupt.pending.store(false, Ordering::Relaxed);
            }
        };
        // Last, so that until here all handlers run on this thread.
        std::thread::Builder::new().name("signals".into()).stack_size(1 << 16).spawn(listener)?;
        Ok(())
    }

    #[cfg(unix)]
    fn handle_signal(&self) {
        use signal_hook::consts::SIGQUIT;
        let is_quit = usize::from(self.code()) == exit_code(SIGQUIT);
        if self.immediate.swap(true, Ordering::Relaxed) || is_quit {
            // The lock is never released, so that no other thread can create a file after this.
            let mut files = TemporaryFiles::lock();
            files.remove_all();
            signal_hook::low_level::exit(self.code().into());
        }
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Handles the signals in their handlers, which may only set flags and exit.
    fn listen_in_handlers(&self) -> io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order of registration: this one must see the state before the signal.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.immediate))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&self.code), exit_code(signal))?;
            signal_hook::flag::register(signal, Arc::clone(&self.requested))?;
            signal_hook::flag::register(signal, Arc::clone(&self.immediate))?;
        }
        Ok(())
    }

    /// From now on, the first signal requests an orderly end instead of ending the process.
    pub(crate) fn defer(&self) {
        self.settle();
        self.immediate.store(false, Ordering::Relaxed);
    }

    /// Does work that the first signal ends in order; afterwards a signal ends the process again.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.defer();
        let done = work();
        self.immediate.store(true, Ordering::Relaxed);
        done
    }

    /// Returns a flag that SIGUSR1 sets from now on; without a call, that signal ends the process. On systems without
    /// it, nothing sets the flag.
    pub(crate) fn user_signal() -> Arc<AtomicBool> {
        let flag = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        {
            // A signal that cannot be handled ends the process, as without a call.
            let _ = signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::clone(&flag));
        }
        flag
    }

    /// Waits until a signal that has arrived is handled, so that it ends the process if it comes before the result.
    pub(crate) fn settle(&self) {
        while self.has_thread && self.pending.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the exit code of the signal: 128 plus its number.
    pub(crate) fn code(&self) -> u8 {
        u8::try_from(self.code.load(Ordering::Relaxed)).expect("exit codes of signals are at most 143")
    }
}

fn exit_code(signal: i32) -> usize {
    128 + signal as usize
}

/// Returns `true` if the process was started with this signal ignored, as by `nohup`, or if that is not known.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_interrupt_is_requested_before_a_signal() {
        let interrupt = Interrupt::listen();
        assert!(!interrupt.requested.load(Ordering::Relaxed));
        interrupt.during(|| assert!(!interrupt.requested.load(Ordering::Relaxed)));
        assert!(!interrupt.requested.load(Ordering::Relaxed));
    }
}
