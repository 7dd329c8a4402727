//! What a rollback, a savepoint and a failure leave in memory: what was there before.

use orm::prelude::*;
use orm::{EntityState, Error};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Document, User, session, statements};

fn named(name: &str) -> impl orm::IntoNewRow<User> + use<> {
    User::builder().name(name.to_owned())
}

/// What takes a row out of a session.
type TakeOut = fn(&mut Session, Entity<User>) -> orm::Result<()>;

on_every_backend! {
    fn a_rollback_puts_values_back(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice").age(30));
        let bob = session.add(named("bob"));
        session.commit()?;

        session[alice].age = Some(31);
        session.flush()?;
        session[alice].name = "Alice".into();
        session.delete(bob)?;
        let carol = session.add(named("carol"));
        session.flush()?;
        session.rollback()?;

        assert_eq!(session[alice], User { id: 1, name: "alice".into(), age: Some(30), updates: 0 });
        assert_eq!(session[bob].name, "bob");
        assert_eq!(session.state(bob), EntityState::Persistent);
        assert!(session.try_get(carol).is_none());
        assert_eq!(session.state(carol), EntityState::Detached);
        assert_eq!(session.get::<User>(2)?, Some(bob));
        assert_eq!(User::query().count(&mut session)?, 2);
        Ok(())
    }

    fn a_failed_flush_rolls_everything_back_and_the_session_goes_on(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(named("alice"));
        session.commit()?;

        session[alice].age = Some(30);
        session.flush()?;
        session.add(named("bob"));
        session.add(named("alice"));
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::Integrity(_)), "{error}");
        assert_eq!(session[alice].age, None);
        assert_eq!(User::query().count(&mut session)?, 1);
        session[alice].age = Some(31);
        session.commit()?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(31));
        Ok(())
    }

    fn a_savepoint_is_undone_alone(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(named("alice"));
        session[alice].age = Some(1);

        let mut savepoint = session.begin_nested()?;
        savepoint[alice].age = Some(2);
        let bob = savepoint.add(named("bob"));
        savepoint.flush()?;
        savepoint[alice].age = Some(3);
        savepoint.rollback()?;

        assert_eq!(session[alice].age, Some(1));
        assert!(session.try_get(bob).is_none());
        session.commit()?;
        let stored = User::query().one(&mut db.connect()?)?;
        assert_eq!((stored.name.as_str(), stored.age), ("alice", Some(1)));
        Ok(())
    }

    fn a_savepoint_that_was_committed_is_undone_with_its_transaction(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(named("alice"));
        session.commit()?;

        session.savepoint(|session| {
            session[alice].age = Some(2);
            session.savepoint(|session| {
                session[alice].age = Some(3);
                Ok(())
            })
        })?;
        assert_eq!(session[alice].age, Some(3));
        session.rollback()?;

        assert_eq!(session[alice].age, None);
        assert_eq!(User::query().one(&mut session)?, alice);
        Ok(())
    }

    fn what_was_taken_out_and_read_again_is_as_before_the_transaction(db: &TestDb) -> TestResult {
        let takes_out: [TakeOut; 3] = [
            Session::expunge,
            |session, user| session.detach(user).map(drop),
            |session, _| { session.expunge_all(); Ok(()) },
        ];
        let mut session = session(db)?;
        session.add(named("alice"));
        session.commit()?;

        for take_out in takes_out {
            let alice = session.get_or_not_found::<User>(1)?;
            session[alice].name = "Alice".into();
            let bob = session.add(named("bob"));
            session.flush()?;
            let id = session[bob].id;
            take_out(&mut session, alice)?;
            take_out(&mut session, bob)?;
            let again = session.get_or_not_found::<User>(1)?;
            let bob_again = session.get_or_not_found::<User>(id)?;
            assert_eq!((&*session[again].name, &*session[bob_again].name), ("Alice", "bob"));
            session.rollback()?;

            let now = session.get_or_not_found::<User>(1)?;
            assert_eq!(session[now].name, "alice");
            assert_eq!(session.get::<User>(id)?, None);
            assert!(session.try_get(bob_again).is_none());
        }
        Ok(())
    }

    fn what_was_taken_out_in_a_savepoint_and_read_again_is_undone_with_it(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(named("alice"));
        session.commit()?;

        let mut savepoint = session.begin_nested()?;
        savepoint[alice].name = "Alice".into();
        savepoint.flush()?;
        savepoint.expunge(alice)?;
        let again = savepoint.get_or_not_found::<User>(1)?;
        assert_eq!(savepoint[again].name, "Alice");
        savepoint.rollback()?;

        assert_eq!(session.get::<User>(1)?, Some(alice));
        assert_eq!(session[alice].name, "alice");
        assert!(session.try_get(again).is_none());
        Ok(())
    }

    fn a_savepoint_that_fails_leaves_what_was_before_it(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.add(named("alice"));

        let refused = session.savepoint(|session| {
            session.add(named("bob"));
            session.add(named("alice"));
            session.flush()
        });
        assert!(matches!(refused, Err(Error::Integrity(_))));
        session.add(named("carol"));
        session.commit()?;

        let names = User::query().order_by(User::id).select(User::name).all(&mut db.connect()?)?;
        assert_eq!(names, ["alice", "carol"]);
        Ok(())
    }

    fn a_row_that_is_stale_in_a_savepoint_undoes_it_alone(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let draft = session.add(Document::builder().title("draft"));
        let alice = session.add(named("alice"));
        session.commit()?;
        Document::update().set(Document::title, "theirs").all_rows().execute(&mut db.connect()?)?;
        Document::update().set(Document::version, 2).all_rows().execute(&mut db.connect()?)?;

        let result = session.savepoint(|session| {
            session[draft].title = "mine".into();
            session.add(named("bob"));
            session.flush()
        });
        assert!(matches!(result, Err(Error::StaleData { model: "Document" })), "{result:?}");
        assert_eq!(session[draft].title, "draft");
        session[alice].age = Some(31);
        session.refresh(draft)?;
        session[draft].title.push_str(" and mine");
        session.commit()?;

        let mut conn = db.connect()?;
        let stored = Document::query().one(&mut conn)?;
        assert_eq!((&*stored.title, stored.version), ("theirs and mine", 3));
        assert_eq!(User::query().select((User::name, User::age)).all(&mut conn)?, [("alice".to_owned(), Some(31))]);
        Ok(())
    }

    fn a_key_that_is_taken_again_is_given_back_level_by_level(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().id(5).name("alice"));
        session.commit()?;

        session.delete(alice)?;
        let mut savepoint = session.begin_nested()?;
        let bob = savepoint.add(User::builder().id(5).name("bob"));
        savepoint.flush()?;
        assert_eq!(savepoint.get::<User>(5)?, Some(bob));
        savepoint.rollback()?;
        assert_eq!(session.get::<User>(5)?, None);
        let carol = session.add(User::builder().id(5).name("carol"));
        session.flush()?;
        assert_eq!(session.get::<User>(5)?, Some(carol));
        session.rollback()?;

        assert_eq!(session.get::<User>(5)?, Some(alice));
        assert_eq!(User::query().one(&mut session)?, alice);
        assert_eq!(session[alice].name, "alice");
        assert!(statements(|| session.commit())?.is_empty());
        Ok(())
    }

    fn a_transaction_that_returns_an_error_leaves_nothing(db: &TestDb) -> TestResult {
        session(db)?.close()?;

        let refused: orm::Result<()> = db.engine().transaction(|session| {
            session.add(named("alice"));
            session.flush()?;
            Err(Error::NotFound { model: "anything" })
        });
        assert!(refused.is_err());
        db.engine().transaction(|session| {
            session.add(named("bob"));
            Ok(())
        })?;

        let names = User::query().select(User::name).all(&mut db.connect()?)?;
        assert_eq!(names, ["bob"]);
        Ok(())
    }

    fn a_transaction_that_keeps_a_failure_for_itself_is_not_half_committed(db: &TestDb) -> TestResult {
        session(db)?.close()?;

        let refused = db.engine().transaction(|session| {
            session.add(named("alice"));
            session.flush()?;
            session.add_all(["bob", "bob"].map(named));
            assert!(session.flush().is_err());
            session.add(named("carol"));
            Ok(())
        });
        assert_eq!(
            refused.unwrap_err().to_string(),
            "a failure undid what the transaction did before it, and its error was kept: return the error, or \
             do what may fail in a `savepoint`"
        );
        assert_eq!(User::query().count(&mut db.connect()?)?, 0);

        let mut session = db.engine().session();
        session.add_all(["bob", "bob"].map(named));
        assert!(session.flush().is_err());
        session.transaction(|session| {
            session.add(named("alice"));
            let twice = session.savepoint(|session| {
                session.add(named("alice"));
                session.flush()
            });
            assert!(twice.is_err());
            Ok(())
        })?;
        assert_eq!(User::query().select(User::name).all(&mut db.connect()?)?, ["alice"]);
        Ok(())
    }

    fn a_value_that_does_not_fit_is_refused_by_the_flush(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        #[orm(table = "codes")]
        struct Code {
            #[orm(primary_key)]
            id: i64,
            #[orm(length = 3)]
            text: String,
        }
        metadata![Code].create_all(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let long = session.add(Code::builder().text("abcd"));
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::Encode(_)), "{error}");
        assert!(error.to_string().contains("codes.text"), "{error}");
        assert_eq!(session.state(long), EntityState::Detached);
        let short = session.add(Code::builder().text("abc"));
        session[short].text = "too long".into();
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::Encode(_)), "{error}");
        Ok(())
    }

    fn an_entity_that_is_gone_tells_its_story(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(named("alice"));
        session.rollback()?;

        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session[alice].id));

        let message = panic.unwrap_err();
        let message = message.downcast_ref::<String>().unwrap();
        assert_eq!(
            message,
            "this entity of `User` cannot be used: the transaction that added it was rolled back; \
             `try_get` returns `None` instead of panicking"
        );
        Ok(())
    }
}
