use orm::prelude::*;

#[derive(Model)]
#[orm(table = users, schema(main))]
struct User {
    #[orm(primary_key = true, auto)]
    id: i64,
    #[orm(length = "80", rename = "", index(name), server_default = 0)]
    name: String,
    #[orm(length = -1, default, check("true"))]
    nickname: String,
    #[orm(precision = 300, scale = 2)]
    price: f64,
    #[orm(length = 0)]
    motto: String,
}

fn main() {}
