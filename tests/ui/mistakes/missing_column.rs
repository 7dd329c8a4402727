use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    is_active: bool,
}

fn main() {
    let _ = User::insert(User::builder().name("alice"));
}
