use orm::prelude::*;

#[derive(DbEnum, Clone, Copy)]
enum Shape {
    Circle(f64),
    Square { side: f64 },
    Point,
}

fn main() {}
