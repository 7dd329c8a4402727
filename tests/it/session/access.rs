//! What a session tells of its entities, and lends out of them.

use orm::prelude::*;
use orm::{EntityState, Error, Value};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Membership, User, session, statements};

/// Stores Alice and Bob.
fn filled(db: &TestDb) -> orm::Result<(Session, [Entity<User>; 2])> {
    let mut session = session(db)?;
    let users = ["alice", "bob"].map(|name| session.add(User::builder().name(name).age(30)));
    session.commit()?;
    Ok((session, users))
}

/// An error of the program.
#[derive(Debug)]
enum Refusal {
    TooYoung,
    Database(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

on_every_backend! {
    fn several_values_are_lent_out_together(db: &TestDb) -> TestResult {
        let (mut session, [alice, bob]) = filled(db)?;

        let [one, other] = session.get_many_mut([alice, bob]).ok_or("they are there")?;
        std::mem::swap(&mut one.age, &mut other.age);
        one.age = Some(31);
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [r#"UPDATE "users" SET "age" = ?2, "updates" = ?3 WHERE "id" = ?1"#]);
        assert!(session.get_many_mut([alice, alice]).is_none());
        session.delete(bob)?;
        session.commit()?;
        assert!(session.get_many_mut([alice, bob]).is_none());
        assert_eq!(session[alice].age, Some(31));
        Ok(())
    }

    fn a_change_is_told_with_what_it_was_and_is(db: &TestDb) -> TestResult {
        let (mut session, [alice, bob]) = filled(db)?;
        let new = session.add(User::builder().name("carol"));

        session[alice].age = None;
        session[alice].name = "Alice".into();
        session[bob].age = Some(30);

        let changes = session.changes(alice);
        let told = changes.iter().map(|change| (change.column, change.old.clone(), change.new.clone()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("name", Some("alice".into()), "Alice".into()),
                ("age", Some(Value::I32(30)), Value::Null),
            ]
        );
        assert_eq!([alice, bob, new].map(|user| session.is_modified(user)), [true, false, false]);
        session.flush()?;
        assert!(session.changes(alice).is_empty());
        Ok(())
    }

    fn what_a_flush_will_write_is_listed(db: &TestDb) -> TestResult {
        let (mut session, [alice, bob]) = filled(db)?;

        let carol = session.add(User::builder().name("carol"));
        let dave = session.add(User::builder().name("dave"));
        session[alice].age = None;
        session[bob].age = None;
        session.delete(bob)?;

        let listed = |session: &Session| {
            [session.new_entities::<User>(), session.dirty::<User>(), session.deleted::<User>()]
        };
        assert_eq!(listed(&session), [vec![carol, dave], vec![alice], vec![bob]]);
        assert!(session.new_entities::<Membership>().is_empty());
        session.flush()?;
        assert_eq!(listed(&session), [vec![], vec![], vec![]]);
        Ok(())
    }

    fn an_entity_of_another_session_is_a_stranger(db: &TestDb) -> TestResult {
        let (_, [alice, _]) = filled(db)?;
        let mut session = db.engine().session();
        session.get_or_not_found::<User>(1)?;

        assert!(session.try_get(alice).is_none() && session.try_get_mut(alice).is_none());
        assert_eq!(session.state(alice), EntityState::Detached);
        let refusals = [
            session.delete(alice).unwrap_err(),
            session.refresh(alice).unwrap_err(),
            session.expire(alice).unwrap_err(),
            session.expunge(alice).unwrap_err(),
            session.detach(alice).unwrap_err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Error::InvalidState(_)), "{refusal}");
            assert!(refusal.to_string().contains("it belongs to another session"), "{refusal}");
        }
        assert!(statements(|| session.commit())?.is_empty());
        Ok(())
    }

    fn work_can_return_errors_of_its_own(db: &TestDb) -> TestResult {
        let (mut session, [alice, _]) = filled(db)?;

        let refused = session.try_savepoint(|session| {
            session[alice].age = Some(17);
            session.flush()?;
            Err::<(), _>(Refusal::TooYoung)
        });
        assert!(matches!(refused, Err(Refusal::TooYoung)));
        assert_eq!(session[alice].age, Some(30));
        session.commit()?;
        let refused = db.engine().try_transaction(|session| {
            session.add(User::builder().name("alice"));
            session.flush()?;
            Ok::<_, Refusal>(())
        });
        assert!(matches!(refused, Err(Refusal::Database(Error::Integrity(_)))));
        assert_eq!(User::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn a_savepoint_that_is_dropped_is_undone(db: &TestDb) -> TestResult {
        let (mut session, [alice, _]) = filled(db)?;

        let mut savepoint = session.begin_nested()?;
        savepoint[alice].age = Some(31);
        savepoint.flush()?;
        drop(savepoint);
        let refused = session.savepoint(Session::commit).unwrap_err();
        session.commit()?;

        assert_eq!(refused.to_string(), "a savepoint is open: commit it or roll it back before you commit the transaction");
        assert_eq!(session[alice].age, Some(30));
        assert_eq!(User::query().filter(User::age.eq(30)).count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn a_panic_undoes_a_transaction(db: &TestDb) -> TestResult {
        let (_, _) = filled(db)?;
        let engine = db.engine();

        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            engine.transaction(|session| -> orm::Result<()> {
                session.add(User::builder().name("carol"));
                session.flush()?;
                panic!("on purpose")
            })
        }));

        assert!(panic.is_err());
        assert_eq!(User::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn a_session_goes_on_in_another_thread(db: &TestDb) -> TestResult {
        let (mut session, [alice, _]) = filled(db)?;
        session[alice].age = Some(31);
        session.flush()?;

        let session = std::thread::spawn(move || {
            session[alice].name = "Alice".into();
            session.commit().map(|()| session)
        });
        let session = session.join().expect("no panic")?;

        assert_eq!((&*session[alice].name, session[alice].age), ("Alice", Some(31)));
        assert_eq!(User::query().order_by(User::id).first(&mut db.connect()?)?.ok_or("gone")?.name, "Alice");
        Ok(())
    }
}
