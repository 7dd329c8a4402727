//! Full-text search: of columns on PostgreSQL, of FTS5 tables on SQLite.

use orm::func::{fts5, full_text};
use orm::prelude::*;
use orm::{Connection, Error, Postgres, Sqlite};
use orm_core::sql::Sql;
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    body: Option<String>,
}

/// The words of posts, by their ids.
#[derive(Model, Debug)]
#[orm(table = "post_words")]
struct PostWords {
    #[orm(primary_key)]
    rowid: i64,
    title: String,
    body: String,
}

const POSTS: [(&str, &str); 3] = [
    ("Engines", "A pool of connections. A pool is fast."),
    ("Sessions", "The unit of work collects changes"),
    ("Queries", "They run against a pool, without strings"),
];

fn posts(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Post].create_all(&mut conn)?;
    for (title, body) in POSTS {
        Post::insert(Post::builder().title(title).body(body)).execute(&mut conn)?;
    }
    Post::insert(Post::builder().title("Empty").body(None)).execute(&mut conn)?;
    if db.dialect_name() == "sqlite" {
        conn.execute(&Sql::plain("CREATE VIRTUAL TABLE post_words USING fts5(title, body)"))?;
        for (title, body) in POSTS {
            PostWords::insert(PostWords::builder().title(title).body(body)).execute(&mut conn)?;
        }
    }
    Ok(conn)
}

on_every_backend! {
    fn columns_are_searched_by_their_words_where_the_backend_can(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        let body = || full_text(Post::body).language("english");
        let ids = |words: &str| {
            Post::query().filter(body().matches(words)).order_by(Post::id).select(Post::id)
        };

        if db.dialect_name() == "sqlite" {
            let error = ids("pool").all(&mut conn).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            let feature = "full-text search of columns: search an FTS5 table with `func::fts5`";
            assert_eq!(error.to_string(), lacks(&Sqlite, feature));
            return Ok(());
        }
        // `english` knows the stems of words.
        assert_eq!(ids("pools").all(&mut conn)?, [1, 3]);
        assert_eq!(ids("pool -fast").all(&mut conn)?, [3]);
        assert_eq!(ids("\"unit of work\" or string").all(&mut conn)?, [2, 3]);
        assert!(ids("' & ! ((").all(&mut conn)?.is_empty());
        let best = Post::query()
            .filter(body().matches("pool"))
            .order_by(body().rank("pool").desc())
            .select((Post::id, body().rank("pool").nullable()))
            .all(&mut conn)?;
        assert_eq!(best.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 3]);
        assert!(best[0].1 > best[1].1);
        Ok(())
    }

    fn several_columns_are_searched_together(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        if db.dialect_name() == "sqlite" {
            return Ok(());
        }

        let all = full_text(Post::title.concat(" ").concat(Post::body.coalesce(""))).language("simple");
        let query = Post::query().filter(all.matches("queries pool")).select(Post::id);

        assert_eq!(query.all(&mut conn)?, [3]);
        Ok(())
    }

    fn fts5_tables_are_searched_where_the_backend_has_them(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        let words = fts5::<PostWords>();
        let ids = |query: &str| {
            PostWords::query().filter(words.matches(query)).order_by(PostWords::rowid).select(PostWords::rowid)
        };

        if db.dialect_name() == "postgresql" {
            let error = ids("pool").all(&mut conn).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            let feature = "FTS5 tables: search columns with `func::full_text`";
            assert_eq!(error.to_string(), lacks(conn.dialect(), feature));
            return Ok(());
        }
        assert_eq!(ids("pool").all(&mut conn)?, [1, 3]);
        assert_eq!(ids("pool NOT fast").all(&mut conn)?, [3]);
        assert_eq!(ids("\"unit of work\" OR string*").all(&mut conn)?, [2, 3]);
        assert_eq!(ids("title : engine*").all(&mut conn)?, [1]);
        let best = PostWords::query()
            .filter(words.matches("pool"))
            .order_by(words.rank())
            .select((PostWords::title, words.rank()))
            .all(&mut conn)?;
        assert_eq!(best.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["Engines", "Queries"]);
        assert!(best[0].1 < best[1].1);
        Ok(())
    }

    fn what_a_user_types_is_a_list_of_words(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        if db.dialect_name() == "postgresql" {
            return Ok(());
        }
        let ids = |typed: &str| {
            PostWords::query()
                .filter(fts5::<PostWords>().matches_words(typed))
                .order_by(PostWords::rowid)
                .select(PostWords::rowid)
        };

        let query = ids("a  pool\"").to_sql(&Sqlite)?;

        assert_eq!(query, r#"SELECT "rowid" FROM "post_words" WHERE "post_words" MATCH ?1 ORDER BY "rowid""#);
        assert_eq!(ids("a  pool\"").all(&mut conn)?, [1, 3]);
        assert_eq!(ids("pool fast").all(&mut conn)?, [1]);
        // Words of the syntax are words, and no post has them.
        for typed in ["pool OR", "pool NOT fast", "title:pool", "\"", "()", "''", "NEAR(", "*", "^", ""] {
            assert!(ids(typed).all(&mut conn)?.is_empty(), "{typed}");
        }
        // Punctuation parts words, as in the texts themselves.
        assert_eq!(ids("po*").count(&mut conn)?, 0);
        assert_eq!(ids("pool, -fast").all(&mut conn)?, [1]);
        Ok(())
    }

    fn an_fts5_table_is_joined_with_what_it_indexes(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        if db.dialect_name() == "postgresql" {
            return Ok(());
        }
        let words = fts5::<PostWords>();

        let titles = Post::query()
            .join(PostWords::on(PostWords::rowid.eq(Post::id)))
            .filter(words.matches("pool") & Post::title.ne("Queries"))
            .order_by(words.rank())
            .select(Post::title);

        assert_eq!(titles.all(&mut conn)?, ["Engines"]);
        Ok(())
    }

    fn a_query_of_wrong_syntax_is_an_error_of_the_database(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        if db.dialect_name() == "postgresql" {
            return Ok(());
        }

        let wrong = PostWords::query().filter(fts5::<PostWords>().matches("\"open"));

        assert!(matches!(wrong.all(&mut conn).unwrap_err(), Error::Database(_)));
        Ok(())
    }

    fn a_plain_table_is_not_searched_by_words(db: &TestDb) -> TestResult {
        let mut conn = posts(db)?;
        if db.dialect_name() == "postgresql" {
            return Ok(());
        }

        let search = Post::query().filter(fts5::<Post>().matches("word"));

        let error = search.all(&mut conn).unwrap_err().to_string();
        assert!(error.contains("searched by words, create that as one of FTS5"), "{error}");
        Ok(())
    }
}

#[test]
fn searches_are_written_as_the_backend_does() -> TestResult {
    let words = fts5::<PostWords>();
    let joined = Post::query()
        .join(PostWords::on(PostWords::rowid.eq(Post::id)))
        .filter(words.matches("a"))
        .order_by(words.rank())
        .select(Post::id);
    let plain = Post::query()
        .filter(full_text(Post::title).matches(Post::body) | !full_text(Post::title).matches("b"))
        .select(Post::id);

    assert_eq!(
        joined.to_sql(&Sqlite)?,
        r#"SELECT "posts"."id" FROM "posts" JOIN "post_words" ON "post_words"."rowid" = "posts"."id" WHERE "post_words"."post_words" MATCH ?1 ORDER BY "post_words"."rank""#
    );
    assert_eq!(
        plain.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "posts" WHERE to_tsvector("title") @@ websearch_to_tsquery("body") OR NOT to_tsvector("title") @@ websearch_to_tsquery($1::text)"#
    );
    Ok(())
}

#[test]
fn a_search_names_a_table_of_the_query_and_a_language() {
    let elsewhere = Post::query().filter(fts5::<PostWords>().matches("a")).to_sql(&Sqlite);
    let language = full_text(Post::title).language("english', '");
    let odd = Post::query().filter(language.matches("a")).to_sql(&Postgres);

    let message = elsewhere.unwrap_err().to_string();
    assert!(message.contains("`post_words.rowid` is not in this query"), "{message}");
    assert_eq!(
        odd.unwrap_err().to_string(),
        "`english', '` is no name of a text search configuration, such as `english`"
    );
}
