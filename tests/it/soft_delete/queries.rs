//! Queries, joins, conditions and loaders leave out what is marked as deleted.

use orm::func::{count, exists};
use orm::prelude::*;
use orm::{PageRequest, joined, selectin, subquery, text};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Login, Note, Post, Tag, User, connected, ids, sqlite};
use crate::shared::refusal;

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct UserView {
    name: String,
    posts: Vec<PostView>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct PostView {
    id: i64,
    parent: Option<PostId>,
    tags: Vec<TagView>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct PostId {
    id: i64,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Tag)]
struct TagView {
    name: String,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct WithAuthor {
    author: Option<AuthorView>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct AuthorView {
    name: String,
}

on_every_backend! {
    fn deleted_rows_are_left_out_of_every_terminal(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let all = Post::query().order_by(Post::id);

        assert_eq!(ids(&all.all(&mut conn)?), [1, 3, 4]);
        assert_eq!(all.count(&mut conn)?, 3);
        assert!(!Post::query().filter(Post::id.eq(2)).exists(&mut conn)?);
        assert!(Post::query().get(&mut conn, 2)?.is_none());
        assert_eq!(all.clone().limit(2).all(&mut conn)?.len(), 2);
        assert_eq!(all.clone().limit(2).count(&mut conn)?, 2);
        assert_eq!(Post::query().filter(Post::id.eq(1) | Post::id.eq(2)).count(&mut conn)?, 1);
        Ok(())
    }

    fn deleted_rows_are_there_when_they_are_asked_for(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let all = Post::query().with_deleted().order_by(Post::id);
        let only = Post::query().only_deleted();

        assert_eq!(ids(&all.all(&mut conn)?), [1, 2, 3, 4]);
        assert_eq!(all.get(&mut conn, 2)?.map(|post| post.id), Some(2));
        assert_eq!(ids(&only.all(&mut conn)?), [2]);
        assert_eq!(ids(&Post::query().with_deleted_of::<User>().all(&mut conn)?).len(), 3);
        Ok(())
    }

    fn streams_and_pages_leave_them_out(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let query = Post::query().order_by(Post::id);

        let streamed = query.stream(&mut conn)?.map(|post| post.map(|post| post.id));
        let streamed = streamed.collect::<orm::Result<Vec<_>>>()?;
        let page = query.paginate(&mut conn, PageRequest::new(1, 2))?;

        assert_eq!(streamed, [1, 3, 4]);
        assert_eq!(page.total, 3);
        assert_eq!(ids(&page.items), [1, 3]);
        Ok(())
    }

    fn joins_leave_them_out(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let inner: Vec<(i64, String)> = Post::query()
            .join(Post::author)
            .order_by(Post::id)
            .select((Post::id, User::name))
            .all(&mut conn)?;
        let left: Vec<(i64, Option<String>)> = Post::query()
            .left_join(Post::author)
            .order_by(Post::id)
            .select((Post::id, User::name.nullable()))
            .all(&mut conn)?;
        let with: Vec<(i64, String)> = Post::query()
            .join(Post::author)
            .with_deleted_of::<User>()
            .order_by(Post::id)
            .select((Post::id, User::name))
            .all(&mut conn)?;

        let named = |id, name: &str| (id, name.to_owned());
        assert_eq!(inner, [named(1, "alice"), named(3, "alice")]);
        assert_eq!(
            left,
            [(1, Some("alice".to_owned())), (3, Some("alice".to_owned())), (4, None)]
        );
        assert_eq!(with, [named(1, "alice"), named(3, "alice"), named(4, "bob")]);
        Ok(())
    }

    fn joins_that_keep_all_rows_keep_none_that_are_deleted(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let right: Vec<(Option<i64>, String)> = Post::query()
            .right_join(Post::author)
            .order_by(Post::id)
            .select((Post::id.nullable(), User::name))
            .all(&mut conn)?;
        let full: Vec<(Option<i64>, Option<String>)> = Post::query()
            .full_join(Post::author)
            .order_by(Post::id)
            .select((Post::id.nullable(), User::name.nullable()))
            .all(&mut conn)?;

        assert_eq!(right, [(Some(1), "alice".to_owned()), (Some(3), "alice".to_owned())]);
        let alice = Some("alice".to_owned());
        assert_eq!(full, [(Some(1), alice.clone()), (Some(3), alice), (Some(4), None)]);
        Ok(())
    }

    fn conditions_on_relations_do_not_see_them(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let of_b = || User::query().filter(User::posts.any(Post::title.eq("b")));

        assert_eq!(of_b().count(&mut conn)?, 0);
        assert_eq!(of_b().with_deleted().count(&mut conn)?, 1);
        assert_eq!(of_b().with_deleted_of::<Post>().count(&mut conn)?, 1);
        assert_eq!(Post::query().filter(Post::author.has(User::name.eq("bob"))).count(&mut conn)?, 0);
        let counts: Vec<(i64, i64)> = Post::query()
            .order_by(Post::id)
            .select((Post::id, Post::tags.count()))
            .all(&mut conn)?;
        assert_eq!(counts, [(1, 1), (3, 1), (4, 1)]);
        let posts: i64 = User::query().select(User::posts.count()).one(&mut conn)?;
        assert_eq!(posts, 2);
        assert_eq!(Post::query().filter(Post::tags.none(Tag::name.eq("old"))).count(&mut conn)?, 3);
        Ok(())
    }

    fn subqueries_unions_and_ctes_leave_them_out_and_can_say_otherwise(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let authors = || Post::query().select(Post::author_id);
        let by_id = |query| Login::query().filter(Login::user_id.in_query(query));
        let deleted = Post::query().only_deleted().select(Post::id);
        let union = Post::query().filter(Post::id.eq(1)).select(Post::id).union(deleted.clone());
        let cte = Post::query().cte("living");
        let id = cte.column(Post::id);
        let ctes: Vec<i64> =
            cte.query().order_by(id.clone()).select(id.clone()).all(&mut conn)?;

        assert_eq!(by_id(authors().filter(Post::id.eq(2))).count(&mut conn)?, 0);
        assert_eq!(by_id(authors().filter(Post::id.eq(2)).with_deleted()).count(&mut conn)?, 1);
        assert_eq!(union.order_by(Post::id).all(&mut conn)?, [1, 2]);
        assert_eq!(ctes, [1, 3, 4]);
        let all: Vec<i64> =
            cte.query().with_deleted().order_by(id.clone()).select(id).all(&mut conn)?;
        assert_eq!(all, [1, 2, 3, 4]);
        let any = User::query().filter(exists(Post::query().filter(Post::id.eq(2))));
        assert_eq!(any.count(&mut conn)?, 0);
        let derived = Post::query().subquery("p");
        let total: i64 = derived.query().select(count(derived.column(Post::id))).one(&mut conn)?;
        assert_eq!(total, 3);
        Ok(())
    }

    fn every_strategy_of_loading_leaves_them_out(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        for query in [
            User::query().options(selectin(User::posts).then(selectin(Post::tags))),
            User::query().options(subquery(User::posts).then(subquery(Post::tags))),
            User::query().options(joined(User::posts).then(joined(Post::tags))),
        ] {
            let users = query.clone().all(&mut conn)?;
            assert_eq!(users.len(), 1);
            assert_eq!(ids(&users[0].posts), [1, 3]);
            assert_eq!(users[0].posts[0].tags.len(), 1);

            let all = query.with_deleted().order_by(User::id).all(&mut conn)?;
            assert_eq!(ids(&all[0].posts), [1, 2, 3]);
            assert_eq!(ids(&all[1].posts), [4]);
            assert_eq!(all[0].posts[1].tags.len(), 2);
        }
        Ok(())
    }

    fn a_row_that_must_refer_to_one_that_is_deleted_says_so(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let posts = || Post::query().order_by(Post::id);

        let refused = [
            refusal(posts().options(joined(Post::author)).all(&mut conn)),
            refusal(posts().options(selectin(Post::author)).all(&mut conn)),
        ];
        let loaded = posts().with(Post::author).with_deleted_of::<User>().all(&mut conn)?;

        for refused in refused {
            assert!(refused.contains("`Post::author`"), "{refused}");
        }
        assert_eq!(loaded[2].author.name, "bob");
        let parents = posts().with(Post::parent).all(&mut conn)?;
        assert!(parents[1].parent.is_none());
        Ok(())
    }

    fn a_read_of_a_row_that_may_be_deleted_may_be_null(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let name = Post::author.column(User::name);
        let refused = refusal(Post::query().select(name.clone()).all(&mut conn));
        let names: Vec<Option<String>> =
            Post::query().order_by(Post::id).select(name.clone().nullable()).all(&mut conn)?;
        let all: Vec<String> =
            Post::query().with_deleted().order_by(Post::id).select(name).all(&mut conn)?;

        assert!(refused.contains("may have no row"), "{refused}");
        assert_eq!(names, [Some("alice".to_owned()), Some("alice".to_owned()), None]);
        assert_eq!(all, ["alice", "alice", "alice", "bob"]);
        Ok(())
    }

    fn views_leave_them_out(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;
        let tag = |name: &str| TagView { name: name.to_owned() };

        let users = User::query().view::<UserView>().all(&mut conn)?;
        let authors = Post::query().order_by(Post::id).view::<WithAuthor>().all(&mut conn)?;
        let all = User::query().with_deleted().order_by(User::id).view::<UserView>().all(&mut conn)?;

        let post = |id, parent: Option<i64>| PostView {
            id,
            parent: parent.map(|id| PostId { id }),
            tags: vec![tag("new")],
        };
        assert_eq!(
            users,
            [UserView { name: "alice".into(), posts: vec![post(1, None), post(3, None)] }]
        );
        assert_eq!(authors[2], WithAuthor { author: None });
        assert_eq!(all[0].posts[2].parent, Some(PostId { id: 2 }));
        assert_eq!(all[0].posts[2].tags, [tag("new"), tag("old")]);
        Ok(())
    }

    fn rows_that_nobody_marks_are_read_as_ever(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let notes = Note::query().order_by(Note::id);

        assert_eq!(notes.all(&mut conn)?.len(), 2);
        assert_eq!(sqlite(&notes)?, r#"SELECT "id", "user_id" FROM "notes" ORDER BY "id""#);
        assert_eq!(sqlite(&notes.with_deleted())?, r#"SELECT "id", "user_id" FROM "notes" ORDER BY "id""#);
        Ok(())
    }

    fn sql_written_by_hand_sees_them(db: &TestDb) -> TestResult {
        let mut conn = connected(db)?;

        let ids: Vec<i64> = text("SELECT id FROM posts ORDER BY id").query::<i64>().all(&mut conn)?;

        assert_eq!(ids, [1, 2, 3, 4]);
        Ok(())
    }
}

#[test]
fn the_condition_stands_where_the_rows_come_from() -> TestResult {
    let or = Post::query().filter(Post::id.eq(1) | Post::id.eq(2)).select(Post::id);
    assert_eq!(
        sqlite(&or)?,
        r#"SELECT "id" FROM "posts" WHERE ("id" = ?1 OR "id" = ?2) AND "deleted_at" IS NULL"#
    );

    let left = Login::query().left_join(Login::user).select(Login::id);
    assert_eq!(
        sqlite(&left)?,
        r#"SELECT "logins"."id" FROM "logins" LEFT JOIN "users" ON "users"."id" = "logins"."user_id" AND "users"."deleted_at" IS NULL"#
    );

    let right = Login::query().right_join(Login::user).select(User::id);
    assert_eq!(
        sqlite(&right)?,
        r#"SELECT "users"."id" FROM "logins" RIGHT JOIN (SELECT * FROM "users" WHERE "deleted_at" IS NULL) AS "users" ON "users"."id" = "logins"."user_id""#
    );
    Ok(())
}
