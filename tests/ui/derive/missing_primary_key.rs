use orm::prelude::*;

#[derive(Model)]
struct User {
    id: i64,
}

fn main() {}
