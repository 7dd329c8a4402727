//! Transactions and savepoints: what is kept and what is undone, also after an error or a panic.

mod leaked;
mod savepoints;

use std::panic::{AssertUnwindSafe, catch_unwind};

use orm::prelude::*;
use orm::{Error, IntegrityKind};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Entry {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    text: String,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Entry].create_all(&mut conn)?;
    Ok(conn)
}

fn write(executor: &mut impl Executor, text: &str) -> orm::Result<()> {
    Entry::insert(Entry::builder().text(text)).execute(executor)
}

fn texts(executor: &mut impl Executor) -> orm::Result<Vec<String>> {
    // An executor of any kind returns a text as it is.
    let query = Entry::query().order_by(Entry::id).select(Entry::text);
    query.all(executor)
}

on_every_backend! {
    fn what_is_committed_stays(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut tx = conn.begin()?;
        write(&mut tx, "a")?;
        write(&mut tx, "b")?;
        assert_eq!(texts(&mut tx)?, ["a", "b"]);
        tx.commit()?;

        assert_eq!(texts(&mut conn)?, ["a", "b"]);
        assert_eq!(texts(&mut db.connect()?)?, ["a", "b"]);
        Ok(())
    }

    fn what_is_rolled_back_is_gone_and_the_connection_goes_on(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut tx = conn.begin()?;
        write(&mut tx, "a")?;
        tx.rollback()?;
        write(&mut conn, "b")?;

        assert_eq!(texts(&mut conn)?, ["b"]);
        Ok(())
    }

    fn a_dropped_transaction_is_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        {
            let mut tx = conn.begin()?;
            write(&mut tx, "a")?;
        }
        write(&mut conn, "b")?;

        assert_eq!(texts(&mut conn)?, ["b"]);
        assert_eq!(texts(&mut db.connect()?)?, ["b"]);
        Ok(())
    }

    fn transactions_follow_each_other_on_one_connection(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        for (text, keep) in [("a", true), ("b", false), ("c", true)] {
            let mut tx = conn.begin()?;
            write(&mut tx, text)?;
            if keep { tx.commit()? } else { tx.rollback()? }
        }

        assert_eq!(texts(&mut conn)?, ["a", "c"]);
        Ok(())
    }

    fn beginning_and_ending_are_not_counted_as_statements(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let before = conn.statement_count();

        let mut tx = conn.begin()?;
        write(&mut tx, "a")?;
        tx.begin()?.commit()?;
        assert_eq!(tx.statement_count() - before, 1);
        tx.commit()?;

        assert_eq!(conn.statement_count() - before, 1);
        Ok(())
    }

    fn a_closure_commits_and_returns_its_value(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let id = db.engine().begin(|tx| {
            let entry = Entry::insert(Entry::builder().text("a")).one(tx)?;
            Ok::<_, Error>(entry.id)
        })?;

        assert_eq!(id, 1);
        assert_eq!(texts(&mut conn)?, ["a"]);
        Ok(())
    }

    fn a_closure_that_fails_is_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let result = db.engine().begin(|tx| {
            write(tx, "a")?;
            write(tx, "a")?;
            write(tx, "b")
        });

        assert_eq!(result.unwrap_err().integrity().unwrap().kind, IntegrityKind::Unique);
        assert!(texts(&mut conn)?.is_empty());
        write(&mut conn, "c")?;
        Ok(())
    }

    fn a_closure_fails_with_an_error_of_its_own(db: &TestDb) -> TestResult {
        #[derive(Debug)]
        enum Trouble {
            Declined,
            Orm,
        }
        impl From<Error> for Trouble {
            fn from(_: Error) -> Self {
                Self::Orm
            }
        }
        let mut conn = connect(db)?;

        let declined: Result<(), Trouble> = db.engine().try_begin(|tx| {
            write(tx, "a")?;
            Err(Trouble::Declined)
        });
        let clash: Result<(), Trouble> = db.engine().try_begin(|tx| {
            write(tx, "a")?;
            Ok(write(tx, "a")?)
        });

        assert!(matches!(declined, Err(Trouble::Declined)));
        assert!(matches!(clash, Err(Trouble::Orm)));
        assert!(texts(&mut conn)?.is_empty());
        Ok(())
    }

    fn a_closure_that_panics_is_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let panicked = catch_unwind(AssertUnwindSafe(|| {
            db.engine().begin(|tx| {
                write(tx, "a")?;
                assert!(texts(tx)?.is_empty(), "on purpose");
                Ok::<_, Error>(())
            })
        }));
        db.engine().begin(|tx| write(tx, "b"))?;

        assert!(panicked.is_err());
        assert_eq!(texts(&mut conn)?, ["b"]);
        Ok(())
    }

    fn a_panic_on_a_connection_of_the_callers_is_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = conn.begin().unwrap();
            write(&mut tx, "a").unwrap();
            panic!("on purpose");
        }));
        write(&mut conn, "b")?;

        assert!(panicked.is_err());
        assert_eq!(texts(&mut conn)?, ["b"]);
        Ok(())
    }

    fn a_function_over_a_connection_runs_inside_a_transaction(db: &TestDb) -> TestResult {
        fn write_both(conn: &mut Connection) -> orm::Result<()> {
            let mut tx = conn.begin()?;
            write(&mut tx, "b")?;
            write(&mut tx, "c")?;
            tx.commit()
        }
        let mut conn = connect(db)?;

        let mut tx = conn.begin()?;
        write(&mut tx, "a")?;
        write_both(&mut tx)?;
        tx.rollback()?;
        write_both(&mut conn)?;

        assert_eq!(texts(&mut db.connect()?)?, ["b", "c"]);
        Ok(())
    }

    fn tables_are_created_in_a_transaction_and_go_with_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let mut tx = conn.begin()?;
        metadata![Entry].create_all(&mut tx)?;
        write(&mut tx, "a")?;
        tx.rollback()?;

        assert!(Entry::query().all(&mut conn).is_err());
        metadata![Entry].create_all(&mut conn)?;
        assert!(texts(&mut conn)?.is_empty());
        Ok(())
    }

    fn one_function_runs_inside_a_transaction_and_outside_of_one(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        write(&mut conn, "a")?;
        let mut tx = conn.begin()?;
        write(&mut tx, "b")?;
        tx.commit()?;

        assert_eq!(texts(&mut conn)?, ["a", "b"]);
        Ok(())
    }

    fn a_transaction_whose_connection_was_replaced_is_not_reported_as_committed(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = connect(db)?;
        let mut tx = conn.begin()?;
        write(&mut tx, "a")?;

        *tx = db.connect()?;
        let refused = tx.commit().unwrap_err();

        assert!(matches!(refused, Error::InvalidQuery(_)), "{refused:?}");
        assert_eq!(texts(&mut conn)?, [""; 0]);
        Ok(())
    }
}

#[test]
fn a_failed_statement_that_is_passed_over_fails_the_commit_on_postgres() {
    orm_testkit::run(orm_testkit::Backend::Postgres, |db| {
        let mut conn = connect(db).unwrap();
        let mut tx = conn.begin().unwrap();
        write(&mut tx, "a").unwrap();
        assert!(write(&mut tx, "a").is_err());

        let error = tx.commit().unwrap_err();

        let Error::Database(error) = error else { panic!("{error:?}") };
        assert_eq!(error.code.as_deref(), Some("25P02"));
        assert!(error.help.unwrap().contains("savepoint"));
        assert!(texts(&mut conn).unwrap().is_empty());
    });
}
