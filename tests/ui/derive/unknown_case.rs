use orm::prelude::*;

#[derive(Model)]
#[orm(rename_all = "CamelCase")]
struct User {
    #[orm(primary_key)]
    id: i64,
}

fn main() {}
