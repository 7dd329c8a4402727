//! A database that a URL names, and how a connection to it comes about.

mod refusal;

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use orm_core::dialect::Dialect;
use orm_core::driver::{Database, Driver, DriverConnection};
use orm_core::error::{Error, OperationalError, Result};
use socket2::{SockRef, TcpKeepalive};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Config};

use crate::connection::PostgresConnection;
use crate::link::Link;
use crate::socket::Stream;
use crate::url::{self, Address};
use crate::{Postgres, version};

impl Driver for Postgres {
    fn schemes(&self) -> &'static [&'static str] {
        &["postgresql", "postgres"]
    }

    fn open(&self, url: &str) -> Result<Box<dyn Database>> {
        let config = url::parse(url)?;
        url::addresses(&config)?;
        Ok(Box::new(PostgresDatabase { config }))
    }
}

/// A database on a server.
#[derive(Debug)]
struct PostgresDatabase {
    /// Its debug form leaves the password out.
    config: Config,
}

impl Database for PostgresDatabase {
    fn dialect(&self) -> &'static dyn Dialect {
        &Postgres
    }

    /// Tries the hosts in order; the error is that of the last one.
    fn connect(&self) -> Result<Box<dyn DriverConnection>> {
        let mut failure = None;
        for address in url::addresses(&self.config)? {
            match self.connect_to(&address) {
                Ok(connection) => return Ok(Box::new(connection)),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| Error::configuration("the URL of PostgreSQL has no host")))
    }
}

impl PostgresDatabase {
    fn connect_to(&self, address: &Address) -> Result<PostgresConnection> {
        let stream = self
            .open_stream(address)
            .and_then(|stream| {
                stream.set_read_timeout(self.config.get_connect_timeout().copied())?;
                Ok(Arc::new(stream))
            })
            .map_err(|error| refusal::of_address(address, &error))?;
        let (client, mut link) = Link::establish(Arc::clone(&stream), &self.config)
            .map_err(|error| refusal::of_server(address, &self.config, &error))?;
        let dialect = version::dialect(link.parameter("server_version"))?;
        self.check_session(address, &client, &mut link)?;
        stream.set_read_timeout(None).map_err(|error| refusal::of_address(address, &error))?;
        Ok(PostgresConnection::new(client, link, dialect))
    }

    fn open_stream(&self, address: &Address) -> io::Result<Stream> {
        match address {
            Address::Tcp(host, port) => self.open_tcp(host, *port).map(Stream::Tcp),
            #[cfg(unix)]
            Address::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn open_tcp(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        for address in (host, port).to_socket_addrs()? {
            let stream = match self.config.get_connect_timeout() {
                Some(timeout) => TcpStream::connect_timeout(&address, *timeout),
                None => TcpStream::connect(address),
            };
            match stream {
                Ok(stream) => return self.tuned(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn tuned(&self, stream: TcpStream) -> io::Result<TcpStream> {
        stream.set_nodelay(true)?;
        let socket = SockRef::from(&stream);
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(self.config.get_tcp_user_timeout().copied())?;
        if self.config.get_keepalives() {
            let mut keepalive = TcpKeepalive::new().with_time(self.config.get_keepalives_idle());
            if let Some(interval) = self.config.get_keepalives_interval() {
                keepalive = keepalive.with_interval(interval);
            }
            if let Some(retries) = self.config.get_keepalives_retries() {
                keepalive = keepalive.with_retries(retries);
            }
            socket.set_tcp_keepalive(&keepalive)?;
        }
        Ok(stream)
    }

    /// Refuses a server that is not of the kind `target_session_attrs` asks for.
    fn check_session(&self, address: &Address, client: &Client, link: &mut Link) -> Result<()> {
        let expected = match self.config.get_target_session_attrs() {
            TargetSessionAttrs::ReadWrite => "off",
            TargetSessionAttrs::ReadOnly => "on",
            _ => return Ok(()),
        };
        let answer = link
            .wait(client.simple_query("SHOW transaction_read_only"))
            .map_err(|error| refusal::of_server(address, &self.config, &error))?;
        let is_expected = answer.iter().any(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0) == Some(expected),
            _ => false,
        });
        if is_expected {
            return Ok(());
        }
        Err(OperationalError::new(format!(
            "PostgreSQL at {address} does not fit the option `target_session_attrs` of the URL"
        ))
        .into())
    }
}
