//! SQL written by hand: named values and lists, rows read by name and by position, parts of queries.

mod fragments;
mod hostile;
mod macros;
mod mistakes;
mod rows;
mod values;

use orm::Connection;
use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: i32,
    email: Option<String>,
}

/// Alice is 20, bob 30, carol 40; only bob has an email.
fn users(conn: &mut Connection) -> orm::Result<Vec<User>> {
    metadata![User].create_all(conn)?;
    let rows = [("alice", 20, None), ("bob", 30, Some("bob@example.com")), ("carol", 40, None)];
    let rows = rows.map(|(name, age, email)| {
        User::builder().name(name).age(age).email(email.map(str::to_owned))
    });
    User::insert_many(rows).all(conn)
}
