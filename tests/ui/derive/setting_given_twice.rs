use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 80, unique)]
    #[orm(length = 120)]
    name: String,
}

fn main() {}
