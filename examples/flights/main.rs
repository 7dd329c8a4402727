//! The flights that left New York City in 2013, loaded into four tables, and three reports.
//!
//! `cargo run --example flights` loads the sample in `examples/data`; the path of the full file, as
//! `.csv` or `.csv.gz`, can follow. Runs on SQLite in memory, or on the database of `DATABASE_URL`.
//! Where to get the full file is in `examples/data/nycflights13/README.md`.

mod load;
mod model;
mod reports;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use orm::prelude::*;

use crate::model::{Airline, Airport, Flight, Plane};

fn main() -> Result<(), Box<dyn Error>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nycflights13");
    let flights = std::env::args().nth(1).map_or_else(|| sample.join("flights.csv"), PathBuf::from);
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());

    let engine = Engine::connect(&url)?;
    let mut conn = engine.connect()?;
    let metadata = metadata![Flight, Plane, Airport, Airline];
    metadata.drop_all(&mut conn)?;
    metadata.create_all(&mut conn)?;

    let start = Instant::now();
    let mut tx = conn.begin()?;
    load::table(&mut tx, &sample.join("airlines.csv"), model::new_airline)?;
    load::table(&mut tx, &sample.join("airports.csv"), model::new_airport)?;
    load::table(&mut tx, &sample.join("planes.csv"), model::new_plane)?;
    let count = load::table(&mut tx, &flights, model::new_flight)?;
    tx.commit()?;
    println!(
        "{count} flights loaded in {:.2?} by {} statements",
        start.elapsed(),
        conn.statement_count()
    );

    reports::flights_by_airline(&mut conn)?;
    reports::longest_delays(&mut conn)?;
    reports::oldest_planes(&mut conn)?;

    metadata.drop_all(&mut conn)?;
    Ok(())
}
