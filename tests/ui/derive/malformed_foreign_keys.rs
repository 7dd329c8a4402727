use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id, on_delete = "cascad"))]
    parent: i64,
    #[orm(foreign_key(id))]
    friend: i64,
    #[orm(foreign_key = User::id)]
    manager: i64,
    #[orm(foreign_key("users.id", on_update = "cascade"))]
    mentor: i64,
    #[orm(foreign_key(User::id, ondelete = "cascade"))]
    partner: i64,
    #[orm(foreign_key(on_delete = "cascade"))]
    deputy: i64,
}

fn main() {}
