use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(View)]
struct UserName {
    id: i64,
}

fn main() {}
