use orm::prelude::*;

#[derive(Embed)]
struct Address {
    street: String,
}

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(flatten(prefx = "home_"), unique)]
    home: Address,
}

fn main() {}
