//! Transactions and savepoints that were neither ended nor dropped: they end with what they are in.

use std::mem;

use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{connect, texts, write};

on_every_backend! {
    fn a_leaked_savepoint_goes_with_its_transaction(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut tx = conn.begin()?;
        write(&mut tx, "before")?;
        let mut leaked = tx.begin()?;
        write(&mut leaked, "leaked")?;
        mem::forget(leaked);

        write(&mut tx, "after")?;
        tx.commit()?;
        drop(conn);

        assert_eq!(texts(&mut db.connect()?)?, ["before", "leaked", "after"]);
        Ok(())
    }

    fn a_leaked_savepoint_is_undone_with_its_transaction(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut tx = conn.begin()?;
        write(&mut tx, "before")?;
        mem::forget(tx.begin()?);
        tx.rollback()?;

        write(&mut conn, "after")?;

        assert_eq!(texts(&mut db.connect()?)?, ["after"]);
        Ok(())
    }

    fn a_leaked_transaction_ends_with_its_connection(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut leaked = conn.begin()?;
        write(&mut leaked, "leaked")?;
        mem::forget(leaked);
        drop(conn);

        let mut conn = db.connect()?;
        write(&mut conn, "kept")?;

        assert_eq!(texts(&mut conn)?, ["kept"]);
        Ok(())
    }
}
