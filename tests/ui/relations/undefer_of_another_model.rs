use orm::Deferred;
use orm::prelude::*;

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    body: Deferred<String>,
}

#[derive(Model)]
struct Page {
    #[orm(primary_key)]
    id: i64,
    body: Deferred<String>,
}

fn main() {
    let _ = Post::query().undefer(Page::body);
}
