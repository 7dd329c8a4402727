//! The socket under a connection: blocking, behind a gate that says when a read may block.
//!
//! `tokio-postgres` reads before it writes, so a socket that simply blocked would wait for an answer
//! to a question that was never sent. With the gate closed a read is pending at once; `link` opens it
//! when all is written and only the server can go on. Writes always block: the server reads a whole
//! request before it answers, so it never waits for us to read first.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How the transaction stands, as the server says at the end of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionStatus {
    /// No transaction is open.
    Idle,
    /// A transaction is open.
    Open,
    /// A transaction is open and can only be rolled back.
    Failed,
}

/// What the socket and its driver share.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    may_block: AtomicBool,
    /// The last eight bytes read since the last write.
    tail: AtomicU64,
}

impl Gate {
    /// Lets one read block until the server sends something.
    pub(crate) fn open(&self) {
        self.may_block.store(true, Ordering::Relaxed);
    }

    /// Makes reads pending.
    pub(crate) fn close(&self) {
        self.may_block.store(false, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        self.may_block.load(Ordering::Relaxed)
    }

    /// Returns the status at the end of the answer, or `None` while the answer is not complete.
    ///
    /// An answer ends with the message `ReadyForQuery`: `Z`, the length 5, and the status
    /// (PostgreSQL's manual, §55.7). `tokio-postgres` does not hand the status out.
    pub(crate) fn status(&self) -> Option<TransactionStatus> {
        const READY: u64 = 0x5A_0000_0005;
        let [.., status] = self.tail.load(Ordering::Relaxed).to_be_bytes();
        if (self.tail.load(Ordering::Relaxed) >> 8) & 0xFF_FFFF_FFFF != READY {
            return None;
        }
        match status {
            b'I' => Some(TransactionStatus::Idle),
            b'T' => Some(TransactionStatus::Open),
            b'E' => Some(TransactionStatus::Failed),
            _ => None,
        }
    }

    fn note_read(&self, bytes: &[u8]) {
        let last = &bytes[bytes.len().saturating_sub(8)..];
        let tail = self.tail.load(Ordering::Relaxed);
        let tail = last.iter().fold(tail, |tail, &byte| (tail << 8) | u64::from(byte));
        self.tail.store(tail, Ordering::Relaxed);
    }

    fn note_write(&self) {
        self.tail.store(0, Ordering::Relaxed);
    }
}

/// A connected socket.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Over the network.
    Tcp(TcpStream),
    /// On this machine.
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => (&*stream).read(into),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).read(into),
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => (&*stream).write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).write(bytes),
        }
    }

    /// Limits how long a read waits; `None` is for ever.
    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(timeout),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(timeout),
        }
    }

    fn shutdown(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            #[cfg(unix)]
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
    }
}

/// A [`Stream`] as `tokio-postgres` wants it.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Arc<Stream>,
    gate: Arc<Gate>,
}

impl Socket {
    /// Returns the socket that reads from `stream` when `gate` is open.
    pub(crate) fn new(stream: Arc<Stream>, gate: Arc<Gate>) -> Self {
        Self { stream, gate }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.gate.is_open() {
            return Poll::Pending;
        }
        let space = buffer.initialize_unfilled();
        let count = match retry(|| self.stream.read(space)) {
            Ok(count) => count,
            // What a read timeout is called on Unix.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            Err(error) => return Poll::Ready(Err(error)),
        };
        self.gate.close();
        self.gate.note_read(&space[..count]);
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.gate.note_write();
        Poll::Ready(retry(|| self.stream.write(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.shutdown())
    }
}

/// Does `action` again as long as a signal interrupts it.
fn retry(mut action: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match action() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_the_last_byte_of_a_complete_answer() {
        let gate = Gate::default();

        gate.note_read(b"C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05T");

        assert_eq!(gate.status(), Some(TransactionStatus::Open));
    }

    #[test]
    fn a_status_that_arrives_in_two_pieces_is_put_together() {
        let gate = Gate::default();

        gate.note_read(b"C\0\0\0\x0bCOMMIT\0Z\0\0");
        assert_eq!(gate.status(), None);
        gate.note_read(b"\0\x05E");

        assert_eq!(gate.status(), Some(TransactionStatus::Failed));
    }

    #[test]
    fn a_new_request_forgets_the_status() {
        let gate = Gate::default();

        gate.note_read(b"Z\0\0\0\x05I");
        gate.note_write();

        assert_eq!(gate.status(), None);
    }
}
