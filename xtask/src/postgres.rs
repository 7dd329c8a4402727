//! PostgreSQL for a test run: installing it where that can be done, and databases for examples.
//!
//! Starting a server is `orm-test-cluster`'s; databases for tests are `orm-testkit`'s.

use std::{env, process::Command};

use orm_test_cluster::{Binaries, Cluster, URL_VARIABLE};

use crate::{
    Result,
    step::{self, Steps},
};

/// Sees to it that there is a server or that one can be started.
pub(crate) fn ensure_available(steps: &mut Steps) -> Result<()> {
    if env::var_os(URL_VARIABLE).is_some() {
        return steps.call("look for PostgreSQL", || {
            println!("{URL_VARIABLE} names a server");
            Ok(())
        });
    }
    if Binaries::find().is_err()
        && step::succeeds(Command::new("apt-get").arg("--version"))
        && let Some(prefix) = superuser_prefix()
    {
        // Not interactive: no question about a time zone must wait for an answer.
        let apt_get = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]].concat();
        steps.call("apt-get update", || {
            // One source of packages out of order is no reason to give up; the installation decides.
            command(&apt_get).args(["--quiet", "update"]).status()?;
            Ok(())
        })?;
        let packages = ["--quiet", "--no-install-recommends", "install", "--yes", "postgresql"];
        steps.run(command(&apt_get).args(packages))?;
    }
    steps.call("look for PostgreSQL", || {
        let postgres = Binaries::find()?.program("postgres");
        println!(
            "{}: {}",
            postgres.display(),
            step::output_of(Command::new(&postgres).arg("--version"))?.trim_end()
        );
        Ok(())
    })
}

/// What to put before a command to run it as root, or `None` if we may not.
fn superuser_prefix() -> Option<&'static [&'static str]> {
    if step::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    step::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// A database for one example, dropped with its handle.
#[derive(Debug)]
pub(crate) struct ScratchDatabase<'c> {
    name: String,
    cluster: &'c Cluster,
}

impl<'c> ScratchDatabase<'c> {
    /// Creates an empty database on `cluster`.
    pub(crate) fn create(cluster: &'c Cluster, name: &str) -> Result<Self> {
        let name = format!("{name}_{}", std::process::id());
        step::output_of(client("createdb", cluster).arg(&name))?;
        Ok(Self { name, cluster })
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        self.cluster.url_of(&self.name)
    }
}

impl Drop for ScratchDatabase<'_> {
    fn drop(&mut self) {
        let mut dropdb = client("dropdb", self.cluster);
        if let Err(error) = step::output_of(dropdb.args(["--force", &self.name])) {
            eprintln!("database {} is left: {error}", self.name);
        }
    }
}

/// A client program: the one that came with the server's, or that on PATH.
fn client(program: &str, cluster: &Cluster) -> Command {
    let path = Binaries::find().map_or_else(|_| program.into(), |found| found.program(program));
    let mut command = Command::new(path);
    command.arg("--maintenance-db").arg(cluster.admin_url()).env_remove("PGPORT");
    command
}
