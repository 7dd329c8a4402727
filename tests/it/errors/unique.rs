//! Unique constraints, unique indexes and primary keys.

use orm::IntegrityKind::Unique;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::Clash;

#[expect(clippy::duplicated_attributes, reason = "two of the indexes are unique")]
#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "accounts",
    unique(columns(bank, number)),
    unique(columns(closed, holder), name = "one_open_account"),
    index(columns(owner), unique, condition = "closed = false", name = "ix_open_owner"),
    index(columns(email), unique, condition = "closed", name = "ix_closed_email")
)]
struct Account {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: Option<String>,
    #[orm(unique, index)]
    phone: Option<String>,
    bank: Option<String>,
    number: Option<i32>,
    holder: Option<String>,
    owner: Option<String>,
    #[orm(default = false)]
    closed: bool,
}

#[derive(Model, Debug, PartialEq)]
struct Vote {
    #[orm(primary_key)]
    voter: String,
    #[orm(primary_key)]
    round: i32,
}

#[expect(clippy::duplicated_attributes, reason = "both indexes are unique, and of one column")]
#[derive(Model, Debug, PartialEq)]
#[orm(
    index(columns(room), unique, condition = "hour < 12", name = "one_before_noon"),
    index(columns(room), unique, condition = "hour >= 12", name = "one_after_noon")
)]
struct Booking {
    #[orm(primary_key)]
    id: i64,
    room: i32,
    hour: i32,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Account, Vote].create_all(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn a_unique_column_is_named(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        Account::insert(Account::builder().email("ann@x.org")).execute(&mut conn)?;

        let again = Account::insert(Account::builder().email("ann@x.org")).one(&mut conn);

        let expected = Clash::new(Unique, "accounts", &["email"], Some("uq_accounts_email"));
        assert_eq!(Clash::of(again), expected);
        Ok(())
    }

    fn a_unique_index_of_a_column_is_named(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        Account::insert(Account::builder().phone("123")).execute(&mut conn)?;

        let again = Account::insert(Account::builder().phone("123")).execute(&mut conn);

        let expected = Clash::new(Unique, "accounts", &["phone"], Some("ix_accounts_phone"));
        assert_eq!(Clash::of(again), expected);
        Ok(())
    }

    fn the_columns_of_a_composite_constraint_are_named_in_its_order(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let row = || Account::builder().bank("north").number(7);
        Account::insert(row()).execute(&mut conn)?;

        let again = Account::insert(row()).execute(&mut conn);

        let expected =
            Clash::new(Unique, "accounts", &["bank", "number"], Some("uq_accounts_bank_number"));
        assert_eq!(Clash::of(again), expected);
        Ok(())
    }

    fn a_constraint_with_a_name_of_its_own_is_called_by_it(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let row = || Account::builder().closed(true).holder("ann");
        Account::insert(row()).execute(&mut conn)?;

        let again = Account::insert(row()).execute(&mut conn);

        let expected =
            Clash::new(Unique, "accounts", &["closed", "holder"], Some("one_open_account"));
        assert_eq!(Clash::of(again), expected);
        Ok(())
    }

    fn a_partial_unique_index_is_named_and_only_then_refuses(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let row = |closed| Account::builder().owner("ann").closed(closed);
        Account::insert(row(true)).execute(&mut conn)?;
        Account::insert(row(true)).execute(&mut conn)?;
        Account::insert(row(false)).execute(&mut conn)?;

        let again = Account::insert(row(false)).execute(&mut conn);

        let expected = Clash::new(Unique, "accounts", &["owner"], Some("ix_open_owner"));
        assert_eq!(Clash::of(again), expected);
        Ok(())
    }

    fn a_partial_index_is_not_taken_for_another_one_of_the_same_columns(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Booking].create_all(&mut conn)?;
        let booking = |hour| Booking::insert(Booking::builder().room(1).hour(hour));
        booking(9).execute(&mut conn)?;
        booking(15).execute(&mut conn)?;

        let clash = Clash::of(booking(16).execute(&mut conn));

        // SQLite names the columns only, which two indexes have.
        let on_sqlite = db.dialect_name() == "sqlite";
        let constraint = if on_sqlite { None } else { Some("one_after_noon") };
        assert_eq!(clash, Clash::new(Unique, "booking", &["room"], constraint));
        Ok(())
    }

    fn a_primary_key_is_named(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        Account::insert(Account::builder().id(7)).execute(&mut conn)?;
        Vote::insert(Vote::builder().voter("ann").round(1)).execute(&mut conn)?;

        let generated = Account::insert(Account::builder().id(7)).execute(&mut conn);
        let composite = Vote::insert(Vote::builder().voter("ann").round(1)).execute(&mut conn);

        assert_eq!(
            Clash::of(generated),
            Clash::new(Unique, "accounts", &["id"], Some("pk_accounts"))
        );
        assert_eq!(
            Clash::of(composite),
            Clash::new(Unique, "vote", &["voter", "round"], Some("pk_vote"))
        );
        Ok(())
    }

    fn an_update_is_refused_as_an_insert_is(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = ["ann@x.org", "bob@x.org"].map(|email| Account::builder().email(email));
        Account::insert_many(rows).execute(&mut conn)?;

        let update = Account::update().set(Account::email, "ann@x.org");
        let refused = update.filter(Account::email.eq("bob@x.org")).execute(&mut conn);

        let expected = Clash::new(Unique, "accounts", &["email"], Some("uq_accounts_email"));
        assert_eq!(Clash::of(refused), expected);
        Ok(())
    }

    fn one_of_many_rows_is_refused_as_a_single_one_is(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = || ["a", "b", "a"].map(|email| Account::builder().email(email));

        let executed = Account::insert_many(rows()).execute(&mut conn);
        let returned = Account::insert_many(rows()).all(&mut conn);

        let expected = || Clash::new(Unique, "accounts", &["email"], Some("uq_accounts_email"));
        assert_eq!(Clash::of(executed), expected());
        assert_eq!(Clash::of(returned), expected());
        assert_eq!(Account::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn the_message_names_the_constraint_and_no_value(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let row = || Account::builder().email("secret@x.org");
        Account::insert(row()).execute(&mut conn)?;

        let error = Account::insert(row()).execute(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "unique constraint `uq_accounts_email` of table `accounts` on `email` refused the \
             write: a row with these values exists"
        );
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        let sql = error.integrity().unwrap().sql.as_deref().unwrap();
        assert!(sql.starts_with(r#"INSERT INTO "accounts" ("email", "closed") VALUES ("#), "{sql}");
        Ok(())
    }
}
