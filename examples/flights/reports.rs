//! Three questions to the data.

use orm::prelude::*;

use crate::model::{Airline, Airport, Flight, Plane};

/// How many flights each airline had planned, and how many of them never left.
pub(crate) fn flights_by_airline(conn: &mut Connection) -> orm::Result<()> {
    println!("\nFlights by airline, and how many were cancelled");
    for airline in Airline::query().order_by(Airline::name).all(conn)? {
        let flights = Flight::query().filter(Flight::carrier.eq(&airline.carrier));
        let planned = flights.count(conn)?;
        let cancelled = flights.filter(Flight::dep_time.is_null()).count(conn)?;
        println!("{:<28} {planned:>7} {cancelled:>6}", airline.name);
    }
    Ok(())
}

/// The flights that arrived latest, of those that flew over land for at least two hours.
pub(crate) fn longest_delays(conn: &mut Connection) -> orm::Result<()> {
    println!("\nThe longest delays of flights of two hours and more");
    let flights = Flight::query()
        .filter(Flight::air_time.ge(120) & Flight::dest.ne("HNL"))
        .order_by((Flight::arr_delay.desc().nulls_last(), Flight::id))
        .limit(5)
        .all(conn)?;
    for flight in flights {
        let airport = Airport::query().get(conn, &flight.dest)?;
        println!(
            "{} {:<6} to {:<32} {:>5} minutes late",
            flight.time_hour.format("%Y-%m-%d"),
            format!("{}{}", flight.carrier, flight.flight),
            airport.map_or(flight.dest, |airport| airport.name),
            flight.arr_delay.unwrap_or_default(),
        );
    }
    Ok(())
}

/// The oldest planes, and where they flew to.
pub(crate) fn oldest_planes(conn: &mut Connection) -> orm::Result<()> {
    println!("\nPlanes built before 1970 that flew, and where to");
    let planes = Plane::query()
        .filter(Plane::year.lt(1970))
        .order_by((Plane::year, Plane::tailnum))
        .all(conn)?;
    for plane in planes {
        let destinations: Vec<String> = Flight::query()
            .filter(Flight::tailnum.eq(&plane.tailnum) & Flight::air_time.is_not_null())
            .select(Flight::dest)
            .distinct()
            .order_by(Flight::dest)
            .all(conn)?;
        if let (Some(year), false) = (plane.year, destinations.is_empty()) {
            println!(
                "{year} {:<18} {}: {}",
                plane.manufacturer,
                plane.tailnum,
                destinations.join(", ")
            );
        }
    }
    Ok(())
}
