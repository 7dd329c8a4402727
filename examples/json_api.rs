//! What the handlers of a JSON API do with a session: `cargo run --example json_api`.
//!
//! Runs on SQLite in memory; set `DATABASE_URL` to run it on PostgreSQL.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{Error, Patch};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "projects", patch(name, description))]
struct Project {
    #[orm(primary_key)]
    #[serde(default)]
    id: i64,
    #[orm(length = 40, validate = not_blank)]
    name: String,
    description: Option<String>,
    #[orm(has_many(inverse = project, order_by = id, cascade = "all, delete-orphan"))]
    #[serde(skip_serializing_if = "HasMany::is_unloaded")]
    tasks: HasMany<Task>,
}

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "tasks")]
struct Task {
    #[orm(primary_key)]
    #[serde(default)]
    id: i64,
    title: String,
    #[orm(soft_delete)]
    #[serde(skip)]
    deleted_at: Option<DateTime<Utc>>,
    #[orm(foreign_key(Project::id))]
    #[serde(skip)]
    project_id: i64,
    #[orm(belongs_to(key = project_id, inverse = tasks))]
    #[serde(skip)]
    project: BelongsTo<Project>,
    #[orm(many_to_many(table = "task_labels", order_by = name))]
    #[serde(skip_serializing_if = "ManyToMany::is_unloaded")]
    labels: ManyToMany<Label>,
}

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "labels")]
struct Label {
    #[orm(primary_key)]
    #[serde(default)]
    id: i64,
    #[orm(unique)]
    name: String,
}

fn not_blank(text: &mut String) -> Result<(), &'static str> {
    *text = text.trim().to_owned();
    if text.is_empty() { Err("it is blank") } else { Ok(()) }
}

/// Creates a project with its tasks, or makes a stored one what the body says.
fn put_project(session: &mut Session, body: &str) -> Result<Value, Failure> {
    let project: Project = serde_json::from_str(body)?;
    let project = session.merge(&project)?;
    session.flush()?; // new rows have their keys now
    Ok(serde_json::to_value(session.tree(project)?)?)
}

/// Returns a project with its tasks and their labels, by three statements.
fn get_project(session: &mut Session, id: i64) -> Result<Value, Failure> {
    let project = Project::query()
        .options(selectin(Project::tasks).then(Task::labels))
        .get_or_not_found(session, id)?;
    Ok(serde_json::to_value(session.tree(project)?)?)
}

/// Changes the fields that the body has.
fn patch_project(session: &mut Session, id: i64, body: &str) -> Result<Value, Failure> {
    let patch = Patch::<Project>::from_json(serde_json::from_str(body)?)?;
    let project = session.get_or_not_found::<Project>(id)?;
    session.patch(project, patch)?;
    session.flush()?; // the validator looks at the name
    Ok(serde_json::to_value(session.tree(project)?)?)
}

/// Puts a label on a task, unless it has it, and creates the label if there is none of that name.
fn label_task(session: &mut Session, id: i64, name: &str) -> Result<Value, Failure> {
    let task = session.get_or_not_found::<Task>(id)?;
    let (label, is_new) = Label::get_or_create(session, Label::name, Label::builder().name(name))?;
    session.load(task, Task::labels)?; // so that a label that is there is not added again
    session.push(task, Task::labels, label)?;
    Ok(json!({ "label": session[label].name, "is_new": is_new }))
}

/// Marks a task as deleted.
fn delete_task(session: &mut Session, id: i64) -> Result<Value, Failure> {
    let task = session.get_or_not_found::<Task>(id)?;
    session.delete(task)?;
    Ok(Value::Null)
}

/// Takes the mark off again.
fn restore_task(session: &mut Session, id: i64) -> Result<Value, Failure> {
    let task = Task::query().with_deleted().get_or_not_found(session, id)?;
    session.restore(task)?;
    Ok(Value::Null)
}

/// Why a request was not answered as it was meant to be.
#[derive(Debug)]
enum Failure {
    Database(Error),
    Json(serde_json::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Runs a handler in a transaction, and prints the status and the body of its answer.
fn answer(
    engine: &Engine,
    request: &str,
    handler: impl FnOnce(&mut Session) -> Result<Value, Failure>,
) {
    let (status, body) = match engine.try_transaction(handler) {
        Ok(body) => (200, body.to_string()),
        Err(Failure::Json(error)) => (400, error.to_string()),
        Err(Failure::Database(error)) => {
            let status = match error {
                Error::NotFound { .. } => 404,
                Error::Integrity(_) | Error::StaleData { .. } => 409,
                Error::Validation { .. } | Error::Encode(_) => 422,
                _ => 500,
            };
            (status, error.to_string())
        }
    };
    println!("{request}\n  {status} {body}");
}

fn main() -> orm::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let engine = Engine::connect(&url)?;
    let metadata = metadata![Project, Task, Label];
    metadata.create_all(&mut engine.connect()?)?;

    let body = r#"{"name": "orm", "tasks": [{"title": "write"}, {"title": "test"}]}"#;
    answer(&engine, "POST /projects", |session| put_project(session, body));
    let body = r#"{"id": 1, "name": "orm", "tasks": [{"id": 2, "title": "test it"}]}"#;
    answer(&engine, "PUT /projects/1, without one of the tasks", |s| put_project(s, body));
    answer(&engine, "PUT /tasks/2/labels/ci", |session| label_task(session, 2, "ci"));
    answer(&engine, "PUT /tasks/2/labels/ci, again", |session| label_task(session, 2, "ci"));
    answer(&engine, "GET /projects/1", |session| get_project(session, 1));

    for body in [
        r#"{"description": "maps rows"}"#,
        r#"{"description": null}"#,
        r#"{"name": null}"#,
        r#"{"name": " "}"#,
        r#"{"id": 7}"#,
    ] {
        let request = format!("PATCH /projects/1 {body}");
        answer(&engine, &request, |session| patch_project(session, 1, body));
    }

    answer(&engine, "DELETE /tasks/2", |session| delete_task(session, 2));
    answer(&engine, "DELETE /tasks/2, again", |session| delete_task(session, 2));
    answer(&engine, "GET /projects/1", |session| get_project(session, 1));
    answer(&engine, "POST /tasks/2/restore", |session| restore_task(session, 2));
    answer(&engine, "GET /projects/1", |session| get_project(session, 1));
    metadata.drop_all(&mut engine.connect()?)
}
