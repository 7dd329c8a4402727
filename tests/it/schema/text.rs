//! The DDL as text is what `create_all` sends.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::catalog::sqlite_statements;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Genre {
    Jazz,
    Folk,
}

/// Who plays.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "bands", unique(columns(name, genre)), check("length(name) > 0"))]
struct Band {
    #[orm(primary_key)]
    id: i64,
    /// It's their name.
    #[orm(index, length = 80)]
    name: String,
    genre: Genre,
    #[orm(foreign_key(Gig::id))]
    next_gig_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "gigs", index(columns(place), condition = "sold_out = false"))]
struct Gig {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Band::id, on_delete = "cascade"))]
    band_id: i64,
    #[orm(server_default = "'here'")]
    place: String,
    #[orm(default = false)]
    sold_out: bool,
}

on_every_backend! {
    fn the_text_makes_the_same_tables(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![Band, Gig];

        conn.execute_definition(&metadata.ddl(conn.dialect()))?;

        let before = conn.statement_count();
        metadata.create_all(&mut conn)?;
        let questions = if db.dialect_name() == "sqlite" { 1 } else { 2 };
        assert_eq!(conn.statement_count() - before, questions);
        let band = Band::builder().name("Trio").genre(Genre::Jazz);
        let band = Band::insert(band).one(&mut conn)?;
        let gig = Gig::insert(Gig::builder().band_id(band.id)).one(&mut conn)?;
        assert_eq!(gig.place, "here");
        Ok(())
    }

    fn every_statement_of_the_text_ends_its_line(db: &TestDb) {
        let ddl = metadata![Band, Gig].ddl(db.engine().dialect());

        assert!(ddl.ends_with(";\n"));
        // Tables and indexes; the enum, a key of the circle and two comments on PostgreSQL.
        let count = if db.dialect_name() == "sqlite" { 4 } else { 8 };
        assert_eq!(ddl.matches(";\n").count(), count, "{ddl}");
    }

    fn sqlite_keeps_the_text_word_by_word(db: &TestDb) -> TestResult {
        let metadata = metadata![Band, Gig];
        metadata.create_all(&mut db.connect()?)?;

        if db.dialect_name() == "sqlite" {
            let kept = sqlite_statements(db)?;
            assert_eq!(kept.join(";\n") + ";\n", metadata.ddl(&orm::Sqlite));
        }
        Ok(())
    }
}
