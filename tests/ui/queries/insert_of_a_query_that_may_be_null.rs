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
struct Visitor {
    #[orm(primary_key)]
    email: String,
    age: i32,
}

fn main() {
    let users = User::query().select((User::email, User::age));
    let _ = Visitor::insert_from((Visitor::email, Visitor::age), users);
}
