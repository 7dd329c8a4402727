//! The flights of 2013, loaded and read back by the ORM.

mod models;

use std::env;
use std::process::ExitCode;

use orm::IntoNewRow;
use orm::prelude::*;
use orm_benches::Result;
use orm_benches::contender::{Contender, Get, Load, Read};
use orm_benches::contest::{Task, conclude, hold};
use orm_benches::dataset::{self, Dataset, Totals};

use models::{Airline, Airport, Flight, Plane};

struct Orm {
    connection: Connection,
    /// A database in memory lives as long as this.
    _engine: Engine,
}

impl Contender for Orm {
    type Flight = Flight;

    const NAME: &'static str = "orm";
    const LOADS: &'static [Load<Self>] = &[Load { name: "`insert_many`", run: Self::load }];
    const READS: &'static [Read<Self>] = &[Read { name: "`query().all`", run: Self::read }];
    const GETS: &'static [Get<Self>] = &[Get { name: "`query().get`", run: Self::get }];
    const INSERTS: &'static [Load<Self>] = &[
        Load { name: "`insert().execute`", run: Self::insert_only },
        Load { name: "`insert().one`", run: Self::insert_and_return },
    ];

    fn speaks(_url: &str) -> bool {
        true
    }

    fn connect(url: &str) -> Result<Self> {
        let engine = Engine::connect(url)?;
        Ok(Self { connection: engine.connect()?, _engine: engine })
    }

    fn create_tables(&mut self) -> Result<()> {
        let metadata = metadata![Airline, Airport, Plane, Flight];
        metadata.drop_all(&mut self.connection)?;
        Ok(metadata.create_all(&mut self.connection)?)
    }

    fn totals(flights: &[Flight]) -> Totals {
        let mut totals = Totals::default();
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

impl Orm {
    fn load(&mut self, data: Dataset) -> Result<()> {
        let mut tx = self.connection.begin()?;
        load_small_tables(&mut tx, data.airlines, data.airports, data.planes)?;
        Flight::insert_many(data.flights.into_iter().map(new_flight)).execute(&mut tx)?;
        Ok(tx.commit()?)
    }

    fn insert_only(&mut self, data: Dataset) -> Result<()> {
        let mut tx = self.connection.begin()?;
        load_small_tables(&mut tx, data.airlines, data.airports, data.planes)?;
        for flight in data.flights {
            Flight::insert(new_flight(flight)).execute(&mut tx)?;
        }
        Ok(tx.commit()?)
    }

    fn insert_and_return(&mut self, data: Dataset) -> Result<()> {
        let mut tx = self.connection.begin()?;
        load_small_tables(&mut tx, data.airlines, data.airports, data.planes)?;
        for flight in data.flights {
            Flight::insert(new_flight(flight)).one(&mut tx)?;
        }
        Ok(tx.commit()?)
    }

    fn read(&mut self) -> Result<Vec<Flight>> {
        Ok(Flight::query().all(&mut self.connection)?)
    }

    fn get(&mut self, keys: &[i64]) -> Result<Vec<Flight>> {
        let get = |&key| Flight::query().get_or_not_found(&mut self.connection, key);
        Ok(keys.iter().map(get).collect::<orm::Result<_>>()?)
    }
}

fn load_small_tables(
    connection: &mut Connection,
    airlines: Vec<dataset::Airline>,
    airports: Vec<dataset::Airport>,
    planes: Vec<dataset::Plane>,
) -> Result<()> {
    let airlines = airlines.into_iter();
    let airlines = airlines.map(|row| Airline::builder().carrier(row.carrier).name(row.name));
    Airline::insert_many(airlines).execute(connection)?;
    let airports = airports.into_iter().map(|row| {
        Airport::builder()
            .faa(row.faa)
            .name(row.name)
            .lat(row.lat)
            .lon(row.lon)
            .alt(row.alt)
            .tz(row.tz)
            .dst(row.dst)
            .tzone(row.tzone)
    });
    Airport::insert_many(airports).execute(connection)?;
    let planes = planes.into_iter().map(|row| {
        Plane::builder()
            .tailnum(row.tailnum)
            .year(row.year)
            .kind(row.kind)
            .manufacturer(row.manufacturer)
            .model(row.model)
            .engines(row.engines)
            .seats(row.seats)
            .speed(row.speed)
            .engine(row.engine)
    });
    Plane::insert_many(planes).execute(connection)?;
    Ok(())
}

fn new_flight(row: dataset::Flight) -> impl IntoNewRow<Flight> {
    Flight::builder()
        .year(row.year)
        .month(row.month)
        .day(row.day)
        .dep_time(row.dep_time)
        .sched_dep_time(row.sched_dep_time)
        .dep_delay(row.dep_delay)
        .arr_time(row.arr_time)
        .sched_arr_time(row.sched_arr_time)
        .arr_delay(row.arr_delay)
        .carrier(row.carrier)
        .flight(row.flight)
        .tailnum(row.tailnum)
        .origin(row.origin)
        .dest(row.dest)
        .air_time(row.air_time)
        .distance(row.distance)
        .hour(row.hour)
        .minute(row.minute)
        .time_hour(row.time_hour)
}

fn main() -> ExitCode {
    conclude(Task::parse(env::args().skip(1)).and_then(|task| hold::<Orm>(&task)))
}
