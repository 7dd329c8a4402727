use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
}

#[derive(View)]
#[orm(model = User)]
struct UserName {
    name: String,
}

fn main() {
    let _ = Post::query().view::<UserName>();
}
