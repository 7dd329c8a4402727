//! Columns and tables that are known only at run time.

use chrono::{DateTime, NaiveDate, Utc};
use orm::func::{count_all, upper};
use orm::prelude::*;
use orm::{Connection, Error, Postgres, Record, SqlType, Sqlite, Table, Value};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::shared::refusal;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(length = 120)]
    email: Option<String>,
    age: i32,
}

/// Alice of 30 with an address, and Bob of 20 without.
fn people(conn: &mut Connection) -> TestResult {
    metadata![Person].create_all(conn)?;
    let alice = Person::builder().name("alice").email("a@example.com").age(30);
    Person::insert(alice).execute(conn)?;
    Person::insert(Person::builder().name("bob").age(20)).execute(conn)?;
    Ok(())
}

/// A name that would do harm if it were not quoted.
const HOSTILE: &str = r#"x"; DROP TABLE people; -- 'é`"#;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

on_every_backend! {
    fn rows_are_ordered_by_a_column_that_a_user_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        let ages = |query: orm::Select<Person>, conn: &mut Connection| -> orm::Result<Vec<i32>> {
            Ok(query.all(conn)?.into_iter().map(|person| person.age).collect())
        };

        let up = Person::query().order_by(Person::column_named("age")?);
        let down = Person::query()
            .order_by((Person::column_named("name")?.desc(), Person::column_named("id")?.asc()));
        let unset = Person::query().order_by(Person::column_named("email")?.desc().nulls_last());

        assert_eq!(ages(up, &mut conn)?, [20, 30]);
        assert_eq!(ages(down, &mut conn)?, [20, 30]);
        assert_eq!(ages(unset, &mut conn)?, [30, 20]);
        Ok(())
    }

    fn rows_are_filtered_by_a_column_that_a_user_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        let before = conn.statement_count();
        let count = |condition, conn: &mut Connection| Person::query().filter(condition).count(conn);

        assert_eq!(count(Person::column_named("name")?.eq("bob"), &mut conn)?, 1);
        assert_eq!(count(Person::column_named("age")?.ne(20_i64), &mut conn)?, 1);
        assert_eq!(count(Person::column_named("email")?.eq(None::<String>), &mut conn)?, 1);
        assert_eq!(count(Person::column_named("age")?.typed::<i32>()?.ge(20), &mut conn)?, 2);
        let mistyped = count(Person::column_named("age")?.eq("20"), &mut conn);

        assert_eq!(refusal(mistyped), "the column `people.age` is an integer, not text");
        assert_eq!(conn.statement_count(), before + 4);
        Ok(())
    }

    fn a_reflected_table_is_what_its_model_declares(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;

        let table = Table::reflect(&mut conn, "people")?;

        let declared = Person::table();
        assert_eq!((&table.name, &table.schema), (&declared.name, &None));
        assert_eq!(table.primary_key, declared.primary_key);
        for (found, column) in table.columns.iter().zip(&declared.columns) {
            assert_eq!(found.name, column.name);
            assert_eq!(found.sql_type, column.sql_type);
            assert_eq!(found.nullable, column.nullable);
            assert_eq!(found.primary_key, column.primary_key);
            assert_eq!(found.generated, column.generated);
        }
        assert_eq!(table.columns.len(), 4);
        Ok(())
    }

    fn values_of_every_type_are_read_from_records(db: &TestDb) -> TestResult {
        #[derive(Model)]
        struct Sample {
            #[orm(primary_key)]
            id: i64,
            flag: bool,
            small: i16,
            float: f32,
            double: f64,
            bytes: Vec<u8>,
            date: NaiveDate,
            at: DateTime<Utc>,
            uuid: Uuid,
            #[orm(precision = 10, scale = 2)]
            price: Decimal,
            json: serde_json::Value,
            nothing: Option<i32>,
        }
        let mut conn = db.connect()?;
        metadata![Sample].create_all(&mut conn)?;
        let date = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        let at = "2024-02-29T12:30:00.000001Z".parse::<DateTime<Utc>>()?;
        let price = "9.50".parse::<Decimal>()?;
        let sample = Sample::builder()
            .flag(true)
            .small(-7)
            .float(0.5)
            .double(1e300)
            .bytes(vec![0, 255])
            .date(date)
            .at(at)
            .uuid(Uuid::max())
            .price(price)
            .json(serde_json::json!({"a": [1]}));
        Sample::insert(sample).execute(&mut conn)?;

        let record = Table::reflect(&mut conn, "sample")?.query().one(&mut conn)?;

        assert!(record.get::<bool>("flag")?);
        assert_eq!(record.get::<i16>("small")?, -7);
        assert_eq!(record.get::<f32>("float")?.to_bits(), 0.5_f32.to_bits());
        assert_eq!(record.get::<f64>("double")?.to_bits(), 1e300_f64.to_bits());
        assert_eq!(record.get::<Vec<u8>>("bytes")?, [0, 255]);
        assert_eq!(record.get::<NaiveDate>("date")?, date);
        assert_eq!(record.get::<DateTime<Utc>>("at")?, at);
        assert_eq!(record.get::<Uuid>("uuid")?, Uuid::max());
        assert_eq!(record.get::<Decimal>("price")?.to_string(), "9.50");
        assert_eq!(record.get::<serde_json::Value>("json")?, serde_json::json!({"a": [1]}));
        assert_eq!(record.get::<Option<i32>>("nothing")?, None);
        assert_eq!(record.value("date"), Some(&Value::Date(19_782)));
        Ok(())
    }

    fn records_say_what_they_hold(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        let table = Table::reflect(&mut conn, "people")?;

        let bob = table.query().filter(table.column::<i32>("age")?.lt(25)).one(&mut conn)?;

        assert!(bob.names().eq(["id", "name", "email", "age"]));
        let values: Vec<_> = bob.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(values, [Value::I64(2), "bob".into(), Value::Null, Value::I64(20)]);
        assert_eq!(bob.value("missing"), None);
        assert_eq!(
            refusal(bob.get::<String>("nmae")),
            "the record has no column `nmae`: it has `name`, `email`, `age`, `id`"
        );
        assert_eq!(
            bob.get::<String>("age").unwrap_err().to_string(),
            "column `age`: expected text, found a 64-bit integer"
        );
        assert!(bob.get::<String>("email").unwrap_err().to_string().contains("found NULL"));
        Ok(())
    }

    fn a_reflected_table_is_used_in_every_part_of_a_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        conn.execute_definition("CREATE TABLE pets (owner BIGINT NOT NULL, name VARCHAR(9) NOT NULL)")?;
        conn.execute_definition("INSERT INTO pets VALUES (1, 'Rex'), (1, 'Tom')")?;
        let pets = Table::reflect(&mut conn, "pets")?;
        let owner = pets.column::<i64>("owner")?;

        let owned: Vec<(String, String)> = Person::query()
            .join(pets.on(owner.clone().eq(Person::id)))
            .order_by(pets.column_named("name")?)
            .select((Person::name, pets.column::<String>("name")?))
            .all(&mut conn)?;
        let counts: Vec<(i64, i64)> =
            pets.query().group_by(owner.clone()).select((owner, count_all())).all(&mut conn)?;
        let by_name = pets.query().into_map(pets.column::<String>("name")?).all(&mut conn)?;

        let by_upper = pets
            .query()
            .into_map(upper(pets.column::<String>("name")?))
            .all(&mut conn)?;

        let pair = |name: &str| ("alice".to_owned(), name.to_owned());
        assert_eq!(owned, [pair("Rex"), pair("Tom")]);
        assert_eq!(counts, [(1, 2)]);
        assert_eq!(by_name["Tom"].get::<i64>("owner")?, 1);
        assert_eq!(by_upper["REX"].get::<String>("name")?, "Rex");
        assert_eq!(pets.query().count(&mut conn)?, 2);
        assert!(pets.query().exists(&mut conn)?);
        let page = pets.query().order_by(pets.column_named("name")?).paginate(&mut conn, (2, 1))?;
        assert_eq!(page.items[0].get::<String>("name")?, "Tom");
        Ok(())
    }

    fn a_view_is_reflected_too(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        conn.execute_definition("CREATE VIEW adults AS SELECT name, age FROM people WHERE age > 25")?;

        let adults = Table::reflect(&mut conn, "adults")?;

        assert!(adults.primary_key.is_empty());
        assert_eq!(adults.columns[1].sql_type, SqlType::Integer);
        assert_eq!(adults.query().one(&mut conn)?.get::<String>("name")?, "alice");
        Ok(())
    }

    fn the_columns_of_a_key_are_in_its_order(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        conn.execute_definition(
            "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER, PRIMARY KEY (b, a))",
        )?;

        let table = Table::reflect(&mut conn, "t")?;

        assert!(table.primary_key_columns().eq(["b", "a"]));
        assert!(table.columns.iter().map(|column| column.nullable).eq([false, false, true]));
        assert!(table.columns.iter().all(|column| !column.generated));
        Ok(())
    }

    fn hostile_names_are_only_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        people(&mut conn)?;
        let (table, column) = (quoted(HOSTILE), quoted("a\"b"));
        conn.execute_definition(&format!("CREATE TABLE {table} ({column} INT)"))?;
        conn.execute_definition(&format!("INSERT INTO {table} VALUES (7)"))?;

        let hostile = Table::reflect(&mut conn, HOSTILE)?;
        let rows = hostile.query().filter(hostile.column::<i32>("a\"b")?.eq(7)).all(&mut conn)?;

        assert_eq!(rows[0].get::<i32>("a\"b")?, 7);
        assert!(Table::reflect(&mut conn, "people\"").is_err());
        assert!(Person::column_named("age\" DESC; --").is_err());
        assert_eq!(Person::query().count(&mut conn)?, 2);
        Ok(())
    }

    fn a_name_of_no_table_is_refused_with_those_that_there_are(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let none = Table::reflect(&mut conn, "poeple").unwrap_err();
        people(&mut conn)?;
        conn.execute_definition("CREATE TABLE zoo (a INT)")?;
        let misspelled = Table::reflect(&mut conn, "poeple").unwrap_err();

        assert_eq!(none.to_string(), "there is no table or view `poeple`; there are none");
        assert_eq!(
            misspelled.to_string(),
            "there is no table or view `poeple`; there are `people`, `zoo`"
        );
        assert!(matches!(misspelled, Error::Configuration(_)));
        Ok(())
    }

    fn a_table_is_kept_once_until_it_changes(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        conn.execute_definition("CREATE TABLE kept (a INT)")?;

        let first = Table::reflect(&mut conn, "kept")?;
        let again = Table::reflect(&mut conn, "kept")?;
        conn.execute_definition("ALTER TABLE kept ADD COLUMN b INT")?;
        let changed = Table::reflect(&mut conn, "kept")?;

        assert!(std::ptr::eq(first, again));
        assert_eq!((first.columns.len(), changed.columns.len()), (1, 2));
        Ok(())
    }
}

#[test]
fn a_column_that_is_not_there_is_refused_with_those_that_are() {
    assert_eq!(
        refusal(Person::column_named("naem")),
        "`people` has no column `naem`: it has `name`, `age`, `email`, `id`"
    );
    let long = refusal(Person::column_named(&"\n".repeat(1000)));
    assert!(long.starts_with(&format!("`people` has no column `{}`:", "\\n".repeat(60))), "{long}");
}

#[test]
fn a_named_column_is_written_as_the_column_itself() -> TestResult {
    let query = Person::query()
        .filter(Person::column_named("name")?.eq("x"))
        .order_by(Person::column_named("age")?.desc());

    let columns = r#"SELECT "id", "name", "email", "age" FROM "people" WHERE "name" = "#;
    assert_eq!(query.to_sql(&Sqlite)?, format!(r#"{columns}?1 ORDER BY "age" DESC"#));
    assert_eq!(query.to_sql(&Postgres)?, format!(r#"{columns}$1 ORDER BY "age" DESC"#));
    Ok(())
}

#[test]
fn sqlite_values_of_no_declared_type_are_taken_as_they_are_stored() -> TestResult {
    let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    conn.execute_definition("CREATE TABLE loose (any_value, day DATE, cost NUMERIC)")?;
    conn.execute_definition("INSERT INTO loose VALUES (x'00', 1700000000, '9.5'), ('a', 'b', 2)")?;

    let loose = Table::reflect(&mut conn, "loose")?;
    let records: Vec<Record> = loose.query().all(&mut conn)?;

    assert_eq!(loose.columns[0].sql_type, SqlType::Other(""));
    let values =
        |record: &Record| record.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
    let bytes = Value::Bytes(vec![0].into());
    assert_eq!(values(&records[0]), [bytes, Value::I64(1_700_000_000), Value::F64(9.5)]);
    assert_eq!(values(&records[1]), ["a".into(), "b".into(), Value::I64(2)]);
    assert_eq!(
        refusal(loose.column::<String>("any_value")),
        "the column `loose.any_value` is of a type that no Rust type holds, not text"
    );
    Ok(())
}

#[test]
fn postgresql_types_beyond_ours_are_named() -> TestResult {
    orm_testkit::run(orm_testkit::Backend::Postgres, |db| {
        let mut conn = db.connect()?;
        conn.execute_definition("CREATE TYPE mood AS ENUM ('sad', 'ok')")?;
        conn.execute_definition("CREATE DOMAIN short AS varchar(3) NOT NULL")?;
        conn.execute_definition("CREATE TABLE odd (m mood, s short, net inet)")?;
        conn.execute_definition("INSERT INTO odd VALUES ('ok', 'abc', '127.0.0.1')")?;

        let odd = Table::reflect(&mut conn, "odd")?;
        let mood = odd.column::<String>("m")?;
        let moods = odd.query().filter(mood.clone().eq("ok")).select(mood.nullable());

        assert_eq!(odd.columns[1].sql_type, SqlType::Text { length: Some(3) });
        assert!(!odd.columns[1].nullable);
        assert_eq!(odd.columns[2].sql_type, SqlType::Other("inet"));
        assert_eq!(moods.one(&mut conn)?.as_deref(), Some("ok"));
        let error = odd.query().all(&mut conn).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column `odd.net`: expected a type that has a Rust value, found `inet`"
        );
        Ok(())
    })
}

#[test]
fn queries_are_cloned_and_sent_to_other_threads() -> TestResult {
    fn query_for<Q: Clone + Send + Sync + 'static>(query: Q) -> Q {
        query
    }
    let adults = query_for(Person::query().filter(Person::age.gt(17)));
    let named = query_for(adults.clone().select((Person::name, Person::age)));
    let counted = adults.clone().limit(1);

    let sql = std::thread::spawn(move || named.to_sql(&Sqlite)).join().map_err(|_| "a panic")??;

    assert_eq!(sql, r#"SELECT "name", "age" FROM "people" WHERE "age" > ?1"#);
    assert_ne!(counted.to_sql(&Sqlite)?, adults.to_sql(&Sqlite)?);
    query_for(adults.subquery("adults"));
    let _ = query_for(orm::text("SELECT :a").bind("a", 1));
    Ok(())
}
