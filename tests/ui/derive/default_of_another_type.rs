use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(default = "yes")]
    is_active: bool,
}

fn main() {}
