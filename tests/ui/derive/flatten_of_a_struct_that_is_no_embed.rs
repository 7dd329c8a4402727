use orm::prelude::*;

struct Address {
    street: String,
}

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(flatten)]
    home: Address,
}

fn main() {}
