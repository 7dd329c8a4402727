use chrono::{DateTime, Utc};
use orm::prelude::*;

#[derive(Model)]
struct Document {
    #[orm(primary_key)]
    id: i64,
    #[orm(version)]
    changed_at: DateTime<Utc>,
}

#[derive(Model)]
struct Page {
    #[orm(primary_key)]
    id: i64,
    #[orm(version)]
    version: i32,
    #[orm(version)]
    revision: Option<i64>,
}

fn main() {}
