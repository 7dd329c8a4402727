//! Where the programs of PostgreSQL are.
//!
//! Distributions keep the server's programs off PATH, one directory a version, while PATH may hold
//! links to some of them; a directory counts only if it holds all that a server needs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Error;

const SERVER_PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// The directory of one PostgreSQL installation.
#[derive(Debug, Clone)]
pub struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// Finds the server's programs: on PATH, then where `pg_config` points, then the newest version
    /// in Debian's place.
    ///
    /// # Errors
    ///
    /// [`Error::NotInstalled`] if no directory holds `initdb`, `pg_ctl` and `postgres`.
    pub fn find() -> Result<Self, Error> {
        on_path()
            .into_iter()
            .chain(from_pg_config())
            .chain(debian_versions())
            .find(|directory| holds_a_server(directory))
            .map(|directory| Self { directory })
            .ok_or(Error::NotInstalled)
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path of one program, such as `psql`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The directories of PATH; before each, the directory that its `initdb` really lies in, because the
/// client programs are there even when nobody linked them.
fn on_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut directories = Vec::new();
    for directory in env::split_paths(&path) {
        if let Ok(initdb) = fs::canonicalize(directory.join("initdb")) {
            directories.extend(initdb.parent().map(Path::to_path_buf));
            directories.push(directory);
        }
    }
    directories
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
    let directory = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(directory.trim_end()))
}

fn debian_versions() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(DEBIAN_VERSIONS) else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, directory)| directory).collect()
}

fn holds_a_server(directory: &Path) -> bool {
    SERVER_PROGRAMS.iter().all(|program| directory.join(program).is_file())
}
