//! What a flush writes, and in which statements.

use orm::prelude::*;
use orm::{EntityState, Error};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use super::{Document, Membership, User, session, statements};

on_every_backend! {
    fn a_new_row_is_inserted_and_knows_its_key(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let alice = session.add(User::builder().name("alice"));
        assert_eq!(session.state(alice), EntityState::Pending);
        assert_eq!(session[alice].name, "alice");
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [r#"INSERT INTO "users" ("name", "updates") VALUES (?1, ?2) RETURNING "id""#]
        );
        assert_eq!(session.state(alice), EntityState::Persistent);
        let expected = User { id: 1, name: "alice".into(), age: None, updates: 0 };
        assert_eq!(session[alice], expected);
        assert_eq!(User::query().all(&mut db.connect()?)?, [expected]);
        Ok(())
    }

    fn a_new_row_that_is_changed_before_the_flush_is_inserted_as_it_is_then(
        db: &TestDb,
    ) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));

        session[alice].age = Some(30);
        session[alice].name = "Alice".into();
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 1);
        let stored = User::query().one(&mut db.connect()?)?;
        assert_eq!((stored.name.as_str(), stored.age), ("Alice", Some(30)));
        Ok(())
    }

    fn new_rows_of_a_model_are_inserted_by_one_statement_in_the_order_they_were_added(
        db: &TestDb,
    ) -> TestResult {
        let mut session = session(db)?;

        let names = ["d", "a", "c", "b"];
        let users = session.add_all(names.map(|name| User::builder().name(name)));
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 1);
        let stored = User::query().order_by(User::id).all(&mut db.connect()?)?;
        assert_eq!(stored.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), names);
        for (user, stored) in users.into_iter().zip(&stored) {
            assert_eq!(&session[user], stored);
        }
        Ok(())
    }

    fn any_number_of_new_rows_know_their_keys(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        for (count, by_sqlite) in [(2, 1), (17, 1), (130, 1), (513, 1), (514, 2), (1_600, 4)] {
            let name = |number: usize| format!("user {number} of {count}");

            let users =
                session.add_all((0..count).map(|number| User::builder().name(name(number))));
            let sent = statements(|| session.flush())?;

            // SQLite is lent 513 rows at a time, PostgreSQL 2,000.
            let expected = if db.backend() == Backend::Postgres { 1 } else { by_sqlite };
            assert_eq!(sent.len(), expected, "statements for {count} rows");
            let mut keys = users.iter().map(|&user| session[user].id);
            let stored = User::query()
                .filter(User::id.between(keys.next().unwrap_or(0), keys.next_back().unwrap_or(0)))
                .order_by(User::id)
                .select((User::id, User::name))
                .all(&mut session)?;
            let known = users.iter().map(|&user| (session[user].id, session[user].name.clone()));
            assert!(known.eq(stored));
        }
        Ok(())
    }

    fn only_the_columns_that_changed_are_updated(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice").age(30));
        session.commit()?;

        session[alice].age = Some(31);
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [r#"UPDATE "users" SET "age" = ?2, "updates" = ?3 WHERE "id" = ?1"#]);
        assert_eq!(session[alice].updates, 1);
        let stored = User::query().one(&mut db.connect()?)?;
        assert_eq!(stored, User { id: 1, name: "alice".into(), age: Some(31), updates: 1 });
        Ok(())
    }

    fn the_same_value_is_no_change(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice").age(30));
        session.commit()?;

        session[alice].age = Some(30);
        session[alice].name = "bob".into();
        session[alice].name = "alice".into();
        assert!(!session.is_modified(alice));
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [""; 0]);
        assert_eq!(session[alice].updates, 0);
        Ok(())
    }

    fn rows_with_the_same_columns_changed_are_updated_together(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let users = session.add_all((0..8).map(|number| User::builder().name(format!("u{number}"))));
        session.commit()?;

        for (age, &user) in (20..).zip(&users) {
            session[user].age = Some(age);
        }
        session[users[0]].name = "first".into();
        let sent = statements(|| session.commit())?;

        // One of both columns; the other seven by one statement, or by 4, 2 and 1 rows on SQLite.
        let expected = if db.backend() == Backend::Postgres { 2 } else { 4 };
        assert_eq!(sent.len(), expected, "{sent:#?}");
        let ages = User::query().order_by(User::id).select(User::age).all(&mut db.connect()?)?;
        assert_eq!(ages, (20..28).map(Some).collect::<Vec<_>>());
        Ok(())
    }

    fn a_deleted_row_is_gone_after_the_flush(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let users = session.add_all(["a", "b", "c"].map(|name| User::builder().name(name)));
        session.commit()?;

        session.delete(users[0])?;
        assert_eq!(session.deleted::<User>(), [users[0]]);
        assert_eq!(session.get::<User>(1)?, None);
        let sent = statements(|| session.flush())?;

        assert_eq!(sent, [r#"DELETE FROM "users" WHERE "id" = ?1"#]);
        assert_eq!(session.state(users[0]), EntityState::Deleted);
        assert!(session.try_get(users[0]).is_none());
        session.commit()?;
        assert_eq!(session.state(users[0]), EntityState::Detached);
        assert_eq!(User::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn several_rows_are_deleted_by_one_statement(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let users = session.add_all((0..50).map(|number| User::builder().name(format!("u{number}"))));
        session.commit()?;

        users[10..].iter().try_for_each(|&user| session.delete(user))?;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 1);
        assert_eq!(User::query().count(&mut db.connect()?)?, 10);
        Ok(())
    }

    fn a_row_that_was_only_added_is_never_sent_if_it_is_deleted(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));

        session.delete(alice)?;

        assert_eq!(statements(|| session.commit())?, [""; 0]);
        assert_eq!(session.state(alice), EntityState::Detached);
        Ok(())
    }

    fn rows_with_keys_of_several_columns_are_written_by_them(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let member = |user, group| {
            Membership::builder().user_id(user).group_id(group).role("reader")
        };
        let rows = session.add_all([member(1, 1), member(1, 2), member(2, 1)]);
        session.commit()?;

        session[rows[1]].role = "writer".into();
        session.delete(rows[2])?;
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [
                r#"UPDATE "memberships" SET "role" = ?3 WHERE "user_id" = ?1 AND "group_id" = ?2"#,
                r#"DELETE FROM "memberships" WHERE "user_id" = ?1 AND "group_id" = ?2"#,
            ]
        );
        assert_eq!(session.get::<Membership>((1, 2))?, Some(rows[1]));
        Ok(())
    }

    fn a_new_row_in_the_place_of_a_deleted_one_is_an_update(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().id(1).name("alice").age(30));
        session.commit()?;

        session.delete(alice)?;
        let bob = session.add(User::builder().id(1).name("bob"));
        let sent = statements(|| session.flush())?;

        assert_eq!(
            sent,
            [r#"UPDATE "users" SET "name" = ?2, "age" = ?3, "updates" = ?4 WHERE "id" = ?1"#]
        );
        assert!(session.try_get(alice).is_none());
        assert_eq!(session.get::<User>(1)?, Some(bob));
        session.rollback()?;
        assert_eq!(session.get::<User>(1)?, Some(alice));
        assert_eq!(session[alice].name, "alice");
        assert!(session.try_get(bob).is_none());
        Ok(())
    }

    fn a_new_row_in_the_place_of_a_deleted_one_leaves_what_the_database_fills(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        #[orm(table = "moods")]
        struct Mood {
            #[orm(primary_key)]
            id: i64,
            #[orm(server_default = "'calm'")]
            text: String,
            #[orm(server_default = "7")]
            level: Option<i32>,
            note: Option<String>,
        }
        metadata![Mood].create_all(&mut db.connect()?)?;
        let mut session = db.engine().session();
        let glad = session.add(Mood::builder().id(1).text("glad").level(9).note("old"));
        session.commit()?;

        session.delete(glad)?;
        let new = session.add(Mood::builder().id(1));
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [r#"UPDATE "moods" SET "note" = ?2 WHERE "id" = ?1"#]);
        let mood = &session[new];
        assert_eq!((&*mood.text, mood.level, &mood.note), ("glad", Some(9), &None));
        assert_eq!(session.get::<Mood>(1)?, Some(new));
        Ok(())
    }

    fn a_changed_primary_key_is_found_by_the_old_one(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;

        session[alice].id = 7;
        session.commit()?;

        assert_eq!(session.get::<User>(7)?, Some(alice));
        assert_eq!(session.get::<User>(1)?, None);
        assert_eq!(User::query().one(&mut db.connect()?)?.id, 7);
        Ok(())
    }

    fn a_version_is_counted_with_every_update(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let document = session.add(Document::builder().title("a"));
        session.commit()?;
        assert_eq!(session[document].version, 1);

        session[document].title = "b".into();
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [r#"UPDATE "documents" SET "title" = ?3, "version" = "version" + ?4 WHERE "id" = ?1 AND "version" = ?2"#]
        );
        assert_eq!(session[document].version, 2);
        assert_eq!(Document::query().one(&mut db.connect()?)?.version, 2);
        Ok(())
    }

    fn a_row_that_somebody_else_updated_is_stale(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let document = session.add(Document::builder().title("a"));
        session.commit()?;
        let mut other = db.engine().session();
        let theirs = other.get_or_not_found::<Document>(1)?;
        other[theirs].title = "theirs".into();
        other.commit()?;

        session[document].title = "ours".into();
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::StaleData { model: "Document" }), "{error}");
        assert_eq!(session[document].title, "a");
        session.refresh(document)?;
        assert_eq!((session[document].title.as_str(), session[document].version), ("theirs", 2));
        session[document].title = "ours".into();
        session.commit()?;
        assert_eq!(Document::query().one(&mut db.connect()?)?.version, 3);
        Ok(())
    }

    fn a_row_with_a_version_that_somebody_else_updated_is_not_deleted(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let draft = session.add(Document::builder().title("draft"));
        session.commit()?;
        Document::update().set(Document::version, 2).all_rows().execute(&mut db.connect()?)?;

        session.delete(draft)?;
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::StaleData { model: "Document" }), "{error}");
        assert_eq!(session[draft].title, "draft");
        assert_eq!(Document::query().count(&mut db.connect()?)?, 1);
        Ok(())
    }
}
