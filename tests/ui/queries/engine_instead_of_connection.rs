use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    is_active: bool,
}

fn users(engine: &mut Engine) -> orm::Result<Vec<User>> {
    User::query().all(engine)
}

fn main() {}
