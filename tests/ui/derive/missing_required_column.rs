use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    email: String,
    bio: Option<String>,
}

fn main() {
    let _ = User::insert(User::builder().name("alice"));
}
