//! Validators of fields: on builders, before a flush, and in statements that set columns by themselves.
#![expect(clippy::unnecessary_wraps, reason = "validators and hooks return a result")]

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "accounts")]
struct Account {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, validate = email)]
    email: String,
    #[orm(validate = email)]
    second_email: Option<String>,
    #[orm(default = -1, validate = not_negative)]
    credit: i32,
    #[orm(flatten(prefix = "home_"))]
    home: Address,
    #[orm(validate = known_country)]
    nationality: Option<String>,
    #[orm(validate = longer)]
    secret: Deferred<String>,
}

#[derive(Embed, Debug, PartialEq, Clone)]
struct Address {
    #[orm(validate = |city: &mut String| if city.is_empty() { Err("a city has a name") } else { Ok(()) })]
    city: String,
}

fn email(value: &mut String) -> Result<(), &'static str> {
    *value = value.trim().to_lowercase();
    if value.contains('@') { Ok(()) } else { Err("an address has an `@`") }
}

fn not_negative(value: &mut i32) -> Result<(), String> {
    if *value < 0 { Err(format!("{value} is less than 0")) } else { Ok(()) }
}

/// Is asked about NULL too.
fn known_country(value: &mut Option<String>) -> Result<(), Error> {
    value.get_or_insert_with(|| "PT".to_owned());
    Ok(())
}

/// Shows how often it was called.
fn longer(value: &mut String) -> Result<(), &'static str> {
    value.push('*');
    Ok(())
}

fn lisbon() -> Address {
    Address { city: "Lisbon".into() }
}

fn account(email: &str) -> impl orm::IntoNewRow<Account> + use<> {
    Account::builder().email(email.to_owned()).home(lisbon()).secret("s")
}

fn engine(db: &TestDb) -> orm::Result<&Engine> {
    metadata![Account].create_all(&mut db.connect()?)?;
    Ok(db.engine())
}

/// Returns the model, the field and the message of a refusal.
fn refused<T>(result: orm::Result<T>) -> (&'static str, String, String) {
    match result.err() {
        Some(Error::Validation { model, field, message }) => (model, field.into(), message.into()),
        other => panic!("not refused by a validator: {other:?}"),
    }
}

fn no_at(field: &str) -> (&'static str, String, String) {
    ("Account", field.to_owned(), "an address has an `@`".to_owned())
}

on_every_backend! {
    fn a_validator_changes_what_a_builder_is_given(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;

        let inserted = Account::insert(
            Account::builder()
                .email(" Ada@Example.com ")
                .second_email("A@b.C")
                .home(lisbon())
                .secret("s"),
        )
        .one(&mut conn)?;

        assert_eq!(inserted.email, "ada@example.com");
        assert_eq!(inserted.second_email.as_deref(), Some("a@b.c"));
        Ok(())
    }

    fn a_validator_refuses_what_a_builder_is_given(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;

        let sent = statements(|| {
            let result = Account::insert(account("nobody")).execute(&mut conn);
            assert_eq!(refused(result), no_at("email"));
            Ok(())
        })?;

        assert!(sent.is_empty(), "{sent:?}");
        Ok(())
    }

    fn the_message_names_the_field_and_the_model(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;

        let error = Account::insert(account("nobody")).execute(&mut conn).unwrap_err();

        assert_eq!(error.to_string(), "`email` of `Account` is not valid: an address has an `@`");
        Ok(())
    }

    fn a_field_of_an_embedded_struct_is_named_with_it(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;
        let nowhere = Address { city: String::new() };

        let row = Account::builder().email("a@b.c").home(nowhere).secret("s");
        let refusal = refused(Account::insert(row).execute(&mut conn));

        assert_eq!(refusal, ("Account", "home.city".into(), "a city has a name".into()));
        Ok(())
    }

    fn one_refused_row_of_many_refuses_all(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;

        let rows = ["a@b.c", "nobody", "d@e.f"].map(account);
        let refusal = refused(Account::insert_many(rows).execute(&mut conn));

        assert_eq!(refusal, no_at("email"));
        assert_eq!(Account::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn a_default_is_not_validated_and_a_given_value_is(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;

        let inserted = Account::insert(account("a@b.c")).one(&mut conn)?;
        let row = Account::builder().email("d@e.f").home(lisbon()).secret("s").credit(-1);
        let refusal = refused(Account::insert(row).execute(&mut conn));

        assert_eq!(inserted.credit, -1);
        assert_eq!(refusal, ("Account", "credit".into(), "-1 is less than 0".into()));
        Ok(())
    }

    fn null_is_only_seen_by_a_validator_of_the_option(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(
            Account::builder()
                .email("a@b.c")
                .home(lisbon())
                .secret("s")
                .second_email("A@B.c")
                .nationality("UK"),
        );
        session.commit()?;

        session[ada].nationality = None;
        session[ada].second_email = None;
        session.commit()?;

        let stored = Account::query().one(&mut db.connect()?)?;
        assert_eq!(stored.nationality.as_deref(), Some("PT"));
        assert_eq!(stored.second_email, None);
        Ok(())
    }

    fn a_new_entity_has_the_value_that_the_validator_made(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();

        let ada = session.add(account(" Ada@Example.com"));

        assert_eq!(session[ada].email, "ada@example.com");
        session.commit()?;
        assert_eq!(Account::query().one(&mut db.connect()?)?.email, "ada@example.com");
        Ok(())
    }

    fn a_refused_new_entity_refuses_the_flush_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();

        let sent = statements(|| {
            let ada = session.add(account("a@b.c"));
            session.add(account("nobody"));
            session.add(account("nowhere"));
            assert_eq!(refused(session.commit()), no_at("email"));
            assert!(session.try_get(ada).is_none());
            Ok(())
        })?;

        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(Account::query().count(&mut session)?, 0);
        Ok(())
    }

    fn a_changed_entity_is_validated_by_the_flush(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(account("a@b.c"));
        let bob = session.add(account("b@c.d"));
        session.commit()?;

        session[ada].email = " New@Example.com".into();
        session.commit()?;
        assert_eq!(session[ada].email, "new@example.com");

        let sent = statements(|| {
            session[ada].credit = 5;
            session[bob].email = "nobody".into();
            assert_eq!(refused(session.commit()), no_at("email"));
            Ok(())
        })?;

        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(session[ada].credit, -1);
        assert_eq!(session[bob].email, "b@c.d");
        session[bob].email = "bob@c.d".into();
        session.commit()?;
        assert_eq!(Account::query().filter(Account::email.eq("bob@c.d")).count(&mut session)?, 1);
        Ok(())
    }

    fn a_new_entity_that_was_changed_is_validated_once_more(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();

        let ada = session.add(account("a@b.c"));
        session[ada].email = "NEW@b.c".into();
        session.commit()?;

        assert_eq!(session[ada].email, "new@b.c");
        assert_eq!(Account::query().one(&mut db.connect()?)?.email, "new@b.c");
        Ok(())
    }

    fn a_value_is_validated_once(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();

        let ada = session.add(account("a@b.c"));
        session.flush()?;
        session[ada].credit = 1;
        session.flush()?;
        assert_eq!(*session[ada].secret, "s*");
        session[ada].secret = "t".to_owned().into();
        session.commit()?;

        assert_eq!(*session[ada].secret, "t*");
        let stored = Account::query().undefer(Account::secret).one(&mut db.connect()?)?;
        assert_eq!(*stored.secret, "t*");
        Ok(())
    }

    fn a_value_that_becomes_what_is_stored_is_not_written(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(account("a@b.c"));
        session.commit()?;

        let sent = statements(|| {
            session[ada].email = " A@B.C ".into();
            session.commit()
        })?;

        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(session[ada].email, "a@b.c");
        Ok(())
    }

    fn a_refusal_in_a_savepoint_undoes_the_savepoint_alone(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(account("a@b.c"));

        let result = session.savepoint(|session| {
            session[ada].email = "nobody".into();
            session.flush()
        });

        assert_eq!(refused(result), no_at("email"));
        assert_eq!(session[ada].email, "a@b.c");
        session.commit()?;
        assert_eq!(Account::query().count(&mut db.connect()?)?, 1);
        Ok(())
    }

    fn an_update_validates_the_values_that_it_sets(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;
        Account::insert(account("a@b.c")).execute(&mut conn)?;

        Account::update().set(Account::email, " D@E.f ").all_rows().execute(&mut conn)?;
        let update = Account::update().set(Account::email, "nobody").all_rows();
        let refusal = refused(update.execute(&mut conn));

        assert_eq!(refusal, no_at("email"));
        assert_eq!(Account::query().one(&mut conn)?.email, "d@e.f");
        Ok(())
    }

    fn entities_follow_what_a_validator_made_of_an_update(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(account("a@b.c"));
        session.commit()?;

        Account::update().set(Account::email, " D@E.f ").all_rows().execute(&mut session)?;
        session.commit()?;

        assert_eq!(session[ada].email, "d@e.f");
        assert_eq!(Account::query().one(&mut db.connect()?)?.email, "d@e.f");
        Ok(())
    }

    fn what_is_merged_is_validated(db: &TestDb) -> TestResult {
        let mut session = engine(db)?.session();
        let ada = session.add(account("a@b.c"));
        session.commit()?;

        let mut value = Account::query().one(&mut db.connect()?)?;
        value.email = "nobody".into();
        session.merge(&value)?;

        assert_eq!(refused(session.commit()), no_at("email"));
        assert_eq!(session[ada].email, "a@b.c");
        Ok(())
    }

    fn an_update_by_an_expression_is_not_validated(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;
        Account::insert(account("a@b.c")).execute(&mut conn)?;

        Account::update().set(Account::credit, Account::credit - 4).all_rows().execute(&mut conn)?;

        assert_eq!(Account::query().one(&mut conn)?.credit, -5);
        Ok(())
    }

    fn an_update_of_many_rows_validates_each(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;
        Account::insert_many(["a@b.c", "d@e.f"].map(account)).execute(&mut conn)?;

        let update = |emails: [&'static str; 2]| {
            Account::update_many(Account::email, [(1, emails[0]), (2, emails[1])])
        };
        update(["X@y.z", "Y@y.z"]).execute(&mut conn)?;
        let refusal = refused(update(["a@b.c", "nobody"]).execute(&mut conn));

        assert_eq!(refusal, no_at("email"));
        let emails = Account::query().order_by(Account::id).select(Account::email).all(&mut conn)?;
        assert_eq!(emails, ["x@y.z", "y@y.z"]);
        Ok(())
    }

    fn an_upsert_validates_what_it_inserts_and_what_it_sets(db: &TestDb) -> TestResult {
        let mut conn = engine(db)?.connect()?;
        Account::insert(account("a@b.c")).execute(&mut conn)?;

        Account::insert(account(" A@B.C "))
            .on_conflict(Account::email)
            .do_update()
            .set(Account::second_email, "X@Y.Z")
            .execute(&mut conn)?;
        let refusal = refused(
            Account::insert(account("a@b.c"))
                .on_conflict(Account::email)
                .do_update()
                .set(Account::second_email, "nobody")
                .execute(&mut conn),
        );

        assert_eq!(refusal, no_at("second_email"));
        let stored = Account::query().one(&mut conn)?;
        assert_eq!(stored.second_email.as_deref(), Some("x@y.z"));
        Ok(())
    }
}
