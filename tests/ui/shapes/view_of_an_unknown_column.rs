use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(View)]
#[orm(model = User)]
struct UserName {
    id: i64,
    nmae: String,
}

fn main() {}
