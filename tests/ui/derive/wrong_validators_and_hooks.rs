//! Functions that do not fit the field they validate, or the event they are to run at.

use orm::prelude::*;

#[derive(Model)]
#[orm(before_insert = takes_a_number, on_load = takes_a_session)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(validate = positive)]
    name: String,
    #[orm(validate = by_value)]
    nick: Option<String>,
}

fn positive(value: &mut i32) -> Result<(), String> {
    if *value > 0 { Ok(()) } else { Err("not positive".to_owned()) }
}

fn by_value(value: String) -> bool {
    value.is_empty()
}

fn takes_a_number(_: i32) -> orm::Result<()> {
    Ok(())
}

fn takes_a_session(_: &mut Session, _: Entity<User>) -> orm::Result<()> {
    Ok(())
}

fn main() {}
