use orm::prelude::*;

#[derive(Model)]
struct Membership {
    #[orm(primary_key, auto = true)]
    user_id: i64,
    #[orm(primary_key)]
    group_id: i64,
}

fn main() {}
