use orm::prelude::*;

#[derive(FromRow)]
struct Report {
    total: i64,
    #[orm(rename = "total")]
    sum: i64,
}

fn main() {}
