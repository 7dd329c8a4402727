use orm::prelude::*;

#[derive(Model)]
struct Search {
    #[orm(primary_key)]
    id: i64,
    query: String,
}

fn main() {}
