use orm::func::{rank, row_number};
use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    age: i32,
}

fn main() {
    let _ = User::query().select((User::id, row_number()));
    let _ = User::query().order_by(rank());
}
