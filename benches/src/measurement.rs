//! What one phase of one run took, and how it travels from the process that measured it.

use std::time::Instant;
use std::{fs, thread};

use crate::Result;

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From CSV files to structs.
    Parse,
    /// From structs to rows, in tables that are there.
    Load,
    /// From rows to structs.
    Read,
    /// From one row to a struct, by its key, many times.
    Get,
    /// From one struct to a row, many times.
    Insert,
}

impl Phase {
    /// Every phase; a run that has several has them in this order.
    pub const ALL: [Self; 5] = [Self::Parse, Self::Load, Self::Read, Self::Get, Self::Insert];

    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Load => "load",
            Self::Read => "read",
            Self::Get => "get",
            Self::Insert => "insert",
        }
    }

    /// The phase of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// What one phase took.
#[derive(Debug, Clone, Copy)]
pub struct Measurement {
    /// What was timed.
    pub phase: Phase,
    /// How long it took by the clock.
    pub seconds: f64,
    /// How much of it the main thread, which does all the work, had a processor. Steadier than the
    /// clock where other programs run.
    pub cpu_seconds: f64,
    /// The highest resident memory of the process until the end of the phase, in KiB.
    pub peak_kib: u32,
}

impl Measurement {
    /// Does `work` and measures it.
    pub fn of<T>(phase: Phase, work: impl FnOnce() -> Result<T>) -> Result<(T, Self)> {
        let cpu_start = cpu_seconds()?;
        let start = Instant::now();
        let outcome = work()?;
        let seconds = start.elapsed().as_secs_f64();
        let cpu_seconds = cpu_seconds()? - cpu_start;
        Ok((outcome, Self { phase, seconds, cpu_seconds, peak_kib: peak_resident_kib()? }))
    }

    /// A line that [`Self::from_line`] reads.
    pub fn to_line(self) -> String {
        let Self { phase, seconds, cpu_seconds, peak_kib } = self;
        format!("{} {seconds} {cpu_seconds} {peak_kib}", phase.name())
    }

    /// Reads a line of [`Self::to_line`].
    pub fn from_line(line: &str) -> Result<Self> {
        let mut fields = line.split(' ');
        let mut next = || fields.next().ok_or_else(|| format!("not a measurement: {line:?}"));
        let phase = next()?;
        Ok(Self {
            phase: Phase::named(phase).ok_or_else(|| format!("not a phase: {phase:?}"))?,
            seconds: next()?.parse()?,
            cpu_seconds: next()?.parse()?,
            peak_kib: next()?.parse()?,
        })
    }
}

/// The time that the main thread has been on a processor so far, as Linux counts it.
pub fn cpu_seconds() -> Result<f64> {
    // Asked by a thread that just gave up its turn, the kernel has counted until now.
    thread::yield_now();
    let statistics = fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = statistics.split(' ').next().ok_or("nothing in /proc/self/schedstat")?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}

/// The highest resident memory of this process so far, as Linux counts it.
fn peak_resident_kib() -> Result<u32> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.ok_or("no VmHWM in /proc/self/status")?;
    Ok(peak.trim().trim_end_matches("kB").trim_end().parse()?)
}
