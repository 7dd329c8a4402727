//! Where names are found in SQL, and where not.

use super::columns::short;
use super::parse::{Source, around, named};
use crate::ast::{Piece, Place};

/// The pieces as text, each parameter as its number in brackets with its place.
fn shown(pieces: &[Piece]) -> String {
    let shown = pieces.iter().map(|piece| match piece {
        Piece::Sql(text) => text.to_string(),
        Piece::Parameter { index, place } => match place {
            Place::Anywhere => format!("<{index}>"),
            Place::Argument => format!("<{index} argument>"),
            Place::Alone => format!("<{index} alone>"),
            Place::In { negated, enclosed } => {
                let negated = if *negated { " not" } else { "" };
                let enclosed = if *enclosed { " enclosed" } else { "" };
                format!("<{index}{negated} in{enclosed}>")
            }
        },
    });
    shown.collect()
}

fn cut(sql: &'static str) -> String {
    let (pieces, _) = named(&Source::Static(sql)).unwrap();
    let (owned, _) = named(&Source::Owned(sql.to_owned())).unwrap();
    assert_eq!(pieces, owned);
    shown(&pieces)
}

fn names(sql: &'static str) -> Vec<String> {
    let (_, names) = named(&Source::Static(sql)).unwrap();
    names.into_iter().map(String::from).collect()
}

fn refusal(sql: &'static str) -> String {
    named(&Source::Static(sql)).unwrap_err().to_string()
}

#[test]
fn names_are_values_wherever_sql_is() {
    assert_eq!(cut("SELECT :a, :b_2+:a"), "SELECT <0>, <1>+<0>");
    assert_eq!(names("SELECT :a, :b_2+:a, :größe"), [":a", ":b_2", ":größe"]);
    assert_eq!(cut(":a"), "<0>");
    assert_eq!(cut(""), "");
}

#[test]
fn what_is_quoted_holds_no_names() {
    for sql in [
        "SELECT ':a', 'it''s :b'",
        r#"SELECT ":a", "x"":b""#,
        "SELECT `:a`",
        r"SELECT E'\' :a', e'\\', 'z'",
        "SELECT $$ :a '$$, $tag$ :b $$ :c $tag$, $_$:d$_$",
        "SELECT 1 -- :a 'is' it\n, 2",
        "SELECT /* :a /* ' */ :b */ 1",
    ] {
        assert_eq!(cut(sql), sql);
    }
    assert_eq!(cut(r"SELECT '\', :a, 'x'"), r"SELECT '\', <0>, 'x'");
    assert_eq!(cut("SELECT '' || :a"), "SELECT '' || <0>");
    assert_eq!(cut("SELECT a$b$, :a, c$b$"), "SELECT a$b$, <0>, c$b$");
    assert_eq!(cut("SELECT 1 - -:a / :b"), "SELECT 1 - -<0> / <1>");
}

#[test]
fn casts_and_slices_are_no_names() {
    for sql in
        ["SELECT a::int", "SELECT a[1:n], a[lo:hi], f(a)[(1):n]", "f(a := 1)", "a : b", "12:30"]
    {
        assert_eq!(cut(sql), sql);
    }
    assert_eq!(cut("SELECT a[:lo::int]"), "SELECT a[<0 alone>::int]");
}

#[test]
fn a_colon_can_be_escaped() {
    assert_eq!(cut(r"SELECT a[\:n] \:\: b"), "SELECT a[:n] :: b");
    assert_eq!(cut(r"SELECT '\:a', \x"), r"SELECT '\:a', \x");
}

#[test]
fn a_place_after_in_takes_the_word_with_it() {
    assert_eq!(cut("a IN :x AND b"), "a<0 in> AND b");
    assert_eq!(cut("a  not\n in( :x )"), "a<0 not in enclosed>");
    assert_eq!(cut("\"a\" IN (:x) OR c IN :y"), "\"a\"<0 in enclosed> OR c<1 in>");
    assert_eq!(cut("a IN (:x, :y)"), "a IN (<0>, <1>)");
    assert_eq!(cut("f(a) IN (:x + 1)"), "f(a) IN (<0> + 1)");
    assert_eq!(cut("main :x, 'in' :y, /* in */ :z"), "main <0>, 'in' <1>, /* in */ <2>");
}

#[test]
fn casts_and_arguments_are_places_of_their_own() {
    assert_eq!(
        cut("(:x IS NULL OR :y is not\n null)"),
        "(<0 alone> IS NULL OR <1 alone> is not\n null)"
    );
    assert_eq!(cut(":x IS NOT DISTINCT FROM :y"), "<0> IS NOT DISTINCT FROM <1>");
    assert_eq!(cut(":x::date, CAST( :y AS date)"), "<0 alone>::date, CAST( <1 alone> AS date)");
    assert_eq!(
        cut("ANY(:x), unnest (:y), (:z), f(:a, 1)"),
        "ANY(<0 argument>), unnest (<1 argument>), (<2>), f(<3>, 1)"
    );
}

#[test]
fn a_comment_at_the_end_does_not_swallow_what_follows() {
    assert_eq!(cut("a > 1 -- really"), "a > 1 -- really\n");
    assert_eq!(shown(&around(&["a > ", " -- really"]).unwrap()), "a > <0> -- really\n");
}

#[test]
fn what_is_not_closed_is_refused() {
    assert_eq!(refusal("SELECT 'a"), "the text ends inside a string, which is not closed");
    assert_eq!(refusal(r"SELECT E'\'"), "the text ends inside a string, which is not closed");
    assert_eq!(refusal("SELECT \"a"), "the text ends inside a quoted name, which is not closed");
    assert_eq!(refusal("SELECT /* /* */"), "the text ends inside a comment, which is not closed");
    assert_eq!(
        refusal("SELECT $a$ $b$"),
        "the text ends inside a string in dollar quotes, which is not closed"
    );
}

#[test]
fn placeholders_of_a_database_are_refused() {
    for sql in ["SELECT $1", "a = ?2"] {
        assert!(refusal(sql).starts_with("the text has a numbered placeholder"), "{sql}");
    }
    assert_eq!(cut("data ? 'key' AND tags ?| :keys"), "data ? 'key' AND tags ?| <0>");
}

#[test]
fn arguments_stand_between_the_parts() {
    assert_eq!(
        shown(&around(&["SELECT ", " + ", "::int"]).unwrap()),
        "SELECT <0> + <1 alone>::int"
    );
    assert_eq!(shown(&around(&["a IN (", ") AND b = :c"]).unwrap()), "a<0 in enclosed> AND b = :c");
    assert_eq!(shown(&around(&["", "", ""]).unwrap()), "<0><1>");
}

#[test]
fn an_argument_in_quotes_is_refused() {
    for parts in [&["a = '", "'"], &["-- ", "\n1"], &["/* ", "*/ 1"], &["$$", "$$"], &["\"", "\""]]
    {
        let refused = around(parts).unwrap_err().to_string();

        assert!(refused.starts_with("a value stands inside quotes or a comment"), "{parts:?}");
    }
}

#[test]
fn types_are_named_without_their_paths() {
    assert_eq!(short("shop::model::User"), "User");
    assert_eq!(short("(i64, alloc::string::String)"), "(i64, String)");
    assert_eq!(short("core::option::Option<shop::User>"), "Option<User>");
}
