//! Queries that a session runs: one entity a row, whichever query met it.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{User, session, statements};

/// What has a row be read anew.
type Expire = fn(&mut Session, Entity<User>) -> orm::Result<()>;

on_every_backend! {
    fn a_row_is_one_entity_in_every_query(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;

        let all = User::query().all(&mut session)?;
        let same = User::query().filter(User::name.eq("alice")).one(&mut session)?;
        let in_a_tuple = User::query().select((User::entity(), User::name)).one(&mut session)?;

        assert_eq!(all, [alice]);
        assert_eq!(same, alice);
        assert_eq!(in_a_tuple, (alice, "alice".to_owned()));
        Ok(())
    }

    fn a_known_row_keeps_the_changes_that_are_not_flushed(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        let mut session = session.autoflush(false);

        session[alice].age = Some(30);
        let found = User::query().one(&mut session)?;

        assert_eq!(found, alice);
        assert_eq!(session[alice].age, Some(30));
        session.commit()?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(30));
        Ok(())
    }

    fn a_query_sees_what_is_pending(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.add(User::builder().name("alice"));

        assert_eq!(User::query().count(&mut session)?, 1);
        assert_eq!(User::query().count(&mut db.connect()?).unwrap_or(0), 0);
        session.rollback()?;
        Ok(())
    }

    fn a_known_key_is_found_without_a_statement(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;

        let sent = statements(|| {
            assert_eq!(session.get::<User>(1)?, Some(alice));
            Ok(())
        })?;
        assert_eq!(sent, [""; 0]);

        let mut other = db.engine().session();
        let sent = statements(|| other.get::<User>(1).map(drop))?;
        assert_eq!(
            sent,
            [r#"SELECT "id", "name", "age", "updates" FROM "users" WHERE "id" = ?1"#]
        );
        Ok(())
    }

    fn a_row_that_is_refreshed_or_expired_is_read_anew(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        let change = |name: &str| {
            User::update().set(User::name, name).all_rows().execute(&mut db.connect()?)
        };

        change("one")?;
        User::query().all(&mut session)?;
        assert_eq!(session[alice].name, "alice");
        session.refresh(alice)?;
        assert_eq!(session[alice].name, "one");
        session.commit()?;

        change("two")?;
        session.expire(alice)?;
        assert_eq!(session[alice].name, "one");
        assert_eq!(session.get::<User>(1)?, Some(alice));
        assert_eq!(session[alice].name, "two");
        session.commit()?;

        change("three")?;
        session.populate_existing(|session| User::query().all(session))?;
        assert_eq!(session[alice].name, "three");
        Ok(())
    }

    fn a_row_that_is_changed_while_it_is_expired_is_read_anew_after_it_was_written(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice").age(30));
        session.commit()?;
        let expire: [Expire; 2] = [
            Session::expire,
            |session, _| orm::text("UPDATE users SET name = name").execute(session).map(drop),
        ];

        for (expire, age) in expire.into_iter().zip(31..) {
            User::update().set(User::age, Some(age)).all_rows().execute(&mut db.connect()?)?;
            expire(&mut session, alice)?;
            session[alice].name = format!("Alice {age}");
            User::query().one(&mut session)?;

            assert_eq!((&*session[alice].name, session[alice].age), (&*format!("Alice {age}"), Some(age)));
            session.commit()?;
        }
        Ok(())
    }

    fn a_refreshed_row_that_is_not_there_any_more_is_not_found(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        User::delete().all_rows().execute(&mut db.connect()?)?;

        let error = session.refresh(alice).unwrap_err();

        assert!(matches!(error, orm::Error::NotFound { model: "User" }));
        Ok(())
    }

    fn rows_that_a_statement_changed_are_read_anew(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [alice, bob] = ["alice", "bob"].map(|name| session.add(User::builder().name(name)));
        session.commit()?;

        let older = User::update().set(User::age, 30).filter(User::name.eq("alice"));
        assert_eq!(older.execute(&mut session)?, 1);
        User::query().all(&mut session)?;
        assert_eq!(session[alice].age, Some(30));
        assert_eq!(session[bob].age, None);

        User::delete().filter(User::name.eq("bob")).execute(&mut session)?;
        assert_eq!(session.get::<User>(2)?, None);
        session.rollback()?;
        assert_eq!(session[alice].age, None);
        assert_eq!(session.get::<User>(2)?, Some(bob));
        Ok(())
    }

    fn a_session_that_is_dropped_with_changes_says_so(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.add(User::builder().name("alice"));

        let ((), events) = orm_testkit::logged("orm::session", || drop(session));

        assert_eq!(events.len(), 1);
        assert!(events[0].starts_with("WARN"), "{events:?}");
        assert_eq!(User::query().count(&mut db.connect()?)?, 0);
        Ok(())
    }

    fn a_session_that_is_dropped_after_it_lent_a_value_out_says_nothing(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;

        session[alice].name.push_str("");
        let ((), events) = orm_testkit::logged("orm::session", || drop(session));

        assert!(events.is_empty(), "{events:?}");
        Ok(())
    }

    fn values_of_every_type_are_put_back_as_they_were(db: &TestDb) -> TestResult {
        #[derive(Model, Debug, Clone, PartialEq)]
        #[orm(table = "samples")]
        struct Sample {
            #[orm(primary_key)]
            id: i64,
            truth: bool,
            small: i16,
            real: f32,
            double: f64,
            bytes: Vec<u8>,
            day: chrono::NaiveDate,
            time: chrono::NaiveTime,
            at: chrono::DateTime<chrono::Utc>,
            price: rust_decimal::Decimal,
            uuid: uuid::Uuid,
            json: serde_json::Value,
            nothing: Option<String>,
        }
        metadata![Sample].create_all(&mut db.connect()?)?;
        let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        let time = chrono::NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        let mut session = db.engine().session();
        let sample = session.add(
            Sample::builder()
                .truth(true)
                .small(i16::MIN)
                .real(1.5)
                .double(f64::MAX)
                .bytes(vec![0, 255])
                .day(day)
                .time(time)
                .at(day.and_time(time).and_utc())
                .price(rust_decimal::Decimal::new(1999, 2))
                .uuid(uuid::Uuid::from_u128(7))
                .json(serde_json::json!({"a": [1, null]})),
        );
        let added = session[sample].clone();
        session.commit()?;
        assert_eq!(session[sample], Sample { id: 1, ..added });
        let before = session[sample].clone();

        let value = &mut session[sample];
        (value.truth, value.small, value.double) = (false, 1, 0.0);
        value.bytes.clear();
        value.price = rust_decimal::Decimal::ZERO;
        value.json = serde_json::Value::Null;
        value.nothing = Some("something".into());
        session.flush()?;
        session.rollback()?;

        assert_eq!(session[sample], before);
        session.refresh(sample)?;
        assert_eq!(session[sample], before);
        Ok(())
    }

    fn an_insert_that_returns_its_row_returns_an_entity(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let alice: Entity<User> = User::insert(User::builder().name("alice")).one(&mut session)?;

        assert_eq!(session[alice].id, 1);
        session.rollback()?;
        assert!(session.try_get(alice).is_none());
        Ok(())
    }
}
