//! `create_all` and `drop_all`: in which order, and only what is missing or there.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::catalog::tables;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Mood {
    Happy,
    Sad,
}

#[derive(Model, Debug, PartialEq)]
struct City {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, PartialEq)]
struct Resident {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(City::id))]
    city_id: i64,
    mood: Mood,
}

#[derive(Model, Debug, PartialEq)]
struct Pet {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Resident::id))]
    resident_id: i64,
    mood: Option<Mood>,
}

#[derive(Model, Debug, PartialEq)]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Employee::id))]
    boss_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Part {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Part::id, on_delete = "restrict"))]
    whole_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Cat {
    #[orm(primary_key)]
    id: i64,
    mood: Mood,
}

#[derive(Model, Debug, PartialEq)]
struct Dog {
    #[orm(primary_key)]
    id: i64,
    mood: Mood,
}

#[derive(Model, Debug, PartialEq)]
#[orm(check("no_such_column > 0"))]
struct Broken {
    #[orm(primary_key)]
    id: i64,
}

fn fill(conn: &mut Connection) -> orm::Result<()> {
    let city = City::insert(City::builder().name("Oslo")).one(conn)?;
    let resident = Resident::builder().city_id(city.id).mood(Mood::Happy);
    let resident = Resident::insert(resident).one(conn)?;
    Pet::insert(Pet::builder().resident_id(resident.id).mood(Mood::Sad)).execute(conn)
}

on_every_backend! {
    fn tables_are_created_and_dropped_in_the_order_of_their_references(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        // Neither order of declaration would do.
        let metadata = metadata![Pet, City, Resident];

        metadata.create_all(&mut conn)?;
        assert_eq!(tables(db)?, ["city", "pet", "resident"]);
        fill(&mut conn)?;
        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }

    fn creating_twice_keeps_the_rows_and_sends_only_the_questions(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![City, Resident, Pet];
        metadata.create_all(&mut conn)?;
        fill(&mut conn)?;
        let before = conn.statement_count();

        metadata.create_all(&mut conn)?;

        // Which tables are there, and on PostgreSQL, which enum types.
        let questions = if db.dialect_name() == "sqlite" { 1 } else { 2 };
        assert_eq!(conn.statement_count() - before, questions);
        assert_eq!(Pet::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn only_the_missing_tables_are_created(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![City].create_all(&mut conn)?;
        City::insert(City::builder().name("Rome")).execute(&mut conn)?;

        metadata![City, Resident, Pet].create_all(&mut conn)?;

        assert_eq!(tables(db)?, ["city", "pet", "resident"]);
        assert_eq!(City::query().count(&mut conn)?, 1);
        fill(&mut conn)?;
        Ok(())
    }

    fn only_the_tables_that_are_there_are_dropped(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![City, Resident, Pet, Employee];
        metadata![City, Resident].create_all(&mut conn)?;

        metadata.drop_all(&mut conn)?;
        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }

    fn tables_can_be_created_again_after_they_were_dropped(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![City, Resident, Pet];

        for _ in 0..3 {
            metadata.create_all(&mut conn)?;
            fill(&mut conn)?;
            metadata.drop_all(&mut conn)?;
        }

        assert!(tables(db)?.is_empty());
        Ok(())
    }

    fn a_table_outside_that_refers_to_one_keeps_all_of_them(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![City, Resident, Employee].create_all(&mut conn)?;
        let city = City::insert(City::builder().name("Oslo")).one(&mut conn)?;
        let resident = Resident::builder().city_id(city.id).mood(Mood::Sad);
        Resident::insert(resident).execute(&mut conn)?;

        assert!(metadata![City, Employee].drop_all(&mut conn).is_err());

        assert_eq!(tables(db)?, ["city", "employee", "resident"]);
        assert_eq!(City::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn a_table_that_refers_to_itself_is_dropped_with_its_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![Employee, Part];
        metadata.create_all(&mut conn)?;
        let boss = Employee::insert(Employee::builder()).one(&mut conn)?;
        Employee::insert(Employee::builder().boss_id(boss.id)).execute(&mut conn)?;
        let whole = Part::insert(Part::builder()).one(&mut conn)?;
        Part::insert(Part::builder().whole_id(whole.id)).execute(&mut conn)?;

        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }

    fn an_enum_type_stays_for_a_table_outside_that_uses_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Cat, Dog].create_all(&mut conn)?;

        metadata![Cat].drop_all(&mut conn)?;

        assert_eq!(tables(db)?, ["dog"]);
        Dog::insert(Dog::builder().mood(Mood::Sad)).execute(&mut conn)?;
        metadata![Cat, Dog].create_all(&mut conn)?;
        Cat::insert(Cat::builder().mood(Mood::Happy)).execute(&mut conn)?;
        metadata![Cat, Dog].drop_all(&mut conn)?;
        Ok(())
    }

    fn a_table_that_cannot_be_created_leaves_none_of_the_others(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = metadata![City, Broken].create_all(&mut conn).unwrap_err();

        assert!(error.to_string().contains(r#"CREATE TABLE "broken""#), "{error}");
        assert!(tables(db)?.is_empty());
        metadata![City].create_all(&mut conn)?;
        Ok(())
    }

    fn a_model_that_is_named_twice_is_one_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        metadata![City, City].create_all(&mut conn)?;

        assert_eq!(tables(db)?, ["city"]);
        Ok(())
    }

    fn an_empty_set_of_tables_is_harmless(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        metadata![].create_all(&mut conn)?;
        metadata![].drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }
}
