use orm::prelude::*;

#[derive(Embed)]
#[orm(table = "times")]
struct Times {
    #[orm(primary_key)]
    id: i64,
    #[orm(flatten)]
    name: String,
}

fn main() {}
