//! Recursive common table expressions: trees, paths, and graphs with cycles.

use orm::func::{count_all, value};
use orm::prelude::*;
use orm::{Connection, Derived, Postgres, Select, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "categories")]
struct Category {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 40)]
    name: String,
    #[orm(foreign_key(Category::id))]
    parent_id: Option<i64>,
}

#[derive(Model, Debug)]
#[orm(table = "roads")]
struct Road {
    #[orm(primary_key)]
    from_city: i32,
    #[orm(primary_key)]
    to_city: i32,
}

/// ```text
/// 1 all
/// ├── 2 books
/// │   ├── 4 novels
/// │   │   └── 6 crime
/// │   └── 5 maps
/// └── 3 music
/// 7 other
/// ```
fn categories(conn: &mut Connection) -> TestResult {
    metadata![Category].create_all(conn)?;
    let rows = [
        ("all", None),
        ("books", Some(1)),
        ("music", Some(1)),
        ("novels", Some(2)),
        ("maps", Some(2)),
        ("crime", Some(4)),
        ("other", None),
    ];
    for (name, parent) in rows {
        Category::insert(Category::builder().name(name).parent_id(parent)).execute(conn)?;
    }
    Ok(())
}

/// 1 → 2 → 3 → 1, and 3 → 4; 5 → 1 leads there from nowhere.
fn roads(conn: &mut Connection) -> TestResult {
    metadata![Road].create_all(conn)?;
    let roads = [(1, 2), (2, 3), (3, 1), (3, 4), (5, 1)];
    let rows = roads.map(|(from, to)| Road::builder().from_city(from).to_city(to));
    Road::insert_many(rows).execute(conn)?;
    Ok(())
}

/// Each category from `root` down, with its depth and its path.
fn tree(root: i64) -> Derived<(i64, String, i32, String)> {
    Category::query()
        .filter(Category::id.eq(root))
        .select((
            Category::id,
            Category::name,
            value(0).label("depth"),
            Category::name.cast::<String>().label("path"),
        ))
        .recursive("tree", |tree| {
            let (id, _, depth, path) = tree.columns();
            Category::query().join(tree.on(id.eq(Category::parent_id))).select((
                Category::id,
                Category::name,
                depth + 1,
                path.concat("/").concat(Category::name),
            ))
        })
}

/// The cities that can be reached from `city`, itself included.
fn reachable(city: i32) -> Derived<i32> {
    Road::query().filter(Road::from_city.eq(city)).select(Road::from_city).recursive_distinct(
        "reached",
        |reached| {
            Road::query()
                .join(reached.on(reached.columns().eq(Road::from_city)))
                .select(Road::to_city)
        },
    )
}

on_every_backend! {
    fn a_tree_is_walked_from_its_root_to_its_leaves(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;
        let tree = tree(1);
        let (_, name, depth, path) = tree.columns();

        let rows = tree.query().select((name, depth, path.clone())).order_by(path);

        let expected = [
            ("all", 0, "all"),
            ("books", 1, "all/books"),
            ("maps", 2, "all/books/maps"),
            ("novels", 2, "all/books/novels"),
            ("crime", 3, "all/books/novels/crime"),
            ("music", 1, "all/music"),
        ];
        let expected = expected.map(|(name, depth, path)| (name.to_owned(), depth, path.to_owned()));
        assert_eq!(rows.all(&mut conn)?, expected);
        Ok(())
    }

    fn the_tree_of_a_leaf_is_the_leaf_and_that_of_nothing_is_empty(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;

        assert_eq!(tree(6).query().count(&mut conn)?, 1);
        assert!(!tree(99).query().exists(&mut conn)?);
        Ok(())
    }

    fn the_way_up_is_found_as_rows_of_the_model(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;
        let ancestors = Category::query().filter(Category::name.eq("crime")).recursive(
            "ancestors",
            |below| {
                let parent_id = below.column(Category::parent_id);
                Category::query().join(below.on(parent_id.eq(Category::id)))
            },
        );

        let rows = ancestors.query().order_by(ancestors.column(Category::id)).all(&mut conn)?;

        let names: Vec<_> = rows.iter().map(|category| category.name.as_str()).collect();
        assert_eq!(names, ["all", "books", "novels", "crime"]);
        assert_eq!(rows[3].parent_id, Some(4));
        Ok(())
    }

    fn a_tree_is_joined_filtered_and_grouped_as_a_table_is(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;
        let tree = tree(1);
        let (id, _, depth, _) = tree.columns();

        let by_depth = tree
            .query()
            .select((depth.clone(), count_all()))
            .group_by(depth.clone())
            .order_by(depth.clone());
        let outside = Category::query()
            .filter(Category::id.not_in_query(tree.query().select(id.clone())))
            .select(Category::name);
        let deep = Category::query()
            .join(tree.on(id.eq(Category::id)))
            .filter(depth.gt(1))
            .order_by(Category::id)
            .select(Category::id);

        assert_eq!(by_depth.all(&mut conn)?, [(0, 1), (1, 2), (2, 2), (3, 1)]);
        assert_eq!(outside.all(&mut conn)?, ["other"]);
        assert_eq!(deep.all(&mut conn)?, [4, 5, 6]);
        Ok(())
    }

    fn a_subtree_is_deleted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;
        let subtree = tree(4);
        let ids = subtree.query().select(subtree.columns().0);

        let deleted = Category::delete().filter(Category::id.in_query(ids)).execute(&mut conn)?;

        assert_eq!(deleted, 2);
        assert_eq!(Category::query().count(&mut conn)?, 5);
        Ok(())
    }

    fn distinct_rows_end_in_a_graph_with_cycles(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        roads(&mut conn)?;
        let from = |city: i32| {
            let reached = reachable(city);
            reached.query().order_by(reached.columns())
        };

        assert_eq!(from(1).all(&mut conn)?, [1, 2, 3, 4]);
        assert_eq!(from(5).all(&mut conn)?, [1, 2, 3, 4, 5]);
        assert!(from(4).all(&mut conn)?.is_empty());
        Ok(())
    }

    fn a_recursion_uses_other_names_and_others_use_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        roads(&mut conn)?;
        let open = Road::query().filter(Road::to_city.ne(3)).cte("open");
        let start = open.query().filter(open.column(Road::from_city).eq(5));
        let reached = start.select(open.column(Road::to_city)).recursive("reached", |reached| {
            open.query()
                .join(reached.on(reached.columns().eq(open.column(Road::from_city))))
                .select(open.column(Road::to_city))
        });
        let last = reached.query().order_by(reached.columns().desc()).limit(1).cte("last_one");

        // 5 → 1 → 2, and there the road to 3 is closed.
        assert_eq!(reached.query().order_by(reached.columns()).all(&mut conn)?, [1, 2]);
        assert_eq!(last.query().one(&mut conn)?, 2);
        Ok(())
    }

    fn numbers_are_counted_up_to_a_limit(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        categories(&mut conn)?;
        let start = Category::query().filter(Category::id.eq(1)).select(Category::id.label("n"));
        let numbers = start.recursive("numbers", |numbers| {
            let n = numbers.columns();
            numbers.query().filter(n.clone().lt(1000)).select(n + 1)
        });

        assert_eq!(numbers.query().count(&mut conn)?, 1000);
        Ok(())
    }

    fn the_rows_found_so_far_are_known_inside_only(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut kept = None;
        let reached = Road::query().select(Road::from_city).recursive("reached", |reached| {
            kept = Some(reached.clone());
            let named = reached.query().cte("named");
            named.query()
        });
        let kept = kept.ok_or("the closure was not called")?;

        let message = refusal(kept.query().all(&mut conn));
        refusal(reached.query().all(&mut conn));

        assert_eq!(
            message,
            "the rows of `reached` that the closure of `.recursive(\"reached\", …)` is given can \
             only be used in the query that it returns: everywhere else, use what `.recursive` \
             itself returns"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn parts_of_a_recursion_have_no_order_or_limit(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let cities = || Road::query().select(Road::from_city);
        let next = |reached: Derived<i32>| -> Select<i32> {
            cities().join(reached.on(reached.columns().eq(Road::from_city)))
        };

        let start = cities().limit(1).recursive("reached", next);
        let step = cities().recursive("reached", |reached| next(reached).order_by(Road::to_city));

        refusal(start.query().all(&mut conn));
        refusal(step.query().all(&mut conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }
}

#[test]
fn a_recursion_is_written_as_a_person_would() -> TestResult {
    let tree = tree(1);
    let (_, name, depth, _) = tree.columns();
    let query = tree.query().filter(depth.lt(3)).select(name);

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"WITH RECURSIVE "tree" AS (SELECT "id", "name", ?1 AS "depth", CAST("name" AS TEXT) AS "path" FROM "categories" WHERE "id" = ?2 UNION ALL SELECT "categories"."id", "categories"."name", "tree"."depth" + ?3, "tree"."path" || ?4 || "categories"."name" FROM "categories" JOIN "tree" ON "tree"."id" = "categories"."parent_id") SELECT "name" FROM "tree" WHERE "depth" < ?5"#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"WITH RECURSIVE "tree" AS (SELECT "id", "name", $1::integer AS "depth", CAST("name" AS text) AS "path" FROM "categories" WHERE "id" = $2 UNION ALL SELECT "categories"."id", "categories"."name", "tree"."depth" + $3::integer, "tree"."path" || $4::text || "categories"."name" FROM "categories" JOIN "tree" ON "tree"."id" = "categories"."parent_id") SELECT "name" FROM "tree" WHERE "depth" < $5::integer"#
    );
    assert_eq!(
        reachable(1).query().to_sql(&Sqlite)?,
        r#"WITH RECURSIVE "reached" AS (SELECT "from_city" FROM "roads" WHERE "from_city" = ?1 UNION SELECT "roads"."to_city" FROM "roads" JOIN "reached" ON "reached"."from_city" = "roads"."from_city") SELECT "from_city" FROM "reached""#
    );
    Ok(())
}
