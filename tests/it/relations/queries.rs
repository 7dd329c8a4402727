//! Relations in queries and writes: joined along, filtered by, and what they lead to as a query.

use orm::prelude::*;
use orm::{Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::model::{Post, Profile, Tag, User, blog, titles};
use crate::shared::text;

on_every_backend! {
    fn queries_are_joined_along_relations(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let tagged = User::query()
            .join(User::posts)
            .join(Post::tags)
            .filter(Tag::name.eq("rust"))
            .order_by(Post::id)
            .select((User::name, Post::title));
        assert_eq!(
            tagged.all(&mut conn)?,
            [(text("alice"), text("one")), (text("alice"), text("two"))]
        );
        let editor = User::alias("editor");
        let edited = Post::query()
            .join(Post::author)
            .left_join(Post::editor.to(editor))
            .order_by(Post::id)
            .select((User::name, editor.column(User::name).nullable()));
        assert_eq!(
            edited.all(&mut conn)?,
            [(text("alice"), Some(text("bob"))), (text("alice"), None), (text("bob"), None)]
        );
        let twice = Post::query().join(Post::author).join(Post::editor).all(&mut conn);
        let message = twice.unwrap_err().to_string();
        assert!(message.contains("`Post::editor.to(User::alias(\"other\"))`"), "{message}");
        Ok(())
    }

    fn rows_are_found_by_what_they_are_related_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut names = |condition: orm::Expr<bool>| {
            let query = User::query().filter(condition).order_by(User::id).select(User::name);
            query.all(&mut conn)
        };

        assert_eq!(names(User::posts.any(Post::title.eq("two")))?, ["alice"]);
        assert_eq!(names(User::posts.is_empty())?, ["carol"]);
        assert_eq!(names(User::posts.all(Post::title.contains("o")))?, ["alice", "carol"]);
        assert_eq!(names(User::posts.count().gt(1))?, ["alice"]);
        assert_eq!(names(User::profile.has(Profile::bio.contains("tea")))?, ["alice"]);
        assert_eq!(names(User::profile.is_none())?, ["carol"]);
        let posts = Post::query().filter(Post::tags.any(Tag::name.eq("sql")));
        assert_eq!(titles(&posts.all(&mut conn)?), ["one"]);
        let counts = User::query().order_by(User::id).select(User::posts.count());
        assert_eq!(counts.all(&mut conn)?, [2, 1, 0]);
        Ok(())
    }

    fn what_a_relation_leads_to_is_counted_updated_and_deleted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let alice = User::query().get_or_not_found(&mut conn, 1)?;
        let two = Post::query().get_or_not_found(&mut conn, 2)?;

        assert_eq!(User::posts.query(&alice).filter(Post::title.ne("one")).count(&mut conn)?, 1);
        assert_eq!(
            User::posts.update(&alice).set(Post::title, "1").to_sql(&Sqlite)?,
            r#"UPDATE "posts" SET "title" = ?1 WHERE "author_id" = ?2"#
        );
        let renamed = User::posts.update(&alice).set(Post::title, "1").filter(Post::id.eq(1));
        assert_eq!(renamed.execute(&mut conn)?, 1);
        let tags = Post::tags.update(&two).set(Tag::name, "crab");
        assert_eq!(
            tags.to_sql(&Postgres)?,
            "UPDATE \"tags\" SET \"name\" = $1 WHERE \"id\" IN (SELECT \"tags\".\"id\" FROM \"tags\" \
             JOIN \"post_tags\" ON \"post_tags\".\"tag_id\" = \"tags\".\"id\" \
             WHERE \"post_tags\".\"post_id\" = $2)"
        );
        assert_eq!(Post::tags.update(&two).set(Tag::name, "crab").execute(&mut conn)?, 1);
        let tags = Tag::query().all(&mut conn)?;
        assert_eq!(Post::tags.unlink(&mut conn, &two, &tags)?, 1);
        assert_eq!(User::posts.delete(&alice).filter(Post::id.eq(2)).execute(&mut conn)?, 1);
        let left = Post::query().order_by(Post::id).select(Post::title).all(&mut conn)?;
        assert_eq!(left, ["1", "three"]);
        Ok(())
    }
}
