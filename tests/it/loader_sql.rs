//! The statements that loaders send: what each strategy costs, and that its text does not depend on the rows.

use orm::prelude::*;
use orm::{Connection, HasMany, HasOne, Select};
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
    #[orm(has_one(key = user_id))]
    profile: HasOne<Profile>,
    #[orm(has_many(via = (posts, tags), order_by = id))]
    topics: HasMany<Tag>,
}

#[derive(Model)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, foreign_key(User::id))]
    user_id: i64,
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
    #[orm(many_to_many(table = "post_tags"))]
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
}

fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Profile, Post, Tag].create_all(conn)?;
    let users = User::insert_many([0; 3].map(|_| User::builder())).all(conn)?;
    for user in &users {
        User::posts.insert_many(user, [Post::builder(), Post::builder()]).execute(conn)?;
    }
    Ok(())
}

/// Returns the statements that a query sends besides its own, with the placeholders of SQLite and with
/// `IN (?)` for a list of values.
fn besides<M: Model + orm::Output>(
    query: &Select<M>,
    conn: &mut Connection,
) -> orm::Result<Vec<String>> {
    Ok(sent(query, conn)?.split_off(1))
}

fn sent<M: Model + orm::Output>(
    query: &Select<M>,
    conn: &mut Connection,
) -> orm::Result<Vec<String>> {
    let (result, events) = logged("orm::sql", || query.all(conn).map(drop));
    result?;
    let sent = events.iter().filter_map(|event| event.strip_prefix("DEBUG sql="));
    Ok(sent
        .map(|sql| {
            sql.replace('$', "?")
                .replace("::bigint", "")
                .replace("IN (SELECT value FROM json_each(?1))", "IN (?)")
                .replace("= ANY(?1)", "IN (?)")
        })
        .collect())
}

on_every_backend! {
    fn selectin_asks_for_the_keys_it_has(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let posts = User::query().options(selectin(User::posts));
        let authors = Post::query().options(selectin(Post::author));
        let tags = Post::query().options(selectin(Post::tags));

        assert_eq!(besides(&posts, &mut conn)?, [
            r#"SELECT "id", "author_id" FROM "posts" WHERE "author_id" IN (?) ORDER BY "id""#,
        ]);
        assert_eq!(besides(&authors, &mut conn)?, [r#"SELECT "id" FROM "users" WHERE "id" IN (?)"#]);
        assert_eq!(besides(&tags, &mut conn)?, [
            r#"SELECT "tags"."id", "post_tags"."post_id" FROM "tags" JOIN "post_tags" ON "post_tags"."tag_id" = "tags"."id" WHERE "post_tags"."post_id" IN (?)"#,
        ]);
        Ok(())
    }

    fn the_text_does_not_depend_on_the_number_of_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let beside = || selectin(User::posts).then((selectin(Post::tags), selectin(Post::author)));
        let all = User::query().order_by(User::id).options((beside(), selectin(User::topics)));

        let of_all = besides(&all, &mut conn)?;
        let of_one = besides(&all.clone().filter(User::id.eq(2)), &mut conn)?;

        assert_eq!(of_all.len(), 4);
        assert_eq!(of_one, of_all);
        Ok(())
    }

    fn a_limit_for_each_parent_is_a_rank(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let last = User::query().options(selectin(User::posts).order_by(Post::id.desc()).limit(2));

        assert_eq!(besides(&last, &mut conn)?, [
            r#"SELECT "id", "author_id" FROM (SELECT "id", "author_id", dense_rank() OVER (PARTITION BY "author_id" ORDER BY "id" DESC, "id") AS "column_3" FROM "posts" WHERE "author_id" IN (?)) AS "ranked" WHERE "column_3" <= ?2 ORDER BY "column_3""#,
        ]);
        Ok(())
    }

    fn subquery_sends_no_keys(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let query = User::query().filter(User::id.gt(1)).order_by(User::id).limit(1);
        let posts = query.options(subquery(User::posts));

        assert_eq!(besides(&posts, &mut conn)?, [
            r#"SELECT "id", "author_id" FROM "posts" WHERE "author_id" IN (SELECT "users"."id" FROM "users" WHERE "users"."id" > ?1 ORDER BY "users"."id" LIMIT ?2) ORDER BY "id""#,
        ]);
        Ok(())
    }

    fn joined_is_part_of_the_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let one = Post::query().options(joined(Post::author));
        let maybe_one = User::query().options(joined(User::profile)).limit(2);
        let many = User::query().options(joined(User::posts)).order_by(User::id).limit(2);

        assert_eq!(sent(&one, &mut conn)?, [
            r#"SELECT "posts"."id", "posts"."author_id", "author_1"."id" FROM "posts" JOIN "users" AS "author_1" ON "author_1"."id" = "posts"."author_id""#,
        ]);
        assert_eq!(sent(&maybe_one, &mut conn)?, [
            r#"SELECT "users"."id", "profile_1"."id", "profile_1"."user_id" FROM "users" LEFT JOIN "profiles" AS "profile_1" ON "profile_1"."user_id" = "users"."id" LIMIT ?1"#,
        ]);
        // The limit counts users.
        assert_eq!(sent(&many, &mut conn)?, [
            r#"SELECT "users"."id", "posts_1"."id", "posts_1"."author_id" FROM (SELECT "id" FROM "users" ORDER BY "id" LIMIT ?1) AS "users" LEFT JOIN "posts" AS "posts_1" ON "posts_1"."author_id" = "users"."id" ORDER BY "users"."id", "posts_1"."id""#,
        ]);
        Ok(())
    }

    fn a_path_is_one_statement_over_its_tables(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let apart = User::query().options(selectin(User::topics));
        let beside = User::query().options(joined(User::topics));

        assert_eq!(besides(&apart, &mut conn)?, [
            r#"SELECT "tags"."id", "hop_1_posts"."author_id" FROM "tags" JOIN "post_tags" AS "hop_2_post_tags" ON "hop_2_post_tags"."tag_id" = "tags"."id" JOIN "posts" AS "hop_1_posts" ON "hop_1_posts"."id" = "hop_2_post_tags"."post_id" WHERE "hop_1_posts"."author_id" IN (?) ORDER BY "tags"."id""#,
        ]);
        assert_eq!(sent(&beside, &mut conn)?, [
            r#"SELECT "users"."id", "topics_1"."id" FROM "users" LEFT JOIN "posts" AS "posts_1" ON "posts_1"."author_id" = "users"."id" LEFT JOIN "post_tags" AS "post_tags_1" ON "post_tags_1"."post_id" = "posts_1"."id" LEFT JOIN "tags" AS "topics_1" ON "topics_1"."id" = "post_tags_1"."tag_id" ORDER BY "topics_1"."id""#,
        ]);
        Ok(())
    }

    fn what_is_loaded_is_asked_for_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut users = User::query().all(&mut conn)?;

        let before = conn.statement_count();
        User::posts.load_all(&mut conn, &mut users)?;
        User::posts.load_all(&mut conn, &mut users)?;
        assert_eq!(conn.statement_count() - before, 1);

        // Some have it: only the others are loaded for.
        users.push(User::query().filter(User::id.eq(1)).one(&mut conn)?);
        User::posts.insert(&users[0], Post::builder()).execute(&mut conn)?;
        User::posts.load_all(&mut conn, &mut users)?;
        assert_eq!((users[0].posts.len(), users[3].posts.len()), (2, 3));

        let before = conn.statement_count();
        User::posts.reload_all(&mut conn, &mut users)?;
        assert_eq!(conn.statement_count() - before, 1);
        assert_eq!((users[0].posts.len(), users[3].posts.len()), (3, 3));
        Ok(())
    }
}
