use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(auto = true)]
    number: i64,
}

fn main() {}
