//! Relations: their declaration, and the rows that loaders bring.

mod model;
mod queries;

use std::sync::Arc;

use orm::Sqlite;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use self::model::{
    Article, Author, Book, Employee, Flight, Post, Seat, User, Writer, blog, staff, titles,
};

/// A post's title and the names of its tags.
type Tagged<'t> = (&'t str, Vec<&'t str>);

fn same<M>(one: Option<Arc<M>>, other: Option<Arc<M>>) -> bool {
    one.zip(other).is_some_and(|(one, other)| Arc::ptr_eq(&one, &other))
}

on_every_backend! {
    fn related_rows_come_with_one_statement_a_relation(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let users = User::query()
            .order_by(User::id)
            .options((selectin(User::posts).then(Post::tags), User::edited, User::profile))
            .all(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 4);
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        assert_eq!(titles(&users[1].posts), ["three"]);
        assert!(users[2].posts.is_empty());
        assert_eq!(titles(&users[1].edited), ["one"]);
        let tags: Vec<&str> = users[0].posts[0].tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(tags, ["rust", "sql"]);
        let bios = users.iter().map(|user| user.profile.as_ref().map(|profile| &*profile.bio));
        assert_eq!(bios.collect::<Vec<_>>(), [Some("likes tea"), Some("likes rust"), None]);
        Ok(())
    }

    fn rows_that_refer_to_the_same_row_share_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let posts = Post::query()
            .order_by(Post::id)
            .options((Post::author, Post::editor))
            .all(&mut conn)?;

        let authors: Vec<&str> = posts.iter().map(|post| post.author.name.as_str()).collect();
        assert_eq!(authors, ["alice", "alice", "bob"]);
        assert!(same(posts[0].author.shared(), posts[1].author.shared()));
        let editors = posts.iter().map(|post| post.editor.as_ref().map(|user| user.name.as_str()));
        assert_eq!(editors.collect::<Vec<_>>(), [Some("bob"), None, None]);
        Ok(())
    }

    fn the_rows_of_a_relation_are_filtered_ordered_and_limited_for_each_parent(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = User::query()
            .order_by(User::id)
            .options(selectin(User::posts).order_by(Post::title.desc()).limit(1))
            .all(&mut conn)?;
        assert_eq!(titles(&users[0].posts), ["two"]);
        assert_eq!(titles(&users[1].posts), ["three"]);

        let users = User::query()
            .order_by(User::id)
            .options(selectin(User::posts).filter(Post::title.contains("o")))
            .all(&mut conn)?;
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        assert!(users[1].posts.is_empty());
        Ok(())
    }

    fn all_strategies_bring_the_same_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let strategies = [selectin::<User, _, _>, joined::<User, _, _>, subquery::<User, _, _>];
        let tags = [selectin::<Post, _, _>, joined::<Post, _, _>, subquery::<Post, _, _>];
        let sent = [[3, 2, 3], [2, 1, 2], [3, 2, 3]];

        for (posts, sent) in strategies.iter().zip(sent) {
            for (tags, sent) in tags.iter().zip(sent) {
                let before = conn.statement_count();
                let users = User::query()
                    .order_by(User::id)
                    .limit(2)
                    .options(posts(User::posts).then(tags(Post::tags)))
                    .all(&mut conn)?;

                assert_eq!(conn.statement_count() - before, sent);
                let tree: Vec<(&str, Vec<Tagged<'_>>)> = users
                    .iter()
                    .map(|user| (user.name.as_str(), user.posts.iter().map(|post| {
                        let tags = post.tags.iter().map(|tag| tag.name.as_str()).collect();
                        (post.title.as_str(), tags)
                    }).collect()))
                    .collect();
                let alice = vec![("one", vec!["rust", "sql"]), ("two", vec!["rust"])];
                assert_eq!(tree, [("alice", alice), ("bob", vec![("three", vec![])])]);
            }
        }
        Ok(())
    }

    fn several_joined_collections_do_not_multiply(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = User::query()
            .order_by(User::name.desc())
            .options((
                joined(User::posts).then((joined(Post::tags), joined(Post::editor))),
                joined(User::edited),
                joined(User::profile),
            ))
            .all(&mut conn)?;

        assert_eq!(users.iter().map(|user| &*user.name).collect::<Vec<_>>(), ["carol", "bob", "alice"]);
        assert_eq!(titles(&users[2].posts), ["one", "two"]);
        assert_eq!(users[2].posts[0].tags.len(), 2);
        let editor = users[2].posts[0].editor.as_ref();
        assert_eq!(editor.map(|editor| &*editor.name), Some("bob"));
        assert_eq!(titles(&users[1].edited), ["one"]);
        assert!(users[0].profile.is_none() && users[0].posts.is_empty());
        Ok(())
    }

    fn one_row_comes_once_beside_many(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = User::query()
            .order_by(User::id)
            .options((joined(User::profile), joined(User::posts)))
            .all(&mut conn)?;

        assert_eq!(users[0].profile.as_ref().map(|profile| &*profile.bio), Some("likes tea"));
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        Ok(())
    }

    fn what_a_join_of_the_query_found_fills_a_relation(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = User::query()
            .join(Post::author_id)
            .filter(Post::title.contains("w"))
            .options(contains_eager(User::posts))
            .all(&mut conn)?;

        assert_eq!(users.len(), 1);
        assert_eq!(titles(&users[0].posts), ["two"]);
        let users = User::query().options(noload(User::posts)).all(&mut conn)?;
        assert!(users[0].posts.is_empty());
        Ok(())
    }

    fn a_limit_counts_rows_and_not_what_is_joined_to_them(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users = User::query()
            .filter(User::id.ge(1))
            .order_by(User::posts.count().desc())
            .limit(2)
            .options(joined(User::posts));
        assert_eq!(
            users.to_sql(&Sqlite)?,
            "SELECT \"users\".\"id\", \"users\".\"name\", \"posts_1\".\"id\", \
             \"posts_1\".\"title\", \"posts_1\".\"author_id\", \"posts_1\".\"editor_id\" \
             FROM (SELECT \"id\", \"name\", (SELECT count(*) FROM \"posts\" \
             WHERE \"posts\".\"author_id\" = \"users\".\"id\") AS \"order_1\" FROM \"users\" \
             WHERE \"id\" >= ?1 ORDER BY (SELECT count(*) FROM \"posts\" \
             WHERE \"posts\".\"author_id\" = \"users\".\"id\") DESC LIMIT ?2) AS \"users\" \
             LEFT JOIN \"posts\" AS \"posts_1\" ON \"posts_1\".\"author_id\" = \"users\".\"id\" \
             ORDER BY \"users\".\"order_1\" DESC, \"posts_1\".\"id\""
        );

        let users = users.all(&mut conn)?;
        assert_eq!(users.len(), 2);
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        assert_eq!(titles(&users[1].posts), ["three"]);
        Ok(())
    }

    fn relations_are_loaded_beside_rows_of_named_queries(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let few = User::query().filter(User::id.lt(3)).cte("few");
        let users = || few.query().order_by(few.column(User::id).desc());

        for load in [selectin::<User, _, _>, joined::<User, _, _>] {
            for users in [users(), users().limit(5)] {
                let users = users.options(load(User::posts)).all(&mut conn)?;

                assert_eq!(users.len(), 2);
                assert_eq!(titles(&users[0].posts), ["three"]);
                assert_eq!(titles(&users[1].posts), ["one", "two"]);
            }
        }
        Ok(())
    }

    fn rows_that_lead_to_rows_of_their_own_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        staff(&mut conn)?;

        for load in [selectin::<Employee, _, _>, joined::<Employee, _, _>, subquery::<Employee, _, _>] {
            let top = Employee::query()
                .filter(Employee::manager_id.is_null())
                .options(load(Employee::reports).then(
                    load(Employee::reports).then(load(Employee::reports).then(load(Employee::reports))),
                ))
                .one(&mut conn)?;
            let ben = &top.reports[0];
            assert_eq!((ben.name.as_str(), top.reports[1].name.as_str()), ("ben", "cem"));
            assert_eq!(ben.reports[0].reports[0].name, "eve");
            assert!(ben.reports[0].reports[0].reports.is_empty());
        }
        let has_reports = Employee::query().filter(!Employee::reports.is_empty());
        assert_eq!(has_reports.count(&mut conn)?, 3);
        let below = |name: &str| Employee::reports.any(Employee::name.eq(name));
        let above_dan = Employee::query().filter(Employee::reports.any(below("dan")));
        assert_eq!(above_dan.one(&mut conn)?.name, "ada");
        let above_eve = Employee::query().filter(Employee::reports.any(
            Employee::reports.any(below("eve")) & Employee::manager.has(Employee::name.eq("ada")),
        ));
        assert_eq!(above_eve.one(&mut conn)?.name, "ada");
        let of_ada = Employee::query().filter(Employee::manager.has(Employee::name.eq("ada")));
        let names = of_ada.order_by(Employee::id).select(Employee::name).all(&mut conn)?;
        assert_eq!(names, ["ben", "cem"]);
        Ok(())
    }

    fn keys_of_several_columns_lead_to_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Flight, Seat].create_all(&mut conn)?;
        let flights = [("AA", 1), ("AA", 2), ("BB", 1)];
        let flights = flights.map(|(carrier, number)| Flight::builder().carrier(carrier).number(number));
        Flight::insert_many(flights).execute(&mut conn)?;
        let seats = [(1, "AA", 1), (2, "AA", 1), (3, "BB", 1)].map(|(id, carrier, number)| {
            Seat::builder().id(id).carrier(carrier).number(number)
        });
        Seat::insert_many(seats).execute(&mut conn)?;

        for load in [selectin::<Flight, _, _>, joined::<Flight, _, _>, subquery::<Flight, _, _>] {
            let flights = Flight::query()
                .order_by((Flight::carrier, Flight::number))
                .limit(10)
                .options(load(Flight::seats))
                .all(&mut conn)?;
            let seats: Vec<Vec<i64>> = flights
                .iter()
                .map(|flight| flight.seats.iter().map(|seat| seat.id).collect())
                .collect();
            assert_eq!(seats, [vec![1, 2], vec![], vec![3]]);
        }
        let seats = Seat::query().order_by(Seat::id).with(Seat::flight).all(&mut conn)?;
        assert_eq!(seats[2].flight.carrier, "BB");
        assert!(same(seats[0].flight.shared(), seats[1].flight.shared()));
        Ok(())
    }

    fn loaded_relations_are_serialised_and_others_left_out(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Author, Book].create_all(&mut conn)?;
        Author::insert(Author::builder().name("Le Guin")).execute(&mut conn)?;
        Book::insert(Book::builder().title("Rocannon").author_id(1)).execute(&mut conn)?;

        let authors = Author::query().with(Author::books).all(&mut conn)?;
        assert_eq!(
            serde_json::to_string(&authors)?,
            r#"[{"id":1,"name":"Le Guin","books":[{"id":1,"title":"Rocannon","author_id":1}]}]"#
        );
        let books = Book::query().with(Book::author).all(&mut conn)?;
        assert_eq!(
            serde_json::to_string(&books)?,
            r#"[{"id":1,"title":"Rocannon","author_id":1,"author":{"id":1,"name":"Le Guin"}}]"#
        );
        Ok(())
    }

    fn sides_that_are_not_of_one_relation_are_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Writer, Article].create_all(&mut conn)?;

        let written = Writer::query().with(Writer::written).all(&mut conn);
        Writer::insert(Writer::builder().id(1)).execute(&mut conn)?;
        let edited = Writer::query().with(Writer::edited).all(&mut conn);

        assert_eq!(
            written.unwrap_err().to_string(),
            "the relation `Writer::written` leads nowhere: its inverse `Article::editor` says that \
             `Writer::edited` is the other side"
        );
        assert_eq!(
            edited.unwrap_err().to_string(),
            "the relation `Writer::edited` leads nowhere: its inverse `Article::editor` goes by other \
             columns, so that they are not the two sides of one relation"
        );
        Ok(())
    }

    fn rows_in_a_map_have_their_relations(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let before = conn.statement_count();

        let users = User::query().options(selectin(User::posts)).into_map(User::name);
        let users = users.all(&mut conn)?;
        let posts = Post::query().with(Post::author).order_by(Post::id).into_groups(Post::author_id);
        let posts = posts.all(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 4);
        assert_eq!(titles(&users["alice"].posts), ["one", "two"]);
        assert!(users["carol"].posts.is_empty());
        assert_eq!(titles(&posts[&1]), ["one", "two"]);
        assert_eq!(posts[&2][0].author.name, "bob");
        Ok(())
    }

    fn a_relation_is_loaded_onto_rows_that_are_there(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut users = User::query().order_by(User::id).all(&mut conn)?;
        assert!(!users[0].posts.is_loaded());

        let before = conn.statement_count();
        User::posts.load_all(&mut conn, &mut users)?;
        User::posts.load_all(&mut conn, &mut users)?;

        assert_eq!(conn.statement_count() - before, 1);
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        Ok(())
    }
}
