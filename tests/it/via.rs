//! Relations over several others: the rows at the end of a path, however they are loaded.

use std::fmt::Debug;
use std::sync::Arc;

use orm::prelude::*;
use orm::{
    BelongsTo, Connection, HasMany, HasOne, Load, ManyToMany, Postgres, Relation, RelationField,
    Sqlite, Via,
};
use orm_testkit::{TestDb, TestResult, on_every_backend};

type Strategy<P, F> = fn(Relation<P, F, Via>) -> Load<P, F>;

#[derive(Model)]
struct Country {
    #[orm(primary_key)]
    id: i64,
    code: String,
}

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Country::id))]
    country_id: Option<i64>,
    #[orm(belongs_to(key = country_id))]
    country: BelongsTo<Option<Country>>,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
    #[orm(has_many(key = author_id, filter = published))]
    published: HasMany<Post>,
    #[orm(has_one(inverse = user))]
    profile: HasOne<Profile>,
    #[orm(many_to_many(table = "follows", key = "follower", target_key = "followed"))]
    follows: ManyToMany<User>,
    #[orm(has_many(via = (posts, comments), order_by = id.desc()))]
    commented: HasMany<Comment>,
    #[orm(has_many(via = (published, comments), filter = text.ne("spam"), order_by = id))]
    public: HasMany<Comment>,
    #[orm(has_many(via = (posts, Post::tags), order_by = name))]
    tags: HasMany<Tag>,
    #[orm(has_many(via = (follows, posts), order_by = id))]
    feed: HasMany<Post>,
    #[orm(has_many(via = (User::posts, Post::comments, Comment::author), order_by = id))]
    commenters: HasMany<User>,
    #[orm(has_one(via = (profile, Profile::picture)))]
    picture: HasOne<Picture>,
}

#[derive(Model)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    user: BelongsTo<User>,
    #[orm(has_one(key = profile_id))]
    picture: HasOne<Picture>,
}

#[derive(Model)]
#[orm(table = "pictures")]
struct Picture {
    #[orm(primary_key)]
    id: i64,
    file: String,
    #[orm(unique, foreign_key(Profile::id))]
    profile_id: i64,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    published: bool,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(has_many(inverse = post))]
    comments: HasMany<Comment>,
    #[orm(many_to_many(table = "post_tags"))]
    tags: ManyToMany<Tag>,
    #[orm(belongs_to(via = (author, country)))]
    country: BelongsTo<Option<Country>>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Post::id))]
    post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    post: BelongsTo<Post>,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<User>,
    #[orm(belongs_to(via = (post, author)))]
    host: BelongsTo<User>,
}

/// Alice of NZ wrote posts 1 (red, blue) and 2 (blue, not published), bob of NZ post 3 (red), and carol
/// of nowhere nothing. On post 1 bob and carol commented, on 2 bob (spam) and alice, on 3 alice and
/// somebody's spam. Alice follows bob and carol, carol alice and bob. Only alice has a picture, bob a
/// profile without one.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![Country, User, Profile, Picture, Post, Tag, Comment].create_all(conn)?;
    Country::insert(Country::builder().code("NZ")).execute(conn)?;
    let users = [("alice", Some(1)), ("bob", Some(1)), ("carol", None)];
    let users = users.map(|(name, country)| User::builder().name(name).country_id(country));
    let users = User::insert_many(users).all(conn)?;
    Profile::insert_many([1, 2].map(|user| Profile::builder().user_id(user))).execute(conn)?;
    Picture::insert(Picture::builder().file("alice.png").profile_id(1)).execute(conn)?;
    let posts = [(true, 1), (false, 1), (true, 2)];
    let posts = posts.map(|(is, author)| Post::builder().published(is).author_id(author));
    let posts = Post::insert_many(posts).all(conn)?;
    let tags = Tag::insert_many(["red", "blue"].map(|name| Tag::builder().name(name))).all(conn)?;
    Post::tags.link(conn, &posts[0], &tags)?;
    Post::tags.link(conn, &posts[1], &tags[1..])?;
    Post::tags.link(conn, &posts[2], &tags[..1])?;
    let comments = [
        ("one", 1, 2),
        ("two", 1, 3),
        ("spam", 2, 2),
        ("four", 2, 1),
        ("five", 3, 1),
        ("spam", 3, 3),
    ];
    Comment::insert_many(
        comments.map(|(text, post, author)| {
            Comment::builder().text(text).post_id(post).author_id(author)
        }),
    )
    .execute(conn)?;
    User::follows.link(conn, &users[0], &users[1..])?;
    User::follows.link(conn, &users[2], &users[..2])?;
    Ok(())
}

fn users() -> orm::Select<User> {
    User::query().order_by(User::id)
}

/// Asserts that all strategies bring `expected`, by as many statements as they promise.
fn assert_loaded<P, F, T>(
    conn: &mut Connection,
    query: &orm::Select<P>,
    relation: Relation<P, F, Via>,
    seen: impl Fn(&F) -> T,
    expected: &[T],
) -> TestResult
where
    P: Model + orm::Output<Out<orm::Plain> = P>,
    F: RelationField<Target: orm::Output>,
    T: PartialEq + Debug,
{
    let strategies: [(&str, Strategy<P, F>, u64); 3] =
        [("selectin", selectin, 2), ("joined", joined, 1), ("subquery", subquery, 2)];
    for (name, strategy, statements) in strategies {
        let before = conn.statement_count();
        let rows = query.clone().options(strategy(relation)).all(conn)?;
        assert_eq!(conn.statement_count() - before, statements, "{relation:?} by {name}");
        let found: Vec<T> = rows.iter().map(|row| seen(relation.of(row))).collect();
        assert_eq!(found, expected, "{relation:?} by {name}");
    }
    let mut rows = query.all(conn)?;
    let before = conn.statement_count();
    relation.load_all(conn, &mut rows)?;
    assert_eq!(conn.statement_count() - before, 1, "{relation:?} onto rows that are there");
    let found: Vec<T> = rows.iter().map(|row| seen(relation.of(row))).collect();
    assert_eq!(found, expected, "{relation:?} onto rows that are there");
    Ok(())
}

fn ids(comments: &HasMany<Comment>) -> Vec<i64> {
    comments.iter().map(|comment| comment.id).collect()
}

fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.name.as_str()).collect()
}

on_every_backend! {
    fn rows_at_the_end_of_a_path_are_loaded_by_every_strategy(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let expected = [vec![4, 3, 2, 1], vec![6, 5], vec![]];
        assert_loaded(&mut conn, &users(), User::commented, ids, &expected)
    }

    fn a_row_that_a_path_meets_twice_comes_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let tags = |tags: &HasMany<Tag>| tags.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>();

        let expected = [vec!["blue".to_owned(), "red".to_owned()], vec!["red".to_owned()], vec![]];
        assert_loaded(&mut conn, &users(), User::tags, tags, &expected)
    }

    fn the_conditions_of_the_hops_hold(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let expected = [vec![1, 2], vec![5], vec![]];
        assert_loaded(&mut conn, &users(), User::public, ids, &expected)
    }

    fn a_path_may_lead_over_its_own_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = |posts: &HasMany<Post>| posts.iter().map(|post| post.id).collect::<Vec<_>>();

        let expected = [vec![3], vec![], vec![1, 2, 3]];
        assert_loaded(&mut conn, &users(), User::feed, posts, &expected)
    }

    fn a_path_may_lead_back_to_its_own_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let users_of = |users: &HasMany<User>| users.iter().map(|user| user.id).collect::<Vec<_>>();

        let expected = [vec![1, 2, 3], vec![1, 3], vec![]];
        assert_loaded(&mut conn, &users(), User::commenters, users_of, &expected)
    }

    fn a_path_to_one_row_is_owned(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let file = |picture: &HasOne<Picture>| {
            picture.as_deref().map(|picture| picture.file.clone())
        };

        let expected = [Some("alice.png".to_owned()), None, None];
        assert_loaded(&mut conn, &users(), User::picture, file, &expected)
    }

    fn a_path_to_what_a_row_belongs_to_may_end_before(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        Post::insert(Post::builder().published(true).author_id(3)).execute(&mut conn)?;
        let code = |country: &BelongsTo<Option<Country>>| {
            country.shared().map(|country| country.code.clone())
        };

        let nz = || Some("NZ".to_owned());
        let expected = [nz(), nz(), nz(), None];
        assert_loaded(&mut conn, &Post::query().order_by(Post::id), Post::country, code, &expected)
    }

    fn rows_share_what_a_path_leads_them_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let strategies: [Strategy<Post, _>; 3] = [selectin, joined, subquery];
        for strategy in strategies {
            let posts =
                Post::query().options(strategy(Post::country)).order_by(Post::id).all(&mut conn)?;

            // By different authors.
            let countries: Vec<Arc<Country>> =
                posts.iter().filter_map(|post| post.country.shared()).collect();
            assert!(Arc::ptr_eq(&countries[0], &countries[2]));
        }
        Ok(())
    }

    fn a_row_that_is_always_there_reads_as_itself(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let name = |host: &BelongsTo<User>| host.name.clone();
        let expected = ["alice", "alice", "alice", "alice", "bob", "bob"].map(str::to_owned);
        let comments = Comment::query().order_by(Comment::id);
        assert_loaded(&mut conn, &comments, Comment::host, name, &expected)
    }

    fn a_relation_by_itself_is_joined_to_one_row_and_selected_for_many(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let query = users().with(User::picture).with(User::commented);
        let alice = query.first_or_not_found(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 2);
        assert_eq!(alice.picture.as_deref().map(|picture| picture.id), Some(1));
        assert_eq!(ids(&alice.commented), [4, 3, 2, 1]);
        Ok(())
    }

    fn paths_are_loaded_below_and_above_others(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut deep = |options: orm::Select<User>| -> orm::Result<Vec<String>> {
            let users = options.all(&mut conn)?;
            let of = |user: &User| {
                let commented = user.commented.iter();
                let hosts = commented.map(|comment| {
                    format!("{}{}{}", comment.id, comment.host.name, comment.host.commented.len())
                });
                hosts.collect::<Vec<_>>().join(" ")
            };
            Ok(users.iter().map(of).collect())
        };

        let expected = ["4alice4 3alice4 2alice4 1alice4", "6bob2 5bob2", ""];
        let below = || selectin(Comment::host).then(selectin(User::commented));
        assert_eq!(deep(users().options(selectin(User::commented).then(below())))?, expected);
        assert_eq!(deep(users().options(joined(User::commented).then(below())))?, expected);
        let below = || joined(Comment::host).then(joined(User::commented));
        assert_eq!(deep(users().options(joined(User::commented).then(below())))?, expected);
        let below = || subquery(Comment::host).then(subquery(User::commented));
        assert_eq!(deep(users().options(subquery(User::commented).then(below())))?, expected);
        Ok(())
    }

    fn the_first_rows_of_each_parent_are_different_ones(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let first = selectin(User::commented).filter(Comment::text.ne("four")).limit(2);
        let some = users().options((first, selectin(User::tags).limit(2))).all(&mut conn)?;

        assert_eq!(some.iter().map(|user| ids(&user.commented)).collect::<Vec<_>>(), [
            vec![3, 2],
            vec![6, 5],
            vec![],
        ]);
        // Blue is met twice, which takes no place.
        let tags: Vec<&str> = some[0].tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(tags, ["blue", "red"]);
        Ok(())
    }

    fn a_limit_counts_parents(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let strategies: [Strategy<User, _>; 3] = [selectin, joined, subquery];
        for strategy in strategies {
            let two = users().limit(2).options(strategy(User::commented)).all(&mut conn)?;

            assert_eq!(names(&two), ["alice", "bob"]);
            assert_eq!(ids(&two[0].commented), [4, 3, 2, 1]);
            assert_eq!(ids(&two[1].commented), [6, 5]);
        }
        Ok(())
    }

    fn rows_are_found_by_what_a_path_leads_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut named = |condition: orm::Expr<bool>| -> orm::Result<Vec<String>> {
            users().filter(condition).select(User::name).all(&mut conn)
        };
        let is = |name: &'static str| Tag::name.eq(name);

        assert_eq!(named(User::tags.any(is("red")))?, ["alice", "bob"]);
        assert_eq!(named(User::tags.none(is("red")))?, ["carol"]);
        assert_eq!(named(User::tags.all(is("red")))?, ["bob", "carol"]);
        assert_eq!(named(User::tags.is_empty())?, ["carol"]);
        assert_eq!(named(User::tags.count().eq(2))?, ["alice"]);
        assert_eq!(named(User::commented.count().eq(4))?, ["alice"]);
        assert_eq!(named(User::commenters.count().eq(3))?, ["alice"]);
        assert_eq!(named(User::public.any(Comment::text.eq("spam")))?, [""; 0]);
        assert_eq!(named(User::commenters.any(User::name.eq("carol")))?, ["alice", "bob"]);
        assert_eq!(named(User::commenters.any(User::commenters.any(User::name.eq("bob"))))?, [
            "alice", "bob",
        ]);
        assert_eq!(named(User::follows.any(User::tags.any(is("blue"))))?, ["carol"]);
        assert_eq!(named(User::feed.any(Post::country.has(Country::code.eq("NZ"))))?, [
            "alice", "carol",
        ]);
        assert_eq!(named(User::picture.has(Picture::file.ends_with(".png")))?, ["alice"]);
        assert_eq!(named(User::picture.is_none())?, ["bob", "carol"]);
        Ok(())
    }

    fn columns_at_the_end_of_a_path_are_selected(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let host: Vec<(i64, String)> = Comment::query()
            .filter(Comment::host.column(User::name).eq("bob"))
            .order_by(Comment::id)
            .select((Comment::id, Comment::host.column(User::name)))
            .all(&mut conn)?;
        let code: Vec<Option<String>> = Post::query()
            .order_by(Post::id)
            .select(Post::country.column(Country::code))
            .all(&mut conn)?;
        let file: Vec<Option<String>> =
            users().select(User::picture.column(Picture::file)).all(&mut conn)?;

        assert_eq!(host, [(5, "bob".to_owned()), (6, "bob".to_owned())]);
        assert_eq!(code, vec![Some("NZ".to_owned()); 3]);
        assert_eq!(file, [Some("alice.png".to_owned()), None, None]);
        Ok(())
    }

    fn what_a_path_leads_to_is_a_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let alice = users().first_or_not_found(&mut conn)?;

        let tags = User::tags.query(&alice);
        let comments = User::commented.query(&alice).filter(Comment::text.ne("spam"));

        assert_eq!(tags.count(&mut conn)?, 2);
        assert_eq!(tags.select(Tag::name).all(&mut conn)?, ["blue", "red"]);
        assert_eq!(comments.select(Comment::id).all(&mut conn)?, [4, 2, 1]);
        let shouted = User::tags.update(&alice).set(Tag::name, "RED").filter(Tag::name.eq("red"));
        assert_eq!(shouted.execute(&mut conn)?, 1);
        assert_eq!(User::public.delete(&alice).execute(&mut conn)?, 2);
        assert_eq!(Comment::query().select(Comment::id).order_by(Comment::id).all(&mut conn)?, [
            3, 4, 5, 6,
        ]);
        Ok(())
    }

    fn queries_are_joined_along_a_path(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let commenter = User::alias("commenter");
        let pairs: Vec<(String, String)> = users()
            .join(User::commenters.to(commenter))
            .filter(commenter.column(User::name).eq("bob"))
            .select((User::name, commenter.column(User::name)))
            .all(&mut conn)?;
        let spammed = users().join(User::commented).filter(Comment::text.eq("spam"));

        // Once for each comment.
        let row = ("alice".to_owned(), "bob".to_owned());
        assert_eq!(pairs, [row.clone(), row]);
        assert_eq!(names(&spammed.all(&mut conn)?), ["alice", "bob"]);
        Ok(())
    }

    fn criteria_hold_for_the_rows_on_the_way(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = users().with_criteria::<Post>(Post::published);

        let expected = [vec![2, 1], vec![6, 5], vec![]];
        assert_loaded_by_options(&mut conn, &query, &expected)?;
        let counts = query.select(User::commented.count()).all(&mut conn)?;
        assert_eq!(counts, [2, 2, 0]);
        Ok(())
    }

    fn views_hold_what_a_path_leads_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let users: Vec<UserView> = users().view::<UserView>().all(&mut conn)?;
        let comments = Comment::query().order_by(Comment::id.desc()).view::<CommentView>();
        let last = comments.first_or_not_found(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 3);
        let tag = |name: &str| TagView { name: name.to_owned() };
        assert_eq!(users, [
            UserView { name: "alice".to_owned(), tags: vec![tag("blue"), tag("red")] },
            UserView { name: "bob".to_owned(), tags: vec![tag("red")] },
            UserView { name: "carol".to_owned(), tags: vec![] },
        ]);
        assert_eq!(last, CommentView { id: 6, host: NameView { name: "bob".to_owned() } });
        Ok(())
    }
}

#[derive(Debug, PartialEq, View)]
#[orm(model = User)]
struct UserView {
    name: String,
    tags: Vec<TagView>,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = Tag)]
struct TagView {
    name: String,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = Comment)]
struct CommentView {
    id: i64,
    host: NameView,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = User)]
struct NameView {
    name: String,
}

/// Asserts that all strategies load `User::commented` as expected, for a query with criteria.
fn assert_loaded_by_options(
    conn: &mut Connection,
    query: &orm::Select<User>,
    expected: &[Vec<i64>],
) -> TestResult {
    let strategies: [Strategy<User, _>; 3] = [selectin, joined, subquery];
    for strategy in strategies {
        let users = query.clone().options(strategy(User::commented)).all(conn)?;
        assert_eq!(users.iter().map(|user| ids(&user.commented)).collect::<Vec<_>>(), expected);
    }
    Ok(())
}

#[test]
fn the_tables_of_a_path_are_joined_once() -> TestResult {
    let joined = User::query().select((User::id, User::commented.count()));
    let twice = User::query().select((User::id, User::tags.count()));

    let count = |from: &str| format!(r#"SELECT "id", (SELECT count(*) FROM {from}) FROM "users""#);
    let sql = count(
        r#""comments" JOIN "posts" AS "hop_1_posts" ON "hop_1_posts"."id" = "comments"."post_id" WHERE "hop_1_posts"."author_id" = "users"."id""#,
    );
    assert_eq!(joined.to_sql(&Sqlite)?, sql);
    assert_eq!(joined.to_sql(&Postgres)?, sql);
    let sql = count(
        r#""tags" WHERE EXISTS (SELECT 1 FROM "posts" AS "hop_1_posts" JOIN "post_tags" AS "hop_2_post_tags" ON "hop_2_post_tags"."post_id" = "hop_1_posts"."id" WHERE "hop_1_posts"."author_id" = "users"."id" AND "hop_2_post_tags"."tag_id" = "tags"."id")"#,
    );
    assert_eq!(twice.to_sql(&Sqlite)?, sql);
    assert_eq!(twice.to_sql(&Postgres)?, sql);
    Ok(())
}
