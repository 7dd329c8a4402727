//! Running every example for real, on SQLite and on PostgreSQL.
//!
//! An example chooses its database by `DATABASE_URL` and uses SQLite without it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use orm_test_cluster::Cluster;

use crate::{Result, postgres::ScratchDatabase, step::Steps};

/// Runs each example twice; cargo has built them.
pub(crate) fn run(steps: &mut Steps, repository: &Path, cluster: &Cluster) -> Result<()> {
    let programs = programs()?;
    for example in names(&repository.join("examples"))? {
        let command = || {
            let mut command = Command::new(programs.join(&example));
            // As `cargo run` has it; and no database but ours.
            command.env("CARGO_MANIFEST_DIR", repository).env_remove("DATABASE_URL");
            command
        };
        steps.run_as(&format!("example {example} on SQLite"), &mut command())?;
        let database = ScratchDatabase::create(cluster, &example)?;
        let mut on_postgres = command();
        on_postgres.env("DATABASE_URL", database.url());
        steps.run_as(&format!("example {example} on PostgreSQL"), &mut on_postgres)?;
    }
    Ok(())
}

/// Where cargo puts examples: beside this program, which it has built in the same profile.
///
/// Running them with `cargo run` would build their dependencies once more, because it cannot be
/// told to use the features of the whole workspace.
fn programs() -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name("examples"))
}

/// The examples that cargo finds by itself: `examples/name.rs` and `examples/name/main.rs`.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_example = path.join("main.rs").is_file()
            || path.extension().is_some_and(|extension| extension == "rs");
        if let Some(name) = path.file_stem().filter(|_| is_example) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}
