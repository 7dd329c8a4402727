use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key, auto = true)]
    name: String,
}

fn main() {}
