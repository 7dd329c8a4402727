//! Updates and deletes of many rows, and rows written beside deleted ones.

use orm::prelude::*;
use orm::{Error, IntegrityKind};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Note, Post, Tag, User, connected, posts};

on_every_backend! {
    fn a_delete_marks_what_is_not_marked_yet(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let marked = || Post::query().only_deleted().order_by(Post::id).select(Post::deleted_at);
        let before = marked().all(&mut conn)?;

        let count = Post::delete().filter(Post::author_id.eq(1)).execute(&mut conn)?;

        assert_eq!(count, 2);
        assert_eq!(posts(&mut conn)?, (vec![4], vec![1, 2, 3]));
        let after = marked().all(&mut conn)?;
        assert_eq!(after[1], before[0]);
        assert!(after[0].is_some());
        Ok(())
    }

    fn a_delete_sets_what_changes_with_every_update(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let users: Vec<User> = User::delete()
            .filter(User::name.eq("alice"))
            .returning(User::entity())
            .all(&mut conn)?;

        assert_eq!(users.len(), 1);
        assert_eq!(users[0].updates, 1);
        assert!(users[0].deleted_at.is_some());
        Ok(())
    }

    fn a_delete_needs_a_filter_also_if_it_only_marks(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let refused = Post::delete().execute(&mut conn).unwrap_err();

        assert!(refused.to_string().starts_with("this would delete every row of `posts`"));
        assert_eq!(Post::delete().all_rows().execute(&mut conn)?, 3);
        Ok(())
    }

    fn a_delete_by_a_join_marks_and_looks_at_living_rows_only(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let of_bob = || Post::delete().join(Post::author_id).filter(User::name.eq("bob"));
        let of_alice = Post::delete().join(Post::author_id).filter(User::name.eq("alice"));

        assert_eq!(of_bob().execute(&mut conn)?, 0);
        assert_eq!(of_alice.execute(&mut conn)?, 2);
        assert_eq!(posts(&mut conn)?, (vec![4], vec![1, 2, 3]));
        Ok(())
    }

    fn a_delete_forever_deletes_marked_rows_too(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        conn.execute_definition("DELETE FROM post_tags")?;
        Post::update().with_deleted().set(Post::parent_id, None).all_rows().execute(&mut conn)?;

        let purged = Post::delete().forever().filter(Post::deleted_at.is_not_null());
        assert_eq!(purged.execute(&mut conn)?, 1);
        assert_eq!(posts(&mut conn)?, (vec![1, 3, 4], vec![]));
        assert_eq!(Post::delete().forever().all_rows().execute(&mut conn)?, 3);

        assert_eq!(Post::query().with_deleted().count(&mut conn)?, 0);
        Ok(())
    }

    fn an_update_leaves_marked_rows_alone_unless_it_says_otherwise(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let rename = || Post::update().set(Post::title, "x").filter(Post::id.le(2));

        assert_eq!(rename().execute(&mut conn)?, 1);
        assert_eq!(rename().with_deleted().execute(&mut conn)?, 2);
        let restored = Post::update().with_deleted().set(Post::deleted_at, None);
        assert_eq!(restored.filter(Post::id.eq(2)).execute(&mut conn)?, 1);

        assert_eq!(posts(&mut conn)?, (vec![1, 2, 3, 4], vec![]));
        Ok(())
    }

    fn updates_of_many_rows_leave_marked_ones_alone(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let one = Post::update_many(Post::title, [(2, "x")]).execute(&mut conn)?;
        let several = Post::update_many(Post::title, [(1, "x"), (2, "x")]).execute(&mut conn)?;

        assert_eq!((one, several), (0, 1));
        let title: String =
            Post::query().with_deleted().filter(Post::id.eq(2)).select(Post::title).one(&mut conn)?;
        assert_eq!(title, "b");
        Ok(())
    }

    fn a_mark_can_be_of_any_type(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let marks: Vec<Option<i32>> = Tag::query()
            .with_deleted()
            .order_by(Tag::id)
            .select(Tag::deleted_in)
            .all(&mut conn)?;

        assert_eq!(marks, [None, Some(7)]);
        Ok(())
    }

    fn a_value_of_a_deleted_row_is_free_again_by_a_partial_index(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let insert = |name| User::insert(User::builder().name(name));

        insert("bob").execute(&mut conn)?;
        let clash = insert("alice").execute(&mut conn).unwrap_err();

        assert_eq!(clash.integrity().map(|error| error.kind), Some(IntegrityKind::Unique));
        assert_eq!(User::query().with_deleted().filter(User::name.eq("bob")).count(&mut conn)?, 2);
        Ok(())
    }

    fn rows_that_cannot_be_marked_are_deleted(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        assert_eq!(Note::delete().all_rows().execute(&mut conn)?, 2);

        assert_eq!(Note::query().with_deleted().count(&mut conn)?, 0);
        Ok(())
    }

    fn a_deleted_row_is_not_gotten_and_not_created_a_second_time(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let (bob, is_new) = User::get_or_create(&mut conn, User::name, User::builder().name("bob"))?;
        let taken = Tag::get_or_create(&mut conn, Tag::id, Tag::builder().id(2).name("x"));

        assert_eq!((bob.id, is_new), (3, true));
        let Err(Error::InvalidState(message)) = taken else { panic!("not refused: {taken:?}") };
        assert!(message.starts_with("a `Tag` with the same unique values is marked as deleted"));
        Ok(())
    }
}
