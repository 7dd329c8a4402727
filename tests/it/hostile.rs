//! Texts that are meant to break out of where they stand come back as they were given, or are refused
//! with a message that says why; none is executed.

use orm::prelude::*;
use orm::{Connection, Error};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use super::predicates::pattern::matches;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "lines")]
struct Line {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "witnesses")]
struct Witness {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

/// `SQLITE_MAX_LIKE_PATTERN_LENGTH`, in bytes.
const LONGEST_SQLITE_PATTERN: usize = 50_000;

/// A hundred texts.
fn texts() -> Vec<String> {
    let short = [
        // Quotes and what may follow them.
        "'",
        "''",
        "'''",
        "\"",
        "\"\"",
        "\"\"\"",
        "`",
        "``",
        "[",
        "]",
        "[x]",
        "' OR '1'='1",
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "'; DROP TABLE witnesses; --",
        "\"; DROP TABLE witnesses; --",
        "'); DELETE FROM witnesses; --",
        "\"); DELETE FROM witnesses; --",
        "' UNION SELECT 1, 'x' --",
        "1; UPDATE witnesses SET name = 'x'",
        "x'; TRUNCATE witnesses; SELECT 'x",
        "' || (SELECT 1) || '",
        "'/**/OR/**/1=1",
        "')) OR ((''='",
        "E'\\''",
        "x\"y'z`",
        "N'x'",
        "X'00'",
        "U&'\\0027'",
        "q'[x]'",
        // Comments.
        "--",
        "-- ",
        "/*",
        "*/",
        "/* */",
        "/*/* */",
        "#",
        "x -- y",
        "x /* y",
        ";",
        ";;",
        "\\;",
        // Wildcards and escapes.
        "%",
        "%%",
        "_",
        "__",
        "%_%",
        "\\",
        "\\\\",
        "\\\\\\",
        "\\%",
        "\\_",
        "\\'",
        "\\\"",
        "100%",
        "a\\",
        "\\n",
        "\\x27",
        "\\u0027",
        "%27",
        "&#39;",
        "[a-z]%",
        "*",
        "?",
        // Dollar quotes, placeholders, templates.
        "$$",
        "$$; DROP TABLE witnesses; $$",
        "$x$",
        "$1",
        "$1::text",
        "$2",
        "$999999",
        "?1",
        "?999999",
        "??",
        ":name",
        "::text",
        "@name",
        "%s",
        "%(name)s",
        "{}",
        "{0}",
        "{name}",
        "${name}",
        "#{name}",
        "{{",
        // Characters that look like others, or cannot be seen.
        "\u{2019}",
        "\u{ff07}",
        "\u{2018}; DROP TABLE witnesses",
        "\u{2032}",
        "\u{ff02}",
        "\u{ff1b}",
        "\u{200b}",
        "\u{feff}x",
        "\u{202e}txet\u{202c}",
        "\u{200f}x",
        "e\u{301}",
        "\u{e9}",
        "\u{fffd}",
        "\u{d7ff}",
        "\u{e000}",
        "\u{10ffff}",
        "\u{1f469}\u{200d}\u{1f680}",
        "İı",
        "ß",
        "漢'字",
        // White space, control characters, the end of a text for C.
        "",
        " ",
        "  x  ",
        "\t",
        "\n",
        "\r\n",
        "'\n--",
        "\u{1}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\0",
        "a\0b",
        "'\0; DROP TABLE witnesses",
        // Words.
        "NULL",
        "null",
        "DEFAULT",
        "true",
        "NaN",
        "select",
        "*, name",
        "1 AS x",
    ];
    let mut texts: Vec<String> = short.map(str::to_owned).to_vec();
    texts.extend(["x".repeat(63), "x".repeat(64), "'".repeat(5_000), "é".repeat(100_000)]);
    texts
}

fn is_refused_by(backend: Backend, text: &str) -> bool {
    backend == Backend::Postgres && text.contains('\0')
}

/// Texts that the backend holds, in one row each.
fn stored(db: &TestDb) -> Vec<String> {
    texts().into_iter().filter(|text| !is_refused_by(db.backend(), text)).collect()
}

fn leaked(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn with_lines(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Line, Witness].create_all(&mut conn)?;
    Witness::insert(Witness::builder().name("sound")).execute(&mut conn)?;
    Line::insert_many(stored(db).into_iter().map(|text| Line::builder().text(text)))
        .execute(&mut conn)?;
    Ok(conn)
}

/// Asserts that nothing was executed.
fn assert_sound(db: &TestDb, conn: &mut Connection) -> TestResult {
    assert_eq!(Witness::query().all(conn)?, [Witness { id: 1, name: "sound".to_owned() }]);
    assert_eq!(Line::query().order_by(Line::id).select(Line::text).all(conn)?, stored(db));
    Ok(())
}

/// Asserts that a pattern is refused by a message that says why.
#[track_caller]
fn assert_pattern_is_refused(error: &Error) {
    assert!(matches!(error, Error::Encode(_)), "{error}");
    let message = error.to_string();
    assert!(
        [
            "column `lines.text`: expected a pattern without the character U+0000, found one that \
             contains it",
            r"column `lines.text`: expected a character after the `\` of a pattern, found its end",
        ]
        .contains(&message.as_str()),
        "{message}"
    );
}

/// What SQLite sees of a text when it looks for patterns; PostgreSQL holds none with U+0000.
fn seen(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

fn ends_with_an_escape(pattern: &str) -> bool {
    let escapes = pattern.len() - pattern.trim_end_matches('\\').len();
    escapes % 2 == 1
}

/// Asserts that a name is refused before anything is sent, by a message with the name in it.
#[track_caller]
fn assert_name_is_refused<T: std::fmt::Debug>(name: &str, result: orm::Result<T>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::InvalidQuery(_)), "{error}");
    let (shown, message) = (format!("the name {name:?} "), error.to_string());
    assert!(message.starts_with(&shown), "{message}");
    let why = message.trim_start_matches(&shown);
    let expected = match name.len() {
        0 => "is empty: choose another".to_owned(),
        1..=63 => "contains the character U+0000: choose another".to_owned(),
        length => format!("has {length} bytes, of which PostgreSQL keeps 63: choose another"),
    };
    assert_eq!(why, expected);
}

fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len()) && !name.contains('\0')
}

#[test]
fn there_are_a_hundred_texts() {
    let texts = texts();
    let mut distinct = texts.clone();
    distinct.sort();
    distinct.dedup();
    assert!(distinct.len() >= 100 && distinct.len() == texts.len(), "{}", distinct.len());
}

on_every_backend! {
    fn hostile_texts_are_values_like_any_other(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        for text in stored(db) {
            let found = Line::query().filter(Line::text.eq(&text)).select(Line::text).one(&mut conn)?;
            assert_eq!(found, text);
            let listed = Line::query().filter(Line::text.in_([&text])).select(Line::text).all(&mut conn);
            match listed {
                Ok(listed) => assert_eq!(listed, [text.as_str()]),
                // SQLite takes lists as JSON, in which no text has it.
                Err(error) => assert!(
                    matches!(error, Error::Encode(_)) && text.contains('\0'),
                    "{error}"
                ),
            }
            let changed = Line::update()
                .set(Line::text, &text)
                .filter(Line::text.eq(&text))
                .returning(Line::text)
                .all(&mut conn)?;
            assert_eq!(changed, [text]);
        }

        assert_sound(db, &mut conn)
    }

    fn what_a_backend_cannot_hold_is_refused_by_name(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        for text in texts().iter().filter(|text| is_refused_by(db.backend(), text)) {
            let error = Line::insert(Line::builder().text(text)).execute(&mut conn).unwrap_err();
            assert!(matches!(error, Error::Encode(_)), "{error}");
            assert!(error.to_string().starts_with("column `lines.text`: "), "{error}");
        }

        assert_sound(db, &mut conn)
    }

    fn hostile_texts_are_searched_for_as_they_are(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;
        let all = stored(db);
        let mut searched = |condition| {
            Line::query().filter(condition).order_by(Line::id).select(Line::text).all(&mut conn)
        };
        let those = |holds: &dyn Fn(&str) -> bool| -> Vec<String> {
            all.iter().filter(|line| holds(seen(line))).cloned().collect()
        };

        for text in texts() {
            if text.contains('\0') {
                assert_pattern_is_refused(&searched(Line::text.contains(&text)).unwrap_err());
                continue;
            }
            let part = text.as_str();
            if part.len() > LONGEST_SQLITE_PATTERN && db.backend() != Backend::Postgres {
                let error = searched(Line::text.contains(part)).unwrap_err();
                assert!(error.to_string().starts_with("LIKE or GLOB pattern too complex"));
                continue;
            }
            assert_eq!(searched(Line::text.contains(part))?, those(&|line| line.contains(part)));
            assert_eq!(searched(Line::text.starts_with(part))?, those(&|line| line.starts_with(part)));
            assert_eq!(searched(Line::text.ends_with(part))?, those(&|line| line.ends_with(part)));
        }

        assert_sound(db, &mut conn)
    }

    fn hostile_patterns_match_by_their_wildcards_only(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;
        let all = stored(db);

        for pattern in texts().into_iter().filter(|pattern| pattern.len() < 1_000) {
            let found = Line::query()
                .filter(Line::text.like(&pattern))
                .order_by(Line::id)
                .select(Line::text)
                .all(&mut conn);
            if pattern.contains('\0') || ends_with_an_escape(&pattern) {
                assert_pattern_is_refused(&found.unwrap_err());
            } else {
                let expected = all.iter().filter(|line| matches(seen(line), &pattern));
                assert_eq!(found?.iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            }
        }

        assert_sound(db, &mut conn)
    }

    fn hostile_names_of_aliases_are_only_names(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        for name in texts() {
            let alias = Line::alias(leaked(&name));
            let query = Line::query()
                .join(alias.on(alias.column(Line::id).eq(Line::id)))
                .filter(alias.column(Line::text).eq("'"))
                .select((Line::id, alias.entity()));

            let found = query.all(&mut conn);

            if is_name(&name) {
                assert_eq!(found?, [(1, Line { id: 1, text: "'".to_owned() })], "{name:?}");
            } else {
                assert_name_is_refused(&name, found);
            }
        }

        assert_sound(db, &mut conn)
    }

    fn hostile_labels_are_only_names(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        for name in texts() {
            let query = Line::query()
                .filter(Line::id.le(2))
                .select((Line::id, Line::text.label(leaked(&name))))
                .order_by(Line::id);

            let found = query.all(&mut conn);

            if is_name(&name) {
                assert_eq!(found?, [(1, "'".to_owned()), (2, "''".to_owned())], "{name:?}");
            } else {
                assert_name_is_refused(&name, found);
            }
        }

        assert_sound(db, &mut conn)
    }

    fn hostile_names_of_derived_tables_and_their_columns_are_only_names(db: &TestDb) -> TestResult {
        let mut conn = with_lines(db)?;

        for name in texts() {
            let rows = Line::query()
                .select((Line::id, Line::text.label(leaked(&name))))
                .subquery(leaked(&name));
            let (id, text) = rows.columns();
            let query = rows.query().filter(text.eq("''")).order_by(id);

            let found = query.all(&mut conn);

            if is_name(&name) {
                assert_eq!(found?, [(2, "''".to_owned())], "{name:?}");
            } else {
                assert_name_is_refused(&name, found);
            }
        }

        assert_sound(db, &mut conn)
    }
}

/// Of which PostgreSQL keeps 63 bytes: both names would be one, and the condition always true.
#[test]
fn two_names_that_postgresql_would_cut_to_one_are_refused() {
    let outer = Line::alias(leaked(&format!("{}1", "x".repeat(63))));
    let inner = Line::alias(leaked(&format!("{}2", "x".repeat(63))));
    let same = inner.query().filter(inner.column(Line::id).eq(outer.column(Line::id)));
    let query = outer.query().filter(orm::func::exists(same));

    for dialect in [&orm::Sqlite as &dyn orm::Dialect, &orm::Postgres] {
        let error = query.to_sql(dialect).unwrap_err().to_string();
        assert!(error.ends_with("has 64 bytes, of which PostgreSQL keeps 63: choose another"));
    }
}
