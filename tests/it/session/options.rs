//! What a session is told before it is used: isolation, sessions that only read, work that is repeated.

use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use orm::prelude::*;
use orm::{Error, Isolation, TransactionOptions};
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

use super::{Document, User, session};

/// A model whose table is not there.
#[derive(Model, Debug)]
#[orm(table = "nowhere")]
struct Nowhere {
    #[orm(primary_key)]
    id: i64,
}

/// Returns the statements that `work` sends.
fn sent<T>(work: impl FnOnce() -> orm::Result<T>) -> orm::Result<Vec<String>> {
    let (result, events) = logged("orm::sql", work);
    result?;
    Ok(events.iter().map(|event| event.trim_start_matches("DEBUG sql=").to_owned()).collect())
}

fn is_postgres(db: &TestDb) -> bool {
    db.engine().dialect().name() == "postgresql"
}

on_every_backend! {
    fn a_transaction_is_begun_with_the_isolation_that_is_asked_for(db: &TestDb) -> TestResult {
        session(db)?.close()?;
        let mut session = db.engine().session().isolation(Isolation::RepeatableRead).read_only(true);

        let begun = sent(|| User::query().count(&mut session))?;
        let ended = sent(|| session.commit())?;
        let again = sent(|| User::query().count(&mut session))?;

        let begin = if is_postgres(db) {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        } else {
            "BEGIN; PRAGMA query_only = ON"
        };
        assert_eq!(begun[0], begin);
        assert_eq!(ended, ["COMMIT"]);
        assert_eq!(again[0], begin);
        Ok(())
    }

    fn a_level_holds_for_what_the_transaction_reads(db: &TestDb) -> TestResult {
        session(db)?.close()?;
        if !is_postgres(db) {
            // There, readers keep out who writes, or see nothing of it.
            return Ok(());
        }
        let count = |isolation| -> orm::Result<u64> {
            let mut session = db.engine().session().isolation(isolation);
            let before = User::query().count(&mut session)?;
            let name = format!("{isolation:?}");
            User::insert(User::builder().name(name)).execute(&mut db.connect()?)?;
            Ok(User::query().count(&mut session)? - before)
        };

        assert_eq!(count(Isolation::ReadUncommitted)?, 1);
        assert_eq!(count(Isolation::ReadCommitted)?, 1);
        assert_eq!(count(Isolation::RepeatableRead)?, 0);
        assert_eq!(count(Isolation::Serializable)?, 0);
        Ok(())
    }

    fn a_session_that_only_reads_refuses_what_changed_before_anything_is_sent(
        db: &TestDb,
    ) -> TestResult {
        let mut writer = session(db)?;
        writer.add(User::builder().name("alice"));
        writer.commit()?;
        writer.close()?;
        let mut session = db.engine().session().read_only(true);
        let alice = session.get_or_not_found::<User>(1)?;

        session[alice].name = "Alice".into();
        let (refused, events) = logged("orm::sql", || session.flush());

        assert_eq!(
            refused.unwrap_err().to_string(),
            "the session is read-only, but a row of `User` was added, changed or deleted in it: use a \
             session without `read_only`"
        );
        assert_eq!(events, ["DEBUG sql=ROLLBACK"]);
        assert_eq!(session[alice].name, "alice");
        session.add(User::builder().name("bob"));
        let (refused, events) = logged("orm::sql", || session.commit());
        assert!(matches!(refused, Err(Error::InvalidState(_))));
        assert!(events.is_empty(), "{events:?}");
        session.get_or_not_found::<User>(1)?;
        session.delete(alice)?;
        assert!(session.commit().is_err());
        assert_eq!(User::query().count(&mut session)?, 1);
        Ok(())
    }

    fn what_was_lent_out_and_is_the_same_is_no_write(db: &TestDb) -> TestResult {
        let mut writer = session(db)?;
        writer.add(User::builder().name("alice"));
        writer.commit()?;
        let mut session = db.engine().session().read_only(true);
        let alice = session.get_or_not_found::<User>(1)?;

        session[alice].name = "alice".into();

        session.commit()?;
        Ok(())
    }

    fn the_database_refuses_writes_of_a_transaction_that_only_reads(db: &TestDb) -> TestResult {
        session(db)?.close()?;
        let options = TransactionOptions { read_only: true, ..TransactionOptions::default() };
        let mut session = db.engine().session().read_only(true);
        let mut conn = db.connect()?;

        let by_session = User::insert(User::builder().name("alice")).execute(&mut session);
        let mut tx = conn.begin_with(options)?;
        let by_connection = User::insert(User::builder().name("alice")).execute(&mut tx);
        tx.rollback()?;

        for refused in [by_session, by_connection] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("readonly") || error.contains("read-only"), "{error}");
        }
        // The connection writes again afterwards.
        User::insert(User::builder().name("bob")).execute(&mut conn)?;
        conn.begin_with(options)?.commit()?;
        User::insert(User::builder().name("carol")).execute(&mut conn)?;
        assert_eq!(User::query().count(&mut conn)?, 2);
        Ok(())
    }

    fn a_savepoint_is_as_its_transaction(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        let isolation = Some(Isolation::Serializable);

        let error =
            tx.begin_with(TransactionOptions { isolation, ..TransactionOptions::default() }).unwrap_err();

        assert_eq!(
            error.to_string(),
            "a transaction is open, and a savepoint in it has its isolation and may write as it may: \
             begin with options before the first statement"
        );
        assert!(tx.begin_with(TransactionOptions::default()).is_ok());
        Ok(())
    }

    fn an_immediate_transaction_takes_the_right_to_write_at_once(db: &TestDb) -> TestResult {
        session(db)?.close()?;

        let statements = sent(|| {
            db.engine().session().immediate(true).transaction(|session| {
                session.add(User::builder().name("alice"));
                Ok(())
            })
        })?;

        let begin = if is_postgres(db) { "BEGIN" } else { "BEGIN IMMEDIATE" };
        assert_eq!(statements[0], begin);
        assert_eq!(User::query().count(&mut db.connect()?)?, 1);
        Ok(())
    }

    fn a_transaction_of_a_session_is_kept_or_undone_as_a_whole(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let alice = session.transaction(|session| Ok(session.add(User::builder().name("alice"))))?;
        let refused: orm::Result<()> = session.transaction(|session| {
            session[alice].age = Some(30);
            session.flush()?;
            Err(Error::NotFound { model: "anything" })
        });
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            session.transaction(|session| -> orm::Result<()> {
                session[alice].age = Some(31);
                session.flush()?;
                panic!("on purpose")
            })
        }));

        assert!(refused.is_err() && panicked.is_err());
        assert_eq!(session[alice].age, None);
        assert_eq!(User::query().one(&mut db.connect()?)?.age, None);
        session.transaction(|session| {
            session[alice].age = Some(32);
            Ok(())
        })?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(32));
        Ok(())
    }

    fn no_transaction_begins_in_a_savepoint(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let refused = session.savepoint(|session| session.transaction(|_| Ok(()))).unwrap_err();

        assert!(refused.to_string().starts_with("no transaction can begin"), "{refused}");
        Ok(())
    }

    fn work_that_is_repeated_begins_with_an_empty_session(db: &TestDb) -> TestResult {
        let mut writer = session(db)?;
        writer.add(Document::builder().title("draft"));
        writer.commit()?;
        let attempts = Cell::new(0);

        let mut session = db.engine().session().isolation(Isolation::Serializable);
        session.transaction_with_retries(3, |session| {
            attempts.set(attempts.get() + 1);
            let document = session.get_or_not_found::<Document>(1)?;
            session[document].title.push('!');
            match attempts.get() {
                1 => Err(Error::StaleData { model: "Document" }),
                _ => Ok(()),
            }
        })?;

        assert_eq!(attempts.get(), 2);
        assert_eq!(Document::query().one(&mut db.connect()?)?.title, "draft!");
        let refused = session.transaction_with_retries(3, |_| Ok(())).unwrap_err();
        assert!(refused.to_string().starts_with("the session has been used already"), "{refused}");
        Ok(())
    }

    fn serializable_transactions_that_clash_are_repeated(db: &TestDb) -> TestResult {
        let mut writer = session(db)?;
        writer.add(User::builder().name("alice").age(0));
        writer.commit()?;
        writer.close()?;

        std::thread::scope(|scope| {
            let workers = (0..4).map(|_| {
                scope.spawn(|| {
                    let mut session =
                        db.engine().session().isolation(Isolation::Serializable).immediate(true);
                    session.transaction_with_retries(1000, |session| {
                        let alice = session.get_or_not_found::<User>(1)?;
                        session[alice].age = session[alice].age.map(|age| age + 1);
                        Ok(())
                    })
                })
            });
            let workers = workers.collect::<Vec<_>>();
            workers.into_iter().try_for_each(|worker| worker.join().unwrap())
        })?;

        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(4));
        Ok(())
    }

    fn transactions_that_lock_each_other_out_are_repeated(db: &TestDb) -> TestResult {
        let mut writer = session(db)?;
        writer.add_all(["one", "two"].map(|title| Document::builder().title(title)));
        writer.commit()?;
        writer.close()?;
        let (have_read, have_written) = (Barrier::new(2), Barrier::new(2));
        let attempts = AtomicU32::new(0);

        std::thread::scope(|scope| {
            let workers = [[1, 2], [2, 1]].map(|keys| {
                let (attempts, have_read, have_written) = (&attempts, &have_read, &have_written);
                let mut is_first = true;
                scope.spawn(move || {
                    db.engine().transaction_with_retries(100, |session| {
                        attempts.fetch_add(1, Ordering::Relaxed);
                        let is_first = std::mem::replace(&mut is_first, false);
                        let documents = keys.map(|key| session.get_or_not_found::<Document>(key));
                        let [one, other] = documents;
                        let [one, other] = [one?, other?];
                        if is_first {
                            have_read.wait();
                        }
                        session[one].title.push('!');
                        session.flush()?;
                        // PostgreSQL lets both write another row, and then has one wait for the other.
                        if is_first && is_postgres(db) {
                            have_written.wait();
                        }
                        session[other].title.push('!');
                        Ok(())
                    })
                })
            });
            workers.into_iter().try_for_each(|worker| worker.join().unwrap())
        })?;

        assert!(attempts.into_inner() > 2);
        let stored = Document::query().order_by(Document::id);
        let stored = stored.select((Document::title, Document::version)).all(&mut db.connect()?)?;
        assert_eq!(stored, [("one!!".to_owned(), 3), ("two!!".to_owned(), 3)]);
        Ok(())
    }

    fn a_flush_can_be_put_off_for_some_queries(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.add(User::builder().name("alice"));

        let before = session.no_autoflush(|session| User::query().count(session))?;
        let after = User::query().count(&mut session)?;

        assert_eq!((before, after), (0, 1));
        Ok(())
    }

    fn an_error_of_the_flush_before_a_query_is_told_as_such(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.add_all(["alice", "alice"].map(|name| User::builder().name(name)));

        let by_query = User::query().count(&mut session).unwrap_err();
        session.add_all(["alice", "alice"].map(|name| User::builder().name(name)));
        let by_flush = session.flush().unwrap_err();

        assert!(matches!(by_query, Error::Integrity(_)));
        assert_eq!(
            by_query.to_string(),
            format!(
                "{by_flush}\nin the flush before a query: call `flush` where the change is made, or run \
                 the query in `no_autoflush`"
            )
        );
        Ok(())
    }

    fn a_stream_that_the_database_refuses_undoes_the_transaction(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        session[alice].age = Some(30);

        let refused = Nowhere::query()
            .stream(&mut session)
            .and_then(Iterator::collect::<orm::Result<Vec<Entity<Nowhere>>>>);

        assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
        assert_eq!(session[alice].age, None);
        assert_eq!(User::query().count(&mut session)?, 1);
        session[alice].age = Some(31);
        session.commit()?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(31));
        Ok(())
    }
}
