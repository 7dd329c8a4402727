//! A transaction inside of a transaction is a savepoint.

use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{connect, texts, write};

on_every_backend! {
    fn an_inner_rollback_keeps_what_the_outer_did(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut outer = conn.begin()?;
        write(&mut outer, "before")?;
        let mut inner = outer.begin()?;
        write(&mut inner, "inner")?;
        inner.rollback()?;
        write(&mut outer, "after")?;
        outer.commit()?;

        assert_eq!(texts(&mut conn)?, ["before", "after"]);
        Ok(())
    }

    fn an_outer_rollback_undoes_what_the_inner_committed(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut outer = conn.begin()?;
        write(&mut outer, "outer")?;
        let mut inner = outer.begin()?;
        write(&mut inner, "inner")?;
        inner.commit()?;
        assert_eq!(texts(&mut outer)?, ["outer", "inner"]);
        outer.rollback()?;

        assert!(texts(&mut conn)?.is_empty());
        Ok(())
    }

    fn both_are_kept_when_both_are_committed(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut outer = conn.begin()?;
        let mut inner = outer.begin()?;
        write(&mut inner, "inner")?;
        inner.commit()?;
        outer.commit()?;

        assert_eq!(texts(&mut conn)?, ["inner"]);
        Ok(())
    }

    fn a_dropped_savepoint_is_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut outer = conn.begin()?;
        write(&mut outer, "outer")?;
        {
            let mut inner = outer.begin()?;
            write(&mut inner, "inner")?;
        }
        outer.commit()?;

        assert_eq!(texts(&mut conn)?, ["outer"]);
        Ok(())
    }

    fn savepoints_nest_and_follow_each_other(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut first = conn.begin()?;
        write(&mut first, "1")?;
        let mut second = first.begin()?;
        write(&mut second, "2")?;
        let mut third = second.begin()?;
        write(&mut third, "3")?;
        third.rollback()?;
        let mut third = second.begin()?;
        write(&mut third, "3 again")?;
        third.commit()?;
        second.commit()?;
        let mut second = first.begin()?;
        write(&mut second, "2 again")?;
        second.rollback()?;
        first.commit()?;

        assert_eq!(texts(&mut conn)?, ["1", "2", "3 again"]);
        Ok(())
    }

    fn a_refused_statement_is_undone_with_its_savepoint(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let mut outer = conn.begin()?;
        write(&mut outer, "a")?;
        let mut inner = outer.begin()?;
        write(&mut inner, "b")?;
        let refused = write(&mut inner, "a");
        drop(inner);
        write(&mut outer, "c")?;
        outer.commit()?;

        assert!(refused.is_err());
        assert_eq!(texts(&mut conn)?, ["a", "c"]);
        Ok(())
    }
}
