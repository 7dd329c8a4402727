use orm::Deferred;
use orm::prelude::*;

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: Deferred<i64>,
    #[orm(foreign_key(Post::id))]
    parent_id: Deferred<Option<i64>>,
}

#[derive(Embed)]
struct Content {
    body: Deferred<String>,
}

fn main() {}
