//! Deferred columns: left out of whole rows, unless they are asked for.

use orm::prelude::*;
use orm::{
    BelongsTo, ColumnLoading, Connection, Deferred, HasMany, KeysetRequest, ManyToMany, Postgres,
    Record, Sqlite, contains_eager, joined, selectin, subquery, undefer,
};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
}

#[derive(Model, Debug, PartialEq, Clone)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 80, index)]
    body: Deferred<String>,
    title: String,
    notes: Deferred<Option<String>>,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(many_to_many(table = "post_tags", inverse = posts))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, PartialEq, Clone)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
}

#[derive(Model, Debug)]
#[orm(table = "pages")]
struct Page {
    #[orm(primary_key)]
    book: String,
    #[orm(primary_key)]
    number: i32,
    text: Deferred<String>,
}

#[derive(Model, Debug, serde::Serialize)]
#[orm(table = "files")]
struct File {
    #[orm(primary_key)]
    id: i64,
    #[serde(skip_serializing_if = "Deferred::is_unloaded")]
    content: Deferred<Vec<u8>>,
    summary: Deferred<Option<String>>,
}

#[derive(Model, Debug)]
#[orm(table = "licences")]
struct Licence {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    code: Deferred<String>,
    name: String,
}

#[derive(Model, Debug)]
#[orm(table = "packages")]
struct Package {
    #[orm(primary_key)]
    id: i64,
    licence_code: String,
    #[orm(belongs_to(key = licence_code, references = Licence::code))]
    licence: BelongsTo<Licence>,
}

#[derive(FromRow, Debug, PartialEq)]
struct Whole {
    id: i64,
    body: String,
    title: String,
    notes: Option<String>,
    author_id: i64,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct Text {
    id: i64,
    body: String,
}

/// Alice wrote "one" with notes and "two" without, bob "three"; all are tagged.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post, Tag].create_all(conn)?;
    User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(conn)?;
    let posts = [
        ("one", "body of one", Some("draft"), 1),
        ("two", "body of two", None, 1),
        ("three", "body of three", Some("final"), 2),
    ];
    let posts = posts.map(|(title, body, notes, author)| {
        Post::builder().title(title).body(body).notes(notes.map(str::to_owned)).author_id(author)
    });
    Post::insert_many(posts).execute(conn)?;
    Tag::insert(Tag::builder()).execute(conn)?;
    conn.execute_definition("INSERT INTO post_tags VALUES (1, 1), (2, 1), (3, 1)")?;
    Ok(())
}

fn bodies(posts: &[Post]) -> Vec<Option<&str>> {
    posts.iter().map(|post| post.body.get().map(String::as_str)).collect()
}

#[test]
fn whole_rows_have_null_in_place_of_deferred_columns() {
    let query = Post::query().filter(Post::body.ge("x")).order_by(Post::body);

    assert_eq!(
        query.to_sql(&Sqlite).unwrap(),
        "SELECT \"id\", NULL AS \"(deferred)\", \"title\", NULL AS \"(deferred)\", \"author_id\" \
         FROM \"posts\" WHERE \"body\" >= ?1 ORDER BY \"body\""
    );
    assert_eq!(
        query.undefer(Post::notes).to_sql(&Postgres).unwrap(),
        "SELECT \"id\", NULL AS \"(deferred)\", \"title\", \"notes\", \"author_id\" \
         FROM \"posts\" WHERE \"body\" >= $1 ORDER BY \"body\""
    );
}

#[test]
fn a_deferred_column_is_declared_as_any_other() {
    let body = Post::body.def();

    assert!(
        body.loading == ColumnLoading::OnRequest && !body.nullable && Post::notes.def().nullable
    );
    assert_eq!(body.sql_type, orm::SqlType::Text { length: Some(80) });
    assert_eq!(Post::title.def().loading, ColumnLoading::Always);
}

#[test]
fn a_deferred_value_reads_as_what_it_holds() {
    let loaded: Deferred<String> = "text".to_owned().into();
    let unloaded = Deferred::<String>::default();

    assert_eq!(format!("{loaded:?}, {unloaded:?}"), "\"text\", unloaded");
    assert_eq!(loaded.len(), 4);
    assert!(loaded.is_loaded() && unloaded.is_unloaded() && unloaded.get().is_none());
    assert_eq!((loaded == unloaded, loaded == loaded.clone()), (false, true));
    assert_eq!(loaded.into_inner().as_deref(), Some("text"));
}

#[test]
#[should_panic(expected = "this deferred column is not loaded: its value was made by hand")]
fn reading_a_value_that_was_made_by_hand_panics() {
    let _ = Deferred::<String>::default().len();
}

on_every_backend! {
    fn a_query_reads_deferred_columns_only_if_it_is_asked_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let query = Post::query().order_by(Post::id);
        let posts = query.all(&mut conn)?;
        assert_eq!(bodies(&posts), [None; 3]);
        assert!(posts.iter().all(|post| post.notes.is_unloaded()));
        assert_eq!(posts[2].title, "three");

        let posts = query.clone().undefer((Post::body, Post::notes)).all(&mut conn)?;
        assert_eq!(bodies(&posts), [Some("body of one"), Some("body of two"), Some("body of three")]);
        assert_eq!(posts[0].notes.as_deref(), Some("draft"));
        assert_eq!(posts[1].notes.get(), Some(&None));

        let post = query.undefer(Post::notes).get(&mut conn, 3)?.ok_or("no post")?;
        assert_eq!((post.body.get(), post.notes.as_deref()), (None, Some("final")));
        Ok(())
    }

    fn reading_what_is_not_loaded_says_how_to_load_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let post = Post::query().first_or_not_found(&mut conn)?;

        let read = std::panic::catch_unwind(|| post.body.len());

        let message = read.unwrap_err();
        assert_eq!(
            message.downcast_ref::<String>().map(String::as_str),
            Some(
                "`Post::body` is not loaded: add `.undefer(Post::body)` to the query, or load it with \
                 `Post::body.load_all(&mut conn, …)`, in a session with `session.undefer(&[entity], \
                 Post::body)`; `.get()` tells whether it is loaded"
            )
        );
        let value = Model::value(&post, Post::body.position());
        assert!(value.unwrap_err().to_string().contains("`Post::body` is not loaded"));
        Ok(())
    }

    fn deferred_columns_are_filtered_ordered_and_selected_as_others(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let found = Post::query().filter(Post::body.ends_with("two")).one(&mut conn)?;
        assert_eq!((found.id, found.body.get()), (2, None));
        let posts = Post::query().order_by(Post::body.desc()).all(&mut conn)?;
        assert_eq!(posts.iter().map(|post| post.id).collect::<Vec<_>>(), [2, 3, 1]);
        let bodies: Vec<String> =
            Post::query().order_by(Post::id).select(Post::body).all(&mut conn)?;
        assert_eq!(bodies[1], "body of two");
        let first = Post::query().order_by(Post::id).limit(1);
        let view = first.clone().view::<Text>().one(&mut conn)?;
        assert_eq!(view, Text { id: 1, body: "body of one".into() });
        let whole = first.clone().into::<Whole>().one(&mut conn)?;
        assert_eq!((whole.title.as_str(), whole.body.as_str()), ("one", "body of one"));
        let entity = first.select(Post::entity()).into::<Whole>().one(&mut conn)?;
        assert_eq!(entity, whole);
        Ok(())
    }

    fn what_a_write_returns_is_whole(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let post = Post::insert(Post::builder().title("four").body("b").author_id(1));
        let post = post.one(&mut conn)?;
        assert_eq!((post.body.as_str(), post.notes.get()), ("b", Some(&None)));

        let update = Post::update().set(Post::body, "changed").set(Post::notes, "n");
        let post = update.filter(Post::id.eq(4)).returning(Post::entity()).all(&mut conn)?;
        assert_eq!((post[0].body.as_str(), post[0].notes.as_deref()), ("changed", Some("n")));
        Ok(())
    }

    fn rows_that_are_there_load_a_column_by_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut posts = Post::query().order_by(Post::id).all(&mut conn)?;
        posts.push(posts[0].clone());
        posts[1].body = Deferred::loaded("mine".to_owned());

        let before = conn.statement_count();
        Post::body.load_all(&mut conn, &mut posts)?;
        assert_eq!(conn.statement_count() - before, 1);
        let one = Some("body of one");
        assert_eq!(bodies(&posts), [one, Some("mine"), Some("body of three"), one]);

        Post::body.load_all(&mut conn, &mut posts)?;
        Post::title.load_all(&mut conn, &mut posts)?;
        Post::body.load_all(&mut conn, &mut Vec::new())?;
        assert_eq!(conn.statement_count() - before, 1);

        Post::delete().filter(Post::id.eq(3)).execute(&mut conn)?;
        Post::notes.load_all(&mut conn, &mut posts)?;
        assert!(posts[2].notes.is_unloaded());
        assert_eq!((posts[0].notes.as_deref(), posts[1].notes.get()), (Some("draft"), Some(&None)));
        Ok(())
    }

    fn rows_with_keys_of_several_columns_load_a_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Page].create_all(&mut conn)?;
        let pages = [("a", 1, "a1"), ("a", 2, "a2"), ("b", 1, "b1")];
        let pages = pages.map(|(book, number, text)| {
            Page::builder().book(book).number(number).text(text)
        });
        Page::insert_many(pages).execute(&mut conn)?;
        let mut pages = Page::query().order_by((Page::book, Page::number)).all(&mut conn)?;
        Page::delete().filter(Page::book.eq("b")).execute(&mut conn)?;

        Page::text.load_all(&mut conn, &mut pages)?;

        let texts = pages.iter().map(|page| page.text.get().map(String::as_str));
        assert_eq!(texts.collect::<Vec<_>>(), [Some("a1"), Some("a2"), None]);
        Ok(())
    }

    fn related_rows_have_deferred_columns_if_they_are_asked_for(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        for load in [selectin::<User, _, _>, joined::<User, _, _>, subquery::<User, _, _>] {
            for limit in [None, Some(5)] {
                let users = User::query().order_by(User::id).when(limit.is_some(), |q| q.limit(5));
                let plain = users.clone().options(load(User::posts)).all(&mut conn)?;
                assert_eq!(bodies(&plain[0].posts), [None, None]);
                assert_eq!(plain[0].posts[1].title, "two");

                let whole = load(User::posts).then(undefer(Post::body));
                let whole = users.options(whole).all(&mut conn)?;
                assert_eq!(bodies(&whole[0].posts), [Some("body of one"), Some("body of two")]);
                assert!(whole[0].posts[0].notes.is_unloaded());
            }
        }
        let first = selectin(User::posts).limit(1).then(undefer(Post::notes));
        let user = User::query().order_by(User::id).options(first).first_or_not_found(&mut conn)?;
        assert_eq!(user.posts[0].notes.as_deref(), Some("draft"));
        assert!(user.posts[0].body.is_unloaded());
        Ok(())
    }

    fn rows_by_a_table_of_pairs_and_parents_have_deferred_columns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        for load in [selectin::<Tag, _, _>, joined::<Tag, _, _>] {
            let tags = Tag::query().options(load(Tag::posts)).all(&mut conn)?;
            assert_eq!(bodies(&tags[0].posts), [None; 3]);
            let tags = Tag::query().options(load(Tag::posts).then(undefer(Post::body)));
            assert_eq!(bodies(&tags.all(&mut conn)?[0].posts)[2], Some("body of three"));
        }
        // The parents themselves, beside rows that are joined to them.
        let posts = Post::query().order_by(Post::id).limit(2).options((
            joined(Post::author),
            joined(Post::tags),
            undefer(Post::body),
        ));
        let posts = posts.all(&mut conn)?;
        assert_eq!(bodies(&posts), [Some("body of one"), Some("body of two")]);
        assert!(posts[0].notes.is_unloaded());
        assert_eq!(posts[0].author.name, "alice");

        let users = User::query()
            .join(Post::author_id)
            .filter(Post::title.eq("three"))
            .options(contains_eager(User::posts).then(undefer(Post::body)));
        assert_eq!(bodies(&users.all(&mut conn)?[0].posts), [Some("body of three")]);
        Ok(())
    }

    fn rows_are_found_by_a_deferred_column_that_others_refer_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Licence, Package].create_all(&mut conn)?;
        let licences = [("MIT", "MIT License"), ("ISC", "ISC License")];
        let licences = licences.map(|(code, name)| Licence::builder().code(code).name(name));
        Licence::insert_many(licences).execute(&mut conn)?;
        let packages = ["ISC", "MIT", "ISC"].map(|code| Package::builder().licence_code(code));
        Package::insert_many(packages).execute(&mut conn)?;

        for load in [selectin::<Package, _, _>, joined::<Package, _, _>, subquery::<Package, _, _>] {
            let packages = Package::query().order_by(Package::id).options(load(Package::licence));
            let packages = packages.all(&mut conn)?;
            let names = packages.iter().map(|package| package.licence.name.as_str());
            assert_eq!(names.collect::<Vec<_>>(), ["ISC License", "MIT License", "ISC License"]);
        }
        Ok(())
    }

    fn rows_beside_others_have_no_deferred_columns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let rows = User::query()
            .left_join(Post::author_id)
            .order_by(Post::id)
            .select((User::entity(), Post::entity().nullable(), Post::body.nullable()));
        let rows: Vec<(User, Option<Post>, Option<String>)> = rows.all(&mut conn)?;

        let post = rows[0].1.as_ref().ok_or("no post")?;
        assert_eq!((post.title.as_str(), post.body.get()), ("one", None));
        assert_eq!(rows[0].2.as_deref(), Some("body of one"));
        Ok(())
    }

    fn combined_and_derived_queries_read_every_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let one = Post::query().filter(Post::id.eq(1));
        let two = Post::query().filter(Post::id.eq(2));

        let posts = one.clone().union(two).order_by(Post::body).all(&mut conn)?;
        assert_eq!(bodies(&posts), [Some("body of one"), Some("body of two")]);
        let derived = one.clone().subquery("first");
        assert_eq!(bodies(&derived.query().all(&mut conn)?), [Some("body of one")]);
        let distinct = Post::query().distinct().order_by(Post::body);
        let posts = distinct.all(&mut conn)?;
        assert_eq!(bodies(&posts)[0], Some("body of one"));
        assert!(posts[0].notes.is_unloaded());
        assert_eq!(one.count(&mut conn)?, 1);
        assert!(one.exists(&mut conn)?);
        let found = Post::query().filter(Post::body.in_query(one.select(Post::body)));
        assert_eq!(found.one(&mut conn)?.id, 1);
        Ok(())
    }

    fn streams_maps_and_pages_leave_deferred_columns_out(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = Post::query().order_by(Post::id);

        let posts: orm::Result<Vec<Post>> = query.stream(&mut conn)?.collect();
        assert_eq!(bodies(&posts?), [None; 3]);
        let posts: orm::Result<Vec<Post>> =
            query.clone().undefer(Post::body).stream(&mut conn)?.collect();
        assert_eq!(bodies(&posts?)[2], Some("body of three"));

        let by_body = Post::query().into_map(Post::body).all(&mut conn)?;
        assert_eq!((by_body["body of two"].id, by_body["body of two"].body.get()), (2, None));
        let by_id = Post::query().undefer(Post::notes).into_map(Post::id).all(&mut conn)?;
        assert_eq!((by_id[&3].notes.as_deref(), by_id[&3].body.get()), (Some("final"), None));

        let by_body = Post::query().order_by((Post::body, Post::id));
        let page = by_body.paginate_by_key(&mut conn, 2_u64)?;
        assert_eq!(page.items.iter().map(|post| post.id).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(bodies(&page.items), [None, None]);
        let next = KeysetRequest::new(2).after(page.next.ok_or("no cursor")?);
        let page = by_body.undefer(Post::body).paginate_by_key(&mut conn, next)?;
        assert_eq!(bodies(&page.items), [Some("body of two")]);
        Ok(())
    }

    fn hand_written_sql_and_records_have_every_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let posts = orm::sql!("SELECT * FROM posts ORDER BY id").query::<Post>().all(&mut conn)?;
        assert_eq!((posts[0].body.as_str(), posts[1].notes.get()), ("body of one", Some(&None)));
        let records: Vec<Record> = Post::table().query().order_by(Post::id).all(&mut conn)?;
        assert_eq!(records[0].get::<String>("body")?, "body of one");
        Ok(())
    }

    fn a_null_where_none_may_be_is_refused_when_it_is_read(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        conn.execute_definition(
            "CREATE TABLE files (id BIGINT PRIMARY KEY, content TEXT, summary TEXT)",
        )?;
        conn.execute_definition("INSERT INTO files VALUES (1, NULL, NULL)")?;

        assert!(File::query().one(&mut conn)?.content.is_unloaded());
        let error = File::query().undefer(File::content).one(&mut conn).unwrap_err().to_string();
        assert!(error.contains("files.content") && error.contains("NULL"), "{error}");
        let mut files = File::query().all(&mut conn)?;
        let error = File::content.load_all(&mut conn, &mut files).unwrap_err().to_string();
        assert!(error.contains("files.content") && error.contains("NULL"), "{error}");
        Ok(())
    }

    fn what_is_not_loaded_is_left_out_of_json(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![File].create_all(&mut conn)?;
        File::insert(File::builder().content(vec![1, 2]).summary("two bytes")).execute(&mut conn)?;

        let file = File::query().one(&mut conn)?;
        assert_eq!(serde_json::to_string(&file)?, r#"{"id":1,"summary":null}"#);
        let file = File::query().undefer((File::content, File::summary)).one(&mut conn)?;
        assert_eq!(
            serde_json::to_string(&file)?,
            r#"{"id":1,"content":[1,2],"summary":"two bytes"}"#
        );
        Ok(())
    }
}
