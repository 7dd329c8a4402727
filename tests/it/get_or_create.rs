//! `get_or_create`: one row, whoever wants it at the same time.

use std::sync::Barrier;
use std::thread;

use orm::prelude::*;
use orm::{EntityState, Error, IntegrityKind};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use crate::session::statements;
use crate::shared::refusal;

const THREADS: usize = 8;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "tags", unique(columns(language, slug)))]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    language: Option<String>,
    slug: Option<String>,
    #[orm(unique)]
    code: Option<i32>,
    #[orm(default = 1)]
    weight: i32,
}

/// A file, of which one in a folder has a name, unless it is in the bin.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "files", index(unique, columns(folder, name), condition = "NOT is_binned"))]
struct File {
    #[orm(primary_key)]
    id: i64,
    folder: i64,
    name: String,
    #[orm(default = false)]
    is_binned: bool,
}

fn connected(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Tag, File].create_all(&mut conn)?;
    Ok(conn)
}

/// Runs `work` on several threads at once, which begin together, and returns what they returned.
fn together<T: Send>(work: impl Fn() -> orm::Result<T> + Sync) -> orm::Result<Vec<T>> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let run = || {
            start.wait();
            work()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

on_every_backend! {
    fn a_new_row_is_created_and_an_old_one_gotten(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let (tag, is_new) =
            Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("rust").weight(3))?;
        let (same, is_new_again) =
            Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("rust").weight(9))?;

        assert_eq!((tag.id, tag.weight, is_new), (1, 3, true));
        assert_eq!((same, is_new_again), (tag, false));
        assert_eq!(Tag::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn a_row_that_is_there_costs_one_statement_and_a_new_one_two(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let mut get = || statements(|| Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("a")));

        let new = get()?;
        let old = get()?;

        assert_eq!(new.len(), 2, "{new:#?}");
        assert!(new[0].starts_with("SELECT") && new[0].contains(r#"WHERE "name" = ?1"#));
        assert!(new[1].starts_with("INSERT") && new[1].contains(r#"ON CONFLICT ("name") DO NOTHING"#));
        assert_eq!(old, new[..1]);
        Ok(())
    }

    fn one_of_many_threads_creates_it_and_all_get_it(db: &TestDb) -> TestResult {
        connected(db)?;

        let got = together(|| {
            let mut conn = db.connect()?;
            let (tag, is_new) = Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("rust"))?;
            Ok((tag.id, is_new))
        })?;

        let stored: Vec<i64> = Tag::query().select(Tag::id).all(&mut db.connect()?)?;
        assert_eq!(stored.len(), 1);
        assert!(got.iter().all(|(id, _)| *id == stored[0]), "{got:?}");
        assert_eq!(got.iter().filter(|(_, is_new)| *is_new).count(), 1, "{got:?}");
        Ok(())
    }

    fn sessions_of_many_threads_agree_and_their_transactions_go_on(db: &TestDb) -> TestResult {
        connected(db)?;

        let got = together(|| {
            // SQLite may ask for the whole transaction to be run again.
            db.engine().transaction_with_retries(10_000, |session| {
                let (tag, is_new) =
                    Tag::get_or_create(session, Tag::name, Tag::builder().name("rust"))?;
                session[tag].weight += 1;
                Ok(is_new)
            })
        })?;

        let tag = Tag::query().one(&mut db.connect()?)?;
        assert_eq!(got.iter().filter(|is_new| **is_new).count(), 1, "{got:?}");
        assert!(tag.weight > 1);
        Ok(())
    }

    fn a_row_of_a_session_is_an_entity_that_a_rollback_takes_back(db: &TestDb) -> TestResult {
        connected(db)?;
        let mut session = db.engine().session();

        let (tag, is_new) = Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("a"))?;
        let (same, is_new_again) =
            Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("a"))?;
        session[tag].weight = 5;

        assert_eq!((same, is_new, is_new_again), (tag, true, false));
        assert_eq!(session.state(tag), EntityState::Persistent);
        session.rollback()?;
        assert_eq!(session.state(tag), EntityState::Detached);
        assert_eq!(Tag::query().count(&mut session)?, 0);
        Ok(())
    }

    fn a_new_row_of_the_session_itself_is_found(db: &TestDb) -> TestResult {
        connected(db)?;
        let mut session = db.engine().session();
        let added = session.add(Tag::builder().name("a"));

        let (tag, is_new) = Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("a"))?;

        assert_eq!((tag, is_new), (added, false));
        session.commit()?;
        Ok(())
    }

    fn entities_that_are_known_stay_as_they_are(db: &TestDb) -> TestResult {
        connected(db)?;
        let mut session = db.engine().session();
        let other = session.add(Tag::builder().name("other"));
        session.commit()?;

        Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("a"))?;
        let sent = statements(|| session.get::<Tag>(1))?;

        // The insert changed no row, so that what is known need not be read anew.
        assert!(sent.is_empty(), "{sent:#?}");
        assert_eq!(session[other].name, "other");
        session.rollback()?;
        Ok(())
    }

    fn several_columns_can_be_unique_together(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let row = |name, slug| Tag::builder().name(name).language("en").slug(slug);
        let unique = (Tag::slug, Tag::language);

        let (one, _) = Tag::get_or_create(&mut conn, unique, row("a", "x"))?;
        let (other, is_new) = Tag::get_or_create(&mut conn, unique, row("b", "y"))?;
        let (same, is_new_again) = Tag::get_or_create(&mut conn, unique, row("c", "x"))?;

        assert_ne!(one.id, other.id);
        assert_eq!((same.id, is_new, is_new_again), (one.id, true, false));
        Ok(())
    }

    fn an_index_over_some_rows_finds_those_only(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let row = || File::builder().folder(1).name("a");
        File::insert(row().is_binned(true)).execute(&mut conn)?;

        let (file, is_new) = File::get_or_create(&mut conn, (File::folder, File::name), row())?;
        let (same, is_new_again) = File::get_or_create(&mut conn, (File::folder, File::name), row())?;

        assert_eq!((file.id, is_new), (2, true));
        assert_eq!((same.id, is_new_again), (2, false));
        Ok(())
    }

    fn a_clash_in_another_column_is_an_error(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        Tag::insert(Tag::builder().name("a").code(1)).execute(&mut conn)?;

        let refused = Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("b").code(1));

        let error = refused.unwrap_err();
        let clash = error.integrity().expect("an integrity error");
        assert_eq!((clash.kind, &clash.columns[..]), (IntegrityKind::Unique, &["code".to_owned()][..]));
        Ok(())
    }

    fn what_cannot_find_one_row_is_refused_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let sent = statements(|| {
            let row = || Tag::builder().name("a");
            assert_eq!(
                refusal(Tag::get_or_create(&mut conn, Tag::weight, row())),
                "`weight` is not unique in `tags`, so a clash would not be with one row: name the \
                 primary key or the columns of a unique constraint: `id`, `name`, `code`, (`language`, \
                 `slug`)"
            );
            for missing in [row(), row().code(None)] {
                assert_eq!(
                    refusal(Tag::get_or_create(&mut conn, Tag::code, missing)),
                    "`code` of the new `Tag` has no value, by which the row could be found: set it on \
                     the builder"
                );
            }
            Ok(())
        })?;

        assert!(sent.is_empty(), "{sent:#?}");
        Ok(())
    }
}

#[test]
fn a_lost_race_leaves_the_transaction_of_postgres_open() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    connected(&db)?;
    let mut winner = db.connect()?;
    let engine = db.engine();
    let mut session = engine.session();
    let mine = session.add(File::builder().folder(1).name("mine"));
    session.flush()?;

    // The row is not committed when the loser looks for it, and is when the loser inserts it.
    winner.begin_group()?;
    Tag::insert(Tag::builder().name("rust")).execute(&mut winner)?;
    let (is_new, stored) = thread::scope(|scope| {
        let loser = scope.spawn(move || -> orm::Result<(bool, u64)> {
            let (_, is_new) =
                Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("rust"))?;
            assert_eq!(session[mine].name, "mine");
            session.commit()?;
            Ok((is_new, File::query().count(&mut session)?))
        });
        winner.end_group(true)?;
        loser.join().expect("no panic")
    })?;

    assert!(!is_new);
    assert_eq!(stored, 1);
    assert_eq!(Tag::query().count(&mut winner)?, 1);
    Ok(())
}

#[test]
fn a_row_that_cannot_be_found_by_its_values_is_given_up() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = connected(&db)?;
    conn.execute_definition(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    )?;
    conn.execute_definition(
        "CREATE TRIGGER nothing BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION nothing()",
    )?;

    let refused = Tag::get_or_create(&mut conn, Tag::name, Tag::builder().name("a"));

    let Err(Error::InvalidState(message)) = refused else { panic!("not refused: {refused:?}") };
    assert_eq!(
        message.as_ref(),
        "a row of `tags` clashes with the new one, and cannot be found by the same values"
    );
    Ok(())
}
