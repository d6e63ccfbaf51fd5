//! Copy of a stream, which can be read while the stream is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::positioned_read::read_file_at;

/// Bytes that are read from a stream at once.
const READ_BYTES: usize = 1 << 18;

/// Pause after which the sender of a stream probably waits for an answer.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes of a stream that have arrived, in the order of the stream. A thread receives them until the stream ends or
/// the copy is dropped.
#[derive(Debug)]
pub(in crate::data) struct StreamCopy {
    arrived: Mutex<Arrived>,
    /// Notified when bytes arrive, and at the end.
    changed: Condvar,
    /// Temporary file that has the bytes; `None` if they are in memory.
    file: Option<File>,
}

#[derive(Debug, Default)]
struct Arrived {
    /// The bytes, unless a file has them.
    bytes: Vec<u8>,
    len: u64,
    /// Result of the stream, when it has ended.
    end: Option<Result<(), StreamError>>,
}

/// Error of a stream, which every reader of the copy gets.
#[derive(Clone, Debug)]
struct StreamError {
    code: Option<i32>,
    kind: io::ErrorKind,
    text: String,
}

impl StreamCopy {
    /// Starts the thread that copies a stream into memory, or into a file.
    pub(super) fn start(stream: impl Read + Send + 'static, file: Option<File>) -> io::Result<Arc<Self>> {
        let copy = Arc::new(Self { arrived: Mutex::default(), changed: Condvar::new(), file });
        let weak = Arc::downgrade(&copy);
        std::thread::Builder::new().name("stream".into()).spawn(move || receive(stream, &weak))?;
        Ok(copy)
    }

    /// Number of bytes of the whole stream; waits for its end.
    pub(super) fn len(&self) -> io::Result<u64> {
        let arrived = self.wait_while(|arrived| arrived.end.is_none());
        arrived.result().map(|()| arrived.len)
    }

    /// Number of bytes that have arrived.
    pub(super) fn arrived_len(&self) -> u64 {
        self.lock().len
    }

    /// Reads some of the bytes from an offset on, and waits for the first of them; returns 0 at the end.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let arrived = self.wait_while(|arrived| arrived.len <= offset && arrived.end.is_none());
        if arrived.len <= offset {
            return arrived.result().map(|()| 0);
        }
        let count = buffer.len().min(usize::try_from(arrived.len - offset).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..count];
        if let Some(file) = &self.file {
            drop(arrived);
            return read_file_at(file, buffer, offset);
        }
        buffer.copy_from_slice(&arrived.bytes[offset as usize..][..count]);
        Ok(count)
    }

    /// Returns `true` if reading from an offset would not wait.
    pub(in crate::data) fn is_ready(&self, offset: u64) -> bool {
        let arrived = self.lock();
        arrived.len > offset || arrived.end.is_some()
    }

    /// Returns the first bytes that have arrived, up to `most`; waits for one.
    pub(in crate::data) fn first(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut first = vec![0; most];
        let count = self.read_at(&mut first, 0)?;
        first.truncate(count);
        Ok(first)
    }

    /// Waits for the first bytes, `most` of them unless the stream ends before, or pauses after bytes that are enough.
    pub(super) fn wait_for_head(&self, most: usize, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        drop(self.wait_while(|arrived| arrived.len == 0 && arrived.end.is_none()));
        let mut seen = 0;
        loop {
            let is_quiet = |arrived: &mut Arrived| arrived.len == seen && arrived.end.is_none();
            let wait = self.changed.wait_timeout_while(self.lock(), PAUSE, is_quiet);
            let (arrived, _) = wait.unwrap_or_else(PoisonError::into_inner);
            let (len, is_paused, has_ended) = (arrived.len, arrived.len == seen, arrived.end.is_some());
            drop(arrived);
            seen = len;
            if len >= most as u64 || has_ended {
                return Ok(());
            }
            if is_paused {
                if is_enough(&self.first(most)?) {
                    return Ok(());
                }
                drop(self.wait_while(|arrived| arrived.len == len && arrived.end.is_none()));
            }
        }
    }

    /// Adds bytes that have arrived.
    fn add(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(mut file) = self.file.as_ref() {
            file.write_all(bytes)?;
        }
        let mut arrived = self.lock();
        if self.file.is_none() {
            arrived.bytes.extend_from_slice(bytes);
        }
        arrived.len += bytes.len() as u64;
        self.changed.notify_all();
        Ok(())
    }

    fn end(&self, result: io::Result<()>) {
        let error =
            |error: io::Error| StreamError { code: error.raw_os_error(), kind: error.kind(), text: error.to_string() };
        self.lock().end = Some(result.map_err(error));
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, is_early: impl Fn(&Arrived) -> bool) -> MutexGuard<'_, Arrived> {
        let wait = self.changed.wait_while(self.lock(), |arrived| is_early(arrived));
        wait.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrived {
    /// Returns the error of a stream that has ended with one.
    fn result(&self) -> io::Result<()> {
        match &self.end {
            Some(Err(StreamError { code: Some(code), .. })) => Err(io::Error::from_raw_os_error(*code)),
            Some(Err(StreamError { kind, text, .. })) => Err(io::Error::new(*kind, text.clone())),
            Some(Ok(())) | None => Ok(()),
        }
    }
}

/// Copies a stream to its end, as long as somebody has the copy.
fn receive(mut stream: impl Read, copy: &Weak<StreamCopy>) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = stream.read(&mut buffer);
        let Some(copy) = copy.upgrade() else { return };
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(count) if count > 0 => {
                if let Err(error) = copy.add(&buffer[..count]) {
                    return copy.end(Err(error));
                }
            }
            end => return copy.end(end.map(drop)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// Stream of the messages that are sent; its error is the end of the senders without an empty message.
    struct Messages(Receiver<Vec<u8>>);

    impl Read for Messages {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let message = self.0.recv().map_err(|_| io::Error::from_raw_os_error(5))?;
            buffer[..message.len()].copy_from_slice(&message);
            Ok(message.len())
        }
    }

    #[test]
    fn bytes_are_read_while_they_arrive() {
        let file = || Some(tempfile::tempfile().expect("the temporary file is created"));
        for file in [None, file()] {
            let (sender, receiver) = channel();
            let send = |text: &str| sender.send(text.as_bytes().to_vec()).expect("the thread receives");
            let copy = StreamCopy::start(Messages(receiver), file).expect("the thread starts");
            assert!(!copy.is_ready(0));
            send("ab");
            let has_line = |text: &[u8]| text.contains(&b'\n');
            let mut two = [0; 2];
            assert_eq!((copy.read_at(&mut two, 0).expect("bytes have arrived"), &two), (2, b"ab"));
            assert!(copy.is_ready(1) && !copy.is_ready(2));
            std::thread::scope(|scope| {
                let head = scope.spawn(|| copy.wait_for_head(100, has_line));
                std::thread::sleep(3 * PAUSE);
                assert!(!head.is_finished());
                send("c\nd");
                head.join().expect("nothing panics").expect("bytes have arrived");
            });
            assert_eq!((copy.arrived_len(), copy.first(4).expect("bytes have arrived")), (5, b"abc\n".to_vec()));
            copy.wait_for_head(3, |_| false).expect("bytes have arrived");
            send("");
            assert_eq!(copy.len().expect("the stream has ended"), 5);
            copy.wait_for_head(100, |_| false).expect("the stream has ended");
            assert_eq!(copy.read_at(&mut two, 4).expect("bytes have arrived"), 1);
            assert_eq!(copy.read_at(&mut two, 5).expect("the end is no error"), 0);
        }
    }

    #[test]
    fn every_reader_gets_the_error() {
        let (sender, receiver) = channel();
        let copy = StreamCopy::start(Messages(receiver), None).expect("the thread starts");
        sender.send(b"a".to_vec()).expect("the thread receives");
        drop(sender);
        for _ in 0..2 {
            assert_eq!(copy.len().expect_err("the stream has failed").raw_os_error(), Some(5));
            assert_eq!(copy.read_at(&mut [0; 2], 0).expect("a byte has arrived"), 1);
            assert!(copy.read_at(&mut [0; 2], 1).is_err());
        }
    }
}
