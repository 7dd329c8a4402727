//! Conditions on every occurrence of a model: in a query, and in what it loads.

use orm::func::exists;
use orm::prelude::*;
use orm::{
    BelongsTo, Connection, HasMany, ManyToMany, Postgres, Select, Sqlite, joined, selectin,
    subquery,
};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    is_deleted: bool,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(foreign_key(Post::id))]
    parent_id: Option<i64>,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(belongs_to(key = parent_id, inverse = replies))]
    parent: BelongsTo<Option<Post>>,
    #[orm(has_many(inverse = parent, order_by = id))]
    replies: HasMany<Post>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
}

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
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct PostId {
    id: i64,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct AuthorOf {
    author: AuthorView,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct AuthorView {
    name: String,
}

/// Alice wrote 1, 2 (deleted) and 3, an answer to 2; bob wrote 4, an answer to 1, and 5 (deleted). Posts
/// 1, 2 and 3 have the one tag.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post, Tag].create_all(conn)?;
    User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(conn)?;
    let posts = [
        (false, 1, None),
        (true, 1, None),
        (false, 1, Some(2)),
        (false, 2, Some(1)),
        (true, 2, None),
    ];
    for (is_deleted, author, parent) in posts {
        let post = Post::builder().is_deleted(is_deleted).author_id(author).parent_id(parent);
        Post::insert(post).execute(conn)?;
    }
    Tag::insert(Tag::builder()).execute(conn)?;
    conn.execute_definition(
        "INSERT INTO post_tags (post_id, tag_id) VALUES (1, 1), (2, 1), (3, 1)",
    )?;
    Ok(())
}

fn ids(posts: &[Post]) -> Vec<i64> {
    posts.iter().map(|post| post.id).collect()
}

fn living<O: orm::Output>(query: Select<O>) -> Select<O> {
    query.with_criteria::<Post>(!Post::is_deleted)
}

on_every_backend! {
    fn the_rows_of_the_query_itself_are_filtered(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let query = living(Post::query()).filter(Post::id.gt(1)).order_by(Post::id);

        assert_eq!(ids(&query.all(&mut conn)?), [3, 4]);
        assert_eq!(query.count(&mut conn)?, 2);
        assert!(query.exists(&mut conn)?);
        assert!(query.get(&mut conn, 2)?.is_none());
        assert_eq!(query.first(&mut conn)?.map(|post| post.id), Some(3));
        assert_eq!(query.clone().select(Post::id).all(&mut conn)?, [3, 4]);
        let mut streamed = Vec::new();
        query.for_each(&mut conn, |post| {
            streamed.push(post.id);
            Ok(())
        })?;
        assert_eq!(streamed, [3, 4]);
        Ok(())
    }

    fn relations_are_filtered_whatever_loads_them(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = || living(User::query()).order_by(User::id);
        let options = [
            users().options(selectin(User::posts)),
            users().options(subquery(User::posts)),
            users().options(joined(User::posts)),
            users().options(joined(User::posts)).limit(5),
            users().options(selectin(User::posts).limit(9)),
        ];

        for query in options {
            let users = query.all(&mut conn)?;
            assert_eq!(users.iter().map(|user| ids(&user.posts)).collect::<Vec<_>>(), [
                vec![1, 3],
                vec![4]
            ]);
        }
        Ok(())
    }

    fn relations_are_filtered_at_every_level(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let apart = selectin(Tag::posts).then((selectin(Post::replies), selectin(Post::parent)));
        let sent = subquery(Tag::posts).then((subquery(Post::replies), subquery(Post::parent)));
        let beside = joined(Tag::posts).then((joined(Post::replies), joined(Post::parent)));

        for options in [apart, sent, beside] {
            let tag = living(Tag::query()).options(options).one(&mut conn)?;
            assert_eq!(ids(&tag.posts), [1, 3]);
            assert_eq!(ids(&tag.posts[0].replies), [4]);
            // The parent of 3 is deleted.
            assert!(tag.posts[1].parent.is_none());
        }
        Ok(())
    }

    fn views_hold_what_passes(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = living(User::query().order_by(User::id).view::<UserView>()).all(&mut conn)?;

        let post = |id, parent: Option<i64>| PostView { id, parent: parent.map(|id| PostId { id }) };
        let alice = vec![post(1, None), post(3, None)];
        let expected = [
            UserView { name: "alice".to_owned(), posts: alice },
            UserView { name: "bob".to_owned(), posts: vec![post(4, Some(1))] },
        ];
        assert_eq!(users, expected);
        Ok(())
    }

    fn a_row_that_has_to_be_there_is_missed(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().with_criteria::<User>(User::name.ne("bob"));

        let viewed = refusal(posts().view::<AuthorOf>().all(&mut conn));
        let loaded = refusal(posts().with(Post::author).all(&mut conn));

        let expected = "a row refers by `Post::author` to one that is not there or is filtered out";
        assert!(viewed.starts_with(expected), "{viewed}");
        assert!(loaded.starts_with(expected), "{loaded}");
        Ok(())
    }

    fn conditions_on_relations_and_subqueries_are_about_what_passes(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let names = |query: Select<User>, conn: &mut Connection| {
            living(query).order_by(User::id).select(User::name).all(conn)
        };

        let of_fifth = User::posts.any(Post::id.eq(5));
        assert!(names(User::query().filter(of_fifth), &mut conn)?.is_empty());
        let several = User::query().filter(User::posts.count().gt(1));
        assert_eq!(names(several, &mut conn)?, ["alice"]);
        let posts = Post::query().filter(Post::author_id.eq(User::id) & Post::id.eq(5));
        assert!(names(User::query().filter(exists(posts)), &mut conn)?.is_empty());
        let authors = Post::query().filter(Post::id.ge(4)).select(Post::author_id);
        assert_eq!(names(User::query().filter(User::id.in_query(authors)), &mut conn)?, ["bob"]);
        Ok(())
    }

    fn joins_are_to_what_passes(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let inner = living(User::query().join(User::posts)).order_by(Post::id);
        let outer = User::query().filter(User::id.eq(2)).left_join(User::posts.to(Post::alias("p")));
        let outer = living(outer).select(Post::alias("p").column(Post::id).nullable());

        assert_eq!(inner.select(Post::id).all(&mut conn)?, [1, 3, 4]);
        assert_eq!(outer.all(&mut conn)?, [Some(4)]);
        Ok(())
    }

    fn parts_of_unions_and_sources_are_filtered(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let both = Post::query().filter(Post::id.le(2)).union(Post::query().filter(Post::id.ge(4)));
        let derived = Post::query().subquery("p").query().order_by(Post::id);
        let table = Post::query().select(Post::id).cte("p");
        let twice = table.clone().query().union_all(table.query());

        assert_eq!(ids(&living(both).order_by(Post::id).all(&mut conn)?), [1, 4]);
        assert_eq!(living(derived).count(&mut conn)?, 3);
        assert_eq!(living(twice).count(&mut conn)?, 6);
        Ok(())
    }

    fn a_query_inside_of_another_keeps_its_own(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let authors = living(Post::query()).filter(Post::id.eq(5)).select(Post::author_id);
        let users = User::query().filter(User::id.in_query(authors)).with(User::posts);

        assert!(users.all(&mut conn)?.is_empty());
        let fourth = living(Post::query()).filter(Post::id.eq(4)).select(Post::author_id);
        let bob = User::query().filter(User::id.in_query(fourth)).with(User::posts).one(&mut conn)?;
        assert_eq!(ids(&bob.posts), [4, 5]);
        Ok(())
    }
}

#[test]
fn criteria_are_written_once_for_each_occurrence() -> TestResult {
    let other = Post::alias("other");
    let query = living(Post::query())
        .join(Post::parent.to(other))
        .select((Post::id, other.column(Post::id)));

    let sql = r#"SELECT "posts"."id", "other"."id" FROM "posts" JOIN "posts" AS "other" ON "other"."id" = "posts"."parent_id" AND NOT "other"."is_deleted" WHERE NOT "posts"."is_deleted""#;
    assert_eq!(query.to_sql(&Sqlite)?, sql);
    assert_eq!(query.to_sql(&Postgres)?, sql);
    Ok(())
}

#[test]
fn a_column_of_a_row_that_may_be_filtered_out_may_be_null() {
    let query = Post::query().with_criteria::<User>(User::name.ne("bob"));
    let name = Post::author.column(User::name);

    let message = refusal(query.clone().select(name.clone()).to_sql(&Sqlite));

    assert!(
        message.starts_with("`a subquery, which may have no row` may be NULL here"),
        "{message}"
    );
    assert!(query.select(name.nullable()).to_sql(&Sqlite).is_ok());
}

#[test]
fn joins_that_keep_all_rows_are_refused() {
    let query = living(User::query().right_join(User::posts)).select(Post::id);

    let message = refusal(query.to_sql(&Sqlite));

    assert!(
        message.starts_with("criteria cannot be met in a query with a RIGHT or FULL JOIN"),
        "{message}"
    );
}
