use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    settings: serde_json::Value,
}

fn main() {
    let _ = User::query().select(User::settings.get(1.5));
}
