//! A PostgreSQL database for the length of one test.
//!
//! Every database is a copy of one empty template, because that is cheap and because what somebody
//! put into `template1` of a shared server must not reach a test.

use std::{
    error::Error,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use orm_test_cluster::Cluster;
use postgres::{Client, NoTls};

const TEMPLATE: &str = "orm_testkit_template";

/// The advisory lock under which the template is made: `orm_test` in ASCII.
const TEMPLATE_LOCK: i64 = 0x6f72_6d5f_7465_7374;

/// An empty database, dropped with its handle.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    url: String,
    cluster: &'static Cluster,
}

impl Database {
    pub(crate) fn create() -> Result<Self, Box<dyn Error>> {
        let cluster = Cluster::shared()?;
        let mut admin = connect(cluster)?;
        ensure_template(&mut admin)?;
        let name = unused_name();
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))?;
        Ok(Self { url: cluster.url_of(&name), name, cluster })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    // Printed: a panic here would hide that of the test.
    fn drop(&mut self) {
        // By force: a test that failed, or that is about lost connections, may have left some open.
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let dropped = connect(self.cluster).and_then(|mut admin| admin.batch_execute(&statement));
        if let Err(error) = dropped {
            eprintln!("test database {} is left: {error}", self.name);
        }
    }
}

fn connect(cluster: &Cluster) -> Result<Client, postgres::Error> {
    Client::connect(&cluster.admin_url(), NoTls)
}

/// Makes the template unless this or another process has.
fn ensure_template(admin: &mut Client) -> Result<(), postgres::Error> {
    static IS_MADE: OnceLock<()> = OnceLock::new();
    if IS_MADE.get().is_some() {
        return Ok(());
    }
    admin.execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK])?;
    let found = admin.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&TEMPLATE])?;
    if found.is_none() {
        // Nobody may connect to it: a connection would keep others from copying it.
        admin.batch_execute(&format!(
            "CREATE DATABASE {TEMPLATE} TEMPLATE template0 ENCODING 'UTF8' \
             LC_COLLATE 'C' LC_CTYPE 'C' ALLOW_CONNECTIONS false"
        ))?;
    }
    admin.execute("SELECT pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])?;
    IS_MADE.get_or_init(|| ());
    Ok(())
}

/// A name that no test has, in this process or in another that shares the server.
fn unused_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("t_{}_{nanos:x}_{counter}", process::id())
}
