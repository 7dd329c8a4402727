//! What it costs to build a query and write its SQL, and what that adds to the statement itself.

#[path = "../orm_flights/models.rs"]
mod models;

use std::borrow::Cow;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chrono::DateTime;
use orm::prelude::*;
use orm::{Dialect, Hydrate, Output, Postgres, Select, Sqlite, Value};
use orm_benches::Result;
use orm_core::sql::Sql;

use models::{Airline, Airport, Flight, Plane};

/// How often each piece of work is measured, and how long at least: too short for other programs to
/// be in every round.
const ROUNDS: usize = 1_001;
const ROUND: Duration = Duration::from_micros(400);

/// As many rows as are looked up.
const FLIGHTS: i64 = 1_000;

fn main() -> Result<()> {
    println!("{:<38} {:>9} {:>9}", "nanoseconds", "least", "median");
    of_query("posts", posts);
    of_query("flights", flights);
    let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    metadata![Airline, Airport, Plane, Flight].create_all(&mut conn)?;
    gets(&mut conn)?;
    inserts(&mut conn)
}

fn of_query<O: Output>(name: &str, query: fn() -> Select<O>) {
    measure(&format!("{name}: build"), || drop(black_box(query())));
    for (dialect, by) in [(&Sqlite as &dyn Dialect, "SQLite"), (&Postgres, "PostgreSQL")] {
        let built = query();
        measure(&format!("{name}: render, {by}"), || drop(black_box(built.to_sql(dialect))));
        measure(&format!("{name}: build and render, {by}"), || {
            drop(black_box(query().to_sql(dialect)));
        });
    }
}

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    email: Option<String>,
    age: i32,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    title: String,
    body: String,
    score: i32,
    is_published: bool,
}

/// A query of five filters, a join and an order, for rows of 6 columns.
fn posts() -> Select<Post> {
    Post::query()
        .join(Post::author_id)
        .filter(Post::title.starts_with("On "))
        .filter(Post::score.ge(10))
        .filter(User::age.between(18, 65))
        .filter(User::name.ne("root"))
        .filter(User::email.is_not_null())
        .order_by(Post::score.desc())
}

/// The same, for rows of 20 columns.
fn flights() -> Select<Flight> {
    Flight::query()
        .join(Flight::carrier)
        .filter(Airline::name.starts_with("American"))
        .filter(Flight::distance.ge(1_000))
        .filter(Flight::month.between(6, 8))
        .filter(Flight::dest.ne("LAX"))
        .filter(Flight::dep_delay.is_not_null())
        .order_by(Flight::time_hour.desc())
}

/// The 20 columns of a flight by its key, with and without the query.
fn gets(conn: &mut Connection) -> Result<()> {
    Airline::insert(Airline::builder().carrier("AA").name("American")).execute(conn)?;
    let airports = ["JFK", "LAX"].map(airport);
    Airport::insert_many(airports).execute(conn)?;
    Flight::insert_many((0..FLIGHTS).map(|_| flight())).execute(conn)?;

    let mut key = 0;
    measure("get", || {
        key = key % FLIGHTS + 1;
        black_box(Flight::query().get(conn, key)).expect("a flight");
    });
    let text = Flight::query().filter(Flight::id.eq(1)).to_sql(&Sqlite)?;
    measure("get, the statement alone", || {
        key = key % FLIGHTS + 1;
        let sql = Sql { binds: vec![Value::I64(key)], ..Sql::plain(Cow::Borrowed(text.as_str())) };
        conn.fetch(&sql, &mut |hydrate, row| {
            black_box(hydrate.hydrate::<Flight>(row, 0)?);
            Ok(ControlFlow::Continue(()))
        })
        .expect("a flight");
    });
    Ok(())
}

/// A row of two columns, with and without its builder, into a table that is as large for both.
fn inserts(conn: &mut Connection) -> Result<()> {
    let mut number = 0_u32;
    let mut tx = conn.begin()?;
    measure("insert", || {
        number += 1;
        let row = Airline::builder().carrier(number.to_string()).name("one of many");
        Airline::insert(row).execute(&mut tx).expect("a new key");
    });
    drop(tx);

    number = 0;
    let mut tx = conn.begin()?;
    let text = Airline::insert(Airline::builder().carrier("").name("")).to_sql(&Sqlite)?;
    let text = text.split(" RETURNING").next().unwrap_or_default();
    measure("insert, the statement alone", || {
        number += 1;
        let carrier = Value::Text(number.to_string().into());
        let binds = vec![carrier, Value::from("one of many")];
        let sql = Sql { binds, ..Sql::plain(Cow::Borrowed(text)) };
        tx.execute(&sql).expect("a new key");
    });
    Ok(())
}

fn airport(faa: &str) -> impl orm::IntoNewRow<Airport> {
    Airport::builder().faa(faa).name(faa).lat(40.6).lon(-73.8).alt(13).tz(-5).dst("A").tzone(None)
}

fn flight() -> impl orm::IntoNewRow<Flight> {
    Flight::builder()
        .year(2013)
        .month(7)
        .day(1)
        .dep_time(517)
        .sched_dep_time(515)
        .dep_delay(2)
        .arr_time(830)
        .sched_arr_time(819)
        .arr_delay(11)
        .carrier("AA")
        .flight(1545)
        .tailnum("N14228")
        .origin("JFK")
        .dest("LAX")
        .air_time(227)
        .distance(1400)
        .hour(5)
        .minute(15)
        .time_hour(DateTime::UNIX_EPOCH)
}

/// Prints the nanoseconds of one call of `work`: the least and the median of the rounds.
fn measure(name: &str, mut work: impl FnMut()) {
    let mut calls = 1;
    let mut round = |calls: u32| {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        start.elapsed()
    };
    while round(calls) < ROUND {
        calls *= 2;
    }
    let mut each: Vec<f64> =
        (0..ROUNDS).map(|_| round(calls).as_secs_f64() * 1e9 / f64::from(calls)).collect();
    each.sort_by(f64::total_cmp);
    println!("{name:<38} {:>9.0} {:>9.0}", each[0], each[ROUNDS / 2]);
}
