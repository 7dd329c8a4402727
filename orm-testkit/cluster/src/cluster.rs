//! A PostgreSQL server for the length of a test run: somebody else's, or one of our own.
//!
//! Our own listens on a Unix socket in its own directory only, so any number of them live side by
//! side. Starting, stopping and removing it is the work of `supervise.sh`, which outlives us.

use std::{
    env,
    fmt::{self, Write as _},
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{Binaries, Error, account::Account};

/// The environment variable that names a running server; that server is used and never stopped.
pub const URL_VARIABLE: &str = "ORM_TEST_POSTGRES_URL";

/// The supervisor; see its head for how it knows when to stop.
const SUPERVISE: &str = include_str!("supervise.sh");
const SOCKET_NAME: &str = "/.s.PGSQL.5432";
/// `sockaddr_un.sun_path` holds 108 bytes on Linux, the last of them a NUL.
const LONGEST_SOCKET_PATH: usize = 107;

/// A running PostgreSQL server on which databases may be created.
///
/// A server that we started is stopped and removed when the value drops or its process ends.
#[derive(Debug)]
pub struct Cluster {
    url: Url,
    supervisor: Option<Supervisor>,
}

impl Cluster {
    /// The one server of this process, found or started on the first call.
    ///
    /// # Errors
    ///
    /// As [`Cluster::find_or_start`]; the first error is kept and given to every caller.
    pub fn shared() -> Result<&'static Self, &'static Error> {
        static SHARED: OnceLock<Result<Cluster, Error>> = OnceLock::new();
        SHARED.get_or_init(Self::find_or_start).as_ref()
    }

    /// The server that `ORM_TEST_POSTGRES_URL` names, or a new one if it is not set.
    ///
    /// # Errors
    ///
    /// If the variable holds no URL, or as [`Cluster::start`].
    pub fn find_or_start() -> Result<Self, Error> {
        match env::var(URL_VARIABLE) {
            Ok(url) => Ok(Self { url: Url::parse(&url)?, supervisor: None }),
            Err(_) => Self::start(),
        }
    }

    /// Starts a new server; takes about two seconds.
    ///
    /// # Errors
    ///
    /// If PostgreSQL is not installed or the server does not come up; the error says what it printed.
    pub fn start() -> Result<Self, Error> {
        let binaries = Binaries::find()?;
        let account = Account::to_become()?;
        let directory = unused_directory(account.is_some());
        let supervisor = Supervisor::spawn(&directory, &binaries, account)?;
        Ok(Self { url: Url::of_socket_in(&directory), supervisor: Some(supervisor) })
    }

    /// The URL of the database to connect to for creating others.
    pub fn admin_url(&self) -> String {
        self.url.to_string()
    }

    /// The URL of a database on this server; it need not exist.
    pub fn url_of(&self, database: &str) -> String {
        Url { database: database.to_owned(), ..self.url.clone() }.to_string()
    }

    /// Whether this value started the server and will stop it.
    pub fn is_own(&self) -> bool {
        self.supervisor.is_some()
    }
}

/// The child that runs `supervise.sh`.
#[derive(Debug)]
struct Supervisor {
    child: Child,
}

impl Supervisor {
    /// Returns when the server answers.
    fn spawn(
        directory: &Path,
        binaries: &Binaries,
        account: Option<Account>,
    ) -> Result<Self, Error> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SUPERVISE, "orm-test-cluster"])
            .args([directory, binaries.directory()])
            // The pipe that tells it how long we live: our end is close-on-exec, as every descriptor
            // of the standard library is, so no child of ours keeps it open after us.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not our directory: it may be removed, and another user may not enter it.
            .current_dir("/")
            // A signal to our process group, such as ctrl-C, must not reach the server.
            .process_group(0)
            .env("LC_ALL", "C");
        for (name, _) in env::vars_os() {
            // PGPORT, PGDATA, PGOPTIONS and the like would lead the programs elsewhere.
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        if let Some(account) = account {
            account.apply(&mut command);
        }
        let child = command
            .spawn()
            .map_err(|source| Error::Spawn { program: PathBuf::from("sh"), source })?;
        Self { child }.wait_until_ready()
    }

    fn wait_until_ready(mut self) -> Result<Self, Error> {
        let mut output = String::new();
        if let Some(stdout) = &mut self.child.stdout {
            // Ends early or late, it ends: the supervisor closes its output once it is ready.
            if let Err(error) = stdout.read_to_string(&mut output) {
                output.push_str(&error.to_string());
            }
        }
        if output.trim_end().ends_with("ready") { Ok(self) } else { Err(Error::Start { output }) }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Nothing to do about an error: the supervisor goes on without us either way.
        let _ = self.child.wait();
    }
}

/// A path that nobody uses, short enough for the socket in it, and in a directory that the server's
/// account may write to.
fn unused_directory(changes_account: bool) -> PathBuf {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let name = format!("orm-pg-{}-{nanos:x}", process::id());
    let directory = env::temp_dir().join(&name);
    let is_too_long = directory.as_os_str().len() + SOCKET_NAME.len() > LONGEST_SOCKET_PATH;
    if changes_account || is_too_long {
        return Path::new("/tmp").join(name);
    }
    directory
}

/// A connection URL, taken apart as far as is needed to exchange the database.
#[derive(Clone)]
struct Url {
    /// `postgresql://user:password@host:port`.
    server: String,
    database: String,
    /// `?sslmode=disable` and the like, or nothing.
    parameters: String,
}

impl Url {
    fn parse(url: &str) -> Result<Self, Error> {
        let is_url = url.starts_with("postgresql://") || url.starts_with("postgres://");
        let Some((scheme, rest)) = url.split_once("://").filter(|_| is_url) else {
            return Err(Error::BadUrl);
        };
        let (address, parameters) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let (host, database) = address.split_once('/').unwrap_or((address, ""));
        let database = if database.is_empty() { "postgres" } else { database };
        Ok(Self {
            server: format!("{scheme}://{host}"),
            database: database.to_owned(),
            parameters: parameters.to_owned(),
        })
    }

    fn of_socket_in(directory: &Path) -> Self {
        Self {
            server: format!("postgresql://postgres@{}", percent_encoded(directory)),
            database: "postgres".to_owned(),
            parameters: String::new(),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.server, self.database, self.parameters)
    }
}

/// Leaves the password out: test output is public.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.server.rsplit(['@', '/']).next().unwrap_or_default();
        write!(f, "Url({host}/{})", self.database)
    }
}

/// A directory in the place of a host name, where a slash would end it.
fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanged(url: &str) -> String {
        let cluster = Cluster { url: Url::parse(url).unwrap(), supervisor: None };
        cluster.url_of("t_1")
    }

    #[test]
    fn the_database_of_a_url_is_exchanged() {
        assert_eq!(exchanged("postgres://u:p@h:1/app"), "postgres://u:p@h:1/t_1");
        assert_eq!(exchanged("postgresql://h"), "postgresql://h/t_1");
        assert_eq!(exchanged("postgresql:///a?host=/run"), "postgresql:///t_1?host=/run");
    }

    #[test]
    fn a_url_of_something_else_is_refused() {
        let error = Url::parse("mysql://me:secret@host/app").unwrap_err();

        assert!(error.to_string().contains("is no PostgreSQL URL"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn a_directory_becomes_a_host() {
        let url = Url::of_socket_in(Path::new("/tmp/a b"));

        assert_eq!(url.to_string(), "postgresql://postgres@%2Ftmp%2Fa%20b/postgres");
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url = Url::parse("postgresql://me:secret@host:5432/app").unwrap();

        assert_eq!(format!("{url:?}"), "Url(host:5432/app)");
    }
}
