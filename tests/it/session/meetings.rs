//! Features where they meet: marks, bulk statements, merges, savepoints, events and relations that are loaded.

use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm::{EntityState, Error, Events};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "writers")]
struct Writer {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = writer, order_by = id, cascade = "all"))]
    posts: HasMany<Post>,
    #[orm(has_many(key = writer_id, order_by = id))]
    drafts: HasMany<Draft>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(version)]
    version: i32,
    #[orm(soft_delete = 7)]
    deleted_in: Option<i32>,
    #[orm(foreign_key(Writer::id))]
    writer_id: Option<i64>,
    #[orm(belongs_to(key = writer_id, inverse = posts))]
    writer: BelongsTo<Option<Writer>>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug)]
#[orm(table = "links")]
struct Link {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Tag::id, on_delete = "set null"))]
    tag_id: Option<i64>,
    #[orm(belongs_to(key = tag_id, inverse = links))]
    tag: BelongsTo<Option<Tag>>,
}

#[derive(Model, Debug)]
#[orm(table = "drafts")]
struct Draft {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Writer::id))]
    writer_id: Option<i64>,
}

#[derive(Model, Debug)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
    #[orm(has_many(inverse = tag, passive_deletes))]
    links: HasMany<Link>,
}

/// Ann (1) wrote the posts 1 and 2 and the draft 1, bob (2) wrote post 3; all posts have the tag 1.
fn filled(db: &TestDb) -> orm::Result<Session> {
    metadata![Writer, Post, Draft, Tag, Link].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let tag = session.add(Tag::builder().name("tag"));
    let post = |title: &str| Post::builder().title(title).tags([tag]);
    let ann = session.add(Writer::builder().name("ann").posts([post("a"), post("b")]));
    session.add(Writer::builder().name("bob").posts([post("c")]));
    session.push(ann, Writer::drafts, Draft::builder())?;
    session.commit()?;
    Ok(db.engine().session())
}

fn writers(session: &mut Session) -> orm::Result<[Entity<Writer>; 2]> {
    Ok([session.get_or_not_found(1)?, session.get_or_not_found(2)?])
}

/// Returns the ids of the posts that a relation holds.
fn posts_of(session: &mut Session, writer: Entity<Writer>) -> orm::Result<Vec<i64>> {
    let posts = session.load(writer, Writer::posts)?;
    Ok(posts.into_iter().map(|post| session[post].id).collect())
}

on_every_backend! {
    fn a_value_is_merged_onto_a_row_that_was_marked_in_the_transaction(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let mut value = Post::query().filter(Post::id.eq(1)).one(&mut db.connect()?)?;
        value.title = "again".into();
        value.version = 2;
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;

        let merged = session.merge(&value)?;
        session.flush()?;

        assert_eq!(merged, post);
        assert_eq!(session.state(post), EntityState::Persistent);
        assert_eq!((session[post].title.as_str(), session[post].deleted_in), ("again", None));
        session.rollback()?;
        assert_eq!((session[post].title.as_str(), session[post].version), ("a", 1));
        assert_eq!(session.get::<Post>(1)?, Some(post));
        Ok(())
    }

    fn a_value_is_merged_onto_a_row_that_is_to_be_marked(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let value = Post::query().filter(Post::id.eq(1)).one(&mut db.connect()?)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;

        let merged = session.merge(&value)?;
        session.commit()?;

        assert_eq!(merged, post);
        assert_eq!(Post::query().count(&mut db.connect()?)?, 3);
        Ok(())
    }

    fn a_value_that_is_marked_marks_the_row_it_is_merged_onto(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let mut value = Post::query().filter(Post::id.eq(1)).one(&mut db.connect()?)?;
        value.deleted_in = Some(9);

        session.merge(&value)?;
        session.commit()?;

        assert_eq!(session.get::<Post>(1)?, None);
        assert_eq!(Post::query().only_deleted().count(&mut db.connect()?)?, 1);
        Ok(())
    }

    fn a_row_that_was_deleted_for_good_is_not_restored(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let post = session.get_or_not_found::<Post>(3)?;
        session.load(post, Post::tags)?;
        session.delete_forever(post)?;
        session.flush()?;

        let refused = session.restore(post).unwrap_err();

        assert!(refused.to_string().contains("it was deleted"), "{refused}");
        session.commit()?;
        assert_eq!(Post::query().with_deleted().count(&mut session)?, 2);
        Ok(())
    }

    fn a_restored_row_is_where_it_was(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = writers(&mut session)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        let post = session.get_or_not_found::<Post>(1)?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(session.load(tag, Tag::posts)?.len(), 3);
        assert_eq!(session.load(post, Post::tags)?, [tag]);

        for is_flushed in [false, true] {
            session.delete(post)?;
            assert_eq!(posts_of(&mut session, ann)?, [2]);
            assert_eq!(session.load(tag, Tag::posts)?.len(), 2);
            if is_flushed {
                session.flush()?;
            }
            session.restore(post)?;

            assert_eq!(posts_of(&mut session, ann)?, [1, 2], "{is_flushed}");
            assert_eq!(session.load(tag, Tag::posts)?.len(), 3, "{is_flushed}");
        }
        session.rollback()?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        Ok(())
    }

    fn a_restore_in_a_savepoint_is_undone_with_it(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;
        session.flush()?;

        let mut savepoint = session.begin_nested()?;
        savepoint.restore(post)?;
        savepoint.flush()?;
        assert_eq!(savepoint.get::<Post>(1)?, Some(post));
        savepoint.rollback()?;

        assert_eq!(session.state(post), EntityState::Deleted);
        assert_eq!(session.get::<Post>(1)?, None);
        session.commit()?;
        assert_eq!(Post::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn a_hook_can_keep_a_row_from_being_marked(db: &TestDb) -> TestResult {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = |event: &'static str| {
            let seen = Arc::clone(&seen);
            move |_: &mut Session, _: Entity<Post>| {
                seen.lock().unwrap().push(event);
                Ok(())
            }
        };
        let events = Events::new()
            .before_delete(note("before_delete"))
            .before_delete(|session, post: Entity<Post>| session.restore(post))
            .before_update(note("before_update"))
            .after_update(note("after_update"))
            .after_delete(note("after_delete"));
        let mut session = filled(db)?.events(events);
        let post = session.get_or_not_found::<Post>(1)?;

        session.delete(post)?;
        let sent = statements(|| session.commit())?;

        assert!(sent.is_empty(), "{sent:#?}");
        assert_eq!(*seen.lock().unwrap(), ["before_delete"]);
        assert_eq!(session.get::<Post>(1)?, Some(post));
        Ok(())
    }

    fn rows_that_a_statement_marks_leave_relations_that_are_loaded(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, bob] = writers(&mut session)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(posts_of(&mut session, bob)?, [3]);
        assert_eq!(session.load(tag, Tag::posts)?.len(), 3);

        let deleted = Post::delete().filter(Post::id.le(1)).execute(&mut session)?;

        assert_eq!(deleted, 1);
        assert_eq!(posts_of(&mut session, ann)?, [2]);
        assert_eq!(session.load(tag, Tag::posts)?.len(), 2);
        session.rollback()?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(session.load(tag, Tag::posts)?.len(), 3);
        Ok(())
    }

    fn relations_follow_a_key_that_a_statement_sets(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, bob] = writers(&mut session)?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(posts_of(&mut session, bob)?, [3]);

        let mut savepoint = session.begin_nested()?;
        Post::update().set(Post::writer_id, 2).filter(Post::id.eq(1)).execute(&mut *savepoint)?;
        assert_eq!(posts_of(&mut savepoint, ann)?, [2]);
        assert_eq!(posts_of(&mut savepoint, bob)?, [1, 3]);
        let first = savepoint.get_or_not_found::<Post>(1)?;
        assert_eq!(savepoint.load(first, Post::writer)?, Some(bob));
        savepoint.rollback()?;

        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(posts_of(&mut session, bob)?, [3]);
        assert_eq!(session.load(first, Post::writer)?, Some(ann));
        Ok(())
    }

    fn relations_follow_a_key_of_rows_that_nobody_loaded(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, bob] = writers(&mut session)?;
        assert_eq!(session.load(bob, Writer::drafts)?, []);

        Draft::update().set(Draft::writer_id, 2).all_rows().execute(&mut session)?;

        assert_eq!(session.load(bob, Writer::drafts)?.len(), 1);
        assert_eq!(session.load(ann, Writer::drafts)?, []);
        session.rollback()?;
        assert_eq!(session.load(bob, Writer::drafts)?, []);
        Ok(())
    }

    fn rows_that_a_statement_deletes_leave_relations_without_an_inverse(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = writers(&mut session)?;
        assert_eq!(session.load(ann, Writer::drafts)?.len(), 1);

        Draft::delete().all_rows().execute(&mut session)?;
        assert_eq!(session.load(ann, Writer::drafts)?, []);
        session.rollback()?;
        let drafts = session.load(ann, Writer::drafts)?;
        assert_eq!(drafts.len(), 1);
        session.delete(drafts[0])?;
        session.flush()?;
        assert_eq!(session.load(ann, Writer::drafts)?, []);
        Ok(())
    }

    fn what_a_delete_returns_is_deleted_whether_it_was_known_or_not(db: &TestDb) -> TestResult {
        for is_known in [false, true] {
            let mut session = filled(db)?;
            if is_known {
                Draft::query().all(&mut session)?;
            }
            let deleted = Draft::delete().all_rows().returning(Draft::entity()).all(&mut session)?;

            assert_eq!(deleted.len(), 1);
            assert_eq!(session.state(deleted[0]), EntityState::Deleted, "{is_known}");
            assert_eq!(session.get::<Draft>(1)?, None);
            session.rollback()?;
            assert!(session.get::<Draft>(1)?.is_some());
            session.close()?;
            metadata![Writer, Post, Draft, Tag, Link].drop_all(&mut db.connect()?)?;
        }
        Ok(())
    }

    fn what_an_update_returns_is_as_the_database_has_it(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let known = session.get_or_not_found::<Post>(1)?;

        let all = Post::update().set(Post::title, "x").all_rows().returning(Post::entity());
        let all = all.all(&mut session)?;

        assert!(all.contains(&known) && all.len() == 3);
        assert!(all.iter().all(|&post| session[post].title == "x"));
        session[known].title = "y".into();
        session.commit()?;
        assert_eq!(session.get::<Post>(1)?, Some(known));
        Ok(())
    }

    fn versions_follow_statements(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let post = session.get_or_not_found::<Post>(1)?;

        Post::update().set(Post::title, "x").filter(Post::id.eq(1)).execute(&mut session)?;
        session[post].title = "y".into();
        session.commit()?;
        Post::delete().filter(Post::id.eq(1)).execute(&mut session)?;
        session.restore(post)?;
        session.commit()?;

        let stored = Post::query().filter(Post::id.eq(1)).one(&mut db.connect()?)?;
        assert_eq!((stored.title, stored.deleted_in), ("y".to_owned(), None));
        assert_eq!(session[post].version, stored.version);
        Ok(())
    }

    fn a_relation_that_held_an_expunged_entity_is_loaded_again(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = writers(&mut session)?;
        let drafts = session.load(ann, Writer::drafts)?;

        session.expunge(drafts[0])?;
        let again = session.load(ann, Writer::drafts)?;

        assert_ne!(again, drafts);
        assert_eq!(session[again[0]].id, 1);
        Ok(())
    }

    fn a_row_that_was_read_anew_in_a_savepoint_is_read_anew_after_it(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        orm::text("UPDATE tags SET name = 'new'").execute(&mut session)?;

        let mut savepoint = session.begin_nested()?;
        assert_eq!(savepoint.get::<Tag>(1)?, Some(tag));
        assert_eq!(savepoint[tag].name, "new");
        savepoint.rollback()?;

        session.get::<Tag>(1)?;
        assert_eq!(session[tag].name, "new");
        Ok(())
    }

    fn an_expired_row_forgets_where_it_was_moved(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let [ann, bob] = writers(&mut session)?;
        let post = session.get_or_not_found::<Post>(1)?;
        assert_eq!(posts_of(&mut session, bob)?, [3]);
        session.set(post, Post::writer, bob)?;

        session.expire(post)?;
        session.commit()?;

        assert_eq!(session.get::<Post>(1)?, Some(post));
        assert_eq!(session[post].writer_id, Some(1));
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        assert_eq!(posts_of(&mut session, bob)?, [3]);
        Ok(())
    }

    fn a_row_that_is_read_anew_while_it_is_to_be_marked_is_marked(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let post = session.get_or_not_found::<Post>(1)?;
        session.delete(post)?;

        session.populate_existing(|session| Post::query().all(session))?;
        session.commit()?;

        assert_eq!(Post::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn rows_that_the_database_changes_with_others_do_not_outlive_a_rollback(
        db: &TestDb,
    ) -> TestResult {
        let mut session = filled(db)?;
        session.add(Tag::builder().name("other").links([Link::builder()]));
        session.commit()?;
        let mut session = db.engine().session();
        let tag = session.get_or_not_found::<Tag>(2)?;
        session.delete(tag)?;
        session.flush()?;

        let link = session.get_or_not_found::<Link>(1)?;
        assert_eq!(session[link].tag_id, None);
        session.rollback()?;

        let link = session.get_or_not_found::<Link>(1)?;
        assert_eq!(session[link].tag_id, Some(2));
        Ok(())
    }

    fn a_stale_row_in_an_autoflush_says_where_it_was_written(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let post = session.get_or_not_found::<Post>(1)?;
        session.commit()?;
        Post::update().set(Post::title, "x").all_rows().execute(&mut db.connect()?)?;
        session[post].title = "y".into();

        let stale = Post::query().all(&mut session).unwrap_err();

        assert!(matches!(stale, Error::StaleData { .. }), "{stale:?}");
        assert_eq!(session[post].title, "a");
        session.refresh(post)?;
        assert_eq!(session[post].title, "x");
        Ok(())
    }

    fn a_row_of_a_session_that_only_reads_is_not_created(db: &TestDb) -> TestResult {
        filled(db)?;
        let mut session = db.engine().session().read_only(true);

        let (_, is_new) = Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("tag"))?;
        assert!(!is_new);
        let refused = Tag::get_or_create(&mut session, Tag::name, Tag::builder().name("no"));
        assert!(refused.is_err());
        let refused = Tag::delete().all_rows().execute(&mut session);
        assert!(refused.is_err());
        let refused = orm::text("UPDATE tags SET name = 'x'").execute(&mut session);
        assert!(refused.is_err());
        let refused = Tag::update().set(Tag::name, "x").all_rows().execute(&mut session);
        assert!(refused.is_err());

        let tag = session.get_or_not_found::<Tag>(1)?;
        assert_eq!(session[tag].name, "tag");
        let mut savepoint = session.begin_nested()?;
        assert!(Tag::delete().all_rows().execute(&mut *savepoint).is_err());
        assert_eq!(Tag::query().count(&mut *savepoint)?, 1);
        savepoint.rollback()?;
        session.commit()?;
        Ok(())
    }

    fn what_is_gotten_or_created_in_a_savepoint_goes_with_it(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let pending = session.add(Tag::builder().name("pending"));
        let mut savepoint = session.begin_nested()?;
        let (new, _) = Tag::get_or_create(&mut *savepoint, Tag::name, Tag::builder().name("n"))?;
        let (old, is_new) =
            Tag::get_or_create(&mut *savepoint, Tag::name, Tag::builder().name("pending"))?;
        assert!(!is_new && old == pending);
        savepoint.delete(old)?;
        let (again, is_new) =
            Tag::get_or_create(&mut *savepoint, Tag::name, Tag::builder().name("pending"))?;
        assert!(is_new && again != pending);
        savepoint.rollback()?;

        assert_eq!(session.state(new), EntityState::Detached);
        assert_eq!(session.state(pending), EntityState::Persistent);
        session.commit()?;
        assert_eq!(Tag::query().count(&mut db.connect()?)?, 2);
        Ok(())
    }

    fn a_tree_is_detached_merged_and_attached_across_savepoints(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = writers(&mut session)?;
        posts_of(&mut session, ann)?;

        let mut savepoint = session.begin_nested()?;
        let mut tree = savepoint.detach(ann)?;
        tree.posts.get_mut().ok_or("loaded")?.remove(0);
        tree.name = "anna".into();
        let merged = savepoint.merge(&tree)?;
        savepoint.flush()?;
        assert_eq!(posts_of(&mut savepoint, merged)?, [2]);
        savepoint.rollback()?;

        let ann = session.get_or_not_found::<Writer>(1)?;
        assert_eq!(session[ann].name, "ann");
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        let tree = session.detach(ann)?;
        let ann = session.attach(tree)?;
        assert_eq!(posts_of(&mut session, ann)?, [1, 2]);
        session.commit()?;
        Ok(())
    }
}
