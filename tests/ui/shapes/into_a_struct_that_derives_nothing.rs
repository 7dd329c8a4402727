use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

struct Report {
    name: String,
}

fn main() {
    let _ = User::query().select(User::name).into::<Report>();
}
