use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    age: Option<i32>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    let user = User::builder().email("a@example.com");
    let _ = User::insert(user).on_conflict(Post::id);
}
