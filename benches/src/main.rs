//! Loads the flights of 2013 and reads them back, once for each way the chosen contender knows.
//!
//! Every repetition runs in a process of its own, so that peak memory is that of one run.

mod flights;
mod plain_postgres;
mod plain_rusqlite;

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use flights::{Entry, Job, Measurement, Result, TABLE_HEAD, sample_folder, table_row};

const USAGE: &str = "\
usage: plain_flights CONTENDER URL [--flights PATH] [--runs N]

  CONTENDER   rusqlite | postgres | all (every one that understands the URL)
  URL         sqlite::memory:, sqlite:///relative.db, sqlite:////absolute.db, or postgresql://…
              (the tables airlines, airports, planes and flights in it are dropped)
  --flights   a flights.csv or flights.csv.gz; the sample beside the examples if not given
  --runs      repetitions, 5 if not given";

/// What the command line asks for.
struct Arguments {
    contender: String,
    job: Job,
    runs: usize,
    /// Set by the parent process: the one entry to run, once.
    only: Option<usize>,
}

fn main() -> Result<()> {
    let Some(arguments) = parse_arguments(env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(());
    };

    let entries = entries();
    if let Some(index) = arguments.only {
        let measurement = (entries[index].run)(&arguments.job)?;
        println!("{}", measurement.to_line());
        return Ok(());
    }
    compare(&entries, &arguments)
}

fn entries() -> Vec<Entry> {
    plain_rusqlite::entries().into_iter().chain(plain_postgres::entries()).collect()
}

/// Prints one row for each chosen entry.
fn compare(entries: &[Entry], arguments: &Arguments) -> Result<()> {
    let Arguments { contender, job, runs, .. } = arguments;
    let chosen: Vec<usize> = (0..entries.len())
        .filter(|&index| contender == "all" || contender == entries[index].contender)
        .filter(|&index| (entries[index].speaks)(&job.url))
        .collect();
    if chosen.is_empty() {
        return Err(format!("no contender {contender:?} for this URL\n\n{USAGE}").into());
    }

    println!("{TABLE_HEAD}");
    for index in chosen {
        let measurements = (0..*runs).map(|_| run_alone(index, job)).collect::<Result<Vec<_>>>()?;
        println!("{}", table_row(&entries[index], database_name(&job.url), &measurements));
    }
    Ok(())
}

/// Runs one entry once, in a child process.
fn run_alone(index: usize, job: &Job) -> Result<Measurement> {
    let output = Command::new(env::current_exe()?)
        .args(["all", &job.url, "--only", &index.to_string(), "--flights"])
        .arg(&job.flights)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("a run ended with {}", output.status).into());
    }

    Measurement::from_line(&String::from_utf8(output.stdout)?)
}

fn database_name(url: &str) -> &'static str {
    if !url.starts_with("sqlite:") {
        "PostgreSQL"
    } else if url.contains(":memory:") {
        "SQLite, memory"
    } else {
        "SQLite, file"
    }
}

/// Gives `None` when help was asked for.
fn parse_arguments(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>> {
    let mut places = Vec::new();
    let mut flights = sample_folder().join("flights.csv");
    let mut runs = 5;
    let mut only = None;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value\n\n{USAGE}"));
        match word.as_str() {
            "-h" | "--help" => return Ok(None),
            "--flights" => flights = PathBuf::from(value()?),
            "--runs" => runs = value()?.parse::<usize>()?.max(1),
            "--only" => only = Some(value()?.parse()?),
            _ => places.push(word),
        }
    }

    let Ok([contender, url]) = <[String; 2]>::try_from(places) else {
        return Err(format!("a contender and a URL are wanted\n\n{USAGE}").into());
    };
    Ok(Some(Arguments { contender, job: Job { url, flights }, runs, only }))
}
