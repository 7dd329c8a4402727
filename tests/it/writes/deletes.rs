//! DELETE.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Folder {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, PartialEq)]
struct File {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Folder::id, on_delete = "cascade"))]
    folder_id: i64,
    #[orm(foreign_key(Folder::id, on_delete = "set null"))]
    shown_in: Option<i64>,
}

/// Folders "a", "b", "c"; two files in "a", one of them shown in "b".
fn with_files(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Folder, File].create_all(&mut conn)?;
    let rows = ["a", "b", "c"].map(|name| Folder::builder().name(name));
    Folder::insert_many(rows).execute(&mut conn)?;
    File::insert(File::builder().folder_id(1)).execute(&mut conn)?;
    File::insert(File::builder().folder_id(1).shown_in(2)).execute(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn the_rows_that_the_filters_find_are_deleted_and_counted(db: &TestDb) -> TestResult {
        let mut conn = with_files(db)?;

        let two = Folder::delete().filter(Folder::name.in_(["b", "c"])).execute(&mut conn)?;
        let none = Folder::delete()
            .filter(Folder::name.eq("a"))
            .filter(Folder::id.eq(9))
            .execute(&mut conn)?;

        assert_eq!((two, none), (2, 0));
        assert_eq!(Folder::query().select(Folder::name).all(&mut conn)?, ["a"]);
        Ok(())
    }

    fn a_whole_table_is_deleted_only_when_that_is_said(db: &TestDb) -> TestResult {
        let mut conn = with_files(db)?;
        let before = conn.statement_count();

        let error = File::delete().execute(&mut conn).unwrap_err();

        assert!(matches!(error, Error::InvalidQuery(_)));
        assert_eq!(
            error.to_string(),
            "this would delete every row of `file`: add a `.filter(…)`, or say `.all_rows()` if that \
             is meant"
        );
        assert_eq!(conn.statement_count(), before);
        assert_eq!(File::delete().all_rows().execute(&mut conn)?, 2);
        assert!(!File::query().exists(&mut conn)?);
        Ok(())
    }

    fn rows_that_go_with_a_deleted_one_are_not_counted(db: &TestDb) -> TestResult {
        let mut conn = with_files(db)?;

        let count = Folder::delete().filter(Folder::id.eq(1)).execute(&mut conn)?;

        assert_eq!(count, 1);
        assert_eq!(File::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn a_reference_to_a_deleted_row_becomes_null(db: &TestDb) -> TestResult {
        let mut conn = with_files(db)?;

        Folder::delete().filter(Folder::id.eq(2)).execute(&mut conn)?;

        let shown = File::query().order_by(File::id).select(File::shown_in);
        assert_eq!(shown.all(&mut conn)?, [None, None]);
        Ok(())
    }
}
