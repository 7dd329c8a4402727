//! The job in plain `rusqlite`: statements prepared by hand, columns read by index.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};
use orm_benches::Result;
use orm_benches::contender::{Contender, Get, Load, Read, sqlite_path};
use orm_benches::dataset::{Dataset, Flight, Totals};
use rusqlite::types::{ToSql, Type};
use rusqlite::{Connection, Row, Statement, Transaction, params};

/// Rows in one INSERT of [`load_many_at_once`]; more of them are no faster.
const ROWS_A_STATEMENT: usize = 64;

const TABLES: &str = "
DROP TABLE IF EXISTS flights;
DROP TABLE IF EXISTS planes;
DROP TABLE IF EXISTS airports;
DROP TABLE IF EXISTS airlines;
CREATE TABLE airlines (
    carrier TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE airports (
    faa TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    lat REAL NOT NULL,
    lon REAL NOT NULL,
    alt INTEGER NOT NULL,
    tz INTEGER NOT NULL,
    dst TEXT NOT NULL,
    tzone TEXT
);
CREATE TABLE planes (
    tailnum TEXT NOT NULL PRIMARY KEY,
    year INTEGER,
    type TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    engines INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    speed INTEGER,
    engine TEXT NOT NULL
);
CREATE TABLE flights (
    id INTEGER PRIMARY KEY,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    dep_time INTEGER,
    sched_dep_time INTEGER NOT NULL,
    dep_delay INTEGER,
    arr_time INTEGER,
    sched_arr_time INTEGER NOT NULL,
    arr_delay INTEGER,
    carrier TEXT NOT NULL REFERENCES airlines (carrier),
    flight INTEGER NOT NULL,
    tailnum TEXT,
    origin TEXT NOT NULL REFERENCES airports (faa),
    dest TEXT NOT NULL,
    air_time INTEGER,
    distance INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    time_hour TEXT NOT NULL
);";

const INSERT: &str = "INSERT INTO flights (year, month, day, dep_time, sched_dep_time, dep_delay, \
     arr_time, sched_arr_time, arr_delay, carrier, flight, tailnum, origin, dest, air_time, distance, hour, \
     minute, time_hour) VALUES ";

const PLACEHOLDERS: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Columns that an INSERT names: all but the generated key.
const COLUMNS: usize = 19;

const SELECT: &str = "SELECT id, year, month, day, dep_time, sched_dep_time, dep_delay, arr_time, \
     sched_arr_time, arr_delay, carrier, flight, tailnum, origin, dest, air_time, distance, hour, minute, \
     time_hour FROM flights";

/// A connection of `rusqlite`, with its settings as they come.
#[derive(Debug)]
pub(crate) struct PlainRusqlite {
    connection: Connection,
}

impl Contender for PlainRusqlite {
    type Flight = Flight;

    const NAME: &'static str = "rusqlite";
    const LOADS: &'static [Load<Self>] = &[
        Load { name: "prepared loop", run: |rusqlite, data| rusqlite.load(&data, load_one_by_one) },
        Load {
            name: "prepared VALUES ×64",
            run: |rusqlite, data| {
                rusqlite.load(&data, |transaction, flights| {
                    load_many_at_once(transaction, flights, DateTime::naive_utc)
                })
            },
        },
        Load {
            name: "prepared VALUES ×64, timestamp by hand",
            run: |rusqlite, data| {
                rusqlite.load(&data, |transaction, flights| {
                    load_many_at_once(transaction, flights, text_of)
                })
            },
        },
    ];
    const READS: &'static [Read<Self>] = &[
        Read { name: "`row.get`", run: |rusqlite| rusqlite.read(time_by_rusqlite) },
        Read { name: "`row.get`, timestamp by hand", run: |rusqlite| rusqlite.read(time_by_hand) },
    ];
    const GETS: &'static [Get<Self>] = &[
        Get {
            name: "prepared, `row.get`",
            run: |rusqlite, keys| rusqlite.get(keys, time_by_rusqlite),
        },
        Get {
            name: "prepared, timestamp by hand",
            run: |rusqlite, keys| rusqlite.get(keys, time_by_hand),
        },
    ];
    const INSERTS: &'static [Load<Self>] = &[Load {
        name: "prepared loop",
        run: |rusqlite, data| rusqlite.load(&data, load_one_by_one),
    }];

    fn speaks(url: &str) -> bool {
        url.starts_with("sqlite:")
    }

    fn connect(url: &str) -> Result<Self> {
        let connection = match sqlite_path(url) {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(Self { connection })
    }

    fn create_tables(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch(TABLES)?)
    }

    fn totals(flights: &[Flight]) -> Totals {
        Totals::of(flights)
    }
}

impl PlainRusqlite {
    fn load(
        &mut self,
        data: &Dataset,
        load_flights: fn(&Transaction<'_>, &[Flight]) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let transaction = self.connection.transaction()?;
        load_small_tables(&transaction, data)?;
        load_flights(&transaction, &data.flights)?;
        Ok(transaction.commit()?)
    }

    fn read(
        &mut self,
        time: impl Fn(&Row<'_>, usize) -> rusqlite::Result<DateTime<Utc>>,
    ) -> Result<Vec<Flight>> {
        let mut select = self.connection.prepare(SELECT)?;
        let rows = select.query_map([], |row| flight_of(row, time(row, 19)?))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn get(
        &mut self,
        keys: &[i64],
        time: impl Fn(&Row<'_>, usize) -> rusqlite::Result<DateTime<Utc>>,
    ) -> Result<Vec<Flight>> {
        let mut select = self.connection.prepare(&format!("{SELECT} WHERE id = ?"))?;
        let get = |key| select.query_row([key], |row| flight_of(row, time(row, 19)?));
        Ok(keys.iter().map(get).collect::<rusqlite::Result<_>>()?)
    }
}

fn load_small_tables(transaction: &Transaction<'_>, data: &Dataset) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO airlines (carrier, name) VALUES (?, ?)")?;
    for airline in &data.airlines {
        insert.execute(params![airline.carrier, airline.name])?;
    }

    let mut insert = transaction.prepare(
        "INSERT INTO airports (faa, name, lat, lon, alt, tz, dst, tzone) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for airport in &data.airports {
        insert.execute(params![
            airport.faa,
            airport.name,
            airport.lat,
            airport.lon,
            airport.alt,
            airport.tz,
            airport.dst,
            airport.tzone,
        ])?;
    }

    let mut insert = transaction.prepare(
        "INSERT INTO planes (tailnum, year, type, manufacturer, model, engines, seats, speed, engine) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for plane in &data.planes {
        insert.execute(params![
            plane.tailnum,
            plane.year,
            plane.kind,
            plane.manufacturer,
            plane.model,
            plane.engines,
            plane.seats,
            plane.speed,
            plane.engine,
        ])?;
    }
    Ok(())
}

fn load_one_by_one(transaction: &Transaction<'_>, flights: &[Flight]) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare(&format!("{INSERT}{PLACEHOLDERS}"))?;
    for flight in flights {
        insert.execute(params![
            flight.year,
            flight.month,
            flight.day,
            flight.dep_time,
            flight.sched_dep_time,
            flight.dep_delay,
            flight.arr_time,
            flight.sched_arr_time,
            flight.arr_delay,
            flight.carrier,
            flight.flight,
            flight.tailnum,
            flight.origin,
            flight.dest,
            flight.air_time,
            flight.distance,
            flight.hour,
            flight.minute,
            flight.time_hour.naive_utc(),
        ])?;
    }
    Ok(())
}

fn load_many_at_once<T: ToSql>(
    transaction: &Transaction<'_>,
    flights: &[Flight],
    time: fn(&DateTime<Utc>) -> T,
) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare(&format!("{INSERT}{}", [PLACEHOLDERS; ROWS_A_STATEMENT].join(", ")))?;
    let (batches, rest) = flights.as_chunks::<ROWS_A_STATEMENT>();
    for batch in batches {
        for (row, flight) in batch.iter().enumerate() {
            bind(&mut insert, row * COLUMNS, flight, time(&flight.time_hour))?;
        }
        insert.raw_execute()?;
    }
    load_one_by_one(transaction, rest)
}

/// Binds a flight to the placeholders after the first `before`.
fn bind(
    insert: &mut Statement<'_>,
    before: usize,
    flight: &Flight,
    time_hour: impl ToSql,
) -> rusqlite::Result<()> {
    insert.raw_bind_parameter(before + 1, flight.year)?;
    insert.raw_bind_parameter(before + 2, flight.month)?;
    insert.raw_bind_parameter(before + 3, flight.day)?;
    insert.raw_bind_parameter(before + 4, flight.dep_time)?;
    insert.raw_bind_parameter(before + 5, flight.sched_dep_time)?;
    insert.raw_bind_parameter(before + 6, flight.dep_delay)?;
    insert.raw_bind_parameter(before + 7, flight.arr_time)?;
    insert.raw_bind_parameter(before + 8, flight.sched_arr_time)?;
    insert.raw_bind_parameter(before + 9, flight.arr_delay)?;
    insert.raw_bind_parameter(before + 10, &flight.carrier)?;
    insert.raw_bind_parameter(before + 11, flight.flight)?;
    insert.raw_bind_parameter(before + 12, &flight.tailnum)?;
    insert.raw_bind_parameter(before + 13, &flight.origin)?;
    insert.raw_bind_parameter(before + 14, &flight.dest)?;
    insert.raw_bind_parameter(before + 15, flight.air_time)?;
    insert.raw_bind_parameter(before + 16, flight.distance)?;
    insert.raw_bind_parameter(before + 17, flight.hour)?;
    insert.raw_bind_parameter(before + 18, flight.minute)?;
    insert.raw_bind_parameter(before + 19, time_hour)
}

/// Writes `2013-01-01 10:00:00`, as `rusqlite` would by chrono's format string.
fn text_of(time: &DateTime<Utc>) -> String {
    const DIGITS: &str = "0123456789";
    let parts = [
        (time.year().unsigned_abs(), 1_000, ""),
        (time.month(), 10, "-"),
        (time.day(), 10, "-"),
        (time.hour(), 10, " "),
        (time.minute(), 10, ":"),
        (time.second(), 10, ":"),
    ];
    let mut text = String::with_capacity("2013-01-01 10:00:00".len());
    for (number, highest, before) in parts {
        text.push_str(before);
        let mut power = highest;
        while power > 0 {
            let digit = (number / power % 10) as usize;
            text.push_str(&DIGITS[digit..=digit]);
            power /= 10;
        }
    }
    text
}

/// The whole of it in the words of `rusqlite`.
///
/// Read as `DateTime<Utc>`, a text without an offset would be parsed twice.
fn time_by_rusqlite(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    Ok(row.get::<_, NaiveDateTime>(index)?.and_utc())
}

/// Spares the interpretation of chrono's format string, which is a fifth of the time of reading.
fn time_by_hand(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    let text = row.get_ref(index)?.as_bytes()?;
    utc_of(text).ok_or(rusqlite::Error::InvalidColumnType(index, "time_hour".into(), Type::Text))
}

/// Parses `2013-01-01 10:00:00`.
fn utc_of(text: &[u8]) -> Option<DateTime<Utc>> {
    let number = |digits: Range<usize>| {
        text.get(digits)?.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let day = NaiveDate::from_ymd_opt(number(0..4)?.cast_signed(), number(5..7)?, number(8..10)?)?;
    let time = NaiveTime::from_hms_opt(number(11..13)?, number(14..16)?, number(17..19)?)?;
    (text.len() == 19).then(|| day.and_time(time).and_utc())
}

fn flight_of(row: &Row<'_>, time_hour: DateTime<Utc>) -> rusqlite::Result<Flight> {
    Ok(Flight {
        id: row.get(0)?,
        year: row.get(1)?,
        month: row.get(2)?,
        day: row.get(3)?,
        dep_time: row.get(4)?,
        sched_dep_time: row.get(5)?,
        dep_delay: row.get(6)?,
        arr_time: row.get(7)?,
        sched_arr_time: row.get(8)?,
        arr_delay: row.get(9)?,
        carrier: row.get(10)?,
        flight: row.get(11)?,
        tailnum: row.get(12)?,
        origin: row.get(13)?,
        dest: row.get(14)?,
        air_time: row.get(15)?,
        distance: row.get(16)?,
        hour: row.get(17)?,
        minute: row.get(18)?,
        time_hour,
    })
}
