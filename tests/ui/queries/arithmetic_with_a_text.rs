use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

fn main() {
    let _ = User::query().select(User::id + User::name);
    let _ = User::query().select(User::name + 1);
}
