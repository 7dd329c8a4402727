//! What is refused before anything is sent, and how what the database refuses is told.

use orm::prelude::*;
use orm::{Error, sql, text};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{User, users};
use crate::shared::refusal;

on_every_backend! {
    fn a_name_without_a_value_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let statement = text("SELECT :a, :b").bind("a", 1);

        let read = refusal(statement.clone().query::<(i64, i64)>().all(&mut conn));
        let run = refusal(statement.execute(&mut conn));

        assert_eq!(read, "`:b` has no value: give it one by `.bind(\"b\", …)`");
        assert_eq!(run, read);
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_value_without_its_name_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let several = text("SELECT :min, :max").bind("mim", 1).bind("min", 1).bind("max", 2);
        let none = text("SELECT ':a', x::y").bind("a", 1);
        let with_colon = text("SELECT :a").bind(":a", 1);

        assert_eq!(
            refusal(several.execute(&mut conn)),
            "`:mim` was given a value, but the text has only `:min`, `:max`"
        );
        assert_eq!(
            refusal(none.execute(&mut conn)),
            "`:a` was given a value, but the text has no values"
        );
        assert_eq!(
            refusal(with_colon.execute(&mut conn)),
            "`::a` was given a value, but the text has only `:a`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_list_stands_after_in(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let ids = [1, 2];

        let equal = text("SELECT 1 WHERE 1 = :ids").bind_list("ids", ids);
        let among_others = text("SELECT 1 WHERE 1 IN (:ids, 7)").bind_list("ids", ids);
        let one = text("SELECT 1 WHERE 1 IN :id").bind("id", 1);
        let by_macro = sql!("SELECT 1 WHERE 1 = {..ids}");

        let misplaced = "`:ids` is a list, which stands after IN, as in `id IN :ids`, or alone in the \
                         parentheses of a function";
        assert_eq!(refusal(equal.execute(&mut conn)), misplaced);
        assert_eq!(refusal(among_others.execute(&mut conn)), misplaced);
        assert_eq!(
            refusal(one.execute(&mut conn)),
            "`:id` stands after IN, but is one value: give it a list, by `bind_list` or in `sql!` by \
             `{..values}`, or compare by `=`"
        );
        assert!(refusal(by_macro.execute(&mut conn)).starts_with("`{..ids}` is a list, which stands"));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn one_value_in_parentheses_after_in_is_a_list_of_one(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let bob = text("SELECT id FROM users WHERE name IN (:name)").bind("name", "bob");

        assert_eq!(bob.query::<i64>().all(&mut conn)?, [2]);
        Ok(())
    }

    fn columns_are_no_elements_of_a_list(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let columns = text("SELECT 1 WHERE 1 IN :ids").bind_list("ids", [User::id]);

        assert_eq!(
            refusal(columns.execute(&mut conn)),
            "a list is made of values, not of columns or expressions"
        );
        Ok(())
    }

    fn a_text_that_does_not_end_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let open = text("SELECT 'it").bind("a", 1);
        let quoted = sql!("SELECT '{1}'");

        assert_eq!(
            refusal(open.execute(&mut conn)),
            "the text ends inside a string, which is not closed"
        );
        assert!(refusal(quoted.execute(&mut conn)).starts_with("a value stands inside quotes"));
        Ok(())
    }

    fn a_refused_fragment_refuses_its_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let missing = User::query().filter(text("age > :age"));
        let unknown = User::query().filter(text("age > 1").bind("age", 1));

        assert_eq!(
            refusal(missing.all(&mut conn)),
            "`:age` has no value: give it one by `.bind(\"age\", …)`"
        );
        assert_eq!(
            refusal(unknown.all(&mut conn)),
            "`:age` was given a value, but the text has no values"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn errors_of_the_database_have_the_statement_without_its_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let wrong = text("SELEC :secret").bind("secret", "swordfish");
        let executed = wrong.execute(&mut conn).unwrap_err();
        let read = wrong.query::<String>().all(&mut conn).unwrap_err();
        let clash = text("INSERT INTO users (id, name, age) VALUES (1, :name, 1)").bind("name", "swordfish");
        let clash = clash.execute(&mut conn).unwrap_err();

        for error in [executed, read] {
            let Error::Database(error) = &error else { panic!("{error:?}") };
            assert!(error.sql.as_deref().unwrap().starts_with("SELEC "), "{error}");
            assert!(!error.to_string().contains("swordfish"), "{error}");
        }
        let clash = clash.integrity().unwrap();
        assert_eq!(clash.columns, ["id"]);
        assert_eq!(clash.table.as_deref(), Some("users"));
        Ok(())
    }

    fn several_statements_are_not_one(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let both = text("DELETE FROM users; DELETE FROM users");

        assert!(both.execute(&mut conn).is_err());
        assert_eq!(User::query().count(&mut conn)?, 3);
        Ok(())
    }
}
