//! LIKE, ILIKE, and the searches in which no character has a special meaning.

use orm::Expr;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Line {
    #[orm(primary_key)]
    id: i64,
    text: String,
    pattern: Option<String>,
}

const TEXTS: [&str; 11] = [
    "100%",
    "100 percent",
    "a_b",
    "axb",
    r"c:\dir",
    "c:/dir",
    "ALPHA",
    "alpha",
    "Alphabet",
    "",
    "l1\nl2",
];

fn with_lines(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Line].create_all(&mut conn)?;
    Line::insert_many(TEXTS.map(|text| Line::builder().text(text))).execute(&mut conn)?;
    Ok(conn)
}

/// Returns the texts that match, in the order above.
fn found(conn: &mut Connection, condition: Expr<bool>) -> orm::Result<Vec<String>> {
    Line::query().filter(condition).order_by(Line::id).select(Line::text).all(conn)
}

on_every_backend! {
    fn like_knows_two_wildcards(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.like("100%"))?, ["100%", "100 percent"]);
        assert_eq!(found(&mut conn, Line::text.like("a_b"))?, ["a_b", "axb"]);
        assert_eq!(found(&mut conn, Line::text.like("_lpha%"))?, ["alpha", "Alphabet"]);
        assert_eq!(found(&mut conn, Line::text.like("%"))?, TEXTS);
        assert_eq!(found(&mut conn, Line::text.like(""))?, [""]);
        assert_eq!(found(&mut conn, Line::text.like("l1%l2"))?, ["l1\nl2"]);
        Ok(())
    }

    fn a_backslash_takes_the_meaning_from_a_wildcard(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.like(r"100\%"))?, ["100%"]);
        assert_eq!(found(&mut conn, Line::text.like(r"a\_b"))?, ["a_b"]);
        assert_eq!(found(&mut conn, Line::text.like(r"c:\\dir"))?, [r"c:\dir"]);
        Ok(())
    }

    fn like_tells_upper_from_lower_case(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.like("alpha%"))?, ["alpha"]);
        assert_eq!(found(&mut conn, Line::text.like("ALPHA"))?, ["ALPHA"]);
        Ok(())
    }

    fn ilike_does_not(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.ilike("aLpHa%"))?, ["ALPHA", "alpha", "Alphabet"]);
        assert_eq!(found(&mut conn, Line::text.ilike("ALPHA"))?, ["ALPHA", "alpha"]);
        assert_eq!(found(&mut conn, Line::text.ilike(r"A\_B"))?, ["a_b"]);
        assert_eq!(found(&mut conn, Line::text.ilike("A_B"))?, ["a_b", "axb"]);
        Ok(())
    }

    fn contains_takes_every_character_for_itself(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.contains("%"))?, ["100%"]);
        assert_eq!(found(&mut conn, Line::text.contains("_"))?, ["a_b"]);
        assert_eq!(found(&mut conn, Line::text.contains(r"\"))?, [r"c:\dir"]);
        assert_eq!(found(&mut conn, Line::text.contains(r":\d"))?, [r"c:\dir"]);
        assert_eq!(found(&mut conn, Line::text.contains("ph"))?, ["alpha", "Alphabet"]);
        assert_eq!(found(&mut conn, Line::text.contains(""))?, TEXTS);
        Ok(())
    }

    fn starts_with_and_ends_with_do_too(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.starts_with("100"))?, ["100%", "100 percent"]);
        assert_eq!(found(&mut conn, Line::text.starts_with("100%"))?, ["100%"]);
        assert_eq!(found(&mut conn, Line::text.starts_with("a_"))?, ["a_b"]);
        assert_eq!(found(&mut conn, Line::text.starts_with(r"c:\"))?, [r"c:\dir"]);
        assert_eq!(found(&mut conn, Line::text.ends_with("%"))?, ["100%"]);
        assert_eq!(found(&mut conn, Line::text.ends_with("_b"))?, ["a_b"]);
        assert_eq!(found(&mut conn, Line::text.ends_with(r"\dir"))?, [r"c:\dir"]);
        assert_eq!(found(&mut conn, Line::text.ends_with("dir"))?, [r"c:\dir", "c:/dir"]);
        Ok(())
    }

    fn they_tell_upper_from_lower_case(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert_eq!(found(&mut conn, Line::text.contains("LPH"))?, ["ALPHA"]);
        assert_eq!(found(&mut conn, Line::text.starts_with("Alpha"))?, ["Alphabet"]);
        assert_eq!(found(&mut conn, Line::text.ends_with("PHA"))?, ["ALPHA"]);
        Ok(())
    }

    fn a_search_can_be_negated(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        let condition = !Line::text.contains("a") & !Line::text.like("%l%") & Line::text.ne("");
        assert_eq!(
            found(&mut conn, condition)?,
            ["100%", "100 percent", r"c:\dir", "c:/dir", "ALPHA"]
        );
        Ok(())
    }

    fn a_pattern_can_be_a_column(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;
        let set = |text: &str, pattern: &str| {
            Line::update().set(Line::pattern, pattern).filter(Line::text.eq(text))
        };
        set("axb", "a_b").execute(&mut conn)?;
        set("alpha", "ALPHA").execute(&mut conn)?;

        assert_eq!(found(&mut conn, Line::text.like(Line::pattern))?, ["axb"]);
        assert_eq!(found(&mut conn, Line::text.ilike(Line::pattern))?, ["axb", "alpha"]);
        Ok(())
    }

    fn null_matches_nothing_and_its_opposite_neither(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        assert!(found(&mut conn, Line::pattern.contains(""))?.is_empty());
        assert!(found(&mut conn, !Line::pattern.contains(""))?.is_empty());
        assert!(found(&mut conn, Line::text.like(None))?.is_empty());
        Ok(())
    }

    fn letters_beyond_ascii_are_searched_for(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;
        Line::insert(Line::builder().text("Grüße 😀!")).execute(&mut conn)?;

        assert_eq!(found(&mut conn, Line::text.contains("üß"))?, ["Grüße 😀!"]);
        assert_eq!(found(&mut conn, Line::text.like("Gr__e _!"))?, ["Grüße 😀!"]);
        assert_eq!(found(&mut conn, Line::text.ends_with("😀!"))?, ["Grüße 😀!"]);
        Ok(())
    }
}
