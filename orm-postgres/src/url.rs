//! URLs: read by `tokio-postgres`, checked for what this driver cannot do, and never quoted in errors.

use std::error::Error as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use orm_core::error::{Error, Result};
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, LoadBalanceHosts, SslMode, SslNegotiation};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_PORT: u16 = 5432;
/// Where distributions (the first) and PostgreSQL itself (the second) put the socket.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];
const FORM: &str = "`postgresql://user:password@host:port/database`";

/// A place where a server may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A host name or number, and a port.
    Tcp(String, u16),
    /// The path of a socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// Reads a URL.
///
/// # Errors
///
/// [`Error::Configuration`], which names options but quotes nothing that may be part of a password.
pub(crate) fn parse(url: &str) -> Result<Config> {
    let rest = url
        .strip_prefix("postgresql://")
        .or_else(|| url.strip_prefix("postgres://"))
        .ok_or_else(|| Error::configuration(format!("a URL of PostgreSQL reads {FORM}")))?;
    refuse_stray_at(rest)?;
    let options = rest.split_once('?').map_or("", |(_, options)| options);
    refuse_tls(options)?;
    let mut config: Config = url.parse().map_err(|error| malformed(&error))?;
    refuse_unsupported(&config)?;
    // Zero means for ever, which reads as if it were not said.
    if !has_option(options, "connect_timeout") {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    Ok(config)
}

/// Returns where to look for the server, in order.
pub(crate) fn addresses(config: &Config) -> Result<Vec<Address>> {
    let (hosts, numbers, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    if !hosts.is_empty() && !numbers.is_empty() && hosts.len() != numbers.len() {
        return Err(Error::configuration(
            "the URL has not as many `hostaddr` as hosts: give one for each, or none",
        ));
    }
    let count = hosts.len().max(numbers.len());
    if ports.len() > 1 && ports.len() != count {
        return Err(Error::configuration(
            "the URL has not as many ports as hosts: give one for each, or one for all",
        ));
    }
    let port_at =
        |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
    if count == 0 {
        return Ok(vec![default_address(port_at(0))]);
    }
    Ok((0..count)
        .filter_map(|index| {
            let port = port_at(index);
            if let Some(number) = numbers.get(index) {
                return Some(Address::Tcp(number.to_string(), port));
            }
            Some(match hosts.get(index)? {
                Host::Tcp(host) => Address::Tcp(host.clone(), port),
                #[cfg(unix)]
                Host::Unix(directory) => Address::Unix(socket_in(directory, port)),
            })
        })
        .collect())
}

/// Without a host, the server of this machine, like `libpq`.
fn default_address(port: u16) -> Address {
    SOCKET_DIRECTORIES
        .iter()
        .map(|directory| socket_in(Path::new(directory), port))
        .find(|path| cfg!(unix) && path.exists())
        .map_or_else(|| Address::Tcp("localhost".to_owned(), port), Address::Unix)
}

fn socket_in(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// An `@` in a password would make the rest of the password a host.
fn refuse_stray_at(rest: &str) -> Result<()> {
    let is_stray = match rest.split_once('@') {
        Some((user, rest)) => user.starts_with('/') || rest.contains('@'),
        None => false,
    };
    if is_stray {
        return Err(Error::configuration(
            "the URL has an `@` that ends no password: write it as `%40`",
        ));
    }
    Ok(())
}

fn refuse_tls(options: &str) -> Result<()> {
    match option(options, "sslmode") {
        Some("require" | "verify-ca" | "verify-full") => Err(tls_is_missing("sslmode")),
        _ => Ok(()),
    }
}

fn tls_is_missing(option: &str) -> Error {
    Error::configuration(format!(
        "the option `{option}` of the URL asks for TLS, which this driver does not speak yet: use \
         `sslmode=prefer` or `sslmode=disable` with a server that allows it, and keep the \
         connection private by a socket, a tunnel or a private network"
    ))
}

fn refuse_unsupported(config: &Config) -> Result<()> {
    if config.get_ssl_mode() == SslMode::Require {
        return Err(tls_is_missing("sslmode"));
    }
    if config.get_ssl_negotiation() == SslNegotiation::Direct {
        return Err(tls_is_missing("sslnegotiation"));
    }
    if config.get_channel_binding() == ChannelBinding::Require {
        return Err(tls_is_missing("channel_binding"));
    }
    if config.get_load_balance_hosts() != LoadBalanceHosts::Disable {
        return Err(Error::configuration(
            "the option `load_balance_hosts` of the URL is not supported: hosts are tried in order",
        ));
    }
    Ok(())
}

fn has_option(options: &str, name: &str) -> bool {
    option(options, name).is_some()
}

fn option<'o>(options: &'o str, name: &str) -> Option<&'o str> {
    options.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// What is wrong, if it is known to be no part of a password: the name of an option.
#[cold]
fn malformed(error: &tokio_postgres::Error) -> Error {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(name) = cause.strip_prefix("invalid value for option ") {
        return Error::configuration(format!(
            "the URL of PostgreSQL has a value that its option {name} cannot take; it reads {FORM}"
        ));
    }
    if cause.starts_with("unknown option") {
        return Error::configuration(format!(
            "the URL of PostgreSQL has an option after `?` that this driver does not know; it knows \
             user, password, dbname, options, application_name, sslmode, host, hostaddr, port, \
             connect_timeout, tcp_user_timeout, keepalives, keepalives_idle, keepalives_interval, \
             keepalives_retries and target_session_attrs; a URL reads {FORM}"
        ));
    }
    Error::configuration(format!("the URL of PostgreSQL makes no sense; it reads {FORM}"))
}
