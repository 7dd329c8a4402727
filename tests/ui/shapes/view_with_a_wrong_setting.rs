use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(View)]
#[orm(model = "User")]
struct UserName {
    #[orm(rename = "name")]
    title: String,
}

fn main() {}
