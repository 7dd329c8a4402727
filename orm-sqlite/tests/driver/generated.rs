//! Keys that SQLite generates: each is that of its own row, whatever else happens to the table.

use orm_core::driver::KeyedInsert;
use orm_core::error::{Error, IntegrityKind, Result};
use orm_core::value::Value;

use crate::{Connection, all, integer, memory};

/// Inserts rows with these values into the column `v` of `t`, 16 at a time, and returns their keys.
fn insert(connection: &mut Connection, values: &[i64]) -> Result<Vec<i64>> {
    let places: Vec<String> = (1..=16).map(|place| format!("(?{place})")).collect();
    let binds: Vec<Value<'_>> = values.iter().map(|&value| value.into()).collect();
    let insert = KeyedInsert {
        one: "INSERT INTO t (v) VALUES (?1)",
        returning: "INSERT INTO t (v) VALUES (?1) RETURNING id",
        many: &format!("INSERT INTO t (v) VALUES {}", places.join(", ")),
        many_rows: 16,
        rows: values.len(),
        binds: &binds,
    };
    let mut keys = Vec::new();
    connection.insert_with_keys(&insert, &mut keys).map(|()| keys)
}

/// Returns the values that the rows of these keys have.
fn values_of(connection: &mut Connection, keys: &[i64]) -> Vec<i64> {
    let of_key = |key: &i64| {
        let values =
            all(connection, "SELECT v FROM t WHERE id = ?1", &[(*key).into()], |row| row.i64(0));
        values.unwrap()
    };
    keys.iter().flat_map(of_key).collect()
}

/// Inserts so many rows, and checks that each key is that of its row.
fn assert_keys(connection: &mut Connection, rows: i64) {
    let values: Vec<i64> = (0..rows).map(|number| 7 * number).collect();

    let keys = insert(connection, &values).unwrap();

    assert_eq!(keys.len(), values.len(), "keys of {rows} rows");
    assert_eq!(values_of(connection, &keys), values);
}

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT);";

#[test]
fn any_number_of_rows_gets_its_keys() {
    for rows in [0, 1, 2, 16, 17, 18, 33, 100] {
        assert_keys(&mut memory(TABLE), rows);
    }
}

#[test]
fn keys_go_on_behind_the_rows_that_are_there() {
    let mut connection = memory(TABLE);
    connection.execute_script("INSERT INTO t VALUES (41, 0)").unwrap();

    let keys = insert(&mut connection, &[0; 40]).unwrap();

    assert_eq!(keys, (42..82).collect::<Vec<i64>>());
}

#[test]
fn keys_that_are_not_used_again_are_known_too() {
    let mut connection = memory("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v INT)");
    connection.execute_script("INSERT INTO t VALUES (99, 0); DELETE FROM t").unwrap();

    let keys = insert(&mut connection, &[0; 40]).unwrap();

    assert_eq!(keys, (100..140).collect::<Vec<i64>>());
}

#[test]
fn keys_are_known_where_they_are_taken_by_chance() {
    // Behind the largest rowid that there is, SQLite looks for free ones.
    let mut connection = memory(TABLE);
    connection.execute_script("INSERT INTO t VALUES (9223372036854775807, 0)").unwrap();

    assert_keys(&mut connection, 40);
}

#[test]
fn keys_are_known_where_the_largest_is_reached_on_the_way() {
    let mut connection = memory(TABLE);
    connection.execute_script("INSERT INTO t VALUES (9223372036854775787, 0)").unwrap();

    assert_keys(&mut connection, 40);
}

#[test]
fn keys_are_known_where_triggers_write_to_other_tables() {
    let script = "CREATE TABLE log (id INTEGER PRIMARY KEY, v INT);
        CREATE TRIGGER logged AFTER INSERT ON t BEGIN INSERT INTO log (v) VALUES (NEW.v); END;";
    let mut connection = memory(&format!("{TABLE} {script}"));

    assert_keys(&mut connection, 40);

    assert_eq!(integer(&mut connection, "SELECT count(*) FROM log"), 40);
}

#[test]
fn keys_are_known_where_a_trigger_writes_to_the_same_table() {
    for when in ["BEFORE", "AFTER"] {
        // The first row that has a trigger is among many.
        let trigger = format!(
            "CREATE TRIGGER twice {when} INSERT ON t WHEN NEW.v > 100
             BEGIN INSERT INTO t (v) VALUES (-NEW.v); END"
        );
        let mut connection = memory(&format!("{TABLE} {trigger}"));

        assert_keys(&mut connection, 40);

        // 7 * 15 is the first value over 100, so that there are 25 rows twice.
        assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 65);
    }
}

#[test]
fn a_row_that_a_trigger_leaves_out_has_no_key() {
    let trigger = "CREATE TRIGGER left_out BEFORE INSERT ON t WHEN NEW.v % 2 = 1
        BEGIN SELECT RAISE(IGNORE); END";
    let mut connection = memory(&format!("{TABLE} {trigger}"));
    let values: Vec<i64> = (0..40).collect();

    let keys = insert(&mut connection, &values).unwrap();

    let kept: Vec<i64> = (0..40).step_by(2).collect();
    assert_eq!(values_of(&mut connection, &keys), kept);
}

#[test]
fn a_key_that_is_not_the_rowid_is_returned() {
    let mut connection =
        memory("CREATE TABLE t (id INT PRIMARY KEY DEFAULT (abs(random())), v INT)");

    assert_keys(&mut connection, 40);
}

#[test]
fn a_key_that_nothing_generates_is_refused() {
    let mut connection = memory("CREATE TABLE t (id BIGINT PRIMARY KEY, v INT)");

    let refused = insert(&mut connection, &[1, 2, 3]).unwrap_err();

    assert!(matches!(refused, Error::Decode(_)), "{refused:?}");
}

#[test]
fn a_transaction_goes_on_after_a_row_that_is_refused() {
    let mut connection = memory(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT UNIQUE); INSERT INTO t VALUES (1, 5)",
    );
    connection.begin().unwrap();
    let mut values: Vec<i64> = (100..140).collect();
    values[20] = 5;

    let refused = insert(&mut connection, &values).unwrap_err();

    let Error::Integrity(clash) = refused else { panic!("{refused:?}") };
    assert_eq!((clash.kind, &*clash.columns), (IntegrityKind::Unique, &["v".to_owned()][..]));
    assert_eq!(insert(&mut connection, &[6]).unwrap().len(), 1);
    connection.rollback().unwrap();
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 1);
}

#[test]
fn the_foreign_key_that_a_row_violates_is_named() {
    let mut connection = memory(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         INSERT INTO parent VALUES (1);
         CREATE TABLE t (id INTEGER PRIMARY KEY, v INT REFERENCES parent (id))",
    );
    let mut values = [1; 40];
    values[20] = 2;

    let refused = insert(&mut connection, &values).unwrap_err();

    let Error::Integrity(clash) = refused else { panic!("{refused:?}") };
    assert_eq!((clash.kind, &*clash.columns), (IntegrityKind::ForeignKey, &["v".to_owned()][..]));
    assert_eq!(clash.table.as_deref(), Some("t"));
}

#[test]
fn rows_of_defaults_get_their_keys() {
    let mut connection = memory(TABLE);
    let insert = KeyedInsert {
        one: "INSERT INTO t DEFAULT VALUES",
        returning: "INSERT INTO t DEFAULT VALUES RETURNING id",
        many: "INSERT INTO t DEFAULT VALUES",
        many_rows: 1,
        rows: 3,
        binds: &[],
    };
    let mut keys = Vec::new();

    connection.insert_with_keys(&insert, &mut keys).unwrap();

    assert_eq!(keys, [1, 2, 3]);
}
