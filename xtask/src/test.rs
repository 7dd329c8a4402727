//! `cargo xtask test`: everything that must pass before a commit, on one throwaway PostgreSQL server.
//!
//! Here: which steps there are, in which order, in which environment. CI runs this and nothing else.

use std::{env, path::Path, process::Command};

use orm_test_cluster::{Binaries, Cluster, URL_VARIABLE};

use crate::{
    Result, examples, postgres,
    step::{self, Steps},
    tidy,
};

/// Features of the facade; it must compile with none of them and with each by itself.
const FEATURES: [&str; 6] = ["sqlite", "postgres", "chrono", "uuid", "decimal", "json"];

/// Runs the steps up to the first that fails, and sums up.
pub(crate) fn run(repository: &Path) -> Result<()> {
    let mut steps = Steps::within(repository);
    let result = run_steps(&mut steps, repository);
    steps.print_summary(&result);
    result
}

/// All steps ask cargo for the same features, so that nothing is built twice.
fn run_steps(steps: &mut Steps, repository: &Path) -> Result<()> {
    postgres::ensure_available(steps)?;
    ensure_components(steps)?;

    steps.run(&mut cargo(&["fmt", "--all", "--check"]))?;
    steps.call("cargo xtask tidy", || tidy::run(repository))?;
    let lints = ["clippy", "--workspace", "--all-targets", "--all-features"];
    steps.run(cargo(&lints).args(["--", "-D", "warnings"]))?;
    check_features(steps)?;
    let docs = ["doc", "--workspace", "--no-deps", "--all-features"];
    steps.run(cargo(&docs).env("RUSTDOCFLAGS", "-D warnings"))?;

    let cluster = steps.call("start a PostgreSQL server", || Ok(Cluster::find_or_start()?))?;
    // A failed test does not hide those of the next package.
    let tests = ["test", "--workspace", "--all-features", "--no-fail-fast"];
    let on_cluster = |arguments: &[&str]| {
        let mut command = cargo(&tests);
        command.args(arguments).env(URL_VARIABLE, cluster.admin_url());
        if Binaries::find().is_err() {
            // It is about starting servers, and we were given one because we cannot.
            command.args(["--exclude", "orm-test-cluster"]);
        }
        command
    };
    steps.run_tests(&mut on_cluster(&["--lib", "--bins", "--tests"]))?;
    steps.run_tests(&mut on_cluster(&["--doc"]))?;

    steps.run(&mut cargo(&["build", "--workspace", "--all-features", "--examples"]))?;
    examples::run(steps, repository, &cluster)
}

fn check_features(steps: &mut Steps) -> Result<()> {
    let without = ["check", "--package", "orm", "--no-default-features"];
    steps.run(&mut cargo(&without))?;
    for feature in FEATURES {
        steps.run(cargo(&without).args(["--features", feature]))?;
    }
    Ok(())
}

/// A cargo command in the environment that all steps have in common.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        // A changed snapshot is a failure here, never something to write down.
        .env("INSTA_UPDATE", "no")
        .env_remove("INSTA_FORCE_PASS")
        .env_remove("TRYBUILD")
        // Whose database this is we do not know: no test may write to it.
        .env_remove("DATABASE_URL");
    command
}

/// Adds what a minimal toolchain comes without.
fn ensure_components(steps: &mut Steps) -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !step::succeeds(Command::new("cargo").args([subcommand, "--version"])) {
            steps.run(Command::new("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}
