//! What a contender is, and one run of it: a phase done once, timed, and checked.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::dataset::{Dataset, Totals};
use crate::measurement::{Measurement, Phase};

/// A library that does the job, connected to a database.
pub trait Contender: Sized + 'static {
    /// The struct it reads a flight into: its own, where it wants to own it.
    type Flight;

    /// Its name in the tables.
    const NAME: &'static str;
    /// The ways it loads; the last one is the quickest.
    const LOADS: &'static [Load<Self>];
    /// The ways it reads.
    const READS: &'static [Read<Self>];

    /// Whether it understands this database URL.
    fn speaks(url: &str) -> bool;

    /// Connects.
    fn connect(url: &str) -> Result<Self>;

    /// Drops the four tables if they are there, and creates them empty, with their foreign keys.
    fn create_tables(&mut self) -> Result<()>;

    /// Sums up what was read.
    fn totals(flights: &[Self::Flight]) -> Totals;
}

/// A way to insert every row, in one transaction.
#[derive(Debug)]
pub struct Load<C> {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Does it. The data is given away, since a library may want to own its values.
    pub run: fn(&mut C, Dataset) -> Result<()>,
}

/// A way to read every flight.
#[derive(Debug)]
pub struct Read<C: Contender> {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut C) -> Result<Vec<C::Flight>>,
}

/// The path in a `sqlite:` URL; `None` if it is another URL or the database is in memory.
pub fn sqlite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("///").unwrap_or(path);
    (path != ":memory:").then_some(path)
}

/// Whether the database is gone with its connection.
pub fn is_in_memory(url: &str) -> bool {
    url.starts_with("sqlite:") && sqlite_path(url).is_none()
}

/// Parses the files and loads them into new tables; gives the measurements of both.
pub fn load_once<C: Contender>(
    url: &str,
    flights: &Path,
    way: &Load<C>,
) -> Result<[Measurement; 2]> {
    remove_sqlite_file(url);
    let mut contender = C::connect(url)?;
    contender.create_tables()?;
    let (data, parse) = Measurement::of(Phase::Parse, || Dataset::parse(flights))?;
    let expected = Totals::of(&data.flights);

    let ((), load) = Measurement::of(Phase::Load, || (way.run)(&mut contender, data))?;

    let read = C::READS.first().ok_or("a contender that cannot read")?;
    expected.must_equal(&C::totals(&(read.run)(&mut contender)?))?;
    Ok([parse, load])
}

/// Reads what an earlier run loaded; what is in memory only is loaded first.
pub fn read_once<C: Contender>(url: &str, flights: &Path, way: &Read<C>) -> Result<Measurement> {
    let mut contender = C::connect(url)?;
    if is_in_memory(url) {
        let load = C::LOADS.last().ok_or("a contender that cannot load")?;
        contender.create_tables()?;
        (load.run)(&mut contender, Dataset::parse(flights)?)?;
    }

    let (found, read) = Measurement::of(Phase::Read, || (way.run)(&mut contender))?;

    // Parsed after the measurement, so that its memory is not in the peak.
    let expected = Totals::of(&Dataset::parse(flights)?.flights);
    expected.must_equal(&C::totals(&found))?;
    Ok(read)
}

/// An old file would be reused page by page, which a new one is not.
fn remove_sqlite_file(url: &str) {
    if let Some(path) = sqlite_path(url) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            // Not there is as good as removed; anything else shows when it is opened.
            let _ = fs::remove_file(format!("{path}{suffix}"));
        }
    }
}
