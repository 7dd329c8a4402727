//! Patterns that would mean something else to a backend are refused.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

on_every_backend! {
    fn a_pattern_with_a_nul_is_refused_and_deletes_nothing(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Note].create_all(&mut conn)?;
        let notes = ["a", "b"].map(|text| Note::builder().text(text));
        Note::insert_many(notes).execute(&mut conn)?;

        for condition in [
            Note::text.ends_with("\0"),
            Note::text.contains("a\0b"),
            Note::text.starts_with("\0"),
            Note::text.like("\0%"),
            Note::text.ilike("\0%"),
        ] {
            let error = Note::delete().filter(condition).execute(&mut conn).unwrap_err();
            assert!(matches!(error, Error::Encode(_)));
            assert_eq!(
                error.to_string(),
                "column `notes.text`: expected a pattern without the character U+0000, found one \
                 that contains it"
            );
        }
        assert_eq!(Note::query().count(&mut conn)?, 2);
        Ok(())
    }

    fn a_pattern_that_ends_with_the_escape_character_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Note].create_all(&mut conn)?;

        let error = Note::query().filter(Note::text.like(r"c:\")).all(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            r"column `notes.text`: expected a character after the `\` of a pattern, found its end"
        );
        assert!(Note::query().filter(Note::text.like(r"c:\\")).all(&mut conn)?.is_empty());
        Ok(())
    }

    fn conditions_nested_too_deep_are_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut condition = Note::id.eq(0);
        for id in 0..1_000 {
            condition = (condition | Note::id.eq(id)) & Note::id.ne(id);
        }

        let error = Note::query().filter(condition).all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::InvalidQuery(_)));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }
}
