use orm::prelude::*;

#[derive(Model)]
struct Tagged<T> {
    #[orm(primary_key)]
    id: i64,
    tag: T,
}

fn main() {}
