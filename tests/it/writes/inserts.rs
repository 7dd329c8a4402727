//! INSERT of one row, and of several that give different columns.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Person {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 10)]
    name: String,
    nickname: Option<String>,
    age: Option<i32>,
}

#[derive(Model, Debug, PartialEq)]
struct Ticket {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Stop {
    #[orm(primary_key)]
    line: i32,
    #[orm(primary_key)]
    position: i32,
}

fn person(
    name: &str,
    nickname: Option<&str>,
    age: Option<i32>,
) -> (String, Option<String>, Option<i32>) {
    (name.to_owned(), nickname.map(str::to_owned), age)
}

on_every_backend! {
    fn the_row_comes_back_with_its_generated_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;
        let before = conn.statement_count();

        let ann = Person::insert(Person::builder().name("ann").age(41)).one(&mut conn)?;
        let bob = Person::insert(Person::builder().name("bob")).one(&mut conn)?;

        assert_eq!(
            ann,
            Person { id: 1, name: "ann".to_owned(), nickname: None, age: Some(41) }
        );
        assert_eq!((bob.id, bob.age), (2, None));
        assert_eq!(conn.statement_count() - before, 2);
        Ok(())
    }

    fn a_row_can_be_inserted_without_being_returned(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;

        Person::insert(Person::builder().name("ann")).execute(&mut conn)?;

        assert_eq!(Person::query().one(&mut conn)?.name, "ann");
        Ok(())
    }

    fn a_generated_key_can_be_given(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;

        let given = Person::insert(Person::builder().id(100).name("ann")).one(&mut conn)?;
        let generated = Person::insert(Person::builder().name("bob")).one(&mut conn)?;
        let negative = Person::insert(Person::builder().id(-5).name("cal")).one(&mut conn)?;

        assert_eq!((given.id, negative.id), (100, -5));
        assert_ne!(generated.id, 100);
        Ok(())
    }

    fn a_row_of_nothing_but_a_generated_key_is_inserted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Ticket].create_all(&mut conn)?;

        let first = Ticket::insert(Ticket::builder()).one(&mut conn)?;
        Ticket::insert(Ticket::builder()).execute(&mut conn)?;
        let before = conn.statement_count();
        let more = Ticket::insert_many([1, 2, 3].map(|_| Ticket::builder())).all(&mut conn)?;

        assert_eq!(first.id, 1);
        assert_eq!(more.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [3, 4, 5]);
        // DEFAULT VALUES inserts one row.
        assert_eq!(conn.statement_count() - before, 3);
        Ok(())
    }

    fn a_row_of_nothing_but_a_composite_key_is_inserted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Stop].create_all(&mut conn)?;

        let rows = (1..=3).map(|position| Stop::builder().line(7).position(position));
        let stops = Stop::insert_many(rows).all(&mut conn)?;

        assert_eq!(stops[2], Stop { line: 7, position: 3 });
        Ok(())
    }

    fn rows_that_give_different_columns_come_back_in_the_order_given(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;
        let before = conn.statement_count();

        let rows = [
            Person::builder().name("a").age(1),
            Person::builder().name("b"),
            Person::builder().name("c").nickname("cc"),
            Person::builder().name("d").age(4),
            Person::builder().name("e"),
            Person::builder().name("f").nickname(None).age(None),
        ];
        let people = Person::insert_many(rows).all(&mut conn)?;

        let given: Vec<_> =
            people.iter().map(|p| (p.name.clone(), p.nickname.clone(), p.age)).collect();
        assert_eq!(given, [
            person("a", None, Some(1)),
            person("b", None, None),
            person("c", Some("cc"), None),
            person("d", None, Some(4)),
            person("e", None, None),
            person("f", None, None),
        ]);
        // One statement for each set of columns: name and age, name, name and nickname, all three.
        assert_eq!(conn.statement_count() - before, 4);
        Ok(())
    }

    fn each_row_is_stored_with_the_key_it_came_back_with(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;
        let rows = (0..200).map(|number| {
            let row = Person::builder().name(format!("n{number}"));
            if number % 3 == 0 { row.age(number) } else { row }
        });

        let people = Person::insert_many(rows).all(&mut conn)?;

        for (number, person) in people.iter().enumerate() {
            assert_eq!(person.name, format!("n{number}"));
        }
        for person in [&people[0], &people[1], &people[199]] {
            assert_eq!(Person::query().get(&mut conn, person.id)?.as_ref(), Some(person));
        }
        Ok(())
    }

    fn given_and_generated_keys_mix_in_one_call(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;

        let rows = [
            Person::builder().name("generated"),
            Person::builder().id(50).name("given"),
        ];
        let people = Person::insert_many(rows).all(&mut conn)?;

        assert_eq!((people[0].id, people[0].name.as_str()), (1, "generated"));
        assert_eq!((people[1].id, people[1].name.as_str()), (50, "given"));
        Ok(())
    }

    fn a_value_that_does_not_fit_is_refused_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = Person::insert(Person::builder().name("far too long")).one(&mut conn);
        let many = [Person::builder().name("short"), Person::builder().name("far too long")];
        let errors = Person::insert_many(many).execute(&mut conn);

        let Err(Error::Encode(error)) = error else { panic!("{error:?}") };
        assert_eq!(error.column.as_deref(), Some("person.name"));
        assert_eq!(
            error.to_string(),
            "column `person.name`: expected a text of at most 10 characters, found one of 12 \
             characters"
        );
        assert!(matches!(errors, Err(Error::Encode(_))));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn values_with_any_character_are_written_as_they_are(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Person].create_all(&mut conn)?;
        let name = "'; \"\\\n%😀";
        let rows = [1, 2, 3].map(|_| Person::builder().name(name).nickname("{NULL}"));

        let one = Person::insert(Person::builder().name(name)).one(&mut conn)?;
        let many = Person::insert_many(rows).all(&mut conn)?;

        assert_eq!(one.name, name);
        assert_eq!((many[2].name.as_str(), many[2].nickname.as_deref()), (name, Some("{NULL}")));
        Ok(())
    }
}
