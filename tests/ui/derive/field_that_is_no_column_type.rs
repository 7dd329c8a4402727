use orm::prelude::*;

struct Point {
    x: f64,
    y: f64,
}

#[derive(Model)]
struct Place {
    #[orm(primary_key)]
    id: i64,
    location: Point,
}

fn main() {}
