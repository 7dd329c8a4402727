//! `insert_many`: how many statements it sends, and that it inserts all rows or none.

use orm::prelude::*;
use orm::{Error, IntegrityKind};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Item {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    number: i32,
    #[orm(length = 10)]
    label: String,
}

fn items(numbers: impl Iterator<Item = i32>) -> impl Iterator<Item = impl orm::IntoNewRow<Item>> {
    numbers.map(|number| Item::builder().number(number).label("item"))
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Item].create_all(&mut conn)?;
    Ok(conn)
}

/// How many rows, and in how many statements: on SQLite in 64 rows each and the rest in smaller
/// powers of two, anew for every 1,024 rows; on PostgreSQL in arrays of 2,000 rows.
const BATCHES: [(i32, u64, u64); 9] = [
    (0, 0, 0),
    (1, 1, 1),
    // 32 + 16 + 8 + 4 + 2 + 1
    (63, 6, 1),
    (64, 1, 1),
    // 64 + 1
    (65, 2, 1),
    // 15 of 64, 32, 8
    (1_000, 17, 1),
    // 31 of 64, 16
    (2_000, 32, 1),
    // 31 of 64, 16, 1
    (2_001, 33, 2),
    // 4 times 16 of 64, then 14 of 64, 8
    (5_000, 79, 3),
];

on_every_backend! {
    fn many_rows_are_few_statements(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        for (rows, on_sqlite, on_postgres) in BATCHES {
            let before = conn.statement_count();
            let count = Item::insert_many(items(0..rows)).execute(&mut conn)?;
            let sent = conn.statement_count() - before;

            let expected = if db.dialect_name() == "sqlite" { on_sqlite } else { on_postgres };
            assert_eq!((count, sent), (u64::try_from(rows)?, expected), "{rows} rows");
            assert_eq!(Item::delete().all_rows().execute(&mut conn)?, count);
        }
        Ok(())
    }

    fn rows_come_back_in_the_order_given_in_as_few_statements(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        for (rows, on_sqlite, on_postgres) in BATCHES {
            let before = conn.statement_count();
            let inserted = Item::insert_many(items((0..rows).rev())).all(&mut conn)?;
            let sent = conn.statement_count() - before;

            let expected = if db.dialect_name() == "sqlite" { on_sqlite } else { on_postgres };
            assert_eq!(sent, expected, "{rows} rows");
            assert!(inserted.iter().map(|item| item.number).eq((0..rows).rev()));
            assert!(inserted.is_sorted_by_key(|item| item.id));
            Item::delete().all_rows().execute(&mut conn)?;
        }
        Ok(())
    }

    fn a_refused_row_among_many_leaves_none_of_them(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        // The 3,000th row has the number of the first.
        let clashing = (0..5_000).map(|number| if number == 2_999 { 0 } else { number });

        let error = Item::insert_many(items(clashing)).execute(&mut conn).unwrap_err();

        assert_eq!(error.integrity().unwrap().kind, IntegrityKind::Unique);
        assert_eq!(Item::query().count(&mut conn)?, 0);
        assert_eq!(Item::insert_many(items(0..100)).execute(&mut conn)?, 100);
        Ok(())
    }

    fn a_value_that_does_not_fit_among_many_leaves_no_row(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = (1..=5_000).map(|number| {
            let label = if number == 3_000 { "far too long" } else { "short" };
            Item::builder().number(number).label(label)
        });

        let error = Item::insert_many(rows).all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::Encode(_)));
        assert_eq!(Item::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn a_transaction_goes_on_after_many_rows_were_refused(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut tx = conn.begin()?;
        Item::insert_many(items(0..1)).execute(&mut tx)?;

        let refused = Item::insert_many(items((0..5_000).rev())).execute(&mut tx);
        Item::insert_many(items(1..2)).execute(&mut tx)?;
        tx.commit()?;

        assert!(refused.is_err());
        let numbers = Item::query().order_by(Item::number).select(Item::number);
        assert_eq!(numbers.all(&mut conn)?, [0, 1]);
        Ok(())
    }

    fn many_rows_go_with_the_transaction_they_are_in(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut tx = conn.begin()?;

        assert_eq!(Item::insert_many(items(0..3_000)).execute(&mut tx)?, 3_000);
        tx.rollback()?;

        assert_eq!(Item::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn rows_are_asked_for_as_they_are_sent(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let mut asked_for = 0;
        let clashing = (0..100_000).map(|number| {
            asked_for += 1;
            if number == 1 { 0 } else { number }
        });

        let refused = Item::insert_many(items(clashing)).execute(&mut conn);

        assert!(refused.is_err());
        assert!(asked_for <= 2_000, "{asked_for} rows were held at once");
        Ok(())
    }

    fn rows_can_come_from_a_vec_and_from_an_iterator(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows: Vec<_> = items(0..3).collect();

        assert_eq!(Item::insert_many(rows).execute(&mut conn)?, 3);
        assert_eq!(Item::insert_many(items(3..5)).execute(&mut conn)?, 2);
        Ok(())
    }
}
