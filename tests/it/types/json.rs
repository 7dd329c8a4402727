//! JSON: any document, and types of serde.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm::{Error, Json};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stored::{Stored as _, assert_round_trips};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle { radius: f64 },
    Path(Vec<(i32, i32)>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    theme: Option<String>,
    limits: BTreeMap<String, u64>,
    shape: Shape,
}

stored! {
    Document: Value,
    Configured: Json<Settings>,
    Tags: Json<Vec<String>>,
    Distances: Json<BTreeMap<(i32, i32), i32>>,
}

on_every_backend! {
    fn a_json_document_round_trips(db: &TestDb) -> TestResult {
        let values = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1.5),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(0.1),
            json!(1.0 / 3.0),
            json!(1.797_693_134_862_315_7e308),
            json!(5e-324),
            json!(""),
            json!("null"),
            json!("it's \"quoted\", \\ and % \u{1F600} \n \u{1}"),
            json!([]),
            json!({}),
            json!([null, [1, [2]], {"a": {}}]),
            json!({"": 0, "b": [1, 2.5], "a": null, "\u{1F600}": "\u{10FFFF}", "'\"\\": "$1"}),
        ];

        assert_round_trips::<Document>(db, &values)
    }

    fn a_serde_type_round_trips_as_json(db: &TestDb) -> TestResult {
        let limits = BTreeMap::from([("rows".to_owned(), u64::MAX), (String::new(), 0)]);
        let settings = |theme: Option<&str>, shape| {
            Json(Settings { theme: theme.map(str::to_owned), limits: limits.clone(), shape })
        };

        assert_round_trips::<Configured>(
            db,
            &[
                settings(None, Shape::Point),
                settings(Some("dark"), Shape::Circle { radius: 0.1 }),
                settings(Some("\u{1F600}"), Shape::Path(vec![(i32::MIN, i32::MAX)])),
            ],
        )?;
        assert_round_trips::<Tags>(db, &[Json(vec![]), Json(vec!["a".into(), "'b\"\\".into()])])
    }

    fn a_json_null_is_not_a_missing_document(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Document::create_table(&mut tx)?;
        Document::store(&mut tx, json!(1), Some(Value::Null))?;
        Document::store(&mut tx, json!(2), None)?;

        let missing = Document::query().filter(Document::maybe.is_null()).all(&mut tx)?;

        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].value, json!(2));
        assert_eq!(Document::stored(&mut tx)?[0].maybe, Some(Value::Null));
        Ok(())
    }

    fn a_document_of_another_shape_is_refused_by_the_name_of_its_column(
        db: &TestDb,
    ) -> TestResult {
        #[derive(Model, Debug)]
        #[orm(table = "tags")]
        struct LooseTags {
            #[orm(primary_key)]
            id: i64,
            value: Value,
        }
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Tags::create_table(&mut tx)?;
        LooseTags::insert(LooseTags::builder().value(json!({"secret": 1}))).execute(&mut tx)?;

        let error = Tags::stored(&mut tx).unwrap_err();

        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        let message = error.to_string();
        assert!(message.starts_with("column `tags.value`: expected "), "{message}");
        assert!(message.contains("found other JSON"), "{message}");
        assert!(!message.contains("secret"), "{message}");
        Ok(())
    }

    fn a_value_that_json_has_no_form_for_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Distances::create_table(&mut tx)?;
        let between_points = Json(BTreeMap::from([((1, 2), 3)]));

        let error = Distances::store(&mut tx, between_points, None).unwrap_err();

        assert_eq!(
            error.to_string(),
            "column `distances.value`: expected a value that JSON can hold, found another one \
             (key must be a string)"
        );
        Ok(())
    }

    /// What it means is the same: only its form is PostgreSQL's own.
    fn a_document_keeps_its_form_on_sqlite_and_its_meaning_on_postgresql(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Document::create_table(&mut tx)?;
        Configured::create_table(&mut tx)?;
        let radius = 1e16;

        let document = Document::store(&mut tx, json!(radius), None)?;
        let settings =
            Settings { theme: None, limits: BTreeMap::new(), shape: Shape::Circle { radius } };
        let configured = Configured::store(&mut tx, Json(settings.clone()), None)?;

        let is_float = db.backend() != Backend::Postgres;
        assert_eq!((document.value.is_f64(), document.value.as_f64()), (is_float, Some(radius)));
        assert_eq!(configured.value, Json(settings));
        Ok(())
    }

    fn a_json_text_with_nul_round_trips_on_sqlite_and_is_refused_on_postgresql(
        db: &TestDb,
    ) -> TestResult {
        let document = json!({"key": "a\0b"});
        if db.backend() != Backend::Postgres {
            return assert_round_trips::<Document>(db, &[document]);
        }
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Document::create_table(&mut tx)?;

        let error = Document::store(&mut tx, document, None).unwrap_err();

        assert_eq!(
            error.to_string(),
            "column `document.value`: expected JSON without the character U+0000, found JSON with it"
        );
        let kept = Document::store(&mut tx, json!({"key": "a\\u0000b"}), None)?;
        assert_eq!(kept.value, json!({"key": "a\\u0000b"}));
        Ok(())
    }
}
