use orm::prelude::*;

#[derive(Model)]
#[orm(patch(nmae, id, version, posts = 1))]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(version)]
    version: i32,
}

#[derive(ColumnType, Debug, Clone)]
struct Secret(String);

#[derive(Model)]
#[orm(patch)]
struct Account {
    #[orm(primary_key)]
    id: i64,
    secret: Secret,
}

fn main() {}
