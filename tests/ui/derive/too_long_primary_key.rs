use orm::prelude::*;

#[derive(Model)]
struct Measurement {
    #[orm(primary_key)]
    year: i32,
    #[orm(primary_key)]
    month: i32,
    #[orm(primary_key)]
    day: i32,
    #[orm(primary_key)]
    hour: i32,
    #[orm(primary_key)]
    minute: i32,
}

fn main() {}
