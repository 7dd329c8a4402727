//! `&`, `|`, `!`, conditions that are columns, and conditions that are optional.

use orm::Expr;
use orm::func::{all_of, any_of};
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Switch {
    #[orm(primary_key)]
    id: i64,
    a: bool,
    b: bool,
    c: bool,
    maybe: Option<bool>,
}

/// Every combination of `a`, `b`, `c`: row 1 is 000, row 2 is 001, and so on to row 8, 111.
///
/// `maybe` is true in row 1, false in row 2 and NULL in the others.
fn with_switches(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Switch].create_all(&mut conn)?;
    let rows = (0..8).map(|bits| {
        Switch::builder()
            .a(bits & 4 != 0)
            .b(bits & 2 != 0)
            .c(bits & 1 != 0)
            .maybe([Some(true), Some(false)].get(bits).copied().flatten())
    });
    Switch::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn ids(conn: &mut Connection, condition: Expr<bool>) -> orm::Result<Vec<i64>> {
    Switch::query().filter(condition).order_by(Switch::id).select(Switch::id).all(conn)
}

on_every_backend! {
    fn a_truth_column_is_a_condition(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;
        let query = Switch::query().filter(Switch::a).order_by(Switch::id);

        assert_eq!(query.select(Switch::id).all(&mut conn)?, [5, 6, 7, 8]);
        Ok(())
    }

    fn and_binds_tighter_than_or(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(ids(&mut conn, Switch::a | Switch::b & Switch::c)?, [4, 5, 6, 7, 8]);
        assert_eq!(ids(&mut conn, Switch::a & Switch::b | Switch::c)?, [2, 4, 6, 7, 8]);
        Ok(())
    }

    fn parentheses_are_kept(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(ids(&mut conn, (Switch::a | Switch::b) & Switch::c)?, [4, 6, 8]);
        assert_eq!(ids(&mut conn, Switch::a & (Switch::b | Switch::c))?, [6, 7, 8]);
        Ok(())
    }

    fn any_number_of_conditions_are_put_together(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;
        let columns = || [Switch::a, Switch::b, Switch::c];
        let none: [Expr<bool>; 0] = [];

        assert_eq!(ids(&mut conn, all_of(columns()))?, [8]);
        assert_eq!(ids(&mut conn, !any_of(columns()))?, [1]);
        assert_eq!(ids(&mut conn, any_of(columns()) & Switch::maybe)?, [0_i64; 0]);
        assert_eq!(ids(&mut conn, any_of([Switch::maybe]) & !all_of(columns()))?, [1]);
        assert_eq!(ids(&mut conn, all_of(none.clone()))?.len(), 8);
        assert!(ids(&mut conn, any_of(none))?.is_empty());
        Ok(())
    }

    fn not_binds_tightest(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(ids(&mut conn, !Switch::a & Switch::b)?, [3, 4]);
        assert_eq!(ids(&mut conn, !Switch::a | Switch::b)?, [1, 2, 3, 4, 7, 8]);
        assert_eq!(ids(&mut conn, !(Switch::a & Switch::b))?, [1, 2, 3, 4, 5, 6]);
        assert_eq!(ids(&mut conn, !(Switch::a | Switch::b))?, [1, 2]);
        assert_eq!(ids(&mut conn, !!Switch::a)?, [5, 6, 7, 8]);
        Ok(())
    }

    fn several_filters_hold_together(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;
        let query = Switch::query()
            .filter(Switch::a | Switch::b)
            .filter(Switch::b | Switch::c)
            .filter(Switch::c)
            .order_by(Switch::id);

        assert_eq!(query.select(Switch::id).all(&mut conn)?, [4, 6, 8]);
        Ok(())
    }

    fn comparisons_of_truth_values_mix_with_them(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(ids(&mut conn, Switch::a.eq(false) & Switch::b.ne(Switch::c))?, [2, 3]);
        assert_eq!(ids(&mut conn, Switch::a.eq(Switch::b & Switch::c))?, [1, 2, 3, 8]);
        assert_eq!(ids(&mut conn, (Switch::a & Switch::b).eq(!Switch::c))?, [2, 4, 6, 7]);
        Ok(())
    }

    fn a_value_is_a_condition(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(Switch::query().filter(true).count(&mut conn)?, 8);
        assert_eq!(Switch::query().filter(false).count(&mut conn)?, 0);
        assert_eq!(ids(&mut conn, Switch::a & false | Switch::c & true)?, [2, 4, 6, 8]);
        Ok(())
    }

    fn null_is_neither_true_nor_false(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;

        assert_eq!(ids(&mut conn, Switch::maybe & true)?, [1]);
        assert_eq!(ids(&mut conn, !Switch::maybe)?, [2]);
        assert_eq!(ids(&mut conn, Switch::maybe | Switch::a)?, [1, 5, 6, 7, 8]);
        Ok(())
    }

    fn an_optional_filter_is_left_out_without_a_value(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;
        let count = |conn: &mut Connection, a: Option<bool>, below: Option<i64>| {
            Switch::query()
                .filter_opt(a, |a| Switch::a.eq(a))
                .filter_opt(below, |below| Switch::id.lt(below))
                .count(conn)
        };

        assert_eq!(count(&mut conn, None, None)?, 8);
        assert_eq!(count(&mut conn, Some(true), None)?, 4);
        assert_eq!(count(&mut conn, None, Some(4))?, 3);
        assert_eq!(count(&mut conn, Some(true), Some(7))?, 2);
        Ok(())
    }

    fn a_long_chain_of_conditions_is_run(db: &TestDb) -> TestResult {
        let mut conn = with_switches(db)?;
        let mut any = Switch::id.eq(1);
        for id in 2..=900 {
            any = any | Switch::id.eq(id);
        }

        assert_eq!(Switch::query().filter(any).count(&mut conn)?, 8);
        Ok(())
    }
}
