use orm::prelude::*;

#[derive(Model)]
#[orm(check(name = "ck_users"), check = "id > 0", check(id > 0))]
struct User {
    #[orm(primary_key)]
    id: i64,
}

fn main() {}
