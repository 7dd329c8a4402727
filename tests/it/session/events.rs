//! Events of a session: when they run, what they see and change, and what their errors undo.
#![expect(clippy::unnecessary_wraps, reason = "validators and hooks return a result")]

mod failures;
mod loads;
mod writes;

use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm::{Error, Events};
use orm_testkit::TestDb;

#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "articles",
    before_insert = Article::set_slug,
    before_update = Article::set_slug,
    on_load = Article::set_shout
)]
struct Article {
    #[orm(primary_key)]
    id: i64,
    #[orm(validate = not_blank)]
    title: String,
    #[orm(default = "", unique)]
    slug: String,
    #[orm(skip)]
    shout: String,
    #[orm(has_many(inverse = article, cascade = "all, delete-orphan"))]
    notes: HasMany<Note>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Article::id))]
    article_id: Option<i64>,
    #[orm(belongs_to(key = article_id, inverse = notes))]
    article: BelongsTo<Option<Article>>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "entries",
    before_insert = say_once,
    before_insert = Entry::say_twice,
    before_delete = keep_entries
)]
struct Entry {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

impl Article {
    fn set_slug(&mut self) -> orm::Result<()> {
        self.slug = self.title.to_lowercase().replace(' ', "-");
        Ok(())
    }

    fn set_shout(&mut self) -> orm::Result<()> {
        self.shout = self.title.to_uppercase();
        Ok(())
    }
}

fn not_blank(title: &mut String) -> Result<(), &'static str> {
    *title = title.trim().to_owned();
    if title.is_empty() { Err("it is blank") } else { Ok(()) }
}

fn say_once(session: &mut Session, entry: Entity<Entry>) -> orm::Result<()> {
    session[entry].text.push_str(" once");
    Ok(())
}

impl Entry {
    fn say_twice(&mut self) -> orm::Result<()> {
        self.text.push_str(" twice");
        Ok(())
    }
}

fn keep_entries(session: &mut Session, entry: Entity<Entry>) -> orm::Result<()> {
    let text = &session[entry].text;
    Err(Error::invalid_state(format!("the entry `{text}` is kept")))
}

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Returns what notes the text of the entity of an event under its name.
    fn of_note(&self, event: &'static str) -> impl orm::HookOf<Note> + use<> {
        let log = self.clone();
        move |session: &mut Session, note: Entity<Note>| {
            log.note(format!("{event} {} {}", session[note].id, session[note].text));
            Ok(())
        }
    }

    /// Returns what notes the name of an event of the session.
    fn of_session(
        &self,
        event: &'static str,
    ) -> impl Fn(&mut Session) -> orm::Result<()> + Send + Sync + use<> {
        let log = self.clone();
        move |_: &mut Session| {
            log.note(event);
            Ok(())
        }
    }

    /// Returns what notes the name of the end of a transaction.
    fn of_end(&self, event: &'static str) -> impl Fn(&mut Session) + Send + Sync + use<> {
        let log = self.clone();
        move |_: &mut Session| log.note(event)
    }

    /// Returns all events, each noted here.
    fn events(&self) -> Events {
        Events::new()
            .before_insert(self.of_note("before_insert"))
            .before_update(self.of_note("before_update"))
            .before_delete(self.of_note("before_delete"))
            .after_insert(self.of_note("after_insert"))
            .after_update(self.of_note("after_update"))
            .after_delete(self.of_note("after_delete"))
            .before_flush(self.of_session("before_flush"))
            .after_flush(self.of_session("after_flush"))
            .before_commit(self.of_session("before_commit"))
            .after_commit(self.of_end("after_commit"))
            .after_rollback(self.of_end("after_rollback"))
    }
}

fn session(db: &TestDb, events: Events) -> orm::Result<Session> {
    metadata![Article, Note, Entry].create_all(&mut db.connect()?)?;
    Ok(db.engine().session().events(events))
}

fn note(text: &str) -> impl orm::IntoNewRow<Note> + use<> {
    Note::builder().text(text.to_owned())
}

/// Returns why the session refused a call.
fn refusal<T>(result: orm::Result<T>) -> String {
    match result.err() {
        Some(Error::InvalidState(message)) => message.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

fn texts(db: &TestDb) -> orm::Result<Vec<String>> {
    Note::query().order_by(Note::id).select(Note::text).all(&mut db.connect()?)
}
