use orm::prelude::*;

#[derive(Model)]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 80)]
    stock: i32,
    #[orm(precision = 10, scale = 2)]
    name: String,
}

fn main() {}
