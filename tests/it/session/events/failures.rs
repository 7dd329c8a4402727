//! What errors of hooks undo, and what hooks cannot do.

use orm::prelude::*;
use orm::{EntityState, Error, Events};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Article, Entry, Log, Note, note, refusal, session, texts};

#[derive(Model, Debug)]
#[orm(table = "drafts", before_insert = Draft::touch)]
struct Draft {
    #[orm(primary_key)]
    id: i64,
    #[orm(server_default = "7")]
    number: i32,
}

impl Draft {
    fn touch(&mut self) -> orm::Result<()> {
        self.number += 1;
        Ok(())
    }
}

on_every_backend! {
    fn an_error_of_a_hook_undoes_the_transaction(db: &TestDb) -> TestResult {
        let no = || Err(Error::validation("Note", "text", "no"));
        let refuse = move |session: &mut Session, note: Entity<Note>| {
            if session[note].text == "no" { no() } else { Ok(()) }
        };
        let flush_events = [
            Events::new().before_insert(refuse),
            Events::new().after_insert(refuse),
            Events::new().before_flush(move |session| {
                let refused = session.new_entities::<Note>().into_iter().any(|n| session[n].text == "no");
                if refused { no() } else { Ok(()) }
            }),
            Events::new().after_flush(move |session| {
                let count = Note::query().filter(Note::text.eq("no")).count(session)?;
                if count > 0 { no() } else { Ok(()) }
            }),
            Events::new().before_commit(move |session| {
                let count = Note::query().filter(Note::text.eq("no")).count(session)?;
                if count > 0 { no() } else { Ok(()) }
            }),
        ];
        for (events, already) in flush_events.into_iter().zip(0..) {
            let log = Log::default();
            let ends = Events::new()
                .after_rollback(log.of_end("rolled back"))
                .after_commit(log.of_end("committed"));
            let mut session = session(db, events)?.events(ends);
            let kept = session.add(note("kept"));
            session.commit()?;

            session[kept].text = "changed".into();
            let refused = session.add(note("no"));
            let error = session.commit().unwrap_err();

            assert_eq!(error.to_string(), "`text` of `Note` is not valid: no");
            assert_eq!(session[kept].text, "kept");
            assert!(session.try_get(refused).is_none());
            assert_eq!(log.take(), ["committed", "rolled back"]);
            session[kept].text = format!("kept {already}");
            session.commit()?;
            assert_eq!(texts(db)?.len(), already + 1);
        }
        Ok(())
    }

    fn an_error_before_an_update_and_around_a_delete_undoes_them(db: &TestDb) -> TestResult {
        let refuse = |_: &mut Session, _: Entity<Note>| Err(Error::invalid_state("no"));
        let events = [
            Events::new().before_update(refuse),
            Events::new().after_update(refuse),
            Events::new().before_delete(refuse),
            Events::new().after_delete(refuse),
        ];
        for (events, number) in events.into_iter().zip(0..) {
            let mut session = session(db, events)?;
            let kept = session.add(note("kept"));
            session.commit()?;

            if number < 2 {
                session[kept].text = "changed".into();
            } else {
                session.delete(kept)?;
            }
            assert_eq!(refusal(session.commit()), "no");

            assert_eq!(session[kept].text, "kept");
            assert_eq!(session.state(kept), EntityState::Persistent);
            assert_eq!(texts(db)?, vec!["kept"; number + 1]);
        }
        Ok(())
    }

    fn a_model_refuses_that_its_rows_are_deleted(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;
        let entry = session.add(Entry::builder().text("first"));
        session.commit()?;

        session.delete(entry)?;

        assert_eq!(refusal(session.commit()), "the entry `first once twice` is kept");
        assert_eq!(session.state(entry), EntityState::Persistent);
        Ok(())
    }

    fn a_hook_of_the_value_needs_one_before_the_insert(db: &TestDb) -> TestResult {
        metadata![Draft].create_all(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let given = session.add(Draft::builder().number(1));
        session.commit()?;
        assert_eq!(session[given].number, 2);
        session.add(Draft::builder());

        let message = refusal(session.commit());
        assert!(message.contains("it is not inserted yet, and the database fills one of its columns"), "{message}");
        Ok(())
    }

    fn a_builder_in_a_builder_is_validated_too(db: &TestDb) -> TestResult {
        let mut session = session(db, Events::new())?;

        session.add(Note::builder().text("a").article(Article::builder().title(" ")));
        let error = session.commit().unwrap_err();

        assert_eq!(error.to_string(), "`title` of `Article` is not valid: it is blank");
        assert!(texts(db)?.is_empty());
        Ok(())
    }

    fn an_error_in_a_savepoint_undoes_the_savepoint_and_is_no_rollback(db: &TestDb) -> TestResult {
        let log = Log::default();
        let events = Events::new()
            .before_update(|_, _: Entity<Note>| Err(Error::invalid_state("no")))
            .after_commit(log.of_end("committed"))
            .after_rollback(log.of_end("rolled back"));
        let mut session = session(db, events)?;
        let kept = session.add(note("a"));

        let result = session.savepoint(|session| {
            session[kept].text = "b".into();
            session.flush()
        });

        assert_eq!(refusal(result), "no");
        assert_eq!(session[kept].text, "a");
        session.commit()?;
        assert_eq!(texts(db)?, ["a"]);
        assert_eq!(log.take(), ["committed"]);
        Ok(())
    }

    fn what_a_hook_changed_is_undone_with_its_transaction(db: &TestDb) -> TestResult {
        let events = Events::new().after_update(|session, article: Entity<Article>| {
            session.add(Note::builder().text(session[article].title.clone()));
            Ok(())
        });
        let mut session = session(db, events)?;
        let article = session.add(Article::builder().title("Hello"));
        session.commit()?;

        session[article].title = "Bye".into();
        session.flush()?;
        assert_eq!(Note::query().count(&mut session)?, 1);
        session.rollback()?;

        assert_eq!(session[article].slug, "hello");
        assert_eq!(Note::query().count(&mut session)?, 0);
        Ok(())
    }

    fn a_hook_of_a_flush_cannot_flush_commit_or_roll_back(db: &TestDb) -> TestResult {
        type Call = fn(&mut Session) -> orm::Result<()>;
        let calls: [(&str, Call); 5] = [
            ("flush", |session| session.flush()),
            ("commit", |session| session.commit()),
            ("roll back", |session| session.rollback()),
            ("close the session", |session| session.close()),
            ("begin a savepoint", |session| session.savepoint(|_| Ok(()))),
        ];
        for (what, call) in calls {
            let events = [
                Events::new().before_flush(call),
                Events::new().after_flush(call),
                Events::new().before_insert(move |session, _: Entity<Note>| call(session)),
                Events::new().after_insert(move |session, _: Entity<Note>| call(session)),
            ];
            for events in events {
                let mut session = session(db, events)?;
                session.add(note("a"));
                assert_eq!(
                    refusal(session.commit()),
                    format!(
                        "a hook cannot {what} during the flush that called it: return an error to \
                         undo the flush, or do it in `after_commit`"
                    )
                );
            }
        }
        assert!(texts(db)?.is_empty());
        Ok(())
    }

    fn a_hook_of_a_commit_can_flush_and_cannot_commit(db: &TestDb) -> TestResult {
        let flushing = Events::new().before_commit(|session| {
            session.add(note("of the hook"));
            session.flush()
        });
        let mut flushing = session(db, flushing)?;
        flushing.commit()?;
        assert_eq!(texts(db)?, ["of the hook"]);

        let committing = Events::new().before_commit(Session::commit);
        let mut committing = session(db, committing)?;
        let message = refusal(committing.commit());
        assert!(message.starts_with("a hook cannot commit during the commit"), "{message}");
        Ok(())
    }

    fn a_hook_that_keeps_a_failure_for_itself_cannot_go_on(db: &TestDb) -> TestResult {
        let failing = |session: &mut Session| {
            let _ = Article::insert_many(
                ["same", "same"].map(|slug| Article::builder().title("t").slug(slug)),
            )
            .execute(session);
            Ok(())
        };
        for events in [Events::new().before_flush(failing), Events::new().before_commit(failing)] {
            let log = Log::default();
            let ends = Events::new().after_rollback(log.of_end("rolled back"));
            let mut session = session(db, events)?.events(ends);
            let lost = session.add(note("a"));

            let message = refusal(session.commit());

            assert!(message.starts_with("a statement failed in a hook, so the transaction"), "{message}");
            assert!(session.try_get(lost).is_none());
            assert_eq!(log.take(), ["rolled back"]);
            assert!(texts(db)?.is_empty());
        }
        Ok(())
    }

    fn hooks_that_never_end_are_stopped(db: &TestDb) -> TestResult {
        let adding = |session: &mut Session, _: Entity<Note>| {
            session.add(note("more"));
            Ok(())
        };
        for events in [Events::new().before_insert(adding), Events::new().after_insert(adding)] {
            let mut session = session(db, events)?;
            session.add(note("a"));

            let message = refusal(session.commit());

            assert!(message.starts_with("a flush did not come to an end"), "{message}");
            assert!(texts(db)?.is_empty());
        }
        Ok(())
    }

    fn a_statement_that_fails_is_a_rollback(db: &TestDb) -> TestResult {
        let log = Log::default();
        let mut session = session(db, Events::new().after_rollback(log.of_end("rolled back")))?;
        session.add(Article::builder().title("a"));
        session.flush()?;

        let same = Article::insert(Article::builder().title("a").slug("a"));
        let error = same.execute(&mut session).unwrap_err();

        assert!(matches!(error, Error::Integrity(_)), "{error}");
        assert_eq!(log.take(), ["rolled back"]);
        Ok(())
    }

    fn a_panic_in_a_hook_leaves_a_session_that_can_be_rolled_back(db: &TestDb) -> TestResult {
        let events = Events::new().before_insert(|session, note: Entity<Note>| {
            assert_ne!(session[note].text, "panic");
            Ok(())
        });
        let mut session = session(db, events)?;
        session.add(note("panic"));

        let flushed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.flush()));

        assert!(flushed.is_err());
        session.rollback()?;
        session.add(note("a"));
        session.commit()?;
        assert_eq!(texts(db)?, ["a"]);
        Ok(())
    }

    fn a_hook_may_make_the_session_forget_everything(db: &TestDb) -> TestResult {
        let events = Events::new().before_insert(|session, _: Entity<Note>| {
            session.expunge_all();
            Ok(())
        });
        let mut session = session(db, events)?;

        session.add_all(["a", "b"].map(note));
        session.commit()?;

        assert!(texts(db)?.is_empty());
        Ok(())
    }
}
