//! The data: four CSV files parsed into structs, and sums that tell whether flights came back whole.
//!
//! The three small files are those of the examples; the file of flights is the caller's choice.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::Result;

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
    T: FromStr,
    T::Err: Display,
{
    let text = <&str>::deserialize(field)?;
    if text == "NA" {
        return Ok(None);
    }

    text.parse().map(Some).map_err(D::Error::custom)
}

/// Where the airlines, airports and planes are.
const SMALL_FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/nycflights13");

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
        let small = Path::new(SMALL_FILES);
        Ok(Self {
            airlines: rows_of(&small.join("airlines.csv"))?,
            airports: rows_of(&small.join("airports.csv"))?,
            planes: rows_of(&small.join("planes.csv"))?,
            flights: rows_of(flights)?,
        })
    }
}

fn rows_of<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file =
        File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
    let is_compressed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> =
        if is_compressed { Box::new(GzDecoder::new(BufReader::new(file))) } else { Box::new(file) };
    let mut reader = csv::Reader::from_reader(bytes);
    let rows: std::result::Result<_, csv::Error> = reader.deserialize().collect();
    rows.map_err(|error| format!("{}: {error}", path.display()).into())
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
    /// Sums up `flights`.
    pub fn of<'f>(flights: impl IntoIterator<Item = &'f Flight>) -> Self {
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

    /// Fails, naming both, if `found` is not the same.
    pub fn must_equal(&self, found: &Self) -> Result<()> {
        if self == found {
            return Ok(());
        }
        Err(format!("read {found:?}, loaded {self:?}").into())
    }
}
