//! The operating system user that the server runs as.
//!
//! PostgreSQL refuses to run as root, which is who tests run as in most containers.

use std::{
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::Error;

/// Users to become when we are root; `postgres` comes with the server's package.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// A user and its group, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to change to, or `None` if we are no superuser and stay who we are.
    pub(crate) fn to_become() -> Result<Option<Self>, Error> {
        if id(&["-u"])? != Some(0) {
            return Ok(None);
        }
        for user in UNPRIVILEGED {
            if let (Some(uid), Some(gid)) = (id(&["-u", user])?, id(&["-g", user])?) {
                return Ok(Some(Self { uid, gid }));
            }
        }
        Err(Error::Start {
            output: "PostgreSQL does not run as root, and there is neither a user `postgres` nor \
                     `nobody` to run it as"
                .to_owned(),
        })
    }

    /// Makes `command` run as this account; the standard library also drops our further groups.
    pub(crate) fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

/// What `id` prints for a user, or `None` if there is no such user.
fn id(arguments: &[&str]) -> Result<Option<u32>, Error> {
    let output = Command::new("id")
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .map_err(|source| Error::Spawn { program: PathBuf::from("id"), source })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().parse().ok())
}
