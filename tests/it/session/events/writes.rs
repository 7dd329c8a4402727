//! When events run, and what hooks see and change.

use orm::prelude::*;
use orm::{EntityState, Events};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::super::statements;
use super::{Article, Entry, Log, Note, note, session, texts};

on_every_backend! {
    fn events_run_in_the_order_of_a_flush(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, log.events())?;
        let old = session.add_all(["a", "b"].map(note));
        session.commit()?;
        log.take();

        session.delete(old[0])?;
        session[old[1]].text = "B".into();
        session.add_all(["c", "d"].map(note));
        session.commit()?;

        assert_eq!(
            log.take(),
            [
                "before_commit",
                "before_flush",
                "before_insert 0 c",
                "before_insert 0 d",
                "before_update 2 B",
                "before_delete 1 a",
                "after_insert 3 c",
                "after_insert 4 d",
                "after_update 2 B",
                "after_delete 1 a",
                "after_flush",
                "after_commit",
            ]
        );
        Ok(())
    }

    fn hooks_do_not_part_the_rows_of_a_batch(db: &TestDb) -> TestResult {
        let mut session = session(db, Log::default().events())?;

        let sent = statements(|| {
            session.add_all(["a", "b", "c", "d"].map(note));
            session.commit()
        })?;

        assert_eq!(sent.len(), 1, "{sent:?}");
        Ok(())
    }

    fn a_model_changes_its_rows_before_they_are_inserted_and_updated(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;

        let article = session.add(Article::builder().title("Hello World"));
        session.commit()?;
        assert_eq!(session[article].slug, "hello-world");
        let sent = statements(|| {
            session[article].title = "Bye".into();
            session.commit()
        })?;

        assert_eq!(sent, [r#"UPDATE "articles" SET "title" = ?2, "slug" = ?3 WHERE "id" = ?1"#]);
        let stored = Article::query().one(&mut db.connect()?)?;
        assert_eq!((stored.title.as_str(), stored.slug.as_str()), ("Bye", "bye"));
        Ok(())
    }

    fn hooks_of_a_model_run_in_their_order_before_those_of_the_session(db: &TestDb) -> TestResult {
        let events = Events::new().before_insert(|session, entry: Entity<Entry>| {
            session[entry].text.push_str(" thrice");
            Ok(())
        });
        let mut session = session(db, events)?;

        session.add(Entry::builder().text("said"));
        session.commit()?;

        assert_eq!(Entry::query().one(&mut db.connect()?)?.text, "said once twice thrice");
        Ok(())
    }

    fn a_row_that_was_lent_out_and_not_changed_has_no_event(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, log.events())?;
        let kept = session.add(note("a"));
        session.commit()?;
        log.take();

        let sent = statements(|| {
            session[kept].text = "a".into();
            session.commit()
        })?;

        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(log.take(), ["before_commit", "before_flush", "after_flush", "after_commit"]);
        Ok(())
    }

    fn a_flush_without_work_has_no_event(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, log.events())?;

        session.flush()?;

        assert!(log.take().is_empty());
        Ok(())
    }

    fn what_a_validator_made_is_seen_by_a_hook_and_what_a_hook_sets_is_validated(
        db: &TestDb,
    ) -> TestResult {
        let events = Events::new().before_update(|session, article: Entity<Article>| {
            if session[article].title == "blank" {
                session[article].title = " ".into();
            }
            Ok(())
        });
        let mut session = session(db, events)?;
        let article = session.add(Article::builder().title(" Hello "));
        session.commit()?;
        session[article].title = " Good bye ".into();
        session.commit()?;
        assert_eq!(session[article].slug, "good-bye");

        session[article].title = "blank".into();
        let error = session.commit().unwrap_err();

        assert_eq!(error.to_string(), "`title` of `Article` is not valid: it is blank");
        assert_eq!(session[article].title, "Good bye");
        Ok(())
    }

    fn what_before_flush_does_is_part_of_the_flush(db: &TestDb) -> TestResult {
        let events = Events::new().before_flush(|session| {
            for article in session.new_entities::<Article>() {
                let text = format!("about {}", session[article].title);
                session.push(article, Article::notes, Note::builder().text(text))?;
            }
            for note in session.dirty::<Note>() {
                session.delete(note)?;
            }
            Ok(())
        });
        let mut session = session(db, events)?;

        let article = session.add(Article::builder().title("Hello"));
        session.commit()?;
        let notes = session.load(article, Article::notes)?;
        assert_eq!(texts(db)?, ["about Hello"]);
        assert_eq!(session[notes[0]].article_id, Some(1));

        session[notes[0]].text = "changed".into();
        session.commit()?;
        assert!(texts(db)?.is_empty());
        assert_eq!(session.state(notes[0]), EntityState::Detached);
        Ok(())
    }

    fn rows_that_a_hook_adds_have_events_too(db: &TestDb) -> TestResult {
        let log = Log::default();
        let adding = Events::new().before_insert(|session, note: Entity<Note>| {
            if session[note].text == "a" {
                session.add(Note::builder().text("of a"));
            }
            Ok(())
        });
        let mut session = session(db, adding)?.events(log.events());

        session.add(note("a"));
        session.flush()?;

        assert_eq!(
            log.take(),
            [
                "before_flush",
                "before_insert 0 a",
                "before_insert 0 of a",
                "after_insert 1 a",
                "after_insert 2 of a",
                "after_flush",
            ]
        );
        session.rollback()?;
        Ok(())
    }

    fn a_new_row_that_a_hook_takes_back_is_not_inserted(db: &TestDb) -> TestResult {
        let log = Log::default();
        let taking = Events::new().before_insert(|session, note: Entity<Note>| {
            if session[note].text == "a" { session.delete(note) } else { Ok(()) }
        });
        let mut session = session(db, taking)?.events(log.events());

        session.add_all(["a", "b"].map(note));
        session.flush()?;

        assert_eq!(
            log.take(),
            ["before_flush", "before_insert 0 b", "after_insert 1 b", "after_flush"]
        );
        session.commit()?;
        assert_eq!(texts(db)?, ["b"]);
        Ok(())
    }

    fn a_hook_after_an_insert_sees_the_key_and_what_it_changes_is_written_too(
        db: &TestDb,
    ) -> TestResult {
        let events = Events::new().after_insert(|session, note: Entity<Note>| {
            session[note].text = format!("note {}", session[note].id);
            Ok(())
        });
        let mut session = session(db, events)?;

        let sent = statements(|| {
            session.add_all(["a", "b"].map(note));
            session.commit()
        })?;

        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!(sent[0].starts_with("INSERT"), "{sent:?}");
        assert!(sent[1].contains("UPDATE"), "{sent:?}");
        assert_eq!(texts(db)?, ["note 1", "note 2"]);
        Ok(())
    }

    fn a_row_that_a_hook_deletes_after_its_update_is_deleted_by_the_same_flush(
        db: &TestDb,
    ) -> TestResult {
        let log = Log::default();
        let deleting = Events::new().after_update(|session, note: Entity<Note>| session.delete(note));
        let mut session = session(db, deleting)?.events(log.events());
        let note = session.add(note("a"));
        session.flush()?;
        log.take();

        session[note].text = "b".into();
        session.flush()?;

        assert_eq!(
            log.take(),
            [
                "before_flush",
                "before_update 1 b",
                "after_flush",
                "before_flush",
                "before_delete 1 b",
                "after_delete 1 b",
                "after_flush",
            ]
        );
        session.commit()?;
        assert!(texts(db)?.is_empty());
        Ok(())
    }

    fn a_cascade_and_an_orphan_have_events_of_deletes(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, log.events())?;
        let notes = ["a", "b"].map(|text| Note::builder().text(text));
        let article = session.add(Article::builder().title("Hello").notes(notes));
        session.commit()?;
        let notes = session.load(article, Article::notes)?;
        log.take();

        session.remove(article, Article::notes, notes[0])?;
        session.flush()?;
        assert_eq!(
            log.take(),
            ["before_flush", "before_delete 1 a", "after_delete 1 a", "after_flush"]
        );

        session.delete(article)?;
        session.flush()?;
        assert_eq!(
            log.take(),
            ["before_flush", "before_delete 2 b", "after_delete 2 b", "after_flush"]
        );
        session.rollback()?;
        Ok(())
    }

    fn a_row_that_gets_the_key_of_a_new_one_has_events_of_an_update(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, log.events())?;
        let kept = session.add(note("a"));
        session.commit()?;
        log.take();

        let article = session.add(Article::builder().title("Hello"));
        session.set(kept, Note::article, article)?;
        session.flush()?;

        assert_eq!(
            log.take(),
            ["before_flush", "before_update 1 a", "after_update 1 a", "after_flush"]
        );
        session.rollback()?;
        Ok(())
    }

    fn a_hook_of_a_flush_can_ask_the_database(db: &TestDb) -> TestResult {
        let events = Events::new().before_insert(|session, note: Entity<Note>| {
            let count = Note::query().count(session)?;
            let by_connection = Note::query().count(session.connection()?)?;
            session[note].text = format!("{count} {by_connection}");
            Ok(())
        });
        let mut session = session(db, events)?;

        for _ in 0..2 {
            session.add(note(""));
            session.commit()?;
        }

        assert_eq!(texts(db)?, ["0 0", "1 1"]);
        Ok(())
    }

    fn after_commit_begins_another_transaction(db: &TestDb) -> TestResult {
        let log = Log::default();
        let noted = log.clone();
        let events = Events::new().after_commit(move |session| {
            noted.note("committed");
            let count = Note::query().count(session).unwrap();
            session.add(Note::builder().text(format!("after {count}")));
            session.commit().unwrap();
        });
        let mut session = session(db, events)?;

        session.add(note("a"));
        session.commit()?;

        assert_eq!(texts(db)?, ["a", "after 1"]);
        assert_eq!(log.take(), ["committed"]);
        Ok(())
    }

    fn after_rollback_sees_memory_as_it_was(db: &TestDb) -> TestResult {
        let log = Log::default();
        let noted = log.clone();
        let events = Events::new().after_rollback(move |session| {
            let kept = session.get_or_not_found::<Note>(1).unwrap();
            noted.note(session[kept].text.clone());
        });
        let mut session = session(db, events)?;
        let kept = session.add(note("a"));
        session.commit()?;

        session[kept].text = "b".into();
        session.rollback()?;
        session.rollback()?;

        assert_eq!(log.take(), ["a"]);
        Ok(())
    }

    fn events_of_an_engine_run_in_each_of_its_sessions(db: &TestDb) -> TestResult {
        metadata![Article, Note].create_all(&mut db.connect()?)?;
        let log = Log::default();
        let both = db.engine().clone().events(Events::new().before_insert(log.of_note("engine")));
        let engine = both.events(Events::new().after_commit(log.of_end("committed")));

        engine.transaction(|session| {
            session.add(note("a"));
            Ok(())
        })?;
        let mut session = engine.session().events(Events::new().before_insert(log.of_note("session")));
        session.add(note("b"));
        session.commit()?;

        assert_eq!(
            log.take(),
            ["engine 0 a", "committed", "engine 0 b", "session 0 b", "committed"]
        );
        Ok(())
    }

    fn events_stay_when_a_session_forgets_its_rows_and_hear_of_known_models(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, Events::new().before_insert(log.of_note("one")))?;
        session.add(note("a"));
        session.commit()?;
        session.close()?;
        let mut session = session.events(Events::new().before_insert(log.of_note("two")));

        session.add(note("b"));
        session.commit()?;

        assert_eq!(log.take(), ["one 0 a", "one 0 b", "two 0 b"]);
        Ok(())
    }
}
