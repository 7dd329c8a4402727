//! How many allocations a query takes, from its first word to its SQL.
//!
//! A test binary of its own, since it has an allocator of its own, which counts by thread.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use allocation_counter::measure;
use orm::prelude::*;
use orm::{Dialect, Postgres, Select, Sqlite};

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    email: Option<String>,
    age: i32,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    title: String,
    body: String,
    score: i32,
    is_published: bool,
}

/// What a query of five filters, a join and an order may take.
const MOST: u64 = 25;

fn query() -> Select<Post> {
    Post::query()
        .join(Post::author_id)
        .filter(Post::title.starts_with("On "))
        .filter(Post::score.ge(10))
        .filter(User::age.between(18, 65))
        .filter(User::name.ne("root"))
        .filter(User::email.is_not_null())
        .order_by(Post::score.desc())
}

#[test]
fn a_query_is_built_and_rendered_with_few_allocations() {
    for dialect in [&Sqlite as &dyn Dialect, &Postgres] {
        // The first use of a model builds its table.
        query().to_sql(dialect).unwrap();

        let allocations = measure(|| drop(query().to_sql(dialect).unwrap())).count_total;

        assert!(allocations < MOST, "{allocations} allocations for {}", dialect.name());
    }
}

#[test]
fn a_query_is_rendered_with_an_allocation_for_each_of_its_parts() {
    let query = query();

    let allocations = measure(|| drop(query.to_sql(&Sqlite).unwrap())).count_total;

    // The names of its tables, the text, the values, and the columns that these are compared with.
    assert_eq!(allocations, 4);
}

#[test]
fn a_query_is_not_copied_to_be_limited() {
    let mut conn = Engine::connect("sqlite::memory:").unwrap().connect().unwrap();
    metadata![User, Post].create_all(&mut conn).unwrap();
    let query = query();
    let mut allocations = |run: &dyn Fn(&mut Connection)| {
        run(&mut conn);
        measure(|| run(&mut conn)).count_total
    };

    let all = allocations(&|conn| assert!(query.all(conn).unwrap().is_empty()));
    let first = allocations(&|conn| assert!(query.first(conn).unwrap().is_none()));
    let one = allocations(&|conn| assert!(query.one_or_none(conn).unwrap().is_none()));

    assert!(first <= all && one <= all, "{all} for all, {first} for the first, {one} for one");
}
