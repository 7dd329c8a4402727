//! Running one step after the other: what is run, how long it took, and what came of it.
//!
//! A step that fails is the last one: its output stands right above the summary.

use std::{
    error::Error,
    fmt::{self, Write as _},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::Result;

/// The steps run so far.
#[derive(Debug)]
pub(crate) struct Steps {
    directory: PathBuf,
    start: Instant,
    passed: Vec<Step>,
    failed: Option<Step>,
    tests: Tests,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
}

/// The sum of all `test result:` lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tests {
    passed: usize,
    failed: usize,
    ignored: usize,
}

/// A command of a step ended with something other than success; its output says why.
#[derive(Debug)]
struct Unsuccessful;

impl fmt::Display for Unsuccessful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("see the output above")
    }
}

impl Error for Unsuccessful {}

impl Steps {
    /// Steps that run in `directory`.
    pub(crate) fn within(directory: &Path) -> Self {
        Self {
            directory: directory.to_path_buf(),
            start: Instant::now(),
            passed: Vec::new(),
            failed: None,
            tests: Tests::default(),
        }
    }

    /// Runs a command; its output goes where ours goes.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        self.run_as(&spelled(command), command)
    }

    /// Runs a command under a name that says more than the command itself.
    pub(crate) fn run_as(&mut self, name: &str, command: &mut Command) -> Result<()> {
        self.step(name, |steps| {
            let status = command.current_dir(&steps.directory).stdin(Stdio::null()).status();
            succeeded(status?.success())
        })
    }

    /// Runs a command that runs tests, and counts them as their results pass by.
    pub(crate) fn run_tests(&mut self, command: &mut Command) -> Result<()> {
        self.step(&spelled(command), |steps| {
            command.current_dir(&steps.directory).stdin(Stdio::null()).stdout(Stdio::piped());
            let mut child = command.spawn()?;
            if let Some(stdout) = child.stdout.take() {
                for line in BufReader::new(stdout).split(b'\n') {
                    steps.show_and_count(&String::from_utf8_lossy(&line?));
                }
            }
            succeeded(child.wait()?.success())
        })
    }

    /// Runs a step of our own code.
    pub(crate) fn call<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        self.step(name, |_| step())
    }

    /// Prints what was run and what came of it; the last line says how the whole ended.
    pub(crate) fn print_summary(&self, result: &Result<()>) {
        println!("\nsummary");
        let passed = self.passed.iter().map(|step| ("ok    ", step));
        for (outcome, Step { name, took }) in
            passed.chain(self.failed.iter().map(|step| ("FAILED", step)))
        {
            println!("  {outcome} {:>6.1}s  {name}", took.as_secs_f64());
        }
        let Tests { passed, failed, ignored } = self.tests;
        let took = self.start.elapsed().as_secs();
        println!("\ntests: {passed} passed, {failed} failed, {ignored} ignored");
        match (result, &self.failed) {
            (Ok(()), _) => println!("PASSED: all {} steps in {took} s", self.passed.len()),
            (Err(_), Some(Step { name, .. })) => {
                println!("FAILED: `{name}` after {took} s; the steps after it were not run");
            }
            // Between two steps.
            (Err(error), None) => println!("FAILED after {took} s: {error}"),
        }
    }

    fn step<T>(&mut self, name: &str, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        println!("\n>>> {name}");
        let start = Instant::now();
        let result = step(self);
        let took = start.elapsed();
        let seconds = took.as_secs_f64();
        let step = Step { name: name.to_owned(), took };
        match &result {
            Ok(_) => {
                println!("<<< ok after {seconds:.1} s");
                self.passed.push(step);
            }
            Err(error) => {
                println!("<<< FAILED after {seconds:.1} s: {error}");
                self.failed = Some(step);
            }
        }
        result
    }

    fn show_and_count(&mut self, line: &str) {
        println!("{line}");
        if let Some(result) = line.strip_prefix("test result: ") {
            self.tests.add(result);
        }
    }
}

impl Tests {
    /// Adds `ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, result: &str) {
        let words: Vec<&str> =
            result.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

/// Success, or an error that points to what the step has printed.
pub(crate) fn succeeded(success: bool) -> Result<()> {
    if success { Ok(()) } else { Err(Unsuccessful.into()) }
}

/// Runs a command that is not worth a line, and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a command that is not worth a line; its complaint is the error.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        io::Error::new(error.kind(), format!("`{}` could not be run: {error}", spelled(command)))
    })?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed: {}", spelled(command), complaint.trim_end()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The command as one would type it, without the environment variables that all of them get.
fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        // Writing to a string cannot fail.
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_runs_add_up() {
        let mut tests = Tests::default();

        tests.add(
            "ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
        );
        tests.add("FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");

        assert_eq!(tests, Tests { passed: 7, failed: 1, ignored: 1 });
    }

    #[test]
    fn a_failed_command_is_a_failed_step() {
        let mut steps = Steps::within(Path::new("/"));

        assert!(steps.run(&mut Command::new("true")).is_ok());
        assert!(steps.run(&mut Command::new("false")).is_err());

        assert_eq!(steps.passed.len(), 1);
        assert_eq!(steps.failed.unwrap().name, "false");
    }

    #[test]
    fn a_missing_program_is_a_failed_step() {
        let mut steps = Steps::within(Path::new("/"));

        assert!(steps.run(&mut Command::new("no-such-program")).is_err());
    }
}
