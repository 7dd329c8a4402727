//! The four tables, as the plain contenders have them.

use chrono::{DateTime, Utc};
use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "airlines")]
pub(crate) struct Airline {
    #[orm(primary_key)]
    pub(crate) carrier: String,
    pub(crate) name: String,
}

#[derive(Model, Debug)]
#[orm(table = "airports")]
pub(crate) struct Airport {
    #[orm(primary_key)]
    pub(crate) faa: String,
    pub(crate) name: String,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) alt: i32,
    pub(crate) tz: i32,
    pub(crate) dst: String,
    pub(crate) tzone: Option<String>,
}

#[derive(Model, Debug)]
#[orm(table = "planes")]
pub(crate) struct Plane {
    #[orm(primary_key)]
    pub(crate) tailnum: String,
    pub(crate) year: Option<i32>,
    #[orm(rename = "type")]
    pub(crate) kind: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) engines: i32,
    pub(crate) seats: i32,
    pub(crate) speed: Option<i32>,
    pub(crate) engine: String,
}

#[expect(clippy::struct_field_names, reason = "`flight` is what the column is called")]
#[derive(Model, Debug)]
#[orm(table = "flights")]
pub(crate) struct Flight {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
    pub(crate) dep_time: Option<i32>,
    pub(crate) sched_dep_time: i32,
    pub(crate) dep_delay: Option<i32>,
    pub(crate) arr_time: Option<i32>,
    pub(crate) sched_arr_time: i32,
    pub(crate) arr_delay: Option<i32>,
    #[orm(foreign_key(Airline::carrier))]
    pub(crate) carrier: String,
    pub(crate) flight: i32,
    pub(crate) tailnum: Option<String>,
    #[orm(foreign_key(Airport::faa))]
    pub(crate) origin: String,
    pub(crate) dest: String,
    pub(crate) air_time: Option<i32>,
    pub(crate) distance: i32,
    pub(crate) hour: i32,
    pub(crate) minute: i32,
    pub(crate) time_hour: DateTime<Utc>,
}
