//! Doc comments of models, which PostgreSQL keeps as comments.

use orm::prelude::*;
use orm_testkit::Backend;

/// What isn't "nothing".
#[derive(Model, Debug, PartialEq)]
struct Something {
    #[orm(primary_key)]
    id: i64,
    /// Its name, in one line
    /// or two.
    name: String,
    plain: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "pg_description", schema = "pg_catalog")]
struct Description {
    #[orm(primary_key, rename = "objsubid")]
    column: i32,
    description: String,
}

#[test]
fn doc_comments_are_comments_of_the_table_and_its_columns() {
    orm_testkit::run(Backend::Postgres, |db| {
        let mut conn = db.connect().unwrap();
        metadata![Something].create_all(&mut conn).unwrap();

        let of = |text: &str| {
            let descriptions = Description::query().filter(Description::description.eq(text));
            descriptions.select(Description::column).all(&mut db.connect().unwrap()).unwrap()
        };

        // The table itself is column 0.
        assert_eq!(of("What isn't \"nothing\"."), [0]);
        assert_eq!(of("Its name, in one line\nor two."), [2]);
    });
}
