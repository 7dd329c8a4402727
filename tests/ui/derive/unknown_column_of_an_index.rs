use orm::prelude::*;

#[derive(Model)]
#[orm(index(columns(author, published)), unique(columns(author_id, "title")), index(columns(times.created)))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    author_id: i64,
    published: bool,
}

fn main() {}
