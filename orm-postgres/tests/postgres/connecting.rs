//! URLs, and what comes of them.

use std::time::Instant;

use orm_core::driver::{Driver, DriverConnection};
use orm_core::error::{Error, OperationalError};
use orm_postgres::Postgres;

use crate::fake::{self, ASK_PASSWORD};
use crate::server::{connect, one, url};

fn refusal(url: &str) -> OperationalError {
    match Postgres.open(url).unwrap().connect().unwrap_err() {
        Error::Operational(error) => {
            assert!(!error.to_string().contains("secret"), "{error}");
            *error
        }
        other => panic!("{other:?}"),
    }
}

fn misconfiguration(url: &str) -> String {
    let error = Postgres.open(url).unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    error.to_string()
}

fn with_option(option: &str) -> String {
    let url = url();
    format!("{url}{}{option}", if url.contains('?') { '&' } else { '?' })
}

#[test]
fn both_schemes_are_its_own() {
    assert_eq!(Postgres.schemes(), ["postgresql", "postgres"]);
}

#[test]
fn options_of_the_url_reach_the_server() {
    let url = with_option("application_name=a%20test&options=-c%20search_path%3Delsewhere");
    let mut conn = Postgres.open(&url).unwrap().connect().unwrap();

    let found = one(
        &mut *conn,
        "SELECT current_setting('application_name'), current_setting('search_path')",
        &[],
        |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())),
    );

    assert_eq!(found.unwrap(), ("a test".to_owned(), "elsewhere".to_owned()));
}

#[test]
fn sessions_of_the_wanted_kind_are_found() {
    let url = with_option("target_session_attrs=read-write");
    assert!(Postgres.open(&url).unwrap().connect().is_ok());

    let url = with_option("target_session_attrs=read-only");
    assert!(refusal(&url).message.contains("`target_session_attrs`"));
}

#[test]
fn a_connection_says_goodbye() {
    let conn = connect();
    let debug = format!("{conn:?}");
    drop(conn);

    assert_eq!(debug, "PostgresConnection { is_broken: false, .. }");
}

#[test]
fn a_debug_form_has_no_password() {
    let database = Postgres.open("postgresql://alice:secret@localhost/shop").unwrap();

    assert!(!format!("{database:?}").contains("secret"));
}

#[test]
fn a_server_that_is_not_there_is_told_apart() {
    let error = refusal("postgresql://alice:secret@127.0.0.1:1/shop");

    assert!(error.message.starts_with("cannot connect to PostgreSQL at 127.0.0.1:1: "), "{error}");
    assert!(error.help.unwrap().starts_with("is the server running there?"));
}

#[test]
fn a_socket_that_is_not_there_is_told_apart() {
    let paths = [
        "postgresql:///shop?host=/no/such/place&port=5433",
        "postgres://%2Fno%2Fsuch%2Fplace:5433/shop",
    ];
    for url in paths {
        let error = refusal(url);

        let expected = "cannot connect to PostgreSQL at /no/such/place/.s.PGSQL.5433: ";
        assert!(error.message.starts_with(expected), "{error}");
    }
}

#[test]
fn a_database_that_does_not_exist_comes_with_what_to_do() {
    let url = url();
    let (server, _) = url.rsplit_once('/').unwrap();

    let error = refusal(&format!("{server}/no_such_database"));

    assert!(error.message.ends_with("database \"no_such_database\" does not exist (3D000)"));
    assert_eq!(
        error.help.as_deref(),
        Some("create the database first: `createdb no_such_database`")
    );
}

#[test]
fn a_wrong_password_comes_with_what_to_do() {
    let denied = fake::fatal("28P01", "password authentication failed for user \"alice\"");
    let port = fake::answering(vec![ASK_PASSWORD.to_vec(), denied]);

    let error = refusal(&format!("postgresql://alice:secret@127.0.0.1:{port}/shop"));

    assert_eq!(
        error.to_string(),
        format!(
            "cannot connect to PostgreSQL at 127.0.0.1:{port}: password authentication failed for \
             user \"alice\" (28P01)\nhelp: check the user and the password of the URL"
        )
    );
}

#[test]
fn a_missing_password_comes_with_what_to_do() {
    let port = fake::answering(vec![ASK_PASSWORD.to_vec()]);

    let error = refusal(&format!("postgresql://alice@127.0.0.1:{port}/shop"));

    assert!(error.to_string().contains("password missing"), "{error}");
    assert!(error.help.unwrap().contains("`user:password@host`"));
}

#[test]
fn a_role_that_does_not_exist_comes_with_what_to_do() {
    let denied = fake::fatal("28000", "role \"alice\" does not exist");
    let port = fake::answering(vec![denied]);

    let error = refusal(&format!("postgresql://alice@127.0.0.1:{port}/shop"));

    assert!(error.help.unwrap().contains("createuser"));
}

#[test]
fn a_server_with_too_many_clients_may_be_tried_again() {
    let port = fake::answering(vec![fake::fatal("53300", "sorry, too many clients already")]);

    assert!(refusal(&format!("postgresql://alice@127.0.0.1:{port}/shop")).retryable);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let start = Instant::now();

    let error = refusal(&format!("postgresql://alice@127.0.0.1:{port}/shop?connect_timeout=1"));

    assert!(start.elapsed().as_secs() < 5);
    assert!(error.help.unwrap().contains("`connect_timeout`"));
}

#[test]
fn a_server_that_goes_away_is_told_apart() {
    let port = fake::answering(vec![vec![]]);

    let error = refusal(&format!("postgresql://alice@127.0.0.1:{port}/shop"));

    assert!(error.message.starts_with("cannot connect to PostgreSQL at"), "{error}");
}

#[test]
fn the_next_host_is_tried() {
    let denied = fake::fatal("28000", "the second host");
    let port = fake::answering(vec![denied]);

    let error = refusal(&format!("postgresql://alice@127.0.0.1:1,127.0.0.1:{port}/shop"));

    assert!(error.message.contains("the second host"), "{error}");
}

#[test]
fn tls_is_refused_with_what_to_do() {
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("postgresql://alice:secret@localhost/shop?sslmode={mode}");

        let message = misconfiguration(&url);

        assert!(message.contains("asks for TLS"), "{message}");
        assert!(message.contains("`sslmode=prefer` or `sslmode=disable`"), "{message}");
    }
    for mode in ["disable", "prefer"] {
        let url = format!("postgresql://alice:secret@localhost/shop?sslmode={mode}");
        assert!(Postgres.open(&url).is_ok());
    }
}

#[test]
fn a_url_that_makes_no_sense_is_refused_without_its_password() {
    let message = misconfiguration("postgresql://alice:secret@localhost:port/shop");
    assert!(message.contains("its option `port`"), "{message}");

    let message = misconfiguration("postgresql://alice:pass@secret@localhost/shop");
    assert!(message.contains("`%40`"), "{message}");

    let message = misconfiguration("postgresql:///shop?secret=1");
    assert!(message.contains("an option after `?`"), "{message}");

    let message = misconfiguration("postgresql:secret");
    assert!(message.contains("reads `postgresql://user:password@host:port/database`"), "{message}");

    let message = misconfiguration("postgresql://a,b,c:1/shop?hostaddr=127.0.0.1");
    assert!(message.contains("`hostaddr`"), "{message}");

    misconfiguration("postgresql://alice:secret@localhost/shop?load_balance_hosts=random");
    misconfiguration("postgresql://alice:secret@localhost/shop?channel_binding=require");
}

#[test]
fn a_connection_goes_to_another_thread() {
    fn assert_send<T: Send + ?Sized>(_: &T) {}
    let conn: Box<dyn DriverConnection> = connect();
    assert_send(&*conn);

    let number = std::thread::spawn(move || crate::server::number(&mut *{ conn }, "SELECT 7"));

    assert_eq!(number.join().unwrap(), 7);
}
