use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key, auto = true, default = 1)]
    id: i64,
}

fn main() {}
