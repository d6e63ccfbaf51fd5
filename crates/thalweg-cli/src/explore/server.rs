//! A server of the files of the page on loopback: one request per connection, one thread for each.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

use super::response::Response;

/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 1 << 14;
/// Time in which a request must arrive and its response be taken.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A server that listens.
pub(super) struct Server {
    listener: TcpListener,
    port: u16,
}

impl Server {
    /// Listens on a port of 127.0.0.1; 0 stands for a free one.
    pub(super) fn bind(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = listener.with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        let port = listener.local_addr().context("cannot listen on 127.0.0.1")?.port();
        Ok(Self { listener, port })
    }

    /// Returns the address of the page.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Answers requests until a signal ends the process.
    ///
    /// # Errors
    /// A listener that cannot accept connections any more.
    pub(super) fn serve<T>(&self) -> Result<T> {
        loop {
            let (stream, _) = self.listener.accept().context("cannot accept a connection")?;
            let port = self.port;
            // A browser that went away needs no answer, and without a thread its request fails.
            let _ = std::thread::Builder::new().spawn(move || answer(stream, port));
        }
    }
}

fn answer(mut stream: TcpStream, port: u16) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let response = match read_head(&mut stream)? {
        Some(head) => Response::to(&head, port),
        None => Response::error("431 Request Header Fields Too Large"),
    };
    stream.write_all(response.head.as_bytes())?;
    stream.write_all(&response.content)?;
    stream.shutdown(Shutdown::Write)
}

/// Reads up to the empty line that ends the head; `None` for one that is too long.
fn read_head(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let (mut head, mut part) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > MAX_HEAD {
            return Ok(None);
        }
        match stream.read(&mut part)? {
            0 => break,
            count => head.extend_from_slice(&part[..count]),
        }
    }
    Ok(Some(head))
}
