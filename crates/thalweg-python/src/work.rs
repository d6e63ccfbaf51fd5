//! Long work in threads of its own, while the calling thread looks at the signals of Python and calls its functions.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::pool;

/// Time between two looks at the signals.
const LOOK: Duration = Duration::from_millis(50);

/// Signals after which the result is no longer waited for.
const IMPATIENCE: usize = 2;

/// Function of Python that receives a report of the work, such as that of an epoch, and returns a true value to end the
/// work.
pub(crate) type OnReport<'a, R> = dyn FnMut(Python<'_>, &R) -> PyResult<bool> + Send + 'a;

/// Report, and where the answer is awaited.
struct Call<R>(R, SyncSender<ControlFlow<()>>);

/// Connection of the work to the calling thread.
pub(crate) struct Link<'a, R> {
    /// Set when the work must end.
    pub(crate) interrupt: &'a AtomicBool,
    calls: Sender<Call<R>>,
}

impl<R> Link<'_, R> {
    /// Calls the function of Python on the calling thread.
    pub(crate) fn report(&self, report: R) -> ControlFlow<()> {
        let (answer, answered) = sync_channel(1);
        let sent = self.calls.send(Call(report, answer));
        // The calling thread waits for calls until the work has ended.
        sent.ok().and_then(|()| answered.recv().ok()).unwrap_or(ControlFlow::Break(()))
    }
}

/// Result of work that may have been interrupted.
pub(crate) struct Done<T> {
    pub(crate) result: T,
    /// Exception of a signal handler, or of the function of Python, which ended the work.
    pub(crate) raised: Option<PyErr>,
}

/// Does work in a pool of its own, so that functions of Python that it calls may use the pool of the process. The
/// calling thread does not hold the lock of Python meanwhile.
pub(crate) fn run<R: Send, T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    mut on_report: Option<&mut OnReport<'_, R>>,
    work: impl FnOnce(&Link<'_, R>) -> T + Send,
) -> PyResult<Done<T>> {
    let interrupt = AtomicBool::new(false);
    let (sender, calls) = channel();
    let link = Link { interrupt: &interrupt, calls: sender };
    let Some(pool) = pool::own(threads) else {
        drop(calls);
        return Ok(Done { result: work(&link), raised: None });
    };
    let mut result = None;
    let mut raised = Vec::new();
    let (waiting, slot) = (&mut raised, &mut result);
    let interrupt = &interrupt;
    py.detach(move || {
        pool.in_place_scope(move |scope| {
            scope.spawn(move |_| *slot = Some(work(&link)));
            let mut last_look = Instant::now();
            loop {
                match calls.recv_timeout(LOOK) {
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(Call(report, answer)) => {
                        let ends = on_report.as_mut().map_or(Ok(false), |f| Python::attach(|py| f(py, &report)));
                        let flow = match ends {
                            Ok(false) => ControlFlow::Continue(()),
                            Ok(true) => ControlFlow::Break(()),
                            Err(error) => {
                                waiting.push(error);
                                ControlFlow::Break(())
                            }
                        };
                        // The work waits for the answer.
                        let _ = answer.send(flow);
                    }
                }
                if last_look.elapsed() >= LOOK {
                    last_look = Instant::now();
                    if let Err(error) = Python::attach(look_at_signals) {
                        waiting.push(error);
                        interrupt.store(true, Ordering::Relaxed);
                    }
                }
            }
        });
    });
    let result = result.expect("the scope waits for the work");
    if raised.len() >= IMPATIENCE {
        return Err(raised.swap_remove(0));
    }
    Ok(Done { result, raised: raised.pop() })
}

/// Calls the handlers of signals that have arrived.
pub(crate) fn look_at_signals(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}
