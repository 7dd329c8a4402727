//! Relations that are loaded while changes of them are not written yet: they lead to what they will.

use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm::{Error, Events};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = person, order_by = id, cascade = "all"))]
    notes: HasMany<Note>,
    #[orm(has_one(inverse = person))]
    desk: HasOne<Desk>,
    #[orm(has_one(inverse = person, cascade = "all, delete-orphan"))]
    badge: HasOne<Badge>,
}

#[derive(Model, Debug)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Person::id))]
    person_id: Option<i64>,
    #[orm(belongs_to(key = person_id, inverse = notes))]
    person: BelongsTo<Option<Person>>,
    #[orm(many_to_many(table = "note_tags", inverse = notes, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(many_to_many(inverse = tags))]
    notes: ManyToMany<Note>,
}

#[derive(Model, Debug)]
#[orm(table = "desks")]
struct Desk {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Person::id))]
    person_id: Option<i64>,
    #[orm(belongs_to(key = person_id, inverse = desk))]
    person: BelongsTo<Option<Person>>,
}

#[derive(Model, Debug)]
#[orm(table = "badges")]
struct Badge {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Person::id))]
    person_id: i64,
    #[orm(belongs_to(key = person_id, inverse = badge))]
    person: BelongsTo<Person>,
}

/// Stores Ann, who has a note, a desk and a badge, and Bob, and another desk.
fn filled(db: &TestDb) -> orm::Result<Session> {
    metadata![Person, Note, Tag, Desk, Badge].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let [ann, _] = ["Ann", "Bob"].map(|name| session.add(Person::builder().name(name)));
    session.add(Note::builder().text("first").person(ann));
    session.add(Desk::builder().person(ann));
    session.add(Badge::builder().text("old").person(ann));
    session.commit()?;
    session.add(Desk::builder());
    session.commit()?;
    session.close()?;
    Ok(session)
}

fn people(session: &mut Session) -> orm::Result<[Entity<Person>; 2]> {
    Ok([session.get_or_not_found(1)?, session.get_or_not_found(2)?])
}

on_every_backend! {
    fn a_row_that_was_moved_is_found_where_it_will_be(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let [ann, bob] = people(&mut session)?;
        let note = session.get_or_not_found::<Note>(1)?;

        session.set(note, Note::person, Some(bob))?;
        let new = session.add(Note::builder().text("new").person(bob));

        assert_eq!(session.load(ann, Person::notes)?, []);
        assert_eq!(session.load(bob, Person::notes)?, [note, new]);
        session.commit()?;
        let of_bob = Note::query().filter(Note::person_id.eq(2)).count(&mut db.connect()?)?;
        assert_eq!(of_bob, 2);
        Ok(())
    }

    fn a_row_that_was_taken_out_is_not_found_again(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let [ann, _] = people(&mut session)?;
        let note = session.get_or_not_found::<Note>(1)?;

        session.set(note, Note::person, None)?;
        let ann_too = Person::query().with(Person::notes).filter(Person::id.eq(1)).one(&mut session)?;

        assert_eq!(ann_too, ann);
        assert_eq!(session[ann].notes.entities(), Some(&[][..]));
        Ok(())
    }

    fn a_row_that_was_moved_is_not_deleted_with_the_one_before(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let [ann, bob] = people(&mut session)?;
        let note = session.get_or_not_found::<Note>(1)?;

        session.set(note, Note::person, Some(bob))?;
        session.delete(ann)?;
        session.commit()?;

        assert_eq!(Note::query().one(&mut db.connect()?)?.person_id, Some(2));
        Ok(())
    }

    fn a_pair_is_found_before_it_is_written(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.autoflush(false);
        let tags = session.add_all(["a", "b"].map(|text| Tag::builder().text(text)));
        let note = session.get_or_not_found::<Note>(1)?;
        session.replace(note, Note::tags, tags.iter().copied())?;
        session.commit()?;
        session.close()?;
        let note = session.get_or_not_found::<Note>(1)?;
        let [one, two] = [session.get_or_not_found::<Tag>(1)?, session.get_or_not_found::<Tag>(2)?];

        let new = session.push(note, Note::tags, Tag::builder().text("c"))?;
        assert!(session.remove(one, Tag::notes, note)?);
        assert_eq!(session.load(note, Note::tags)?, [two, new]);
        assert_eq!(session.load(two, Tag::notes)?, [note]);
        session.commit()?;

        let stored = Note::query().with(Note::tags).one(&mut db.connect()?)?;
        assert_eq!(stored.tags.iter().map(|tag| &*tag.text).collect::<Vec<_>>(), ["b", "c"]);
        Ok(())
    }

    fn a_hook_of_a_flush_finds_what_the_flush_is_to_write(db: &TestDb) -> TestResult {
        let found = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&found);
        let mut session = filled(db)?.events(Events::new().before_flush(move |session| {
            let [ann, bob] = people(session)?;
            let loaded = session.load(bob, Person::notes)?.len();
            Person::query().with(Person::notes).all(session)?;
            let with_query = session[ann].notes.entities().map(<[_]>::len);
            noted.lock().unwrap().push((loaded, with_query));
            Ok::<_, Error>(())
        }));
        let [ann, bob] = people(&mut session)?;

        session.add(Note::builder().text("second").person(ann));
        session.add(Note::builder().text("of Bob").person(bob));
        session.commit()?;

        assert_eq!(*found.lock().unwrap(), [(1, Some(2))]);
        assert_eq!(session[ann].notes.entities().map(<[_]>::len), Some(2));
        Ok(())
    }

    fn a_hook_of_a_flush_can_read_a_row_anew(db: &TestDb) -> TestResult {
        let mut session = filled(db)?.events(Events::new().before_flush(|session| {
            let [ann, _] = people(session)?;
            session.refresh(ann)
        }));
        let [ann, bob] = people(&mut session)?;
        session.commit()?;
        Person::update().set(Person::name, "Anna").filter(Person::id.eq(1)).execute(&mut db.connect()?)?;

        session[bob].name = "Robert".into();
        session.commit()?;

        assert_eq!([ann, bob].map(|person| &*session[person].name), ["Anna", "Robert"]);
        Ok(())
    }

    fn one_that_is_replaced_from_the_other_side_makes_room_where_it_was_not_known(
        db: &TestDb,
    ) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = people(&mut session)?;
        let other = session.get_or_not_found::<Desk>(2)?;

        session.set(other, Desk::person, Some(ann))?;
        let badge = session.add(Badge::builder().text("new").person(ann));
        let sent = statements(|| session.commit())?;

        // Two are asked for; then a badge is inserted, both desks are updated, and a badge is deleted.
        let verbs = sent.iter().filter_map(|sql| sql.split(' ').next()).collect::<Vec<_>>();
        assert_eq!(verbs.len(), 5, "{sent:#?}");
        assert_eq!([verbs[0], verbs[1], verbs[2], verbs[4]], ["SELECT", "SELECT", "INSERT", "DELETE"]);
        assert_eq!(session[ann].desk.entity(), Some(Some(other)));
        assert_eq!(session[ann].badge.entity(), Some(Some(badge)));
        let mut conn = db.connect()?;
        let desks = Desk::query().order_by(Desk::id).select(Desk::person_id).all(&mut conn)?;
        assert_eq!(desks, [None, Some(1)]);
        assert_eq!(Badge::query().one(&mut conn)?.text, "new");
        Ok(())
    }

    fn one_that_made_room_is_back_after_a_rollback(db: &TestDb) -> TestResult {
        let mut session = filled(db)?;
        let [ann, _] = people(&mut session)?;
        let old = session.get_or_not_found::<Badge>(1)?;

        let mut savepoint = session.begin_nested()?;
        savepoint.add(Badge::builder().text("new").person(ann));
        savepoint.flush()?;
        savepoint.rollback()?;

        assert_eq!(session.load(ann, Person::badge)?, Some(old));
        assert_eq!(session.load(old, Badge::person)?, ann);
        assert!(statements(|| session.commit())?.is_empty());
        Ok(())
    }
}
