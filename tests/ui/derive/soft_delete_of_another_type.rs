use orm::prelude::*;

#[derive(Model)]
struct Flag {
    #[orm(primary_key)]
    id: i64,
    #[orm(soft_delete)]
    is_deleted: bool,
}

#[derive(Model)]
struct Number {
    #[orm(primary_key)]
    id: i64,
    #[orm(soft_delete = 1)]
    deleted_in: i32,
}

#[derive(Model)]
struct Twice {
    #[orm(primary_key)]
    id: i64,
    #[orm(soft_delete = 1)]
    deleted_in: Option<i32>,
    #[orm(soft_delete = 1)]
    removed_in: Option<i32>,
}

#[derive(Model)]
struct Wrong {
    #[orm(primary_key)]
    id: i64,
    #[orm(soft_delete("now"))]
    deleted_in: Option<i32>,
}

fn main() {}
