//! The wire: drives `tokio-postgres`' connection while a request waits for its answer.
//!
//! No runtime and no waker are involved. The only thing a request ever waits for is the server, so
//! the loop writes what is to be written and then blocks in a read. Knows no SQL.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Error, NoTls, Row, RowStream};

use crate::socket::{Gate, Socket, Stream, TransactionStatus};

type Wire = tokio_postgres::Connection<Socket, NoTlsStream>;

/// The half of a connection that does the input and output.
pub(crate) struct Link {
    /// `None` once the connection is lost.
    wire: Option<Box<Wire>>,
    gate: Arc<Gate>,
}

impl Link {
    /// Introduces us to the server at the other end of `stream`.
    ///
    /// # Errors
    ///
    /// If the server refuses, or goes away.
    pub(crate) fn establish(stream: Arc<Stream>, config: &Config) -> Result<(Client, Self), Error> {
        let gate = Arc::new(Gate::default());
        let mut greeting = pin!(config.connect_raw(Socket::new(stream, Arc::clone(&gate)), NoTls));
        loop {
            gate.open();
            let context = &mut Context::from_waker(Waker::noop());
            if let Poll::Ready(answer) = greeting.as_mut().poll(context) {
                let (client, wire) = answer?;
                return Ok((client, Self { wire: Some(Box::new(wire)), gate }));
            }
        }
    }

    /// Returns what the server said of itself by this name when the connection began.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.wire.as_ref()?.parameter(name)
    }

    /// Runs `request` to its end.
    pub(crate) fn wait<T>(
        &mut self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut request = pin!(request);
        self.wait_for(|context| request.as_mut().poll(context))
    }

    /// Returns the next row, or `None` after the last.
    pub(crate) fn next_row(&mut self, mut rows: Pin<&mut RowStream>) -> Result<Option<Row>, Error> {
        // Most rows have arrived with others and need no look at the wire.
        self.wait_for(|context| rows.as_mut().poll_next(context).map(Option::transpose))
    }

    fn wait_for<T>(
        &mut self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, Error> {
        let context = &mut Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(result) = poll(context) {
                return result;
            }
            for may_block in [false, true] {
                let ended = self.turn(may_block, context);
                match (poll(context), ended) {
                    // The end of the wire says more than that it ended.
                    (Poll::Ready(Err(error)), Some(cause)) if error.is_closed() => {
                        return Err(cause);
                    }
                    (Poll::Ready(result), _) => return result,
                    (Poll::Pending, Some(cause)) => return Err(cause),
                    (Poll::Pending, None) => {}
                }
            }
        }
    }

    /// Writes what is to be written and, if it may block, reads once.
    ///
    /// Returns why the connection ended, if it did.
    fn turn(&mut self, may_block: bool, context: &mut Context<'_>) -> Option<Error> {
        let wire = self.wire.as_mut()?;
        if may_block {
            self.gate.open();
        } else {
            self.gate.close();
        }
        match Pin::new(wire).poll(context) {
            Poll::Pending => None,
            Poll::Ready(outcome) => {
                // Requests that still wait for an answer learn that there will be none.
                self.wire = None;
                outcome.err()
            }
        }
    }

    /// Returns how the transaction stands after the last request; `None` if the connection is lost.
    ///
    /// A request that fails does not wait for the end of its answer, and a notification may follow
    /// one; then the server is asked again.
    pub(crate) fn transaction_status(&mut self, client: &Client) -> Option<TransactionStatus> {
        if self.gate.status().is_none() {
            self.wait(client.check_connection()).ok()?;
        }
        self.gate.status()
    }

    /// Cuts the connection off, after the two ends have stopped understanding each other.
    pub(crate) fn sever(&mut self) {
        self.wire = None;
    }

    /// Whether the connection is lost.
    pub(crate) fn is_severed(&self) -> bool {
        self.wire.is_none()
    }
}

impl Drop for Link {
    /// Says goodbye: with the client gone, the wire's last turn sends a termination message.
    fn drop(&mut self) {
        self.turn(false, &mut Context::from_waker(Waker::noop()));
    }
}
