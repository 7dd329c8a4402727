use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    email: String,
    #[orm(rename = "email")]
    mail: String,
}

fn main() {}
