use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(lenght = 80)]
    name: String,
}

fn main() {}
