//! Relations to one whose key the database has unique: the one that makes room is written first.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_one(inverse = user))]
    desk: HasOne<Desk>,
    #[orm(has_one(inverse = user, cascade = "all, delete-orphan"))]
    profile: HasOne<Profile>,
    #[orm(has_one(inverse = user, cascade = "all, delete-orphan"))]
    badge: HasOne<Badge>,
}

#[derive(Model, Debug)]
#[orm(table = "desks")]
struct Desk {
    #[orm(primary_key)]
    id: i64,
    room: i32,
    #[orm(unique, foreign_key(User::id))]
    user_id: Option<i64>,
    #[orm(belongs_to(key = user_id, inverse = desk))]
    user: BelongsTo<Option<User>>,
}

#[derive(Model, Debug)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(unique, foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    user: BelongsTo<User>,
}

/// One that has the key of its user.
#[derive(Model, Debug)]
#[orm(table = "badges")]
struct Badge {
    #[orm(primary_key, foreign_key(User::id))]
    user_id: i64,
    text: String,
    #[orm(belongs_to(key = user_id, inverse = badge))]
    user: BelongsTo<User>,
}

fn session(db: &TestDb) -> orm::Result<Session> {
    metadata![User, Desk, Profile, Badge].create_all(&mut db.connect()?)?;
    Ok(db.engine().session())
}

/// Returns what each desk has for a user, in the database.
fn users_of_desks(db: &TestDb) -> orm::Result<Vec<Option<i64>>> {
    Desk::query().order_by(Desk::id).select(Desk::user_id).all(&mut db.connect()?)
}

on_every_backend! {
    fn one_that_is_replaced_by_a_new_one_makes_room_first(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let ann = session.add(User::builder().name("Ann"));
        let old = session.add(Desk::builder().room(1).user(ann));
        session.commit()?;

        session[old].room = 7;
        let new = session.add(Desk::builder().room(2).user(ann));
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [
                r#"UPDATE "desks" SET "room" = ?2, "user_id" = ?3 WHERE "id" = ?1"#,
                r#"INSERT INTO "desks" ("room", "user_id") VALUES (?1, ?2) RETURNING "id""#,
            ]
        );
        assert_eq!(session[ann].desk.entity(), Some(Some(new)));
        assert_eq!(users_of_desks(db)?, [None, Some(1)]);
        Ok(())
    }

    fn one_that_is_replaced_by_another_makes_room_first(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [ann, bob] = ["Ann", "Bob"].map(|name| session.add(User::builder().name(name)));
        let [one, two] = [1, 2].map(|room| session.add(Desk::builder().room(room)));
        session.flush()?;
        session.set(two, Desk::user, Some(ann))?;
        session.commit()?;

        session.set(ann, User::desk, Some(one))?;
        session.commit()?;
        assert_eq!(users_of_desks(db)?, [Some(1), None]);

        session.set(two, Desk::user, Some(ann))?;
        session.set(one, Desk::user, Some(bob))?;
        session.set(one, Desk::user, None)?;
        session.rollback()?;
        assert_eq!(session[ann].desk.entity(), Some(Some(one)));
        assert_eq!(session[one].user.entity(), Some(Some(ann)));
        Ok(())
    }

    fn an_orphan_makes_room_before_the_one_that_takes_its_place(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let profile = Profile::builder().text("old");
        let ann = session.add(User::builder().name("Ann").profile(profile));
        session.commit()?;

        let new = session.add(Profile::builder().text("new").user(ann));
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [
                r#"DELETE FROM "profiles" WHERE "id" = ?1"#,
                r#"INSERT INTO "profiles" ("text", "user_id") VALUES (?1, ?2) RETURNING "id""#,
            ]
        );
        assert_eq!(session[ann].profile.entity(), Some(Some(new)));
        assert_eq!(Profile::query().one(&mut db.connect()?)?.text, "new");
        Ok(())
    }

    fn an_orphan_with_the_key_of_its_parent_makes_room(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let ann = session.add(User::builder().name("Ann").badge(Badge::builder().text("old")));
        session.commit()?;

        let new = session.add(Badge::builder().text("new").user(ann));
        session.commit()?;

        assert_eq!(session[ann].badge.entity(), Some(Some(new)));
        assert_eq!(session.get::<Badge>(1)?, Some(new));
        assert_eq!(Badge::query().one(&mut db.connect()?)?.text, "new");
        Ok(())
    }

    fn what_made_room_is_back_after_a_rollback(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let profile = Profile::builder().text("old");
        let ann = session.add(User::builder().name("Ann").profile(profile));
        let desk = session.add(Desk::builder().room(1).user(ann));
        session.commit()?;
        let old = session.load(ann, User::profile)?;

        let mut savepoint = session.begin_nested()?;
        savepoint.add(Profile::builder().text("new").user(ann));
        savepoint.add(Desk::builder().room(2).user(ann));
        savepoint.flush()?;
        savepoint.rollback()?;

        assert_eq!(session[ann].profile.entity(), Some(old));
        assert_eq!(session[ann].desk.entity(), Some(Some(desk)));
        assert!(statements(|| session.commit())?.is_empty());
        assert_eq!(users_of_desks(db)?, [Some(1)]);
        Ok(())
    }

    fn one_that_only_leaves_is_written_with_the_others(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let users = session.add_all(["Ann", "Bob"].map(|name| User::builder().name(name)));
        for &user in &users {
            session.add(Desk::builder().room(1).user(user));
        }
        session.commit()?;

        for user in users {
            session.set(user, User::desk, None)?;
        }
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert_eq!(users_of_desks(db)?, [None, None]);
        Ok(())
    }
}
