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
    /// The ways it reads one flight at a time.
    const GETS: &'static [Get<Self>];
    /// The ways it inserts one flight at a time.
    const INSERTS: &'static [Load<Self>];

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

/// The flights that were read.
pub type Found<C> = Result<Vec<<C as Contender>::Flight>>;

/// A way to read every flight.
#[derive(Debug)]
pub struct Read<C: Contender> {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut C) -> Found<C>,
}

/// A way to read single flights.
#[derive(Debug)]
pub struct Get<C: Contender> {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Reads the flights with these keys, a statement each.
    pub run: fn(&mut C, &[i64]) -> Found<C>,
}

/// How many flights are read by their keys.
const GETS: usize = 100_000;

/// How many flights are inserted one by one.
const INSERTS: usize = 20_000;

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
    let mut contender = with_new_tables::<C>(url)?;
    let (data, parse) = Measurement::of(Phase::Parse, || Dataset::parse(flights))?;
    let load = load_into(&mut contender, Phase::Load, way, data)?;
    Ok([parse, load])
}

/// Loads the first flights of the file, to be inserted one by one, into new tables.
pub fn insert_once<C: Contender>(url: &str, flights: &Path, way: &Load<C>) -> Result<Measurement> {
    let mut contender = with_new_tables::<C>(url)?;
    let mut data = Dataset::parse(flights)?;
    data.flights.truncate(INSERTS);
    load_into(&mut contender, Phase::Insert, way, data)
}

/// Reads what an earlier run loaded; what is in memory only is loaded first.
pub fn read_once<C: Contender>(url: &str, flights: &Path, way: &Read<C>) -> Result<Measurement> {
    let mut contender = with_loaded_tables::<C>(url, flights)?;

    let (found, read) = Measurement::of(Phase::Read, || (way.run)(&mut contender))?;

    // Parsed after the measurement, so that its memory is not in the peak.
    let expected = Totals::of(&Dataset::parse(flights)?.flights);
    expected.must_equal(&C::totals(&found))?;
    Ok(read)
}

/// As [`read_once`], flights that lie far from each other one by one.
pub fn get_once<C: Contender>(url: &str, flights: &Path, way: &Get<C>) -> Result<Measurement> {
    // Far more than there are pages of neighbours, and no divisor of any count of flights.
    const STEP: usize = 7_919;

    let mut contender = with_loaded_tables::<C>(url, flights)?;
    let flights = Dataset::parse(flights)?.flights;
    let positions = (0..GETS).map(|number| number * STEP % flights.len());
    let expected = Totals::of(positions.clone().map(|position| &flights[position]));
    // The keys of new tables are counted from 1.
    let keys: Vec<i64> = positions
        .map(|position| i64::try_from(position + 1))
        .collect::<std::result::Result<_, _>>()?;

    let (found, get) = Measurement::of(Phase::Get, || (way.run)(&mut contender, &keys))?;

    expected.must_equal(&C::totals(&found))?;
    Ok(get)
}

fn with_new_tables<C: Contender>(url: &str) -> Result<C> {
    remove_sqlite_file(url);
    let mut contender = C::connect(url)?;
    contender.create_tables()?;
    Ok(contender)
}

fn with_loaded_tables<C: Contender>(url: &str, flights: &Path) -> Result<C> {
    let mut contender = C::connect(url)?;
    if is_in_memory(url) {
        let load = C::LOADS.last().ok_or("a contender that cannot load")?;
        contender.create_tables()?;
        (load.run)(&mut contender, Dataset::parse(flights)?)?;
    }
    Ok(contender)
}

/// Loads and measures, and checks what is there then.
fn load_into<C: Contender>(
    contender: &mut C,
    phase: Phase,
    way: &Load<C>,
    data: Dataset,
) -> Result<Measurement> {
    let expected = Totals::of(&data.flights);

    let ((), load) = Measurement::of(phase, || (way.run)(contender, data))?;

    let read = C::READS.first().ok_or("a contender that cannot read")?;
    expected.must_equal(&C::totals(&(read.run)(contender)?))?;
    Ok(load)
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
