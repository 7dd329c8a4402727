//! `get`: rows by primary keys of one column or several.

use orm::prelude::*;
use orm::{ColumnType, Row, SqlType, Value};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Article {
    #[orm(primary_key)]
    id: i64,
    title: String,
}

#[derive(Model, Debug, PartialEq)]
struct Country {
    #[orm(primary_key, length = 2)]
    code: String,
    name: String,
}

/// A UUID without the crate for it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token([u8; 16]);

impl ColumnType for Token {
    const SQL_TYPE: SqlType = SqlType::Uuid;

    fn read(row: &dyn Row, index: usize) -> orm::Result<Self> {
        row.uuid(index).map(Self)
    }

    fn to_value(&self) -> orm::Result<Value<'_>> {
        Ok(Value::Uuid(self.0))
    }
}

#[derive(Model, Debug, PartialEq)]
struct Login {
    #[orm(primary_key)]
    token: Token,
    user: String,
}

#[derive(Model, Debug, PartialEq)]
struct Seat {
    #[orm(primary_key)]
    hall: String,
    #[orm(primary_key)]
    row: i32,
    #[orm(primary_key)]
    number: i16,
    taken: bool,
}

on_every_backend! {
    fn a_row_is_found_by_its_generated_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Article].create_all(&mut conn)?;
        let rows = ["one", "two"].map(|title| Article::builder().title(title));
        Article::insert_many(rows).execute(&mut conn)?;
        let id = &2_i64;

        assert_eq!(Article::query().get(&mut conn, 2)?.unwrap().title, "two");
        assert_eq!(Article::query().get(&mut conn, id)?.unwrap().id, 2);
        assert_eq!(Article::query().get(&mut conn, *id)?.unwrap().id, 2);
        assert!(Article::query().get(&mut conn, 3)?.is_none());
        Ok(())
    }

    fn a_row_must_pass_the_filters_too(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Article].create_all(&mut conn)?;
        Article::insert(Article::builder().title("one")).execute(&mut conn)?;
        let published = Article::query().filter(Article::title.ne("one"));

        assert!(published.get(&mut conn, 1)?.is_none());
        Ok(())
    }

    fn get_or_not_found_says_which_model_was_not_found(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Article].create_all(&mut conn)?;
        let article = Article::insert(Article::builder().title("one")).one(&mut conn)?;

        let found = Article::query().get_or_not_found(&mut conn, article.id)?;
        let error = Article::query().get_or_not_found(&mut conn, 4711).unwrap_err();

        assert_eq!(found.title, "one");
        assert!(error.is_not_found());
        assert_eq!(error.to_string(), "no `Article` matches the query");
        Ok(())
    }

    fn a_row_is_found_by_a_text_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Country].create_all(&mut conn)?;
        Country::insert(Country::builder().code("NO").name("Norway")).execute(&mut conn)?;
        let code = String::from("NO");

        assert_eq!(Country::query().get(&mut conn, "NO")?.unwrap().name, "Norway");
        assert_eq!(Country::query().get(&mut conn, &code)?.unwrap().code, "NO");
        assert!(Country::query().get(&mut conn, "no")?.is_none());
        Ok(())
    }

    fn a_row_is_found_by_a_uuid_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Login].create_all(&mut conn)?;
        let token = Token([7; 16]);
        Login::insert(Login::builder().token(token).user("ann")).execute(&mut conn)?;

        let login = Login::query().get(&mut conn, token)?.unwrap();

        assert_eq!((login.token, login.user.as_str()), (token, "ann"));
        assert!(Login::query().get(&mut conn, Token([8; 16]))?.is_none());
        Ok(())
    }

    fn a_row_is_found_by_a_key_of_three_columns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Seat].create_all(&mut conn)?;
        let rows = [("a", 1, 1), ("a", 1, 2), ("a", 2, 1), ("b", 1, 1)].map(|(hall, row, number)| {
            Seat::builder().hall(hall).row(row).number(number).taken(row == 2)
        });
        Seat::insert_many(rows).execute(&mut conn)?;

        let seat = Seat::query().get(&mut conn, ("a", 2, 1))?;

        assert_eq!(seat, Some(Seat { hall: "a".to_owned(), row: 2, number: 1, taken: true }));
        assert!(Seat::query().get(&mut conn, ("b", 2, 1))?.is_none());
        Ok(())
    }
}
