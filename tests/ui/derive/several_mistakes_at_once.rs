use orm::prelude::*;

#[derive(Model)]
#[orm(tabel = "users", index(columns(emial)))]
struct User {
    #[orm(primarykey)]
    id: i64,
    #[orm(uniqe, rename = 7)]
    email: String,
}

fn main() {}
