use orm::prelude::*;

struct User {
    id: i64,
}

fn users(conn: &mut Connection) -> orm::Result<Vec<User>> {
    User::query().all(conn)
}

fn main() {}
