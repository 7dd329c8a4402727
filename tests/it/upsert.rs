//! Upserts: which clashes are meant, what becomes of the rows, and what is told of them.

use orm::func::{excluded, exists, max};
use orm::prelude::*;
use orm::{Error, IntegrityKind, Postgres, Sqlite, Upserted};
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};

use crate::shared::refusal;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users", unique(columns(country, number)))]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, length = 20)]
    email: String,
    name: String,
    country: Option<String>,
    number: Option<i32>,
    #[orm(default = 1)]
    visits: i32,
    #[orm(default = 0, on_update = next_revision)]
    revision: i32,
}

/// Names are unique among what is not deleted.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "files", index(columns(folder, name), unique, condition = "deleted = 0"))]
struct File {
    #[orm(primary_key)]
    id: i64,
    folder: String,
    #[orm(index, unique)]
    path: String,
    name: String,
    deleted: i32,
    size: i32,
}

fn next_revision() -> i32 {
    77
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![User, File].create_all(&mut conn)?;
    Ok(conn)
}

fn user(email: &str, name: &str) -> impl orm::IntoNewRow<User> + use<> {
    User::builder().email(email).name(name)
}

/// "ann" and "bob", each with one visit.
fn with_users(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = connect(db)?;
    User::insert_many([user("a@x", "ann"), user("b@x", "bob")]).execute(&mut conn)?;
    Ok(conn)
}

type Summary = (String, String, i32, i32);

fn summaries(conn: &mut Connection) -> orm::Result<Vec<Summary>> {
    let query = User::query().order_by(User::email);
    query.select((User::email, User::name, User::visits, User::revision)).all(conn)
}

fn summary(email: &str, name: &str, visits: i32, revision: i32) -> Summary {
    (email.to_owned(), name.to_owned(), visits, revision)
}

on_every_backend! {
    fn a_row_that_clashes_is_left_out_and_told_from_one_that_does_not(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let before = conn.statement_count();

        let skipped =
            User::insert(user("a@x", "eve")).on_conflict(User::email).do_nothing().one_or_none(&mut conn)?;
        let inserted =
            User::insert(user("c@x", "cal")).on_conflict(User::email).do_nothing().one_or_none(&mut conn)?;
        let is_new = User::insert(user("c@x", "eve")).on_conflict_do_nothing().execute(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 3);
        assert_eq!(skipped, None);
        assert_eq!(inserted.map(|user| user.name).as_deref(), Some("cal"));
        assert!(!is_new);
        assert_eq!(summaries(&mut conn)?, [
            summary("a@x", "ann", 1, 0),
            summary("b@x", "bob", 1, 0),
            summary("c@x", "cal", 1, 0),
        ]);
        Ok(())
    }

    fn a_clash_that_is_not_meant_is_an_error(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let row = User::builder().id(1).email("z@x").name("zoe");

        let error = User::insert(row).on_conflict(User::email).do_nothing().execute(&mut conn).unwrap_err();

        let clash = error.integrity().unwrap();
        assert_eq!((clash.kind, clash.columns.as_slice()), (IntegrityKind::Unique, &["id".to_owned()][..]));
        Ok(())
    }

    fn any_clash_is_meant_if_none_is_named(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;

        for row in [
            User::builder().id(1).email("z@x").name("zoe"),
            User::builder().id(9).email("a@x").name("zoe"),
        ] {
            assert!(!User::insert(row).on_conflict_do_nothing().execute(&mut conn)?);
        }
        Ok(())
    }

    fn a_stored_row_is_updated_from_itself_and_from_the_row_that_clashed(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let upsert = |email: &str, name: &str| {
            User::insert(User::builder().email(email).name(name).visits(10))
                .on_conflict(User::email)
                .do_update()
                .set_excluded((User::name, User::country))
                .set(User::visits, User::visits + excluded(User::visits))
        };

        let updated = upsert("a@x", "Ann").one(&mut conn)?;
        let inserted = upsert("c@x", "Cal").one(&mut conn)?;

        // The value on update is for rows that are updated only.
        assert_eq!((updated.id, updated.name.as_str(), updated.visits, updated.revision), (1, "Ann", 11, 77));
        assert_eq!((inserted.name.as_str(), inserted.visits, inserted.revision), ("Cal", 10, 0));
        assert_eq!(summaries(&mut conn)?, [
            summary("a@x", "Ann", 11, 77),
            summary("b@x", "bob", 1, 0),
            summary("c@x", "Cal", 10, 0),
        ]);
        Ok(())
    }

    fn a_filter_decides_which_stored_rows_are_updated(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let rename = |email: &str| {
            User::insert(user(email, "new"))
                .on_conflict(User::email)
                .do_update()
                .set_excluded(User::name)
                .filter(User::name.ne("bob"))
                .filter(excluded(User::name).ne(User::name))
        };

        assert_eq!(rename("a@x").one_or_none(&mut conn)?.map(|user| user.name).as_deref(), Some("new"));
        assert_eq!(rename("b@x").one_or_none(&mut conn)?, None);
        assert!(!rename("a@x").execute(&mut conn)?);
        let error = rename("b@x").one(&mut conn).unwrap_err();
        assert!(matches!(error, Error::NotFound { model: "User" }));
        Ok(())
    }

    fn an_upsert_tells_which_of_the_three_it_did(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let upsert = |email: &str, name: &str| {
            User::insert(user(email, name))
                .on_conflict(User::email)
                .do_update()
                .set(User::visits, User::visits + 1)
                .set_excluded(User::name)
                .filter(User::visits.lt(2))
        };

        let inserted = upsert("c@x", "cal").outcome(&mut conn)?;
        assert!(inserted.is_inserted());
        assert_eq!(inserted.into_row().unwrap().visits, 1);

        let Upserted::Updated(cal) = upsert("c@x", "Cal").outcome(&mut conn)? else {
            panic!("not updated");
        };
        assert_eq!((cal.name.as_str(), cal.visits), ("Cal", 2));

        let skipped = upsert("c@x", "CAL").outcome(&mut conn)?;
        assert_eq!(skipped, Upserted::Skipped);
        assert_eq!(skipped.into_row(), None);

        // A row that the same transaction inserted is told from one that it updated, too.
        let mut tx = conn.begin()?;
        assert!(matches!(upsert("d@x", "dan").outcome(&mut tx)?, Upserted::Inserted(_)));
        assert!(matches!(upsert("d@x", "dan").outcome(&mut tx)?, Upserted::Updated(_)));
        tx.rollback()?;
        assert_eq!(User::query().count(&mut conn)?, 3);
        Ok(())
    }

    fn a_named_constraint_is_for_postgresql(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let upsert = || {
            User::insert(user("a@x", "Ann")).on_constraint("uq_users_email").do_update().set_excluded(User::name)
        };

        if db.dialect_name() == "sqlite" {
            let error = upsert().execute(&mut conn).unwrap_err();
            let feature = "ON CONFLICT with the name of a constraint: name its columns with \
                           `.on_conflict(…)`";
            assert_eq!(error.to_string(), lacks(&Sqlite, feature));
            return Ok(());
        }
        assert_eq!(upsert().one(&mut conn)?.name, "Ann");
        let many = [user("a@x", "one"), user("a@x", "two")];
        let count = User::insert_many(many)
            .on_constraint("uq_users_email")
            .do_update()
            .set_excluded(User::name)
            .execute(&mut conn)?;
        assert_eq!(count, 2);
        assert_eq!(summaries(&mut conn)?[0].1, "two");
        Ok(())
    }

    fn several_columns_clash_together(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let upsert = |email: &str, number| {
            let row = User::builder().email(email).name("n").country("pt".to_owned()).number(number);
            // In any order.
            User::insert(row).on_conflict((User::number, User::country)).do_update().set_excluded(User::email)
        };

        upsert("a@x", Some(1)).execute(&mut conn)?;
        upsert("b@x", Some(1)).execute(&mut conn)?;
        upsert("c@x", Some(2)).execute(&mut conn)?;
        upsert("d@x", None).execute(&mut conn)?;
        // NULL clashes with nothing.
        upsert("e@x", None).execute(&mut conn)?;

        let emails = User::query().order_by(User::email).select(User::email).all(&mut conn)?;
        assert_eq!(emails, ["b@x", "c@x", "d@x", "e@x"]);
        Ok(())
    }

    fn an_index_over_some_rows_is_found_by_its_condition(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let save = |path: &str, deleted, size| {
            let row = File::builder().folder("/").path(path).name("a").deleted(deleted).size(size);
            File::insert(row).on_conflict((File::folder, File::name)).do_update().set_excluded(File::size)
        };

        save("1", 0, 10).execute(&mut conn)?;
        save("2", 1, 20).execute(&mut conn)?;
        save("3", 0, 30).execute(&mut conn)?;

        let rows = File::query().order_by(File::path).select((File::path, File::size)).all(&mut conn)?;
        assert_eq!(rows, [("1".to_owned(), 30), ("2".to_owned(), 20)]);
        Ok(())
    }

    fn many_rows_that_clash_are_left_out_in_few_statements(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = |from: i32, to: i32| (from..to).map(|number| user(&format!("{number:04}@x"), "n"));
        User::insert_many(rows(0, 100)).execute(&mut conn)?;

        // 64 + 32 + 4 on SQLite.
        let before = conn.statement_count();
        let inserted = User::insert_many(rows(50, 150)).on_conflict(User::email).do_nothing().all(&mut conn)?;
        let expected = if db.dialect_name() == "sqlite" { 3 } else { 1 };
        assert_eq!(conn.statement_count() - before, expected);
        let emails: Vec<String> = inserted.into_iter().map(|user| user.email).collect();
        assert_eq!(emails, (100..150).map(|number| format!("{number:04}@x")).collect::<Vec<_>>());

        let again = User::insert_many(rows(0, 160)).on_conflict_do_nothing().execute(&mut conn)?;
        assert_eq!(again, 10);
        let none = User::insert_many(rows(0, 0)).on_conflict_do_nothing().all(&mut conn)?;
        assert!(none.is_empty());
        // Rows that clash among themselves: the first one is inserted.
        let twice = User::insert_many([user("z@x", "one"), user("z@x", "two")]).on_conflict(User::email);
        assert_eq!(twice.do_nothing().execute(&mut conn)?, 1);
        assert_eq!(summaries(&mut conn)?.last(), Some(&summary("z@x", "one", 1, 0)));
        Ok(())
    }

    fn many_stored_rows_are_updated_in_few_statements(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = |from: i32, to: i32, name: &str| {
            (from..to).map(|number| user(&format!("{number:04}@x"), name)).collect::<Vec<_>>()
        };
        User::insert_many(rows(0, 100, "old")).execute(&mut conn)?;

        // 64 + 32 + 4 on SQLite.
        let before = conn.statement_count();
        let written = User::insert_many(rows(50, 150, "new"))
            .on_conflict(User::email)
            .do_update()
            .set_excluded(User::name)
            .set(User::visits, User::visits + 1)
            .filter(excluded(User::email).ne("0060@x"))
            .all(&mut conn)?;
        let expected = if db.dialect_name() == "sqlite" { 3 } else { 1 };
        assert_eq!(conn.statement_count() - before, expected);

        let emails: Vec<String> = written.into_iter().map(|user| user.email).collect();
        let expected = (50..150).filter(|number| *number != 60).map(|number| format!("{number:04}@x"));
        assert_eq!(emails, expected.collect::<Vec<_>>());
        let stored = summaries(&mut conn)?;
        assert_eq!(stored[49], summary("0049@x", "old", 1, 0));
        assert_eq!(stored[50], summary("0050@x", "new", 2, 77));
        assert_eq!(stored[60], summary("0060@x", "old", 1, 0));
        assert_eq!(stored[149], summary("0149@x", "new", 1, 0));
        Ok(())
    }

    fn of_many_rows_that_clash_among_themselves_the_last_wins(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = [
            // Other columns are another statement, and yet come in their turn.
            User::builder().email("a@x").name("one").visits(1),
            User::builder().email("a@x").name("two").visits(2).number(5),
            User::builder().email("b@x").name("three").visits(3),
            User::builder().email("a@x").name("four").visits(4),
        ];

        let count = User::insert_many(rows)
            .on_conflict(User::email)
            .do_update()
            .set_excluded((User::name, User::number))
            .set(User::visits, User::visits + excluded(User::visits))
            .execute(&mut conn)?;

        assert_eq!(count, 4);
        assert_eq!(summaries(&mut conn)?, [
            summary("a@x", "four", 7, 77),
            summary("b@x", "three", 3, 0),
        ]);
        assert_eq!(User::query().filter(User::number.eq(None)).count(&mut conn)?, 2);
        Ok(())
    }

    fn a_refused_row_among_many_upserts_leaves_none(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let rows = (0..5_000).map(|number| {
            // The 3,000th row takes the key of a stored one, which is not the clash that is meant.
            let id = if number == 2_999 { 1 } else { 10 + number };
            User::builder().id(id).email(format!("{number}@x")).name("n")
        });

        let upsert = User::insert_many(rows).on_conflict(User::email).do_update();
        let error = upsert.set_excluded(User::name).execute(&mut conn).unwrap_err();

        assert_eq!(error.integrity().unwrap().kind, IntegrityKind::Unique);
        assert_eq!(User::query().count(&mut conn)?, 2);
        Ok(())
    }

    fn stored_rows_are_updated_by_what_other_tables_have(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let row = File::builder().folder("/").path("1").name("ann").deleted(0).size(9);
        File::insert(row).execute(&mut conn)?;
        let rows = [user("a@x", "A"), user("b@x", "B")];

        let count = User::insert_many(rows)
            .on_conflict(User::email)
            .do_update()
            .set(User::number, File::query().select(max(File::size)).into_scalar())
            .filter(exists(File::query().filter(File::name.eq(User::name))))
            .execute(&mut conn)?;

        assert_eq!(count, 1);
        let numbers = User::query().order_by(User::id).select(User::number).all(&mut conn)?;
        assert_eq!(numbers, [Some(9), None]);
        Ok(())
    }

    fn the_rows_of_a_query_are_upserted(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let file = |path: &str| File::builder().folder("/").path(path).name(path).deleted(1).size(5);
        File::insert_many([file("a@x"), file("b@x"), file("c@x")]).execute(&mut conn)?;
        let insert = |query| User::insert_from((User::email, User::name, User::visits), query);
        let files = || File::query().select((File::path, File::name, File::size));

        // A query of nothing but its table, behind which SQLite would read an ON as a join's.
        let mut emails: Vec<String> = insert(files())
            .on_conflict(User::email)
            .do_update()
            .set(User::visits, User::visits + excluded(User::visits))
            .filter(User::name.ne("bob"))
            .returning(User::email)
            .all(&mut conn)?;
        emails.sort();
        assert_eq!(emails, ["a@x", "c@x"]);
        let again = insert(files()).on_conflict_do_nothing().execute(&mut conn)?;
        let ordered = insert(files().filter(File::size.eq(5)).order_by(File::path).limit(2));
        let none = ordered.on_conflict(User::email).do_nothing().execute(&mut conn)?;
        let union = insert(files().union(files().filter(File::size.eq(6))));
        let union = union.on_conflict(User::email).do_update().set_excluded(User::name).execute(&mut conn)?;

        assert_eq!((again, none, union), (0, 0, 3));
        assert_eq!(summaries(&mut conn)?, [
            summary("a@x", "a@x", 6, 77),
            summary("b@x", "b@x", 1, 77),
            summary("c@x", "c@x", 5, 77),
        ]);
        Ok(())
    }

    fn values_of_an_upsert_are_checked_as_those_of_an_update(db: &TestDb) -> TestResult {
        let mut conn = with_users(db)?;
        let upsert = User::insert(user("a@x", "ann")).on_conflict(User::email).do_update();

        let error = upsert.set(User::email, "x".repeat(21)).execute(&mut conn).unwrap_err();

        let Error::Encode(error) = error else { panic!("{error:?}") };
        assert_eq!(error.column.as_deref(), Some("users.email"));
        Ok(())
    }
}

#[test]
fn an_upsert_reads_as_if_written_by_hand() {
    let upsert = || {
        User::insert(user("a@x", "ann"))
            .on_conflict(User::email)
            .do_update()
            .set_excluded(User::name)
            .set(User::visits, User::visits + 1)
            .filter(User::visits.lt(100))
    };

    assert_eq!(
        upsert().to_sql(&Postgres).unwrap(),
        r#"INSERT INTO "users" ("email", "name", "visits", "revision") VALUES ($1, $2, $3, $4) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name", "visits" = "users"."visits" + $5, "revision" = $6 WHERE "users"."visits" < $7 RETURNING "id", "email", "name", "country", "number", "visits", "revision""#
    );
    assert_eq!(
        upsert().to_sql(&Sqlite).unwrap(),
        r#"INSERT INTO "users" ("email", "name", "visits", "revision") VALUES (?1, ?2, ?3, ?4) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name", "visits" = "users"."visits" + ?5, "revision" = ?6 WHERE "users"."visits" < ?7 RETURNING "id", "email", "name", "country", "number", "visits", "revision""#
    );
}

#[test]
fn each_target_is_written_as_it_is_declared() {
    let sql = |insert: orm::Result<String>| {
        let sql = insert.unwrap();
        let (_, clause) = sql.split_once(" ON CONFLICT").unwrap();
        clause.split_once(" RETURNING").unwrap().0.to_owned()
    };
    let insert = || User::insert(user("a@x", "ann"));
    let file = || File::insert(File::builder().folder("").path("").name("").deleted(0).size(0));

    assert_eq!(sql(insert().on_conflict_do_nothing().to_sql(&Postgres)), " DO NOTHING");
    assert_eq!(
        sql(insert().on_conflict(User::id).do_nothing().to_sql(&Postgres)),
        r#" ("id") DO NOTHING"#
    );
    assert_eq!(
        sql(insert().on_conflict((User::country, User::number)).do_nothing().to_sql(&Postgres)),
        r#" ("country", "number") DO NOTHING"#
    );
    assert_eq!(
        sql(insert().on_constraint(r#"odd "name""#).do_nothing().to_sql(&Postgres)),
        r#" ON CONSTRAINT "odd ""name""" DO NOTHING"#
    );
    let file_sql = file().on_conflict(File::path).do_nothing().to_sql(&Sqlite).unwrap();
    assert!(file_sql.contains(r#" ON CONFLICT ("path") DO NOTHING"#));
    let file_sql =
        file().on_conflict((File::folder, File::name)).do_nothing().to_sql(&Sqlite).unwrap();
    assert!(file_sql.contains(r#" ON CONFLICT ("folder", "name") WHERE deleted = 0 DO NOTHING"#));
}

#[test]
fn columns_that_are_not_unique_are_refused_with_those_that_are() {
    let upsert = User::insert(user("a@x", "ann")).on_conflict((User::email, User::name));

    assert_eq!(
        refusal(upsert.do_nothing().to_sql(&Sqlite)),
        "(`email`, `name`) is not unique in `users`, so a clash would not be with one row: name the \
         primary key or the columns of a unique constraint: `id`, `email`, (`country`, `number`)"
    );
}

#[test]
fn an_update_that_sets_nothing_is_refused() {
    let upsert = User::insert(user("a@x", "ann")).on_conflict(User::email).do_update();

    assert_eq!(
        refusal(upsert.to_sql(&Sqlite)),
        "this upsert of `users` sets nothing in rows that are stored already: add a \
         `.set(column, value)`, or say `.do_nothing()`"
    );
}

#[test]
fn a_common_table_expression_has_no_place_before_an_insert_of_values() {
    let sizes = File::query().select(max(File::size)).cte("sizes");
    let upsert = User::insert(user("a@x", "ann")).on_conflict(User::email).do_update();

    assert_eq!(
        refusal(upsert.set(User::number, sizes.query().into_scalar()).to_sql(&Sqlite)),
        "`sizes` cannot be named by what an upsert of given rows does: use `.subquery(…)` there \
         instead of `.cte(…)`"
    );
}

#[test]
fn the_row_that_clashed_is_only_known_to_its_upsert() {
    let query = User::query().filter(excluded(User::visits).gt(1));
    assert_eq!(
        refusal(query.to_sql(&Sqlite)),
        "the column `excluded.visits` is not in this query, which reads from `users`: `excluded` is \
         the row that an insert proposed, which only its `.do_update()` can name"
    );

    let upsert = User::insert(user("a@x", "ann")).on_conflict(User::email).do_update();
    assert_eq!(
        refusal(upsert.set(User::visits, File::size).to_sql(&Sqlite)),
        "the column `files.size` is not in this query, which reads from `users`, `excluded`: an \
         upsert is about one table, so ask others by `exists` or `in_query`"
    );
}
