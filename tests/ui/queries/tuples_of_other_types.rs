use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

fn main() {
    let key = (User::id, User::name);
    let _ = User::query().filter(key.eq(("ada", 1)));
    let _ = User::query().filter(key.in_([(1, 2)]));
    let _ = User::query().filter(key.in_([(1, "ada", 2)]));
    let _ = User::query().filter(key.in_query(User::query().select((User::name, User::id))));
}
