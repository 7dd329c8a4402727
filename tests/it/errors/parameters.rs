//! Values of statements in errors: shown by an engine that was told to, and by no other.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "accounts")]
struct Account {
    #[orm(primary_key, auto = false)]
    id: i64,
    #[orm(unique)]
    name: String,
    note: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "ghosts")]
struct Ghost {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

fn connect(engine: &Engine) -> orm::Result<Connection> {
    let mut conn = engine.connect()?;
    metadata![Account].create_all(&mut conn)?;
    Ok(conn)
}

/// The values that an error of the database carries, and the error as it is shown.
fn parameters<T: std::fmt::Debug>(result: orm::Result<T>) -> (Option<String>, String) {
    let error = result.unwrap_err();
    let parameters = match &error {
        Error::Integrity(error) => &error.parameters,
        Error::Database(error) => &error.parameters,
        other => panic!("expected an error of the database, got {other:?}"),
    };
    (parameters.as_deref().map(str::to_owned), error.to_string())
}

on_every_backend! {
    fn a_refused_write_shows_its_values_with_the_statement(db: &TestDb) -> TestResult {
        let mut conn = connect(&db.engine().clone().show_parameters(true))?;
        let row = |id| Account::builder().id(id).name("o'hara").note(None::<String>);
        Account::insert(row(1)).execute(&mut conn)?;

        let (values, message) = parameters(Account::insert(row(2)).execute(&mut conn));

        assert_eq!(values.as_deref(), Some(r#"[2, "o'hara", NULL]"#));
        let placeholders = if db.dialect_name() == "sqlite" { "?1, ?2, ?3" } else { "$1, $2, $3" };
        assert_eq!(
            message,
            format!(
                "unique constraint `uq_accounts_name` of table `accounts` on `name` refused the \
                 write: a row with these values exists\n\
                 in: INSERT INTO \"accounts\" (\"id\", \"name\", \"note\") VALUES ({placeholders})\n\
                 parameters: [2, \"o'hara\", NULL]"
            )
        );
        Ok(())
    }

    fn a_refused_statement_shows_its_values(db: &TestDb) -> TestResult {
        let mut conn = connect(&db.engine().clone().show_parameters(true))?;
        let filter = Ghost::name.eq("boo") & Ghost::id.in_([7, 8]);

        let query = parameters(Ghost::query().filter(filter).limit(5).all(&mut conn));
        let no_values = parameters(Ghost::query().all(&mut conn));

        assert_eq!(query.0.as_deref(), Some(r#"["boo", [7, 8], 5]"#));
        assert!(query.1.contains("\nparameters: [\"boo\", [7, 8], 5]\nhelp: "), "{}", query.1);
        assert_eq!(no_values.0, None);
        Ok(())
    }

    fn it_holds_in_a_transaction_too(db: &TestDb) -> TestResult {
        let engine = db.engine().clone().show_parameters(true);
        let _conn = connect(&engine)?;

        let refused = engine.begin(|tx| {
            Account::insert(Account::builder().id(1).name("alice")).execute(tx)?;
            Account::insert(Account::builder().id(1).name("bob")).execute(tx)
        });

        assert_eq!(parameters(refused).0.as_deref(), Some(r#"[1, "bob"]"#));
        Ok(())
    }

    fn a_long_text_is_shortened(db: &TestDb) -> TestResult {
        let mut conn = connect(&db.engine().clone().show_parameters(true))?;
        let row = || Account::builder().id(1).name("x".repeat(5000));
        Account::insert(row()).execute(&mut conn)?;

        let (values, _) = parameters(Account::insert(row()).execute(&mut conn));

        let expected = format!("[1, \"{}\"… (5000 characters)]", "x".repeat(100));
        assert_eq!(values.as_deref(), Some(expected.as_str()));
        Ok(())
    }

    fn no_value_is_shown_unless_the_engine_says_so(db: &TestDb) -> TestResult {
        let shown = db.engine().clone().show_parameters(true);
        let row = || Account::builder().id(1).name("secret");

        for engine in [db.engine(), &shown.show_parameters(false)] {
            let mut conn = connect(engine)?;
            Account::insert(row()).execute(&mut conn)?;

            let write = Account::insert(row()).execute(&mut conn).unwrap_err();
            let query = Ghost::query().filter(Ghost::name.eq("secret")).all(&mut conn).unwrap_err();

            for error in [write, query] {
                assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
                assert_eq!(parameters(Err::<(), _>(error)).0, None);
            }
            metadata![Account].drop_all(&mut conn)?;
        }
        Ok(())
    }
}
