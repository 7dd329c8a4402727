//! The command line: every way that a contender knows, several runs each, and the table of times.
//!
//! Every run is a process of its own, so that peak memory is that of one run.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::Result;
use crate::contender::{
    Contender, get_once, insert_once, is_in_memory, load_once, read_once, sqlite_path,
};
use crate::measurement::{Measurement, Phase};

/// How a binary that holds a contest is called.
pub const USAGE: &str = "\
usage: PROGRAM load|read|get|insert URL FLIGHTS [--runs N]

  load        creates the tables anew and inserts every row, in each way there is
  read        loads once, then reads every flight back, in each way there is
  get         loads once, then reads 100,000 flights by their keys, a statement each
  insert      creates the tables anew and inserts 20,000 flights, a statement each
  URL         sqlite:PATH (the file is replaced), sqlite::memory: or postgresql://…
              (the tables airlines, airports, planes and flights are dropped)
  FLIGHTS     a flights.csv or flights.csv.gz
  --runs      repetitions of each way, 5 if not given";

/// What the command line asks for.
#[derive(Debug)]
pub struct Task {
    phase: Phase,
    /// The database.
    pub url: String,
    flights: PathBuf,
    runs: usize,
    /// Set by the parent process: the one way to run, once.
    only: Option<usize>,
}

impl Task {
    /// Reads the words of the command line after the program's name.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut places = Vec::new();
        let mut runs = 5;
        let mut only = None;
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| format!("{word} wants a value\n\n{USAGE}"));
            match word.as_str() {
                "--runs" => runs = value()?.parse::<usize>()?.max(1),
                "--only" => only = Some(value()?.parse()?),
                _ => places.push(word),
            }
        }

        let Ok([phase, url, flights]) = <[String; 3]>::try_from(places) else {
            return Err(USAGE.into());
        };
        let phase = Phase::named(&phase).filter(|phase| *phase != Phase::Parse);
        let phase = phase.ok_or_else(|| format!("not a phase to choose\n\n{USAGE}"))?;
        Ok(Self { phase, url, flights: PathBuf::from(flights), runs, only })
    }

    fn run_once<C: Contender>(&self, way: usize) -> Result<Vec<Measurement>> {
        let Self { url, flights, .. } = self;
        Ok(match self.phase {
            Phase::Parse | Phase::Load => load_once::<C>(url, flights, &C::LOADS[way])?.to_vec(),
            Phase::Read => vec![read_once::<C>(url, flights, &C::READS[way])?],
            Phase::Get => vec![get_once::<C>(url, flights, &C::GETS[way])?],
            Phase::Insert => vec![insert_once::<C>(url, flights, &C::INSERTS[way])?],
        })
    }

    /// [`Self::run_once`] in a child process.
    fn run_alone(&self, phase: Phase, way: usize) -> Result<Vec<Measurement>> {
        let output = Command::new(env::current_exe()?)
            .args([phase.name(), &self.url])
            .arg(&self.flights)
            .args(["--only", &way.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("a run ended with {}", output.status).into());
        }

        String::from_utf8(output.stdout)?.lines().map(Measurement::from_line).collect()
    }

    fn database(&self) -> &'static str {
        if sqlite_path(&self.url).is_some() {
            "SQLite, file"
        } else if is_in_memory(&self.url) {
            "SQLite, memory"
        } else {
            "PostgreSQL"
        }
    }
}

/// The end of a binary's `main`: what went wrong in plain words, since a usage text has many lines.
pub fn conclude(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every way of `C` to do the task and prints a row for each phase of each.
pub fn hold<C: Contender>(task: &Task) -> Result<()> {
    if let Some(way) = task.only {
        for measurement in task.run_once::<C>(way)? {
            println!("{}", measurement.to_line());
        }
        return Ok(());
    }

    let names: Vec<&str> = match task.phase {
        Phase::Parse | Phase::Load => C::LOADS.iter().map(|way| way.name).collect(),
        Phase::Read => C::READS.iter().map(|way| way.name).collect(),
        Phase::Get => C::GETS.iter().map(|way| way.name).collect(),
        Phase::Insert => C::INSERTS.iter().map(|way| way.name).collect(),
    };
    if matches!(task.phase, Phase::Read | Phase::Get) && !is_in_memory(&task.url) {
        task.run_alone(Phase::Load, C::LOADS.len() - 1)?;
    }

    // Way after way, run after run: what else the machine does then meets all of them alike.
    let mut measured = vec![Vec::new(); names.len()];
    for _ in 0..task.runs {
        for (way, measured) in measured.iter_mut().enumerate() {
            measured.extend(task.run_alone(task.phase, way)?);
        }
    }

    println!(
        "| contender | database | phase | way | min s | median s | max s | min CPU s | peak MiB |"
    );
    println!("| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, measured) in names.into_iter().zip(measured) {
        for phase in Phase::ALL {
            if let Some(figures) = figures(&measured, phase) {
                let (contender, database, phase) = (C::NAME, task.database(), phase.name());
                println!("| {contender} | {database} | {phase} | {name} | {figures} |");
            }
        }
    }
    Ok(())
}

/// The figures of one phase in a row of the table; `None` if it was not measured.
fn figures(measured: &[Measurement], phase: Phase) -> Option<String> {
    let of_phase = || measured.iter().filter(|measurement| measurement.phase == phase);
    let seconds = sorted(of_phase().map(|measurement| measurement.seconds));
    let (min, max) = (seconds.first()?, seconds.last()?);
    let median = seconds[seconds.len() / 2];
    let cpu = *sorted(of_phase().map(|measurement| measurement.cpu_seconds)).first()?;
    let peak = f64::from(of_phase().map(|measurement| measurement.peak_kib).max()?) / 1024.0;

    Some(format!("{min:.3} | {median:.3} | {max:.3} | {cpu:.3} | {peak:.0}"))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}
