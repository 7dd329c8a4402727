//! What is loaded beside the rows of streams and chunks: for some of them at a time.

use orm::prelude::*;
use orm::{Connection, HasMany, View};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(many_to_many(table = "post_tags", order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
}

/// A letter to a user of that name, who need not be there.
#[derive(Model)]
#[orm(table = "letters")]
struct Letter {
    #[orm(primary_key)]
    id: i64,
    to: String,
    #[orm(belongs_to(key = to, references = name))]
    reader: BelongsTo<User>,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = Post)]
struct PostView {
    id: i64,
    author: NameView,
    tags: Vec<TagView>,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = User)]
struct NameView {
    name: String,
}

#[derive(Debug, PartialEq, View)]
#[orm(model = Tag)]
struct TagView {
    id: i64,
}

/// Users 1 to 5; each has two posts, but the third none. Post 1 has tags 1 and 2, post 4 tag 1.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post, Tag, Letter].create_all(conn)?;
    let users = ["a", "b", "c", "d", "e"].map(|name| User::builder().name(name));
    User::insert_many(users).execute(conn)?;
    let posts = [1, 1, 2, 2, 4, 4, 5, 5].map(|author| Post::builder().author_id(author));
    let posts = Post::insert_many(posts).all(conn)?;
    let tags = Tag::insert_many([Tag::builder(), Tag::builder()]).all(conn)?;
    Post::tags.link(conn, &posts[0], &tags)?;
    Post::tags.link(conn, &posts[3], &tags[..1])?;
    Ok(())
}

fn users() -> orm::Select<User> {
    User::query().order_by(User::id)
}

/// The user, and those of the posts.
fn ids(user: &User) -> (i64, Vec<i64>) {
    (user.id, user.posts.iter().map(|post| post.id).collect())
}

fn all_ids() -> Vec<(i64, Vec<i64>)> {
    vec![(1, vec![1, 2]), (2, vec![3, 4]), (3, vec![]), (4, vec![5, 6]), (5, vec![7, 8])]
}

on_every_backend! {
    fn each_chunk_is_loaded_for_by_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let mut chunks = Vec::new();
        for chunk in users().options(selectin(User::posts)).chunks(&mut conn, 2)? {
            chunks.push(chunk?.iter().map(ids).collect::<Vec<_>>());
        }

        let expected = all_ids();
        assert_eq!(chunks, [&expected[..2], &expected[2..4], &expected[4..]]);
        // That of the query, and one for each chunk.
        assert_eq!(conn.statement_count() - before, 4);
        Ok(())
    }

    fn a_stream_loads_for_as_many_rows_as_it_asks_for(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = users().options(selectin(User::posts));

        for (size, statements) in [(1, 6), (2, 4), (3, 3), (5, 2), (1000, 2)] {
            let before = conn.statement_count();
            let rows: orm::Result<Vec<User>> = query.stream(&mut conn)?.yield_per(size).collect();

            assert_eq!(rows?.iter().map(ids).collect::<Vec<_>>(), all_ids());
            assert_eq!(conn.statement_count() - before, statements, "{size} at a time");
        }
        Ok(())
    }

    fn many_rows_are_loaded_for_a_thousand_at_a_time(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = (0..2_500).map(|number| Post::builder().author_id(1 + number % 5));
        Post::insert_many(posts).execute(&mut conn)?;
        let query = Post::query().options(selectin(Post::author)).order_by(Post::id);

        let before = conn.statement_count();
        let mut count = 0;
        for post in query.stream(&mut conn)? {
            let post = post?;
            assert_eq!(post.author.id, post.author_id);
            count += 1;
        }

        assert_eq!((count, conn.statement_count() - before), (2_508, 4));
        Ok(())
    }

    fn for_each_loads_as_a_stream_does(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let mut found = Vec::new();
        users().options(selectin(User::posts)).for_each(&mut conn, |user| {
            found.push(ids(&user));
            Ok(())
        })?;

        assert_eq!(found, all_ids());
        assert_eq!(conn.statement_count() - before, 2);
        Ok(())
    }

    fn one_row_is_joined_and_read_with_its_parent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = Post::query().order_by(Post::id).options(joined(Post::author));

        let before = conn.statement_count();
        let names: orm::Result<Vec<String>> =
            query.stream(&mut conn)?.yield_per(3).map(|post| Ok(post?.author.name.clone())).collect();

        assert_eq!(names?, ["a", "a", "b", "b", "d", "d", "e", "e"]);
        assert_eq!(conn.statement_count() - before, 1);
        Ok(())
    }

    fn what_belongs_to_a_joined_row_is_loaded_for_each_chunk(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let beside = joined(Post::author).then(selectin(User::posts).then(selectin(Post::tags)));
        let query = Post::query().order_by(Post::id).options(beside);

        let before = conn.statement_count();
        let mut found = Vec::new();
        for posts in query.chunks(&mut conn, 4)? {
            for post in posts? {
                let tags = post.author.posts.iter().map(|beside| beside.tags.len());
                found.push(tags.sum::<usize>());
            }
        }

        assert_eq!(found, [2, 2, 1, 1, 0, 0, 0, 0]);
        assert_eq!(conn.statement_count() - before, 1 + 2 * 2);
        Ok(())
    }

    fn a_row_that_the_query_joins_twice_comes_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = users().join(User::posts.to(Post::alias("own"))).options(selectin(User::posts));

        for size in 1..=5 {
            let mut found = Vec::new();
            for chunk in query.chunks(&mut conn, size)? {
                found.extend(chunk?.iter().map(ids));
            }

            let expected: Vec<_> = all_ids().into_iter().filter(|(id, _)| *id != 3).collect();
            assert_eq!(found, expected, "{size} at a time");
        }
        Ok(())
    }

    fn a_stream_with_loaders_can_be_left(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = users().options(selectin(User::posts));

        let mut stream = query.stream(&mut conn)?.yield_per(2);
        let first = stream.next().transpose()?;
        drop(stream);

        assert_eq!(first.as_ref().map(ids), Some((1, vec![1, 2])));
        Tag::insert(Tag::builder()).execute(&mut conn)?;
        assert_eq!(Tag::query().count(&mut conn)?, 3);
        Ok(())
    }

    fn a_stream_with_loaders_leaves_a_transaction_open(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let mut tx = conn.begin()?;
        Post::insert(Post::builder().author_id(3)).execute(&mut tx)?;
        let query = users().options(selectin(User::posts));
        let rows: orm::Result<Vec<User>> = query.stream(&mut tx)?.yield_per(2).collect();
        let third = ids(&rows?[2]);
        tx.rollback()?;

        assert_eq!(third.1.len(), 1);
        assert_eq!(Post::query().count(&mut conn)?, 8);
        Ok(())
    }

    fn what_cannot_be_loaded_is_the_last_item(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let letters = ["a", "b", "nobody", "c"].map(|to| Letter::builder().to(to));
        Letter::insert_many(letters).execute(&mut conn)?;
        let query = Letter::query().order_by(Letter::id).options(selectin(Letter::reader));

        let mut chunks = query.chunks(&mut conn, 2)?;
        let first = chunks.next().transpose()?;
        let second = chunks.next().map(refusal);
        let third = chunks.next().transpose()?;
        drop(chunks);

        assert_eq!(first.map(|letters| letters.len()), Some(2));
        let second = second.unwrap_or_default();
        assert!(second.starts_with("a row refers by `Letter::reader` to one that is not there"), "{second}");
        assert!(third.is_none());
        assert_eq!(User::query().count(&mut conn)?, 5);
        Ok(())
    }

    fn views_are_read_in_chunks(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = Post::query().order_by(Post::id).view::<PostView>();

        let before = conn.statement_count();
        let mut found = Vec::new();
        for chunk in query.chunks(&mut conn, 3)? {
            found.extend(chunk?);
        }

        assert_eq!(conn.statement_count() - before, 4);
        let whole = query.all(&mut conn)?;
        assert_eq!(found, whole);
        assert_eq!(found[0].tags, [TagView { id: 1 }, TagView { id: 2 }]);
        assert_eq!(found[3].tags, [TagView { id: 1 }]);
        Ok(())
    }

    fn what_cannot_be_loaded_in_parts_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let many = refusal(users().options(joined(User::posts)).stream(&mut conn).map(drop));
        let again = refusal(users().options(subquery(User::posts)).chunks(&mut conn, 2).map(drop));
        let below = joined(Post::author).then(joined(User::posts));
        let below = Post::query().options(below).for_each(&mut conn, |_| Ok(()));

        assert_eq!(
            many,
            "`stream` reads the rows in parts, and `joined(User::posts)` may find what belongs to one row \
             in several: load the relation with `selectin`, or leave it out with `raise`"
        );
        assert_eq!(
            again,
            "`stream` reads the rows in parts, and `subquery(User::posts)` would send the whole query \
             again for each: load the relation with `selectin`, or leave it out with `raise`"
        );
        assert!(refusal(below).starts_with("`for_each` reads the rows in parts, and `joined(Post::author)`"));
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }
}
