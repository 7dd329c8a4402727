//! The four tables, and how a line of each file becomes a row.

use chrono::{DateTime, Utc};
use csv::StringRecord;
use orm::IntoNewRow;
use orm::prelude::*;

use crate::load::{LoadError, optional, required};

/// Companies that fly.
#[derive(Model, Debug)]
#[orm(table = "airlines")]
pub(crate) struct Airline {
    /// Two letters, by IATA.
    #[orm(primary_key, length = 2)]
    pub(crate) carrier: String,
    pub(crate) name: String,
}

/// Airports of the United States.
#[derive(Model, Debug)]
#[orm(table = "airports")]
pub(crate) struct Airport {
    /// Three characters, by the FAA.
    #[orm(primary_key, length = 3)]
    pub(crate) faa: String,
    pub(crate) name: String,
    /// Degrees north.
    pub(crate) lat: f64,
    /// Degrees east.
    pub(crate) lon: f64,
    /// Feet above the sea.
    pub(crate) alt: i32,
    /// Hours from UTC.
    pub(crate) tz: i32,
    /// Whether it has daylight saving time: `A` as in the United States, `N` none, `U` unknown.
    #[orm(length = 1)]
    pub(crate) dst: String,
    /// Name in the IANA time zone database.
    pub(crate) tzone: Option<String>,
}

/// Planes by their registration.
#[derive(Model, Debug)]
#[orm(table = "planes")]
pub(crate) struct Plane {
    /// The registration, painted on the tail.
    #[orm(primary_key, length = 6)]
    pub(crate) tailnum: String,
    /// The year it was made.
    pub(crate) year: Option<i32>,
    #[orm(rename = "type")]
    pub(crate) kind: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) engines: i32,
    pub(crate) seats: i32,
    /// Cruising speed in miles an hour.
    pub(crate) speed: Option<i32>,
    pub(crate) engine: String,
}

/// Flights from New York City in 2013.
///
/// Some destinations and tail numbers are in no other file, so they are no foreign keys.
#[derive(Model, Debug)]
#[orm(table = "flights", index(columns(carrier, time_hour)), check("month BETWEEN 1 AND 12"))]
pub(crate) struct Flight {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
    /// Local time as a number, such as 517.
    pub(crate) dep_time: Option<i32>,
    pub(crate) sched_dep_time: i32,
    /// Minutes.
    pub(crate) dep_delay: Option<i32>,
    pub(crate) arr_time: Option<i32>,
    pub(crate) sched_arr_time: i32,
    pub(crate) arr_delay: Option<i32>,
    #[orm(length = 2, foreign_key(Airline::carrier))]
    pub(crate) carrier: String,
    pub(crate) flight: i32,
    #[orm(length = 6, index)]
    pub(crate) tailnum: Option<String>,
    #[orm(length = 3, foreign_key(Airport::faa))]
    pub(crate) origin: String,
    #[orm(length = 3)]
    pub(crate) dest: String,
    /// Minutes.
    pub(crate) air_time: Option<i32>,
    /// Miles.
    pub(crate) distance: i32,
    pub(crate) hour: i32,
    pub(crate) minute: i32,
    /// When it was to depart, cut to the hour.
    pub(crate) time_hour: DateTime<Utc>,
}

pub(crate) fn new_airline(
    line: &StringRecord,
) -> Result<impl IntoNewRow<Airline> + use<>, LoadError> {
    Ok(Airline::builder().carrier(required::<String>(line, 0)?).name(required::<String>(line, 1)?))
}

pub(crate) fn new_airport(
    line: &StringRecord,
) -> Result<impl IntoNewRow<Airport> + use<>, LoadError> {
    Ok(Airport::builder()
        .faa(required::<String>(line, 0)?)
        .name(required::<String>(line, 1)?)
        .lat(required::<f64>(line, 2)?)
        .lon(required::<f64>(line, 3)?)
        .alt(required::<i32>(line, 4)?)
        .tz(required::<i32>(line, 5)?)
        .dst(required::<String>(line, 6)?)
        .tzone(optional::<String>(line, 7)?))
}

pub(crate) fn new_plane(line: &StringRecord) -> Result<impl IntoNewRow<Plane> + use<>, LoadError> {
    Ok(Plane::builder()
        .tailnum(required::<String>(line, 0)?)
        .year(optional::<i32>(line, 1)?)
        .kind(required::<String>(line, 2)?)
        .manufacturer(required::<String>(line, 3)?)
        .model(required::<String>(line, 4)?)
        .engines(required::<i32>(line, 5)?)
        .seats(required::<i32>(line, 6)?)
        .speed(optional::<i32>(line, 7)?)
        .engine(required::<String>(line, 8)?))
}

pub(crate) fn new_flight(
    line: &StringRecord,
) -> Result<impl IntoNewRow<Flight> + use<>, LoadError> {
    Ok(Flight::builder()
        .year(required::<i32>(line, 0)?)
        .month(required::<i32>(line, 1)?)
        .day(required::<i32>(line, 2)?)
        .dep_time(optional::<i32>(line, 3)?)
        .sched_dep_time(required::<i32>(line, 4)?)
        .dep_delay(optional::<i32>(line, 5)?)
        .arr_time(optional::<i32>(line, 6)?)
        .sched_arr_time(required::<i32>(line, 7)?)
        .arr_delay(optional::<i32>(line, 8)?)
        .carrier(required::<String>(line, 9)?)
        .flight(required::<i32>(line, 10)?)
        .tailnum(optional::<String>(line, 11)?)
        .origin(required::<String>(line, 12)?)
        .dest(required::<String>(line, 13)?)
        .air_time(optional::<i32>(line, 14)?)
        .distance(required::<i32>(line, 15)?)
        .hour(required::<i32>(line, 16)?)
        .minute(required::<i32>(line, 17)?)
        .time_hour(required::<DateTime<Utc>>(line, 18)?))
}
