use orm::prelude::*;

#[derive(ColumnType)]
struct Point {
    x: f64,
    y: f64,
}

fn main() {}
