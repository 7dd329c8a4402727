//! The job every contender does, and how it is timed: parse the CSV files, load them into four
//! tables, read every flight back into owned structs.
//!
//! What a contender does with its driver lives in its own file; `main.rs` chooses among them.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

/// What anything here may fail with.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An airline.
#[derive(Debug, Clone, Deserialize)]
pub struct Airline {
    pub carrier: String,
    pub name: String,
}

/// An airport of the United States.
#[derive(Debug, Clone, Deserialize)]
pub struct Airport {
    pub faa: String,
    pub name: String,
    pub lat: f64,
    pub lon: f64,
    pub alt: i32,
    pub tz: i32,
    pub dst: String,
    #[serde(deserialize_with = "unless_na")]
    pub tzone: Option<String>,
}

/// A plane, known by its tail number.
#[derive(Debug, Clone, Deserialize)]
pub struct Plane {
    pub tailnum: String,
    #[serde(deserialize_with = "unless_na")]
    pub year: Option<i32>,
    #[serde(rename = "type")]
    pub kind: String,
    pub manufacturer: String,
    pub model: String,
    pub engines: i32,
    pub seats: i32,
    #[serde(deserialize_with = "unless_na")]
    pub speed: Option<i32>,
    pub engine: String,
}

/// A flight that was planned to leave New York City.
///
/// The file has no key: `id` is 0 until the database gave one.
#[derive(Debug, Clone, Deserialize)]
pub struct Flight {
    #[serde(skip)]
    #[allow(dead_code, reason = "read because a user reads it; the totals do not look at it")]
    pub id: i64,
    pub year: i32,
    pub month: i32,
    pub day: i32,
    #[serde(deserialize_with = "unless_na")]
    pub dep_time: Option<i32>,
    pub sched_dep_time: i32,
    #[serde(deserialize_with = "unless_na")]
    pub dep_delay: Option<i32>,
    #[serde(deserialize_with = "unless_na")]
    pub arr_time: Option<i32>,
    pub sched_arr_time: i32,
    #[serde(deserialize_with = "unless_na")]
    pub arr_delay: Option<i32>,
    pub carrier: String,
    pub flight: i32,
    #[serde(deserialize_with = "unless_na")]
    pub tailnum: Option<String>,
    pub origin: String,
    pub dest: String,
    #[serde(deserialize_with = "unless_na")]
    pub air_time: Option<i32>,
    pub distance: i32,
    pub hour: i32,
    pub minute: i32,
    pub time_hour: DateTime<Utc>,
}

/// Reads a field in which `NA` stands for NULL.
fn unless_na<'de, D, T>(field: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let text = <&str>::deserialize(field)?;
    if text == "NA" {
        return Ok(None);
    }

    text.parse().map(Some).map_err(D::Error::custom)
}

/// The four files, parsed.
#[derive(Debug)]
pub struct Dataset {
    pub airlines: Vec<Airline>,
    pub airports: Vec<Airport>,
    pub planes: Vec<Plane>,
    pub flights: Vec<Flight>,
}

impl Dataset {
    /// Parses `flights` (`.csv` or `.csv.gz`), and the three small files from the examples' data.
    pub fn parse(flights: &Path) -> Result<Self> {
        let small = sample_folder();
        Ok(Self {
            airlines: rows_of(&small.join("airlines.csv"))?,
            airports: rows_of(&small.join("airports.csv"))?,
            planes: rows_of(&small.join("planes.csv"))?,
            flights: rows_of(flights)?,
        })
    }
}

/// The folder of the data that the examples use.
pub fn sample_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/nycflights13")
}

fn rows_of<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file = File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
    let is_compressed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> =
        if is_compressed { Box::new(GzDecoder::new(BufReader::new(file))) } else { Box::new(file) };

    let mut reader = csv::Reader::from_reader(bytes);
    let rows: std::result::Result<Vec<T>, csv::Error> = reader.deserialize().collect();
    Ok(rows.map_err(|error| format!("{}: {error}", path.display()))?)
}

/// Sums over flights that show whether what was read is what was loaded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub flights: usize,
    pub distance: i64,
    pub arr_delay: i64,
    pub without_tailnum: usize,
    pub dest_bytes: usize,
    pub time_hour: i64,
}

impl Totals {
    pub fn of(flights: &[Flight]) -> Self {
        let mut totals = Self::default();
        for flight in flights {
            totals.flights += 1;
            totals.distance += i64::from(flight.distance);
            totals.arr_delay += i64::from(flight.arr_delay.unwrap_or(0));
            totals.without_tailnum += usize::from(flight.tailnum.is_none());
            totals.dest_bytes += flight.dest.len();
            totals.time_hour += flight.time_hour.timestamp();
        }
        totals
    }
}

/// One way to do the job.
pub trait Contender {
    /// The struct it reads a flight into; its own, where the library wants to own it.
    type Flight;

    /// Drops the four tables if they are there, and creates them empty, with their foreign keys.
    fn create_tables(&mut self) -> Result<()>;

    /// Inserts every row.
    fn load(&mut self, data: &Dataset) -> Result<()>;

    /// Reads every flight.
    fn read(&mut self) -> Result<Vec<Self::Flight>>;

    /// Sums up what was read; not timed.
    fn totals(flights: &[Self::Flight]) -> Totals;
}

/// A contender, how it loads and reads, and what starts it.
pub struct Entry {
    /// The name to choose it by, such as `rusqlite`.
    pub contender: &'static str,
    /// Whether it understands this database URL.
    pub speaks: fn(url: &str) -> bool,
    pub load: &'static str,
    pub read: &'static str,
    pub run: fn(&Job) -> Result<Measurement>,
}

/// Where to load what.
#[derive(Debug)]
pub struct Job {
    pub url: String,
    pub flights: PathBuf,
}

/// What one run took: seconds, and KiB of resident memory at its highest.
#[derive(Debug, Clone, Copy)]
pub struct Measurement {
    pub parse: f64,
    pub load: f64,
    pub read: f64,
    pub peak_after_load: u64,
    pub peak: u64,
}

/// Runs the job once and checks that the flights come back as they were.
pub fn measure<C: Contender>(contender: &mut C, job: &Job) -> Result<Measurement> {
    let start = Instant::now();
    let data = Dataset::parse(&job.flights)?;
    let parse = start.elapsed().as_secs_f64();

    contender.create_tables()?;
    let start = Instant::now();
    contender.load(&data)?;
    let load = start.elapsed().as_secs_f64();
    let peak_after_load = peak_resident_kib()?;

    let expected = Totals::of(&data.flights);
    drop(data);
    let start = Instant::now();
    let flights = contender.read()?;
    let read = start.elapsed().as_secs_f64();
    let peak = peak_resident_kib()?;

    let found = C::totals(&flights);
    if found != expected {
        return Err(format!("read {found:?}, loaded {expected:?}").into());
    }
    Ok(Measurement { parse, load, read, peak_after_load, peak })
}

/// The highest resident memory of this process so far.
fn peak_resident_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches("kB").trim_end().parse()?)
}

impl Measurement {
    /// One line for the parent process, read by [`Measurement::from_line`].
    pub fn to_line(self) -> String {
        let Self { parse, load, read, peak_after_load, peak } = self;
        format!("{parse} {load} {read} {peak_after_load} {peak}")
    }

    pub fn from_line(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[parse, load, read, peak_after_load, peak] = fields.as_slice() else {
            return Err(format!("not a measurement: {line:?}").into());
        };
        Ok(Self {
            parse: parse.parse()?,
            load: load.parse()?,
            read: read.parse()?,
            peak_after_load: peak_after_load.parse()?,
            peak: peak.parse()?,
        })
    }
}

/// The head of the table that [`table_row`] continues.
pub const TABLE_HEAD: &str = "\
| contender | database | load by | read by | parse s | load s | read s | peak MiB after load | peak MiB |
| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |";

/// A row of the table: `min / median` for times, the median for memory.
pub fn table_row(entry: &Entry, database: &str, runs: &[Measurement]) -> String {
    let seconds = |of: fn(&Measurement) -> f64| {
        let sorted = sorted(runs, of);
        format!("{:.3} / {:.3}", sorted[0], median(&sorted))
    };
    let mebibytes = |of: fn(&Measurement) -> f64| format!("{:.0}", median(&sorted(runs, of)) / 1024.0);

    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        entry.contender,
        database,
        entry.load,
        entry.read,
        seconds(|run| run.parse),
        seconds(|run| run.load),
        seconds(|run| run.read),
        mebibytes(|run| run.peak_after_load as f64),
        mebibytes(|run| run.peak as f64),
    )
}

fn sorted(runs: &[Measurement], of: fn(&Measurement) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let upper = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[upper] } else { f64::midpoint(sorted[upper - 1], sorted[upper]) }
}
