//! Array columns: stored, read, asked and made, on PostgreSQL; refused elsewhere.

use chrono::NaiveDate;
use orm::func::array_agg;
use orm::prelude::*;
use orm::{Array, Connection, DbEnum, Error, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Colour {
    Red,
    Green,
}

#[derive(Model, Debug, PartialEq)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    tags: Array<String>,
    scores: Option<Array<i32>>,
    gaps: Array<Option<i64>>,
    prices: Array<Decimal>,
    days: Array<NaiveDate>,
    keys: Array<Uuid>,
    colours: Array<Colour>,
    flags: Array<bool>,
    ratios: Array<f64>,
}

#[derive(Model, Debug, PartialEq)]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    nick: Option<String>,
}

fn first() -> impl orm::IntoNewRow<Post> {
    Post::builder()
        .title("first")
        .tags(["rust", "it's", "a,b", "{\"x\"}", ""].map(str::to_owned).to_vec())
        .scores(Array::from([3, -1]))
        .gaps(vec![Some(i64::MAX), None])
        .prices(vec!["1.50".parse().unwrap(), Decimal::from(7)])
        .days(vec![NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()])
        .keys(vec![Uuid::from_u128(7)])
        .colours(vec![Colour::Green, Colour::Red])
        .flags(vec![true, false])
        .ratios(vec![0.1, f64::INFINITY])
}

fn second() -> impl orm::IntoNewRow<Post> {
    Post::builder()
        .title("second")
        .tags(Array::default())
        .scores(None)
        .gaps(Vec::new())
        .prices(Vec::new())
        .days(Vec::new())
        .keys(Vec::new())
        .colours(Vec::new())
        .flags(Vec::new())
        .ratios(Vec::new())
}

/// Two posts, or nothing where there are no arrays.
fn posts(db: &TestDb) -> orm::Result<Option<Connection>> {
    let mut conn = db.connect()?;
    if db.dialect_name() == "sqlite" {
        return Ok(None);
    }
    metadata![Post].create_all(&mut conn)?;
    Post::insert(first()).execute(&mut conn)?;
    Post::insert(second()).execute(&mut conn)?;
    Ok(Some(conn))
}

/// Returns the ids of the rows for which the condition holds.
macro_rules! ids {
    ($conn:expr, $condition:expr) => {
        Post::query().filter($condition).order_by(Post::id).select(Post::id).all(&mut $conn)?
    };
}

on_every_backend! {
    fn a_table_with_arrays_is_refused_where_there_are_none(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let created = metadata![Post].create_all(&mut conn);

        if db.dialect_name() == "sqlite" {
            let error = created.unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            let feature = "arrays, such as the column `post.tags`";
            assert_eq!(error.to_string(), lacks(&Sqlite, feature));
        }
        Ok(())
    }

    fn arrays_come_back_as_they_were_stored(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };

        let posts = Post::query().order_by(Post::id).all(&mut conn)?;

        assert_eq!(posts[0].tags.0, ["rust", "it's", "a,b", "{\"x\"}", ""]);
        assert_eq!(posts[0].scores, Some(Array(vec![3, -1])));
        assert_eq!(posts[0].gaps.0, [Some(i64::MAX), None]);
        assert_eq!(posts[0].prices[0].to_string(), "1.50");
        assert_eq!(posts[0].days.0, [NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()]);
        assert_eq!(posts[0].keys.0, [Uuid::from_u128(7)]);
        assert_eq!(posts[0].colours.0, [Colour::Green, Colour::Red]);
        assert_eq!(posts[0].flags.0, [true, false]);
        assert_eq!(posts[0].ratios.0, [0.1, f64::INFINITY]);
        assert!(posts[1].tags.is_empty());
        assert_eq!(posts[1].scores, None);
        assert!(posts[1].colours.is_empty());
        Ok(())
    }

    fn many_rows_with_arrays_are_inserted_at_once(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };
        let rows = (0..5).map(|number| {
            let tags = vec![format!("tag {number}"); number];
            Post::builder()
                .title("many")
                .tags(tags)
                .scores(None)
                .gaps(vec![None])
                .prices(Vec::new())
                .days(Vec::new())
                .keys(Vec::new())
                .colours(vec![Colour::Red])
                .flags(Vec::new())
                .ratios(Vec::new())
        });

        let inserted = Post::insert_many(rows).all(&mut conn)?;

        let lengths: Vec<_> = inserted.iter().map(|post| post.tags.len()).collect();
        assert_eq!(lengths, [0, 1, 2, 3, 4]);
        assert_eq!(inserted[4].colours.0, [Colour::Red]);
        Ok(())
    }

    fn arrays_are_updated_and_compared(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };

        Post::update()
            .set(Post::tags, vec!["new".to_owned()])
            .filter(Post::title.eq("second"))
            .execute(&mut conn)?;

        assert_eq!(ids!(conn, Post::tags.eq(vec!["new".to_owned()])), [2]);
        assert_eq!(ids!(conn, Post::colours.ne(Array::default())), [1]);
        assert_eq!(ids!(conn, Post::scores.is_null()), [2]);
        Ok(())
    }

    fn arrays_are_asked_for_their_elements(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };
        let nothing: [&str; 0] = [];

        assert_eq!(ids!(conn, Post::tags.has("rust")), [1]);
        assert!(ids!(conn, Post::tags.has("rus")).is_empty());
        assert_eq!(ids!(conn, Post::tags.contains(["it's", "rust"])), [1]);
        assert!(ids!(conn, Post::tags.contains(["rust", "sql"])).is_empty());
        assert_eq!(ids!(conn, Post::tags.contains(nothing)), [1, 2]);
        assert_eq!(ids!(conn, Post::tags.overlaps(["sql", "rust"])), [1]);
        assert!(ids!(conn, Post::tags.overlaps(nothing)).is_empty());
        assert_eq!(ids!(conn, Post::scores.has(3)), [1]);
        assert!(ids!(conn, !Post::scores.has(4)).eq(&[1]));
        assert_eq!(ids!(conn, Post::colours.has(Colour::Red)), [1]);
        assert_eq!(ids!(conn, Post::prices.has("1.5".parse::<Decimal>()?)), [1]);
        assert_eq!(ids!(conn, Post::gaps.has(i64::MAX)), [1]);
        Ok(())
    }

    fn lengths_and_elements_are_read(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };

        let rows = Post::query()
            .order_by(Post::id)
            .select((
                Post::tags.len(),
                Post::scores.len(),
                Post::tags.item(0),
                Post::scores.item(1),
                Post::gaps.item(1),
                Post::scores.item(u32::MAX),
            ))
            .all(&mut conn)?;

        let tag = Some("rust".to_owned());
        assert_eq!(rows, [(5, Some(2), tag, Some(-1), None, None), (0, None, None, None, None, None)]);
        Ok(())
    }

    fn values_of_many_rows_become_an_array(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Author].create_all(&mut conn)?;
        for (name, nick) in [("Ada", Some("a")), ("Bob", None)] {
            Author::insert(Author::builder().name(name).nick(nick.map(str::to_owned))).execute(&mut conn)?;
        }
        let query = Author::query().select((
            array_agg(Author::name).order_by(Author::name.desc()),
            array_agg(Author::nick).order_by(Author::id),
            array_agg(Author::id).filter(Author::id.gt(9)),
        ));

        if db.dialect_name() == "sqlite" {
            assert_eq!(query.one(&mut conn).unwrap_err().to_string(), lacks(&Sqlite, "arrays"));
            return Ok(());
        }
        let (names, nicks, none) = query.one(&mut conn)?;
        assert_eq!(names, Some(Array::from(["Bob", "Ada"].map(str::to_owned))));
        assert_eq!(nicks, Some(Array(vec![Some("a".to_owned()), None])));
        assert_eq!(none, None);
        let has = Author::query().select(array_agg(Author::name)).group_by(Author::id).having(array_agg(Author::name).has("Bob"));
        assert_eq!(has.all(&mut conn)?.len(), 1);
        Ok(())
    }

    fn a_null_among_elements_that_may_not_be_is_an_error(db: &TestDb) -> TestResult {
        let Some(mut conn) = posts(db)? else { return Ok(()) };
        let wrong = Post::query().select(Post::gaps.cast::<Array<i64>>()).limit(1);

        let error = wrong.all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::Decode(_)), "{error}");
        assert!(error.to_string().contains("expected an integer, found NULL"), "{error}");
        Ok(())
    }
}

#[test]
fn arrays_are_declared_and_bound_with_their_types() -> TestResult {
    let declared = metadata![Post].ddl(&Postgres);
    for column in [
        "CREATE TYPE \"colour\"",
        "\"tags\" text[] NOT NULL",
        "\"scores\" integer[],",
        "\"prices\" numeric[] NOT NULL",
        "\"colours\" \"colour\"[] NOT NULL",
    ] {
        assert!(declared.contains(column), "{declared}");
    }
    let query = Post::query()
        .filter(Post::tags.eq(Array::default()))
        .filter(Post::tags.item(0).eq("y"))
        .group_by(Post::id)
        .having(array_agg(Post::title).into_expr().contains(["x"]))
        .select(Post::id);
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "post" WHERE "tags" = $1 AND ("tags")[$2::integer] = $3::text GROUP BY "id" HAVING array_agg("title") @> CAST($4 AS text[])"#
    );
    Ok(())
}

#[test]
fn operations_on_arrays_are_refused_where_there_are_none() {
    let message = |condition| {
        Post::query().filter(condition).select(Post::id).to_sql(&Sqlite).unwrap_err().to_string()
    };

    let contained = lacks(&Sqlite, "`contains` and `overlaps` of JSON and arrays");
    assert_eq!(message(Post::tags.has("a")), contained);
    assert_eq!(message(Post::tags.overlaps(["a"])), contained);
    assert_eq!(message(Post::tags.len().gt(1)), lacks(&Sqlite, "arrays"));
    assert_eq!(message(Post::tags.item(1).eq("a")), lacks(&Sqlite, "arrays"));
}
