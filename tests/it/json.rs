//! Parts of JSON documents, in conditions and selections.

use orm::func::value;
use orm::prelude::*;
use orm::{Connection, Error, Json, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::shared::text;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    nick: String,
    year: Option<i64>,
}

#[derive(Model, Debug)]
struct User {
    #[orm(primary_key)]
    id: i64,
    settings: serde_json::Value,
    profile: Option<Json<Profile>>,
}

fn users(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![User].create_all(&mut conn)?;
    let first = json!({
        "theme": {"colour": "dark", "0": "zero"},
        "sizes": [10, 12.5, -2.5, [true, null]],
        "name": "5",
        "count": 5,
        "big": 9_007_199_254_740_993_i64,
        "on": true,
        "off": false,
        "nothing": null,
        "": "empty",
    });
    let profile = Json(Profile { nick: "ada".to_owned(), year: Some(1815) });
    User::insert(User::builder().settings(first).profile(profile)).execute(&mut conn)?;
    User::insert(User::builder().settings(json!(["a", {"b": 1}])).profile(None))
        .execute(&mut conn)?;
    Ok(conn)
}

/// Reads the expressions in both rows.
macro_rules! read {
    ($conn:expr, $expressions:expr) => {
        User::query().order_by(User::id).select($expressions).all(&mut $conn)?
    };
}

on_every_backend! {
    fn a_part_is_read_as_json(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let parts = read!(conn, (
            User::settings.get(("theme", "colour")),
            User::settings.get("theme").get("0"),
            User::settings.get(("sizes", 3)),
            User::settings.get("nothing"),
            User::settings.get("missing"),
        ));

        assert_eq!(
            parts[0],
            (
                Some(json!("dark")),
                Some(json!("zero")),
                Some(json!([true, null])),
                Some(json!(null)),
                None,
            )
        );
        assert_eq!(parts[1], (None, None, None, None, None));
        Ok(())
    }

    fn positions_are_of_arrays_and_keys_of_objects(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let parts = read!(conn, (
            User::settings.get(0),
            User::settings.get(-1).get("b").as_i64(),
            User::settings.get(2),
            User::settings.get("0"),
            User::settings.get(("theme", 0)),
            User::settings.get(("sizes", "0")),
        ));

        assert_eq!(parts[0], (None, None, None, None, None, None));
        assert_eq!(parts[1], (Some(json!("a")), Some(1), None, None, None, None));
        Ok(())
    }

    fn text_is_that_of_strings_numbers_and_truth_values(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let texts = read!(conn, (
            User::settings.get("name").as_text(),
            User::settings.get("count").as_text(),
            User::settings.get(("sizes", 1)).as_text(),
            User::settings.get("on").as_text(),
            User::settings.get("off").as_text(),
            User::settings.get("nothing").as_text(),
            User::settings.get("missing").as_text(),
        ));

        assert_eq!(
            texts[0],
            (Some(text("5")), Some(text("5")), Some(text("12.5")), Some(text("true")), Some(text("false")), None, None)
        );
        Ok(())
    }

    fn numbers_are_numbers_only(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let integers = read!(conn, (
            User::settings.get("count").as_i64(),
            User::settings.get("big").as_i64(),
            User::settings.get(("sizes", 1)).as_i64(),
            User::settings.get(("sizes", 2)).as_i64(),
            User::settings.get("name").as_i64(),
            User::settings.get("on").as_i64(),
            User::settings.get("nothing").as_i64(),
        ));
        let floats = read!(conn, (
            User::settings.get("count").as_f64(),
            User::settings.get(("sizes", 1)).as_f64(),
            User::settings.get("name").as_f64(),
            User::settings.get("theme").as_f64(),
        ));

        let expected =
            (Some(5), Some(9_007_199_254_740_993), Some(13), Some(-3), None, None, None);
        assert_eq!(integers[0], expected);
        assert_eq!(floats[0], (Some(5.0), Some(12.5), None, None));
        Ok(())
    }

    fn truth_values_are_truth_values_only(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let values = read!(conn, (
            User::settings.get("on").as_bool(),
            User::settings.get("off").as_bool(),
            User::settings.get("count").as_bool(),
            User::settings.get("nothing").as_bool(),
            User::settings.get("missing").as_bool(),
        ));

        assert_eq!(values[0], (Some(true), Some(false), None, None, None));
        Ok(())
    }

    fn parts_are_used_in_conditions(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;
        let mut ids = |condition| User::query().filter(condition).select(User::id).all(&mut conn);

        assert_eq!(ids(User::settings.get(("theme", "colour")).as_text().eq("dark"))?, [1]);
        assert_eq!(ids(User::settings.get("count").as_text().eq("5"))?, [1]);
        assert_eq!(ids(User::settings.get("count").as_i64().gt(4))?, [1]);
        assert_eq!(ids(User::settings.get("on").as_bool().eq(true))?, [1]);
        assert_eq!(ids(User::settings.get(1).get("b").as_i64().in_([1, 2]))?, [2]);
        assert_eq!(ids(User::settings.get("name").as_text().like("5%"))?, [1]);
        assert_eq!(ids(User::settings.get("missing").is_null())?, [1, 2]);
        assert_eq!(ids(User::profile.get("year").as_i64().lt(1900))?, [1]);
        assert_eq!(ids(User::profile.get("nick").as_text().concat("!").eq("ada!"))?, [1]);
        Ok(())
    }

    fn an_object_has_a_key_whatever_its_value(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;

        let keys = read!(conn, (
            User::settings.has_key("name"),
            User::settings.has_key("nothing"),
            User::settings.has_key("missing"),
            User::settings.has_key(""),
            User::settings.has_key("a"),
            User::profile.has_key("year"),
        ));

        assert_eq!(keys, [(true, true, false, true, false, true), (false, false, false, false, false, false)]);
        Ok(())
    }

    fn keys_are_values_and_never_paths(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;
        let keys = [
            "$", "$.a", "a.b", "[0]", "#", "a\"b", "a\\b", "\\", "\"", "it's", "a\nb", "-- x", "ü😀", " ", "0",
            "\\u0041", "{a,b}", "%",
        ];
        let document: serde_json::Map<_, _> =
            keys.iter().enumerate().map(|(number, key)| ((*key).to_owned(), json!(number))).collect();
        User::insert(User::builder().settings(serde_json::Value::from(document)).profile(None))
            .execute(&mut conn)?;

        for (number, key) in (0_i64..).zip(keys) {
            let query = User::query().select(User::settings.get(key).as_i64());
            assert_eq!(query.one(&mut conn)?, Some(number), "{key:?}");
        }
        Ok(())
    }

    fn a_whole_document_is_read_as_well(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;
        let document = value(json!("just text"));

        let query = User::query().limit(1).select((document.clone().as_text(), document.as_i64()));

        assert_eq!(query.one(&mut conn)?, (Some(text("just text")), None));
        Ok(())
    }

    fn parts_group_and_order_rows(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;
        let kind = || User::settings.get("name").as_text();

        let counts = User::query()
            .select((kind(), orm::func::count_all()))
            .group_by(kind())
            .order_by(kind().asc().nulls_first())
            .all(&mut conn)?;

        assert_eq!(counts, [(None, 1), (Some(text("5")), 1)]);
        Ok(())
    }

    fn a_document_contains_another_where_the_backend_can_tell(db: &TestDb) -> TestResult {
        let mut conn = users(db)?;
        let dark = User::settings.contains(json!({"theme": {"colour": "dark"}}));
        let query = User::query().filter(dark).select(User::id);

        if db.dialect_name() == "sqlite" {
            let error = query.all(&mut conn).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }));
            assert_eq!(error.to_string(), lacks(&Sqlite, "`contains` and `overlaps` of JSON and arrays"));
            return Ok(());
        }
        assert_eq!(query.all(&mut conn)?, [1]);
        let nick = User::query().filter(User::profile.contains(json!({"nick": "ada"})));
        assert_eq!(nick.count(&mut conn)?, 1);
        let part = User::query().filter(User::settings.get("sizes").contains([10]));
        assert_eq!(part.count(&mut conn)?, 1);
        Ok(())
    }
}

#[test]
fn steps_are_bound() -> TestResult {
    let query = User::query().select((
        User::settings.get(("theme", "colours", 0)),
        User::settings.get(("theme", "colour")).as_text(),
    ));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "settings" -> $1::text -> $2::text -> $3::integer, "settings" -> $4::text ->> $5::text FROM "user""#
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "settings" -> ?1, CASE json_type("settings", ?2) WHEN 'text' THEN "settings" ->> ?2 WHEN 'null' THEN NULL ELSE "settings" -> ?2 END FROM "user""#
    );
    Ok(())
}

#[test]
fn typed_readings_test_the_type_first() -> TestResult {
    let query = User::query().filter(User::settings.get("count").as_i64().eq(5)).select(User::id);

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "user" WHERE CASE jsonb_typeof("settings" -> $1::text) WHEN 'number' THEN CAST("settings" -> $1::text AS bigint) END = $2::bigint"#
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "user" WHERE CASE json_type("settings", ?1) WHEN 'integer' THEN "settings" ->> ?1 WHEN 'real' THEN CAST(round("settings" ->> ?1) AS INTEGER) END = ?2"#
    );
    Ok(())
}

#[test]
fn arrows_stand_in_parentheses_where_they_bind_more_loosely() -> TestResult {
    let query = User::query()
        .filter(User::settings.get("a").as_text().eq("b"))
        .filter(User::settings.get("a").as_text().concat("c").eq("d"))
        .filter(User::settings.has_key("e"))
        .filter(User::settings.contains(["f"]))
        .select(User::id);

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "user" WHERE "settings" ->> $1::text = $2::text AND (("settings" ->> $3::text) || $4::text) = $5::text AND "settings" -> $6::text IS NOT NULL AND "settings" @> $7"#
    );
    Ok(())
}
