use orm::prelude::*;

#[derive(Model)]
#[orm]
struct User {
    #[orm = "primary_key"]
    #[orm(primary_key)]
    id: i64,
    #[orm("unique")]
    name: String,
    #[orm(length = , unique index)]
    motto: String,
}

fn main() {}
