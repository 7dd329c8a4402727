use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    age: Option<i32>,
}

fn main() {
    let _ = User::update_many((User::email, User::age), [(1, ("a@example.com", "18"))]);
}
