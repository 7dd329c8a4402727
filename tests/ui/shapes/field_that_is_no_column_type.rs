use orm::prelude::*;

struct Money(i64);

#[derive(FromRow)]
struct Report {
    total: Money,
}

fn main() {}
