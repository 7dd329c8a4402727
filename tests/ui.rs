//! Programs that must not compile, and what the compiler says about them.
//!
//! After a change of wording: `TRYBUILD=overwrite cargo test --test ui`, and read the difference.

#[test]
fn wrong_programs_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/derive/*.rs");
    cases.compile_fail("tests/ui/mistakes/*.rs");
    cases.compile_fail("tests/ui/queries/*.rs");
    cases.compile_fail("tests/ui/relations/*.rs");
    cases.compile_fail("tests/ui/sessions/*.rs");
    cases.compile_fail("tests/ui/shapes/*.rs");
    cases.compile_fail("tests/ui/sql/*.rs");
}
