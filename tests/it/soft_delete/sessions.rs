//! Entities that a session deletes, and those that go or stay with them.

use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm::{EntityState, Error, Events};
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

use super::{Login, Note, Post, Profile, Tag, User, blog, connected, posts};

/// Returns a session on a database with the blog.
fn session(db: &TestDb) -> orm::Result<Session> {
    blog(&mut db.connect()?)?;
    Ok(db.engine().session())
}

/// Returns the statements that `work` sends, with the placeholders of SQLite.
fn sent(work: impl FnOnce() -> orm::Result<()>) -> orm::Result<Vec<String>> {
    crate::session::statements(work)
}

on_every_backend! {
    fn a_deleted_entity_is_updated_and_gone(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;

        let sent = sent(|| {
            session.delete(post)?;
            assert_eq!(session.deleted::<Post>(), [post]);
            session.flush()
        })?;

        assert_eq!(
            sent,
            [r#"UPDATE "posts" SET "deleted_at" = ?3, "version" = "version" + ?4 WHERE "id" = ?1 AND "version" = ?2"#]
        );
        assert_eq!(session.state(post), EntityState::Deleted);
        assert!(session.try_get(post).is_none());
        assert_eq!(session.get::<Post>(1)?, None);
        session.commit()?;
        assert_eq!(session.state(post), EntityState::Detached);
        assert_eq!(posts(&mut db.connect()?)?, (vec![3, 4], vec![1, 2]));
        Ok(())
    }

    fn several_are_marked_by_one_statement(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let two = Post::query().filter(Post::author_id.eq(1)).all(&mut session)?;

        let sent = sent(|| {
            two.iter().try_for_each(|&post| session.delete(post))?;
            session.commit()
        })?;

        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert!(sent[0].contains(r#""version" = "posts"."version" + "#), "{sent:#?}");
        assert_eq!(posts(&mut db.connect()?)?, (vec![4], vec![1, 2, 3]));
        Ok(())
    }

    fn what_was_changed_before_is_written_with_the_mark(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;

        session[alice].name = "Alice".into();
        session.delete(alice)?;
        session.commit()?;

        let users = User::query().only_deleted().order_by(User::id).all(&mut db.connect()?)?;
        assert_eq!((users[0].name.as_str(), users[0].updates), ("Alice", 1));
        Ok(())
    }

    fn a_rollback_brings_it_back(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;

        session.delete(post)?;
        session.flush()?;
        session.rollback()?;

        assert_eq!(session.state(post), EntityState::Persistent);
        assert_eq!(session[post].deleted_at, None);
        assert_eq!(session.get::<Post>(1)?, Some(post));
        assert!(!session.is_modified(post));
        assert_eq!(posts(&mut db.connect()?)?, (vec![1, 3, 4], vec![2]));
        Ok(())
    }

    fn a_savepoint_that_is_undone_brings_it_back(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;

        let undone: orm::Result<()> = session.savepoint(|session| {
            session.delete(post)?;
            session.flush()?;
            Err(Error::invalid_state("no"))
        });
        session.commit()?;

        assert!(undone.is_err());
        assert_eq!(session.state(post), EntityState::Persistent);
        assert_eq!(posts(&mut db.connect()?)?, (vec![1, 3, 4], vec![2]));
        Ok(())
    }

    fn a_row_that_somebody_changed_is_not_marked(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.commit()?;
        let mut other = db.engine().session();
        let theirs = other.get_or_not_found::<Post>(1)?;
        other[theirs].title = "A".into();
        other.commit()?;

        session.delete(post)?;
        let stale = session.commit();

        assert!(matches!(stale, Err(Error::StaleData { model: "Post" })));
        assert_eq!(session.state(post), EntityState::Persistent);
        assert_eq!(posts(&mut db.connect()?)?, (vec![1, 3, 4], vec![2]));
        Ok(())
    }

    fn children_go_in_their_own_way_and_others_stay(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;

        session.delete(alice)?;
        session.commit()?;

        let mut conn = db.connect()?;
        assert_eq!(posts(&mut conn)?, (vec![4], vec![1, 2, 3]));
        assert_eq!(Profile::query().with_deleted().count(&mut conn)?, 2);
        assert_eq!(Profile::query().count(&mut conn)?, 0);
        assert_eq!(Login::query().select(Login::user_id).all(&mut conn)?, [2]);
        assert_eq!(Note::query().count(&mut conn)?, 2);
        // The replies of other posts and the pairs with tags are as they were.
        let answer = Post::query().with_deleted().get_or_not_found(&mut conn, 4)?;
        assert_eq!(answer.parent_id, Some(1));
        let tags = Post::query().with_deleted().filter(Post::id.eq(1)).select(Post::tags.count());
        assert_eq!(tags.one(&mut conn)?, 2);
        Ok(())
    }

    fn forever_takes_along_what_was_marked_before(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;
        for note in session.load(alice, User::notes)? {
            session.delete(note)?;
        }

        session.delete_forever(alice)?;
        session.commit()?;

        let mut conn = db.connect()?;
        assert!(User::query().with_deleted().get(&mut conn, 1)?.is_none());
        assert_eq!(posts(&mut conn)?, (vec![4], vec![]));
        assert_eq!(Profile::query().with_deleted().count(&mut conn)?, 0);
        assert_eq!(Post::query().get_or_not_found(&mut conn, 4)?.parent_id, None);
        Ok(())
    }

    fn a_marked_row_is_deleted_forever(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let old = Tag::query().only_deleted().one(&mut session)?;

        let sent = sent(|| {
            session.delete_forever(old)?;
            session.commit()
        })?;

        assert_eq!(sent.last().map(String::as_str), Some(r#"DELETE FROM "tags" WHERE "id" = ?1"#));
        assert_eq!(Tag::query().with_deleted().count(&mut db.connect()?)?, 1);
        Ok(())
    }

    fn a_child_that_is_taken_out_is_marked_as_an_orphan(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;
        let first = session.get_or_not_found::<Post>(1)?;

        session.remove(alice, User::posts, first)?;
        session.commit()?;

        let post = Post::query().only_deleted().filter(Post::id.eq(1)).one(&mut db.connect()?)?;
        assert_eq!(post.author_id, 1);
        Ok(())
    }

    fn relations_of_entities_leave_marked_rows_out(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;
        let third = session.get_or_not_found::<Post>(3)?;
        let fourth = session.get_or_not_found::<Post>(4)?;

        assert_eq!(session.load(alice, User::posts)?.len(), 2);
        assert_eq!(session.load(third, Post::parent)?, None);
        assert_eq!(session.load(third, Post::tags)?.len(), 1);
        assert!(session.load(fourth, Post::author).is_err_and(|error| error.is_not_found()));
        let live = Profile::query().one(&mut session)?;
        assert_eq!(session.load(alice, User::profile)?, Some(live));
        Ok(())
    }

    fn a_known_row_is_not_found_once_it_is_marked(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let second = Post::query().only_deleted().one(&mut session)?;
        let third = session.get_or_not_found::<Post>(3)?;

        assert!(session[second].deleted_at.is_some());
        assert_eq!(session.get::<Post>(2)?, None);
        assert_eq!(session.load(third, Post::parent)?, None);
        session.refresh(second)?;
        assert_eq!(session.state(second), EntityState::Persistent);
        Ok(())
    }

    fn a_row_that_goes_is_taken_out_of_what_others_hold(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;
        let written = session.load(alice, User::posts)?;
        let new = Tag::query().one(&mut session)?;
        let tagged = session.load(new, Tag::posts)?;
        session.load_all(&written, Post::tags)?;
        let fourth = session.get_or_not_found::<Post>(4)?;
        assert_eq!(session.load(fourth, Post::parent)?, Some(written[0]));
        session.load(written[0], Post::replies)?;

        session.delete(written[0])?;
        session.flush()?;

        assert_eq!(session[alice].posts.entities(), Some(&written[1..]));
        assert_eq!(session[new].posts.entities(), Some(&tagged[1..]));
        assert_eq!(session.load(fourth, Post::parent)?, None);
        session.rollback()?;
        assert_eq!(session[alice].posts.entities().map(<[_]>::len), None);
        assert_eq!(session.load(fourth, Post::parent)?, Some(written[0]));
        Ok(())
    }

    fn a_query_finds_the_entity_that_was_marked(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;
        session.flush()?;

        let found = Post::query().with_deleted().filter(Post::id.eq(1)).one(&mut session)?;

        assert_eq!(found, post);
        assert!(session[post].deleted_at.is_some());
        session.rollback()?;
        assert_eq!(session[post].deleted_at, None);
        assert_eq!(Post::query().filter(Post::id.eq(1)).one(&mut session)?, post);
        Ok(())
    }

    fn a_mark_is_taken_off(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let before = Post::query().only_deleted().one(&mut session)?;
        let [now, later] = [1, 3].map(|key| session.get_or_not_found::<Post>(key));
        let (now, later) = (now?, later?);

        session.restore(before)?;
        session.delete(now)?;
        session.flush()?;
        session.restore(now)?;
        session.delete(later)?;
        session.restore(later)?;
        session.commit()?;

        assert_eq!(posts(&mut db.connect()?)?, (vec![1, 2, 3, 4], vec![]));
        assert_eq!(session.get::<Post>(1)?, Some(now));
        assert_eq!(session.get::<Post>(2)?, Some(before));
        Ok(())
    }

    fn what_is_restored_after_the_commit_is_queried_again(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;
        session.commit()?;

        let gone = session.restore(post);
        let again = Post::query().with_deleted().filter(Post::id.eq(1)).one(&mut session)?;
        session.restore(again)?;
        session.commit()?;

        assert!(gone.is_err_and(|error| error.to_string().contains("it was deleted")));
        assert_eq!(posts(&mut db.connect()?)?, (vec![1, 3, 4], vec![2]));
        Ok(())
    }

    fn an_entity_that_is_marked_by_hand_is_marked(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.get_or_not_found::<User>(1)?;

        session[alice].deleted_at = Some(chrono::Utc::now());
        session.commit()?;

        assert_eq!(User::query().count(&mut session)?, 0);
        assert_eq!(session.get::<User>(1)?, None);
        Ok(())
    }

    fn an_update_of_a_marked_entity_is_written(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let post = Post::query().only_deleted().one(&mut session)?;

        session[post].title = "B".into();
        session.commit()?;

        let title: String = Post::query().only_deleted().select(Post::title).one(&mut db.connect()?)?;
        assert_eq!(title, "B");
        Ok(())
    }

    fn a_new_row_that_is_deleted_was_never_there(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let sent = sent(|| {
            let post = session.add(Post::builder().title("e").author_id(1));
            session.delete(post)?;
            session.commit()
        })?;

        assert!(sent.is_empty(), "{sent:#?}");
        Ok(())
    }

    fn the_key_of_a_marked_row_stays_taken(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let new = Tag::query().one(&mut session)?;

        session.delete(new)?;
        session.add(Tag::builder().id(1).name("again"));
        let clash = session.commit();

        assert!(clash.is_err_and(|error| error.integrity().is_some()));
        assert_eq!(session.state(new), EntityState::Persistent);
        Ok(())
    }

    fn the_events_of_a_mark_are_those_of_a_delete(db: &TestDb) -> TestResult {
        blog(&mut db.connect()?)?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = |event: &'static str| {
            let seen = Arc::clone(&seen);
            move |session: &mut Session, post: Entity<Post>| {
                let is_marked = session[post].deleted_at.is_some();
                seen.lock().unwrap().push((event, is_marked));
                Ok(())
            }
        };
        let events = Events::new()
            .before_update(note("before_update"))
            .after_update(note("after_update"))
            .before_delete(note("before_delete"))
            .after_delete(note("after_delete"));
        let mut session = db.engine().session().events(events);
        let post = session.get_or_not_found::<Post>(1)?;

        session.delete(post)?;
        session.commit()?;

        assert_eq!(*seen.lock().unwrap(), [("before_delete", false), ("after_delete", true)]);
        Ok(())
    }

    fn rows_with_versions_go_after_those_that_refer_to_them(db: &TestDb) -> TestResult {
        blog(&mut db.connect()?)?;
        let mut session = db.engine().session().autoflush(false);
        let all = Post::query().with_deleted().order_by(Post::id).all(&mut session)?;

        for &post in &all {
            session.delete_forever(post)?;
        }
        let sent = sent(|| session.commit())?;

        let deletes = sent.iter().filter(|sql| sql.starts_with(r#"DELETE FROM "posts""#)).count();
        assert_eq!(deletes, 4, "{sent:#?}");
        assert_eq!(Post::query().with_deleted().count(&mut db.connect()?)?, 0);
        Ok(())
    }

    fn marked_entities_follow_updates_that_include_them(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let second = Post::query().only_deleted().one(&mut session)?;

        Post::update().set(Post::title, "x").all_rows().execute(&mut session)?;
        assert_eq!(session[second].title, "b");
        let restore = Post::update().with_deleted().set(Post::deleted_at, None).all_rows();
        restore.execute(&mut session)?;

        assert_eq!(session[second].deleted_at, None);
        assert_eq!(session.get::<Post>(2)?, Some(second));
        session.rollback()?;
        assert!(session[second].deleted_at.is_some());
        Ok(())
    }

    fn a_bulk_delete_in_a_session_is_seen_by_its_queries(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        session.get_or_not_found::<Post>(1)?;

        Post::delete().filter(Post::id.eq(1)).execute(&mut session)?;

        assert_eq!(session.get::<Post>(1)?, None);
        assert_eq!(Post::query().count(&mut session)?, 2);
        Ok(())
    }
}

#[test]
fn nothing_is_warned_of_a_row_that_is_marked() -> TestResult {
    let db = TestDb::create(orm_testkit::Backend::SqliteMemory)?;
    connected(&db)?;
    let mut session = db.engine().session();
    let post = session.get_or_not_found::<Post>(1)?;

    let (done, events) = logged("orm::session", || {
        session.delete(post)?;
        session.commit()
    });

    done?;
    assert!(events.is_empty(), "{events:?}");
    Ok(())
}
