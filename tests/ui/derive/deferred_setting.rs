use orm::Deferred;
use orm::prelude::*;

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(deferred = false)]
    title: String,
    #[orm(deferred)]
    body: Deferred<String>,
}

fn main() {}
