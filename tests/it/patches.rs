//! Patches: what a request changes, told apart from what it leaves alone.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{ColumnType, Connection, Deferred, Error, Json, Patch};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session::statements;
use crate::shared::refusal;

#[derive(Model, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[orm(table = "users", patch)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 10)]
    name: String,
    bio: Option<String>,
    #[serde(rename = "mail")]
    email_address: Option<String>,
    #[serde(skip)]
    password: Option<String>,
    r#type: Option<i32>,
    #[orm(default = 0, on_update = 1)]
    updates: i32,
    #[orm(version)]
    version: i32,
    #[serde(skip_serializing)]
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Model, Debug)]
#[orm(table = "posts", patch(title, author_id, edited))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(default = false)]
    published: bool,
    #[orm(default = 0, on_update = 1)]
    edited: i32,
    #[orm(foreign_key(User::id))]
    author_id: Option<i64>,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<Option<User>>,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mood {
    Sad,
    Happy,
}

#[derive(ColumnType, Debug, Clone, PartialEq, Deserialize)]
struct Cents(i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    dark: bool,
}

/// A column of every family whose types have serde by themselves.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "things", patch)]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    number: Option<i64>,
    ratio: Option<f64>,
    is_new: Option<bool>,
    mood: Option<Mood>,
    cents: Option<Cents>,
    settings: Option<Json<Settings>>,
    document: Option<Value>,
    notes: Deferred<Option<String>>,
}

/// Stores ann, who has everything, and returns her number.
fn ann(conn: &mut Connection) -> orm::Result<i64> {
    metadata![User, Post, Thing].create_all(conn)?;
    let ann = User::builder().name("ann").bio("a bird").email_address("ann@x").password("secret");
    Ok(User::insert(ann).one(conn)?.id)
}

fn user() -> User {
    User {
        id: 1,
        name: "ann".into(),
        bio: Some("a bird".into()),
        email_address: None,
        password: None,
        r#type: None,
        updates: 0,
        version: 1,
        deleted_at: None,
    }
}

fn patch(json: Value) -> Patch<User> {
    Patch::from_json(json).expect("a patch")
}

/// Returns what is said of a patch that is refused, and of which field.
fn refused(json: Value) -> (String, String) {
    match Patch::<User>::from_json(json) {
        Err(Error::Validation { model: "User", field, message }) => (field.into(), message.into()),
        other => panic!("not refused: {other:?}"),
    }
}

on_every_backend! {
    fn missing_is_left_null_is_set_and_a_value_is_set(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let id = ann(&mut conn)?;
        let patch: Patch<User> = serde_json::from_str(r#"{"name": "Ann", "bio": null}"#)?;

        let sent = statements(|| {
            User::update().patch(patch).filter(User::id.eq(id)).execute(&mut conn)
        })?;

        assert_eq!(
            sent,
            [r#"UPDATE "users" SET "name" = ?1, "bio" = ?2, "version" = "version" + ?3, "updates" = ?4 WHERE "id" = ?5 AND "deleted_at" IS NULL"#]
        );
        let ann = User::query().one(&mut conn)?;
        assert_eq!((ann.name.as_str(), ann.bio), ("Ann", None));
        assert_eq!(ann.email_address.as_deref(), Some("ann@x"));
        Ok(())
    }

    fn an_entity_is_patched_and_only_what_differs_is_written(db: &TestDb) -> TestResult {
        ann(&mut db.connect()?)?;
        let mut session = db.engine().session();
        let ann = session.get_or_not_found::<User>(1)?;

        let sent = statements(|| {
            session.patch(ann, patch(json!({ "name": "ann", "bio": null })))?;
            session.commit()
        })?;

        assert_eq!(sent.len(), 1);
        assert!(sent[0].starts_with(r#"UPDATE "users" SET "bio" = "#), "{sent:#?}");
        assert_eq!((session[ann].version, session[ann].updates), (2, 1));
        Ok(())
    }

    fn a_patch_of_an_entity_is_undone_by_a_rollback(db: &TestDb) -> TestResult {
        ann(&mut db.connect()?)?;
        let mut session = db.engine().session();
        let ann = session.get_or_not_found::<User>(1)?;

        session.patch(ann, patch(json!({ "name": "Ann" })))?;
        session.flush()?;
        session.rollback()?;

        assert_eq!(session[ann].name, "ann");
        Ok(())
    }

    fn an_entity_stays_as_it_is_if_its_patch_is_refused(db: &TestDb) -> TestResult {
        ann(&mut db.connect()?)?;
        let mut session = db.engine().session();
        let ann = session.get_or_not_found::<User>(1)?;

        let too_long = Patch::new().set(User::bio, None).set(User::name, "x".repeat(11));
        let refused = session.patch(ann, too_long);

        assert!(matches!(&refused, Err(Error::Encode(error)) if error.column.as_deref() == Some("users.name")));
        assert!(!session.is_modified(ann));
        session.expunge(ann)?;
        assert!(matches!(session.patch(ann, Patch::new()), Err(Error::InvalidState(_))));
        Ok(())
    }

    fn a_new_row_is_patched_before_it_is_inserted(db: &TestDb) -> TestResult {
        metadata![User].create_all(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let bob = session.add(User::builder().name("bob"));
        session.patch(bob, patch(json!({ "bio": "a builder" })))?;
        session.commit()?;

        assert_eq!(User::query().one(&mut db.connect()?)?.bio.as_deref(), Some("a builder"));
        Ok(())
    }

    fn an_update_by_a_patch_that_says_nothing_or_something_wrong_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        ann(&mut conn)?;

        let empty = User::update().patch(patch(json!({}))).all_rows().execute(&mut conn);
        let long = Patch::new().set(User::name, "x".repeat(11));
        let long = User::update().patch(long).all_rows().execute(&mut conn);

        assert!(refusal(empty).starts_with("this update of `users` sets nothing"));
        assert!(matches!(&long, Err(Error::Encode(error)) if error.column.as_deref() == Some("users.name")));
        assert_eq!(User::query().one(&mut conn)?.name, "ann");
        Ok(())
    }

    fn values_of_every_family_are_read_as_serde_reads_them(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Thing].create_all(&mut conn)?;
        let mut session = db.engine().session();
        let thing = session.add(Thing::builder());
        session.commit()?;

        let patch: Patch<Thing> = serde_json::from_value(json!({
            "number": i64::MAX,
            "ratio": 0.5,
            "is_new": true,
            "mood": "HAPPY",
            "cents": 5,
            "settings": { "dark": true },
            "document": { "a": [1, null] },
            "notes": "long",
        }))?;
        session.patch(thing, patch)?;
        session.commit()?;

        let stored = Thing::query().options(undefer(Thing::notes)).one(&mut conn)?;
        assert_eq!(stored.number, Some(i64::MAX));
        assert_eq!((stored.ratio, stored.is_new), (Some(0.5), Some(true)));
        assert_eq!((stored.mood, stored.cents), (Some(Mood::Happy), Some(Cents(5))));
        assert_eq!(stored.settings, Some(Json(Settings { dark: true })));
        assert_eq!(stored.document, Some(json!({ "a": [1, null] })));
        assert_eq!(stored.notes.as_deref(), Some("long"));
        Ok(())
    }
}

#[test]
fn fields_have_the_names_that_serde_gives_them() -> TestResult {
    let mut ann = user();

    patch(json!({ "mail": "ann@y", "type": 3 })).apply(&mut ann)?;

    assert_eq!((ann.email_address.as_deref(), ann.r#type), (Some("ann@y"), Some(3)));
    // What the model serialises to is what its patches are called.
    let written = serde_json::to_value(&ann)?;
    assert_eq!(written["mail"], "ann@y");
    assert_eq!(refused(json!({ "emailAddress": "ann@z" })).0, "emailAddress");
    Ok(())
}

#[test]
fn what_others_manage_is_not_patched() {
    for field in ["id", "updates", "version", "deletedAt"] {
        assert_eq!(
            refused(json!({ field: 1 })),
            (field.to_owned(), "it cannot be patched".to_owned())
        );
    }
    let (field, message) = refused(json!({ "nmae": "x" }));
    assert_eq!(field, "nmae");
    assert_eq!(
        message,
        "a patch of `User` has no such field; it can have `name`, `mail`, `type`, `bio`"
    );
    // A field that serde skips is not there for requests.
    assert!(
        refused(json!({ "password": "x" })).1.starts_with("a patch of `User` has no such field")
    );
}

#[test]
fn null_is_refused_where_the_column_cannot_be_null() {
    assert_eq!(refused(json!({ "name": null })), ("name".into(), "it cannot be null".into()));
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let (field, message) = refused(json!({ "name": 7 }));
    assert_eq!(field, "name");
    assert_eq!(message, "invalid type: integer `7`, expected a string");

    let (field, message) = refused(json!({ "name": "x".repeat(11) }));
    assert_eq!(field, "name");
    assert_eq!(message, "expected a text of at most 10 characters, found one of 11 characters");
}

#[test]
fn what_is_no_object_is_refused() {
    assert_eq!(
        refusal(Patch::<User>::from_json(json!([1]))),
        r#"a patch of `User` is a JSON object: `{"field": value}`"#
    );
    let error = serde_json::from_str::<Patch<User>>("[1]").unwrap_err();
    assert!(error.to_string().contains("expected an object with fields of `User`"), "{error}");
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    let error = serde_json::from_str::<Patch<User>>(r#"{"name": "a", "name": "b"}"#).unwrap_err();

    assert!(
        error.to_string().starts_with("`name` of `User` is not valid: it occurs twice"),
        "{error}"
    );
}

#[test]
fn a_model_lists_what_can_be_patched() {
    let patch = |json| Patch::<Post>::from_json(json);

    assert!(patch(json!({ "title": "a", "author_id": null, "edited": 4 })).is_ok());
    let refused = patch(json!({ "published": true })).unwrap_err();
    assert_eq!(refused.to_string(), "`published` of `Post` is not valid: it cannot be patched");
}

#[test]
fn a_patch_is_limited_to_columns() {
    let patch = || patch(json!({ "name": "Ann", "bio": null }));

    assert!(patch().only((User::name, User::bio, User::r#type)).is_ok());
    let refused = patch().only(User::bio).unwrap_err();

    assert_eq!(refused.to_string(), "`name` of `User` is not valid: it cannot be patched here");
}

#[test]
fn a_patch_is_made_by_hand() -> TestResult {
    let mut ann = user();
    let patch = Patch::new().set(User::name, "a").set(User::bio, None).set(User::name, "Ann");

    assert!(patch.has(User::name) && !patch.has(User::r#type) && !patch.is_empty());
    assert_eq!(format!("{patch:?}"), r#"{"name", "bio"}"#);
    patch.apply(&mut ann)?;

    assert_eq!(ann, User { name: "Ann".into(), bio: None, ..user() });
    assert!(Patch::<User>::new().is_empty());
    Ok(())
}
