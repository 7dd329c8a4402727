use chrono::NaiveDate;
use orm::func::hour;
use orm::prelude::*;

#[derive(Model)]
struct Visit {
    #[orm(primary_key)]
    id: i64,
    day: NaiveDate,
}

fn main() {
    let _ = Visit::query().select(hour(Visit::day));
}
