use orm::prelude::*;

#[derive(Model)]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(precision = 10)]
    price: f64,
    #[orm(scale = 2)]
    weight: f64,
    #[orm(precision = 2, scale = 3)]
    rating: f64,
}

fn main() {}
