//! How each kind of query is written, word by word in both dialects, and the rows that it returns.

use orm::func::{case, count, count_all, exists, function, lower, max, not_exists, sum, value};
use orm::prelude::*;
use orm::{Connection, Error, Output, Postgres, Select, Sqlite};
use orm_testkit::{TestDb, TestResult, lacks, logged, on_every_backend};

#[derive(Model, Debug)]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Author::id))]
    mentor_id: Option<i64>,
}

#[derive(Model, Debug)]
struct Book {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Author::id))]
    author_id: Option<i64>,
    title: String,
    year: i32,
    sold: Option<i64>,
}

/// Ann taught Bob and Cyd; she wrote Trees and Roots, he Apples, nobody knows who Lost.
fn library(db: &TestDb) -> Result<Connection, Box<dyn std::error::Error>> {
    let mut conn = db.connect()?;
    metadata![Author, Book].create_all(&mut conn)?;
    for (name, mentor_id) in [("Ann", None), ("Bob", Some(1)), ("Cyd", Some(1))] {
        Author::insert(Author::builder().name(name).mentor_id(mentor_id)).execute(&mut conn)?;
    }
    for (author_id, title, year, sold) in [
        (Some(1), "Trees", 2001, Some(10)),
        (Some(1), "Roots", 2005, None),
        (Some(2), "Apples", 2005, Some(4)),
        (None, "Lost", 1999, Some(1)),
    ] {
        let book = Book::builder().author_id(author_id).title(title).year(year).sold(sold);
        Book::insert(book).execute(&mut conn)?;
    }
    Ok(conn)
}

fn assert_written<O: Output>(query: &Select<O>, for_sqlite: &str, for_postgres: &str) {
    assert_eq!(query.to_sql(&Sqlite).unwrap(), for_sqlite);
    assert_eq!(query.to_sql(&Postgres).unwrap(), for_postgres);
}

/// For a text that differs in its placeholders only, which are those of PostgreSQL here.
fn assert_written_alike<O: Output>(query: &Select<O>, sql: &str) {
    assert_written(query, &sql.replace('$', "?"), sql);
}

fn text(text: &str) -> String {
    text.to_owned()
}

on_every_backend! {
    fn expressions_of_numbers_and_texts(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let query = Book::query().order_by(Book::id).select((
            (Book::year - 2000) * 2 % 7,
            Book::title.concat(" (").concat(Book::year.cast::<String>()).concat(")"),
            case(Book::year.lt(2000), "old").otherwise("new"),
            Book::sold.coalesce(0),
            Book::sold.null_if(4),
            value("x"),
            lower(Book::title),
            function::<i32>("length", Book::title),
        ));

        assert_written(
            &query,
            r#"SELECT ("year" - ?1) * ?2 % ?3, "title" || ?4 || CAST("year" AS TEXT) || ?5, CASE WHEN "year" < ?6 THEN ?7 ELSE ?8 END, coalesce("sold", ?9), nullif("sold", ?10), ?11, lower("title"), length("title") FROM "book" ORDER BY "id""#,
            r#"SELECT ("year" - $1) * $2::integer % $3::integer, "title" || $4::text || CAST("year" AS text) || $5::text, CASE WHEN "year" < $6 THEN $7::text ELSE $8::text END, coalesce("sold", $9), nullif("sold", $10::bigint), $11::text, lower("title"), length("title") FROM "book" ORDER BY "id""#,
        );
        assert_eq!(
            query.all(&mut conn)?,
            [
                (2, text("Trees (2001)"), text("new"), 10, Some(10), text("x"), text("trees"), 5),
                (3, text("Roots (2005)"), text("new"), 0, None, text("x"), text("roots"), 5),
                (3, text("Apples (2005)"), text("new"), 4, None, text("x"), text("apples"), 6),
                (-2, text("Lost (1999)"), text("old"), 1, Some(1), text("x"), text("lost"), 4),
            ]
        );
        Ok(())
    }

    fn operators_by_name_and_collations(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let collation = if db.dialect_name() == "sqlite" { "BINARY" } else { "C" };
        let query = |collation| {
            Book::query()
                .filter(Book::title.collate(collation).lt("Roots"))
                .order_by(Book::id)
                .select((Book::id, Book::year.op::<i32>("&", 4)))
        };

        assert_written(
            &query("C"),
            r#"SELECT "id", ("year" & ?1) FROM "book" WHERE "title" COLLATE "C" < ?2 ORDER BY "id""#,
            r#"SELECT "id", ("year" & $1::integer) FROM "book" WHERE "title" COLLATE "C" < $2::text ORDER BY "id""#,
        );
        // 2005 is 0b11111010101 and 1999 is 0b11111001111.
        assert_eq!(query(collation).all(&mut conn)?, [(3, 4), (4, 4)]);
        Ok(())
    }

    fn operators_between_what_may_be_null_and_what_may_not(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let sums = Book::query().order_by(Book::id).select(Book::sold + Book::id);
        let more = Book::query().filter(Book::sold.gt(Book::id)).order_by(Book::id).select(Book::id);
        let none = Book::query().filter(Book::sold.eq(None)).select(Book::id);

        assert_written_alike(&sums, r#"SELECT "sold" + "id" FROM "book" ORDER BY "id""#);
        assert_written_alike(&more, r#"SELECT "id" FROM "book" WHERE "sold" > "id" ORDER BY "id""#);
        assert_written_alike(&none, r#"SELECT "id" FROM "book" WHERE "sold" IS NULL"#);
        assert_eq!(sums.all(&mut conn)?, [Some(11), None, Some(7), Some(5)]);
        assert_eq!(more.all(&mut conn)?, [1, 3]);
        assert_eq!(none.all(&mut conn)?, [2]);
        Ok(())
    }

    fn groups_with_distinct_and_filtered_aggregates(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let query = Book::query()
            .group_by(Book::year)
            .having(count_all().gt(1))
            .select((Book::year, count(Book::author_id).distinct(), sum(Book::sold).filter(Book::id.gt(2))));

        assert_written(
            &query,
            r#"SELECT "year", count(DISTINCT "author_id"), sum("sold") FILTER (WHERE "id" > ?1) FROM "book" GROUP BY "year" HAVING count(*) > ?2"#,
            r#"SELECT "year", count(DISTINCT "author_id"), CAST(sum("sold") FILTER (WHERE "id" > $1) AS bigint) FROM "book" GROUP BY "year" HAVING count(*) > $2::bigint"#,
        );
        assert_eq!(query.all(&mut conn)?, [(2005, 2, Some(4))]);
        Ok(())
    }

    fn joins_of_every_kind(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let pairs = |query: Select<Book>| {
            query
                .select((Book::id.nullable(), Author::id.nullable()))
                .order_by((Book::id.asc().nulls_last(), Author::id))
        };
        let both = [(Some(1), Some(1)), (Some(2), Some(1)), (Some(3), Some(2))];
        let (lost, cyd) = ((Some(4), None), (None, Some(3)));

        for (join, query, more) in [
            ("JOIN", Book::query().join(Book::author_id), &[][..]),
            ("LEFT JOIN", Book::query().left_join(Book::author_id), &[lost]),
            ("RIGHT JOIN", Book::query().right_join(Book::author_id), &[cyd]),
            ("FULL JOIN", Book::query().full_join(Book::author_id), &[lost, cyd]),
        ] {
            let query = pairs(query);
            assert_written_alike(
                &query,
                &format!(
                    r#"SELECT "book"."id", "author"."id" FROM "book" {join} "author" ON "book"."author_id" = "author"."id" ORDER BY "book"."id" NULLS LAST, "author"."id""#
                ),
            );
            assert_eq!(query.all(&mut conn)?, [&both, more].concat(), "{join}");
        }
        Ok(())
    }

    fn joins_of_an_alias_and_of_a_derived_table(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let mentor = Author::alias("mentor");
        let taught = Author::query()
            .join(mentor.on(mentor.column(Author::id).eq(Author::mentor_id)))
            .select((Author::name, mentor.column(Author::name)))
            .order_by(Author::id);
        let counts =
            Book::query().select((Book::author_id, count_all())).group_by(Book::author_id).subquery("counts");
        let (author_id, books) = counts.columns();
        let counted = Author::query()
            .left_join(counts.on(author_id.eq(Author::id)))
            .select((Author::name, books.coalesce(0)))
            .order_by(Author::id);

        assert_written_alike(
            &taught,
            r#"SELECT "author"."name", "mentor"."name" FROM "author" JOIN "author" AS "mentor" ON "mentor"."id" = "author"."mentor_id" ORDER BY "author"."id""#,
        );
        assert_eq!(taught.all(&mut conn)?, [(text("Bob"), text("Ann")), (text("Cyd"), text("Ann"))]);
        assert_written(
            &counted,
            r#"SELECT "author"."name", coalesce("counts"."column_2", ?1) FROM "author" LEFT JOIN (SELECT "author_id", count(*) AS "column_2" FROM "book" GROUP BY "author_id") AS "counts" ON "counts"."author_id" = "author"."id" ORDER BY "author"."id""#,
            r#"SELECT "author"."name", coalesce("counts"."column_2", $1::bigint) FROM "author" LEFT JOIN (SELECT "author_id", count(*) AS "column_2" FROM "book" GROUP BY "author_id") AS "counts" ON "counts"."author_id" = "author"."id" ORDER BY "author"."id""#,
        );
        assert_eq!(
            counted.all(&mut conn)?,
            [(text("Ann"), 2), (text("Bob"), 1), (text("Cyd"), 0)]
        );
        Ok(())
    }

    fn rows_of_an_outer_join_as_models(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let query = Book::query()
            .left_join(Book::author_id)
            .filter(Book::id.ge(3))
            .order_by(Book::id)
            .select((Book::entity(), Author::entity().nullable()));

        assert_written_alike(
            &query,
            r#"SELECT "book"."id", "book"."author_id", "book"."title", "book"."year", "book"."sold", "author"."id", "author"."name", "author"."mentor_id" FROM "book" LEFT JOIN "author" ON "book"."author_id" = "author"."id" WHERE "book"."id" >= $1 ORDER BY "book"."id""#,
        );
        let rows: Vec<(Book, Option<Author>)> = query.all(&mut conn)?;
        let names = rows.into_iter().map(|(book, author)| (book.title, author.map(|author| author.name)));
        assert_eq!(names.collect::<Vec<_>>(), [(text("Apples"), Some(text("Bob"))), (text("Lost"), None)]);
        Ok(())
    }

    fn queries_inside_of_queries(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let own = || Book::query().filter(Book::author_id.eq(Author::id));
        let names = |condition: orm::Expr<bool>| {
            Author::query().filter(condition).order_by(Author::id).select(Author::name)
        };
        let with = names(exists(own().filter(Book::year.gt(2001))));
        let without = names(not_exists(own()));
        let known = Author::query().filter(Author::mentor_id.is_not_null()).select(Author::mentor_id);
        let mentors = names(Author::id.in_query(known));
        let newest = Book::query()
            .filter(Book::year.eq(Book::query().select(max(Book::year)).into_scalar()))
            .order_by(Book::id)
            .select(Book::title);
        let best = Author::query()
            .order_by(Author::id)
            .select((Author::name, own().select(max(Book::sold)).into_scalar()));

        assert_written_alike(
            &with,
            r#"SELECT "name" FROM "author" WHERE EXISTS (SELECT 1 FROM "book" WHERE "book"."author_id" = "author"."id" AND "book"."year" > $1) ORDER BY "id""#,
        );
        assert_written_alike(
            &without,
            r#"SELECT "name" FROM "author" WHERE NOT EXISTS (SELECT 1 FROM "book" WHERE "book"."author_id" = "author"."id") ORDER BY "id""#,
        );
        assert_written_alike(
            &mentors,
            r#"SELECT "name" FROM "author" WHERE "id" IN (SELECT "author"."mentor_id" FROM "author" WHERE "author"."mentor_id" IS NOT NULL) ORDER BY "id""#,
        );
        assert_written_alike(
            &newest,
            r#"SELECT "title" FROM "book" WHERE "year" = (SELECT max("book"."year") FROM "book") ORDER BY "id""#,
        );
        assert_written_alike(
            &best,
            r#"SELECT "name", (SELECT max("book"."sold") FROM "book" WHERE "book"."author_id" = "author"."id") FROM "author" ORDER BY "id""#,
        );
        assert_eq!(with.all(&mut conn)?, ["Ann", "Bob"]);
        assert_eq!(without.all(&mut conn)?, ["Cyd"]);
        assert_eq!(mentors.all(&mut conn)?, ["Ann"]);
        assert_eq!(newest.all(&mut conn)?, ["Roots", "Apples"]);
        assert_eq!(
            best.all(&mut conn)?,
            [(text("Ann"), Some(10)), (text("Bob"), Some(4)), (text("Cyd"), None)]
        );
        Ok(())
    }

    fn unions_intersections_and_differences(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let years = || Book::query().select(Book::year);
        let late = || years().filter(Book::year.gt(2001));

        for (word, query, expected) in [
            ("UNION", years().union(late()), &[2005, 2001, 1999][..]),
            ("UNION ALL", years().union_all(late()), &[2005, 2005, 2005]),
            ("INTERSECT", years().intersect(late()), &[2005]),
            ("EXCEPT", years().except(late()), &[2001, 1999]),
        ] {
            let query = query.order_by(Book::year.desc()).limit(3);
            assert_written_alike(
                &query,
                &format!(
                    r#"SELECT "year" FROM "book" {word} SELECT "year" FROM "book" WHERE "year" > $1 ORDER BY "year" DESC LIMIT $2"#
                ),
            );
            assert_eq!(query.all(&mut conn)?, expected, "{word}");
        }
        Ok(())
    }

    fn equal_rows_of_intersections_and_differences_are_counted_where_the_backend_can(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let years = || Book::query().select(Book::year);
        // 2001, 2005, 2005 and 1999; and 2005 once.
        let once = || years().filter(Book::id.eq(2));

        for (word, query, expected) in [
            ("INTERSECT ALL", years().intersect_all(once()), &[2005][..]),
            ("EXCEPT ALL", years().except_all(once()), &[1999, 2001, 2005]),
        ] {
            let query = query.order_by(Book::year);
            assert_eq!(
                query.to_sql(&Postgres)?,
                format!(r#"SELECT "year" FROM "book" {word} SELECT "year" FROM "book" WHERE "id" = $1 ORDER BY "year""#)
            );
            if db.dialect_name() == "sqlite" {
                let error = query.all(&mut conn).unwrap_err();
                let feature = "INTERSECT ALL and EXCEPT ALL, which count equal rows";
                assert_eq!(error.to_string(), lacks(&Sqlite, feature));
                assert!(matches!(error, Error::Unsupported { backend: "sqlite", .. }));
            } else {
                assert_eq!(query.all(&mut conn)?, expected, "{word}");
            }
        }
        Ok(())
    }

    fn a_page_and_the_count_of_all_rows(db: &TestDb) -> TestResult {
        let mut conn = library(db)?;
        let query = Book::query().filter(Book::year.ge(2000)).order_by(Book::id).select(Book::id);

        let (page, events) = logged("orm::sql", || query.paginate(&mut conn, (1, 2)));

        let page = page?;
        assert_eq!((page.items, page.total), (vec![1, 2], 3));
        let placeholders = |sql: &str| if db.dialect_name() == "sqlite" { sql.replace('$', "?") } else { text(sql) };
        assert_eq!(
            events,
            [
                placeholders(r#"DEBUG sql=SELECT "id" FROM "book" WHERE "year" >= $1 ORDER BY "id" LIMIT $2 OFFSET $3"#),
                placeholders(r#"DEBUG sql=SELECT count(*) FROM "book" WHERE "year" >= $1"#),
            ]
        );
        Ok(())
    }
}
