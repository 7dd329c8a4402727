use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    is_active: bool,
}

fn user(conn: &mut Connection) -> orm::Result<Option<User>> {
    User::query().get(conn, "alice")
}

fn main() {}
