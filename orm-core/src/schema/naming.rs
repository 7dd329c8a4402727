//! Names for constraints and indexes that were given none: `pk_`, `uq_`, `ck_`, `fk_` and `ix_`.
//!
//! The convention that Alembic's manual recommends, since a constraint without a name cannot be
//! dropped. Names longer than PostgreSQL's 63 bytes are cut and end in a hash of the whole.

use std::fmt::Write as _;

const MAX_LENGTH: usize = 63;
const HASH_LENGTH: usize = 9;

pub(super) fn primary_key(table: &str) -> String {
    shortened(format!("pk_{table}"))
}

pub(super) fn unique<S: AsRef<str>>(table: &str, columns: &[S]) -> String {
    shortened(format!("uq_{table}{}", suffix(columns)))
}

pub(super) fn index<S: AsRef<str>>(table: &str, columns: &[S]) -> String {
    shortened(format!("ix_{table}{}", suffix(columns)))
}

pub(super) fn check(table: &str, subject: &str) -> String {
    shortened(format!("ck_{table}_{subject}"))
}

pub(super) fn foreign_key<S: AsRef<str>>(table: &str, columns: &[S], target: &str) -> String {
    shortened(format!("fk_{table}{}_{target}", suffix(columns)))
}

fn suffix<S: AsRef<str>>(columns: &[S]) -> String {
    columns.iter().fold(String::new(), |suffix, column| suffix + "_" + column.as_ref())
}

fn shortened(name: String) -> String {
    if name.len() <= MAX_LENGTH {
        return name;
    }
    // FNV-1a: the hash must be the same in every build, since the name is stored in databases.
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut end = MAX_LENGTH - HASH_LENGTH;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = name;
    short.truncate(end);
    // Writing to a `String` cannot fail.
    let _ = write!(short, "_{hash:08x}");
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_convention() {
        assert_eq!(primary_key("users"), "pk_users");
        assert_eq!(unique("users", &["email"]), "uq_users_email");
        assert_eq!(index("posts", &["author_id", "published"]), "ix_posts_author_id_published");
        assert_eq!(check("posts", "title"), "ck_posts_title");
        assert_eq!(foreign_key("posts", &["author_id"], "users"), "fk_posts_author_id_users");
    }

    #[test]
    fn a_long_name_is_cut_to_63_bytes_and_stays_distinct() {
        let first = index(&"t".repeat(60), &["first_column"]);
        let second = index(&"t".repeat(60), &["second_column"]);

        assert_eq!(first.len(), 63);
        assert_ne!(first, second);
    }

    #[test]
    fn a_name_is_never_cut_inside_a_character() {
        let name = index(&"ü".repeat(40), &["a"]);

        assert!(name.len() <= 63);
        assert!(name.starts_with("ix_ü"));
    }
}
