//! Rows that a session reads are shown to hooks.

use orm::prelude::*;
use orm::{Error, Events};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::super::statements;
use super::{Article, Log, Note, note, refusal, session, texts};

on_every_backend! {
    fn rows_are_changed_as_they_are_loaded_and_are_not_dirty(db: &TestDb) -> TestResult {
        let log = Log::default();
        let loads = log.clone();
        let events = Events::new().on_load(move |note: &mut Note| {
            loads.note(format!("load {}", note.text));
            note.text = note.text.to_uppercase();
            Ok(())
        });
        let mut session = session(db, events)?;
        let mut conn = db.connect()?;
        let article = Article::insert(Article::builder().title("Hello").slug("s")).one(&mut conn)?;
        let rows = ["a", "b"].map(|text| Note::builder().text(text).article_id(article.id));
        Note::insert_many(rows).execute(&mut conn)?;

        let sent = statements(|| {
            let first = session.get_or_not_found::<Note>(1)?;
            let article = Article::query().options(selectin(Article::notes)).one(&mut session)?;
            let notes = session[article].notes.entities().unwrap_or_default().to_vec();
            assert_eq!(notes[0], first);
            assert_eq!((&*session[notes[0]].text, &*session[notes[1]].text), ("A", "B"));
            assert_eq!(session[article].shout, "HELLO");
            assert!(!session.is_modified(first));
            session.commit()
        })?;

        assert_eq!(sent.len(), 3, "{sent:?}");
        assert_eq!(log.take(), ["load a", "load b"]);
        assert_eq!(texts(db)?, ["a", "b"]);
        Ok(())
    }

    fn rows_that_are_read_anew_are_loaded_again(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;
        let article = session.add(Article::builder().title("Hello"));
        session.commit()?;
        assert_eq!(session[article].shout, "");

        let update = Article::update().set(Article::title, "Bye").all_rows();
        update.execute(&mut db.connect()?)?;
        session.refresh(article)?;

        assert_eq!(session[article].shout, "BYE");
        assert!(!session.is_modified(article));
        session.rollback()?;
        Ok(())
    }

    fn lazy_and_streamed_rows_are_loaded_too(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;
        let mut conn = db.connect()?;
        Article::insert_many(["a", "b"].map(|text| Article::builder().title(text).slug(text)))
            .execute(&mut conn)?;
        Note::insert(Note::builder().text("n").article_id(1)).execute(&mut conn)?;

        let note = session.get_or_not_found::<Note>(1)?;
        let first = session.load(note, Note::article)?;
        let mut streamed = Vec::new();
        for article in Article::query().order_by(Article::id).stream(&mut session)? {
            streamed.push(article?);
        }

        assert_eq!(Some(streamed[0]), first);
        let shouts: Vec<_> = streamed.iter().map(|&article| &*session[article].shout).collect();
        assert_eq!(shouts, ["A", "B"]);
        session.rollback()?;
        Ok(())
    }

    fn attached_rows_are_loaded_too(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;
        let row = Article::builder().title("a").slug("a");
        let value = Article::insert(row).one(&mut db.connect()?)?;

        let article = session.attach(value)?;

        assert_eq!(session[article].shout, "A");
        assert!(!session.is_modified(article));
        Ok(())
    }

    fn an_error_of_a_hook_that_sees_a_row_is_that_of_the_query(db: &TestDb) -> TestResult {
        let events = Events::new().on_load(|_: &mut Note| Err(Error::invalid_state("no")));
        let mut session = session(db, events)?;
        Note::insert(note("a")).execute(&mut db.connect()?)?;

        let result = Note::query().one(&mut session);

        assert_eq!(refusal(result), "no");
        session.rollback()?;
        assert_eq!(Note::query().count(&mut session)?, 1);
        session.rollback()?;
        Ok(())
    }
}
