//! The routines of this repository, as `cargo xtask <name>`.
//!
//! Here: which routines there are. Each has a file of its own; `step` runs and reports what they do.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

mod examples;
mod postgres;
mod source;
mod step;
mod test;
mod tidy;

/// What a routine returns: the error says what did not pass, or what kept it from being carried out.
type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const USAGE: &str = "\
usage: cargo xtask <routine>

  test    everything that must pass before a commit: formatting, lints, feature
          combinations, documentation, tests on every backend, examples
  tidy    the rules about source files that no compiler checks";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["test"] => test::run(&repository()),
        ["tidy"] => tidy::run(&repository()).inspect_err(|error| eprintln!("error: {error}")),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    // What went wrong has been said where it happened.
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The root of the repository, whatever the working directory.
fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}
