//! Primary keys that change, and what follows them.

use orm::prelude::*;
use orm::{EntityState, Error};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "countries")]
struct Country {
    #[orm(primary_key)]
    code: String,
    name: String,
    #[orm(has_many(inverse = country, order_by = id))]
    cities: HasMany<City>,
    #[orm(has_many(inverse = country, order_by = id))]
    rivers: HasMany<River>,
    #[orm(has_many(key = mouth_code, order_by = id))]
    mouths: HasMany<River>,
    #[orm(many_to_many(table = "country_languages", inverse = countries))]
    languages: ManyToMany<Language>,
}

#[derive(Model, Debug)]
#[orm(table = "cities")]
struct City {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Country::code, on_update = "cascade"))]
    country_code: String,
    #[orm(belongs_to(key = country_code, inverse = cities))]
    country: BelongsTo<Country>,
}

/// Does not follow its country, and forgets the one of its mouth.
#[derive(Model, Debug)]
#[orm(table = "rivers")]
struct River {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Country::code))]
    country_code: Option<String>,
    #[orm(belongs_to(key = country_code, inverse = rivers))]
    country: BelongsTo<Option<Country>>,
    #[orm(foreign_key(Country::code, on_update = "set null"))]
    mouth_code: Option<String>,
}

#[derive(Model, Debug)]
#[orm(table = "languages")]
struct Language {
    #[orm(primary_key)]
    name: String,
    #[orm(many_to_many(inverse = languages))]
    countries: ManyToMany<Country>,
}

#[derive(Model, Debug)]
#[orm(table = "museums")]
struct Museum {
    #[orm(primary_key)]
    code: String,
    #[orm(has_many(key = museum_code, references = code, order_by = id))]
    visits: HasMany<Visit>,
    #[orm(has_many(key = museum_code, references = code, filter = Visit::by.eq("school")))]
    schools: HasMany<Visit>,
}

/// Refers to a museum without a foreign key.
#[derive(Model, Debug)]
#[orm(table = "visits")]
struct Visit {
    #[orm(primary_key)]
    id: i64,
    museum_code: String,
    by: String,
}

#[derive(Model, Debug)]
#[orm(table = "parts")]
struct Part {
    #[orm(primary_key)]
    code: String,
    #[orm(foreign_key(Part::code, on_update = "cascade"))]
    whole_code: Option<String>,
    #[orm(belongs_to(key = whole_code, inverse = parts))]
    whole: BelongsTo<Option<Part>>,
    #[orm(has_many(inverse = whole, order_by = code))]
    parts: HasMany<Part>,
}

#[derive(Model, Debug)]
#[orm(table = "houses")]
struct House {
    #[orm(primary_key)]
    street: String,
    #[orm(primary_key)]
    number: i32,
    #[orm(has_many(inverse = house, order_by = name))]
    rooms: HasMany<Room>,
}

/// Has the key of its house in its own.
#[derive(Model, Debug)]
#[orm(
    table = "rooms",
    foreign_key(
        columns(street, number),
        references(House::street, House::number),
        on_update = "cascade"
    )
)]
struct Room {
    #[orm(primary_key)]
    street: String,
    #[orm(primary_key)]
    number: i32,
    #[orm(primary_key)]
    name: String,
    #[orm(belongs_to(key = (street, number), inverse = rooms))]
    house: BelongsTo<House>,
}

#[derive(Model, Debug)]
#[orm(
    table = "desks",
    foreign_key(
        columns(street, number, room),
        references(Room::street, Room::number, Room::name),
        on_update = "cascade"
    )
)]
struct Desk {
    #[orm(primary_key)]
    id: i64,
    street: String,
    number: i32,
    room: String,
}

fn session(db: &TestDb) -> orm::Result<Session> {
    metadata![Country, City, River, Language, Museum, Visit, Part, House, Room, Desk]
        .create_all(&mut db.connect()?)?;
    Ok(db.engine().session())
}

fn country(session: &mut Session, code: &str) -> Entity<Country> {
    session.add(Country::builder().code(code).name(code))
}

fn codes<M>(rows: impl IntoIterator<Item = M>, code: impl Fn(M) -> String) -> Vec<String> {
    rows.into_iter().map(code).collect()
}

on_every_backend! {
    fn a_row_whose_key_changes_refers_to_what_the_key_of_its_new_parent_is_then(
        db: &TestDb,
    ) -> TestResult {
        let mut session = session(db)?;
        let [old, new] =
            ["old", "new"].map(|code| session.add(Country::builder().code(code).name(code)));
        let city = session.add(City::builder().name("Rome").country(old));
        session.commit()?;

        session.set(city, City::country, new)?;
        session[city].id = 1_000;
        session[new].code = "newer".into();
        session.commit()?;

        let stored = City::query().one(&mut db.connect()?)?;
        assert_eq!((stored.id, stored.country_code.as_str()), (1_000, "newer"));
        assert_eq!(session[city].country_code, "newer");
        Ok(())
    }

    fn rows_that_refer_follow_a_key_that_changed(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let oslo = session.push(norway, Country::cities, City::builder().name("Oslo"))?;
        let bergen = session.push(norway, Country::cities, City::builder().name("Bergen"))?;
        session.commit()?;
        session[bergen].name = "Bjørgvin".into();

        session[norway].code = "NO".into();
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [
                r#"UPDATE "countries" SET "code" = ?2 WHERE "code" = ?1"#,
                r#"UPDATE "cities" SET "name" = ?2 WHERE "id" = ?1"#,
            ]
        );
        assert_eq!((&*session[oslo].country_code, &*session[bergen].country_code), ("NO", "NO"));
        assert!(session.dirty::<City>().is_empty());
        assert_eq!(session.get::<Country>("NO")?, Some(norway));
        assert_eq!(session.get::<Country>("N")?, None);
        let stored = City::query().order_by(City::id).all(&mut db.connect()?)?;
        assert_eq!(codes(stored, |city| city.country_code), ["NO", "NO"]);
        Ok(())
    }

    fn rows_that_are_new_or_move_refer_to_the_key_that_is_written(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [norway, sweden] = ["N", "S"].map(|code| country(&mut session, code));
        let kiruna = session.push(norway, Country::cities, City::builder().name("Kiruna"))?;
        session.commit()?;

        session.set(kiruna, City::country, sweden)?;
        session[sweden].code = "SE".into();
        let lund = session.push(sweden, Country::cities, City::builder().name("Lund"))?;
        let other = country(&mut session, "S");
        session.commit()?;

        assert_eq!((&*session[kiruna].country_code, &*session[lund].country_code), ("SE", "SE"));
        assert_eq!(session.get::<Country>("S")?, Some(other));
        let stored = City::query().all(&mut db.connect()?)?;
        assert_eq!(codes(stored, |city| city.country_code), ["SE", "SE"]);
        Ok(())
    }

    fn a_rollback_restores_keys_and_what_followed_them(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let oslo = session.push(norway, Country::cities, City::builder().name("Oslo"))?;
        session.commit()?;

        let mut savepoint = session.begin_nested()?;
        savepoint[norway].code = "NO".into();
        savepoint.flush()?;
        assert_eq!(savepoint[oslo].country_code, "NO");
        savepoint.rollback()?;

        assert_eq!((&*session[norway].code, &*session[oslo].country_code), ("N", "N"));
        assert_eq!(session.get::<Country>("N")?, Some(norway));
        session[norway].code = "NO".into();
        session.flush()?;
        session.rollback()?;
        assert_eq!((&*session[norway].code, &*session[oslo].country_code), ("N", "N"));
        assert_eq!(session.get::<Country>("N")?, Some(norway));
        session[oslo].name = "Christiania".into();
        session.commit()?;
        assert_eq!(City::query().one(&mut db.connect()?)?.name, "Christiania");
        Ok(())
    }

    fn a_key_that_changed_in_a_savepoint_is_merged_by_until_it_is_given_back(db: &TestDb) -> TestResult {
        let named = |code: &str| Country {
            code: code.into(),
            name: "merged".into(),
            cities: HasMany::default(),
            rivers: HasMany::default(),
            mouths: HasMany::default(),
            languages: ManyToMany::default(),
        };
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let oslo = session.push(norway, Country::cities, City::builder().name("Oslo"))?;
        session.commit()?;

        let mut savepoint = session.begin_nested()?;
        savepoint[norway].code = "NO".into();
        savepoint.flush()?;
        assert_eq!(savepoint.merge(&named("NO"))?, norway);
        let other = savepoint.merge(&named("N"))?;
        savepoint.flush()?;
        assert_ne!(other, norway);
        assert_eq!(savepoint.get::<Country>("N")?, Some(other));
        assert_eq!(savepoint[oslo].country_code, "NO");
        savepoint.rollback()?;

        assert_eq!([&session[norway].code, &session[norway].name], ["N", "N"]);
        assert_eq!(session[oslo].country_code, "N");
        assert_eq!(session.get::<Country>("N")?, Some(norway));
        assert_eq!(session.get::<Country>("NO")?, None);
        assert!(statements(|| session.commit())?.is_empty());
        Ok(())
    }

    fn a_foreign_key_that_does_not_follow_is_named(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let river = session.push(norway, Country::rivers, River::builder())?;
        session.commit()?;

        session[norway].code = "NO".into();
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::InvalidState { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the key of a `Country` cannot change while rows of `rivers` refer to it by the foreign key \
             `fk_rivers_country_code_countries`: declare `on_update = \"cascade\"` on it, so that they follow"
        );
        assert_eq!(session[norway].code, "N");
        session.delete(river)?;
        session.commit()?;
        session[norway].code = "NO".into();
        session.commit()?;
        assert_eq!(Country::query().one(&mut db.connect()?)?.code, "NO");
        Ok(())
    }

    fn a_key_that_the_database_sets_to_null_is_null_in_memory(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let river = session.push(norway, Country::mouths, River::builder())?;
        session.commit()?;
        assert_eq!(session[river].mouth_code.as_deref(), Some("N"));

        session[norway].code = "NO".into();
        session.commit()?;

        assert_eq!(session[river].mouth_code, None);
        assert_eq!(River::query().one(&mut db.connect()?)?.mouth_code, None);
        Ok(())
    }

    fn rows_without_a_foreign_key_are_updated_by_the_session(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let museum = session.add(Museum::builder().code("N"));
        let visit = session.add(Visit::builder().museum_code("N").by("bus"));
        session.commit()?;
        let unknown = Visit::builder().museum_code("N").by("train");
        Visit::insert(unknown).execute(&mut db.connect()?)?;

        session[museum].code = "NO".into();
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 2, "{sent:#?}");
        assert!(sent[1].starts_with(r#"UPDATE "visits" SET "museum_code" ="#), "{}", sent[1]);
        assert_eq!(session[visit].museum_code, "NO");
        let stored = Visit::query().all(&mut db.connect()?)?;
        assert_eq!(codes(stored, |visit| visit.museum_code), ["NO", "NO"]);
        Ok(())
    }

    fn pairs_follow_the_keys_of_both_sides(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let norway = country(&mut session, "N");
        let [bokmal, sami] =
            ["bokmaal", "sami"].map(|name| session.add(Language::builder().name(name)));
        for language in [bokmal, sami] {
            session.push(norway, Country::languages, language)?;
        }
        session.commit()?;

        session[norway].code = "NO".into();
        session[bokmal].name = "bokmål".into();
        session.remove(norway, Country::languages, sami)?;
        let kven = session.push(norway, Country::languages, Language::builder().name("kven"))?;
        session.commit()?;

        assert_eq!(session.load(norway, Country::languages)?, [bokmal, kven]);
        let stored = Country::query().options(selectin(Country::languages)).one(&mut db.connect()?)?;
        let mut names: Vec<&str> = stored.languages.iter().map(|one| one.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!((stored.code.as_str(), names), ("NO", vec!["bokmål", "kven"]));
        Ok(())
    }

    fn rows_of_the_same_table_follow(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let car = session.add(Part::builder().code("car"));
        let wheel = session.push(car, Part::parts, Part::builder().code("wheel"))?;
        let tyre = session.push(wheel, Part::parts, Part::builder().code("tyre"))?;
        let own = session.add(Part::builder().code("own"));
        session.commit()?;
        session[own].whole_code = Some("own".into());
        session.commit()?;

        session[wheel].code = "rim".into();
        session[car].code = "lorry".into();
        session[own].code = "self".into();
        session.commit()?;

        assert_eq!(session[wheel].whole_code.as_deref(), Some("lorry"));
        assert_eq!(session[tyre].whole_code.as_deref(), Some("rim"));
        assert_eq!(session[own].whole_code.as_deref(), Some("self"));
        assert!(session.dirty::<Part>().is_empty());
        let stored = Part::query().order_by(Part::code).all(&mut db.connect()?)?;
        let stored: Vec<_> =
            stored.iter().map(|part| (&*part.code, part.whole_code.as_deref())).collect();
        let lorry = [("lorry", None), ("rim", Some("lorry"))];
        assert_eq!(stored, [&lorry[..], &[("self", Some("self")), ("tyre", Some("rim"))]].concat());
        Ok(())
    }

    fn keys_within_keys_follow_and_are_known_by_what_they_are(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let house = session.add(House::builder().street("Main").number(1));
        let room = session.push(house, House::rooms, Room::builder().name("attic"))?;
        session.commit()?;
        let desk = Desk::builder().street("Main").number(1).room("attic");
        let desk = session.add(desk);
        session.commit()?;

        session[house].number = 7;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert_eq!((session[room].number, session[desk].number), (7, 7));
        assert_eq!(session.get::<Room>(("Main", 7, "attic"))?, Some(room));
        assert_eq!(session.get::<Room>(("Main", 1, "attic"))?, None);
        assert_eq!(Desk::query().one(&mut db.connect()?)?.number, 7);

        session[house].number = 8;
        session.flush()?;
        session.rollback()?;
        assert_eq!(session.get::<Room>(("Main", 7, "attic"))?, Some(room));
        assert_eq!((session[house].number, session[desk].number), (7, 7));
        Ok(())
    }

    fn keys_move_up_one_after_another(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [a, b, c] = ["a", "b", "c"].map(|code| country(&mut session, code));
        session.commit()?;

        session[a].code = "b".into();
        session[b].code = "c".into();
        session[c].code = "d".into();
        session.commit()?;

        assert_eq!(session.get::<Country>("b")?, Some(a));
        assert_eq!(session.get::<Country>("c")?, Some(b));
        assert_eq!(session.get::<Country>("d")?, Some(c));
        let stored = Country::query().order_by(Country::code).all(&mut db.connect()?)?;
        assert_eq!(codes(stored, |country| country.name), ["a", "b", "c"]);
        Ok(())
    }

    fn rows_that_exchange_their_keys_are_refused(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [a, b] = ["a", "b"].map(|code| country(&mut session, code));
        session.commit()?;

        session[a].code = "b".into();
        session[b].code = "a".into();
        let error = session.commit().unwrap_err();

        assert_eq!(
            error.to_string(),
            "rows of `Country` exchange their primary keys, and none can be updated first: give one of them \
             another key, `flush`, and then the key that it is to have"
        );
        assert_eq!((&*session[a].code, &*session[b].code), ("a", "b"));
        assert_eq!(session.state(a), EntityState::Persistent);
        session[a].code = "x".into();
        session.flush()?;
        session[b].code = "a".into();
        session.flush()?;
        session[a].code = "b".into();
        session.commit()?;
        assert_eq!(session.get::<Country>("a")?, Some(b));
        assert_eq!(session.get::<Country>("b")?, Some(a));
        Ok(())
    }

    fn a_key_that_another_row_has_is_refused_by_the_database(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [a, b] = ["a", "b"].map(|code| country(&mut session, code));
        session.commit()?;

        session[a].code = "b".into();
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::Integrity(_)), "{error:?}");
        assert_eq!(session.get::<Country>("a")?, Some(a));
        assert_eq!(session.get::<Country>("b")?, Some(b));
        Ok(())
    }
}
