//! Why there is no connection, and what to do about it.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use orm_core::error::{Error, OperationalError};
use tokio_postgres::Config;

use crate::error::detail_of;
use crate::url::Address;

/// Returns the error of an address where nobody answers.
pub(super) fn of_address(address: &Address, error: &io::Error) -> Error {
    let help = match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => {
            "is the server running there? check the host and the port of the URL"
        }
        ErrorKind::TimedOut => {
            "is the host right, and does a firewall let us through? `connect_timeout` in the URL is \
             how many seconds to wait"
        }
        ErrorKind::PermissionDenied => "this user may not open the socket",
        _ => "check the host and the port of the URL",
    };
    unreachable(format!("cannot connect to PostgreSQL at {address}: {error}"), help)
}

/// Returns the error of a server that answers, but lets us not in.
pub(super) fn of_server(
    address: &Address,
    config: &Config,
    error: &tokio_postgres::Error,
) -> Error {
    let place = format!("cannot connect to PostgreSQL at {address}");
    if let Some(reported) = error.as_db_error() {
        let code = reported.code().code();
        let mut refusal =
            OperationalError::new(format!("{place}: {} ({code})", reported.message()));
        refusal.help = help_for(code, config);
        refusal.retryable = matches!(code, "53300" | "57P03");
        return refusal.into();
    }
    if let Some(cause) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        return of_address(address, cause);
    }
    let help = if config.get_password().is_none() {
        "the server may ask for a password: write it in the URL, as `user:password@host`"
    } else {
        "check the URL, and that the server is PostgreSQL"
    };
    unreachable(format!("{place}: {}", detail_of(error)), help)
}

fn unreachable(message: String, help: &str) -> Error {
    let mut error = OperationalError::new(message);
    error.help = Some(help.to_owned());
    error.into()
}

fn help_for(code: &str, config: &Config) -> Option<String> {
    let help = match code {
        "28P01" => "check the user and the password of the URL",
        "28000" => {
            "check the user of the URL: it must exist (`createuser`), and `pg_hba.conf` of the \
             server must let it in from here"
        }
        "3D000" => {
            let name = config.get_dbname().or(config.get_user()).unwrap_or("the_database");
            return Some(format!("create the database first: `createdb {name}`"));
        }
        "53300" => "the server has no connection left: make fewer, or raise `max_connections`",
        "57P03" => "the server is starting or stopping: try again",
        _ => return None,
    };
    Some(help.to_owned())
}
