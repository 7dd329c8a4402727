use orm::prelude::*;

#[derive(Model)]
#[orm(index(name = "ix_users"), unique, unique(columns()), index(column(id)))]
struct User {
    #[orm(primary_key)]
    id: i64,
}

fn main() {}
