//! Models with every kind of relation and of key, and rows of them.

use orm::Connection;
use orm::prelude::*;
use orm_testkit::TestResult;

/// Has relations to its own table, by a key and by a table of pairs, and several to notes.
#[derive(Model, Debug, Clone)]
#[orm(table = "people")]
pub(super) struct Person {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    pub(super) stars: i32,
    pub(super) login: Option<String>,
    #[orm(foreign_key(Person::id))]
    pub(super) boss_id: Option<i64>,
    #[orm(belongs_to(key = boss_id, inverse = reports))]
    pub(super) boss: BelongsTo<Option<Person>>,
    #[orm(has_many(inverse = boss, order_by = id))]
    pub(super) reports: HasMany<Person>,
    #[orm(has_many(inverse = author, order_by = id))]
    pub(super) written: HasMany<Note>,
    #[orm(has_many(inverse = editor, order_by = id.desc()))]
    pub(super) edited: HasMany<Note>,
    #[orm(has_many(key = author_id, filter = stars.ge(3), order_by = (stars.desc(), id)))]
    pub(super) best: HasMany<Note>,
    #[orm(has_one(inverse = owner))]
    pub(super) card: HasOne<Card>,
    #[orm(has_many(key = login, references = login, order_by = id))]
    pub(super) visits: HasMany<Visit>,
    #[orm(many_to_many(table = "friends", key = "one", target_key = "other", order_by = id))]
    pub(super) friends: ManyToMany<Person>,
    #[orm(many_to_many(table = "friends", key = "other", target_key = "one", order_by = id))]
    pub(super) friend_of: ManyToMany<Person>,
    #[orm(many_to_many(through = Lease, inverse = tenants, order_by = (building, number)))]
    pub(super) rooms: ManyToMany<Room>,
    #[orm(has_many(via = (written, tags), order_by = code))]
    pub(super) topics: HasMany<Tag>,
    #[orm(has_many(via = (best, editor), order_by = id))]
    pub(super) best_editors: HasMany<Person>,
    #[orm(has_many(via = (rooms, Room::tenants), order_by = id))]
    pub(super) neighbours: HasMany<Person>,
}

/// Refers to the same table twice.
#[derive(Model, Debug, Clone)]
#[orm(table = "notes")]
pub(super) struct Note {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    pub(super) stars: i32,
    #[orm(foreign_key(Person::id))]
    pub(super) author_id: i64,
    #[orm(foreign_key(Person::id))]
    pub(super) editor_id: Option<i64>,
    #[orm(belongs_to(key = author_id, inverse = written))]
    pub(super) author: BelongsTo<Person>,
    #[orm(belongs_to(key = editor_id, inverse = edited))]
    pub(super) editor: BelongsTo<Option<Person>>,
    #[orm(many_to_many(table = "note_tags", inverse = notes, order_by = code))]
    pub(super) tags: ManyToMany<Tag>,
    #[orm(belongs_to(via = (author, boss)))]
    pub(super) chief: BelongsTo<Option<Person>>,
    #[orm(has_one(via = (author, card)))]
    pub(super) author_card: HasOne<Card>,
}

/// Has a text as its key.
#[derive(Model, Debug, Clone)]
#[orm(table = "tags")]
pub(super) struct Tag {
    #[orm(primary_key)]
    pub(super) code: String,
    pub(super) stars: i32,
    #[orm(many_to_many(table = "note_tags", inverse = tags, order_by = id))]
    pub(super) notes: ManyToMany<Note>,
}

/// Has the key of another row as its own.
#[derive(Model, Debug, Clone)]
#[orm(table = "cards")]
pub(super) struct Card {
    #[orm(primary_key, auto = false, foreign_key(Person::id))]
    pub(super) owner_id: i64,
    pub(super) stars: i32,
    #[orm(belongs_to(key = owner_id, inverse = card))]
    pub(super) owner: BelongsTo<Person>,
}

/// Refers to what is no primary key, and by no foreign key.
#[derive(Model, Debug, Clone)]
#[orm(table = "visits")]
pub(super) struct Visit {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    pub(super) stars: i32,
    pub(super) login: Option<String>,
    #[orm(belongs_to(key = login, references = Person::login))]
    pub(super) person: BelongsTo<Option<Person>>,
}

/// Has a key of several columns.
#[derive(Model, Debug, Clone)]
#[orm(table = "rooms")]
pub(super) struct Room {
    #[orm(primary_key)]
    pub(super) building: String,
    #[orm(primary_key)]
    pub(super) number: i32,
    pub(super) stars: i32,
    #[orm(has_many(inverse = room, order_by = id))]
    pub(super) desks: HasMany<Desk>,
    #[orm(many_to_many(through = Lease, inverse = rooms, order_by = id))]
    pub(super) tenants: ManyToMany<Person>,
}

/// Refers to a key of several columns, one of which may be NULL alone.
#[derive(Model, Debug, Clone)]
#[orm(
    table = "desks",
    foreign_key(columns(building, number), references(Room::building, Room::number))
)]
pub(super) struct Desk {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    pub(super) stars: i32,
    pub(super) building: String,
    pub(super) number: Option<i32>,
    #[orm(belongs_to(key = (building, number), inverse = desks))]
    pub(super) room: BelongsTo<Option<Room>>,
}

/// A pair that says more, so that the same two can be paired more than once.
#[derive(Model, Debug, Clone)]
#[orm(
    table = "leases",
    foreign_key(columns(building, number), references(Room::building, Room::number))
)]
pub(super) struct Lease {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(foreign_key(Person::id))]
    pub(super) person_id: i64,
    pub(super) building: String,
    pub(super) number: i32,
    pub(super) since: i32,
}

pub(super) fn tables(conn: &mut Connection) -> orm::Result<()> {
    metadata![Person, Note, Tag, Card, Visit, Room, Desk, Lease].create_all(conn)
}

/// Person 1 leads 2 and 3, 2 leads 4, 4 leads 5; 6 is alone. 1 wrote notes 1, 2, 3 and 2 wrote 4; 2
/// edited 1 and 3. Tag "a'" is on the notes 1, 2, 4 and "b" on 1. 1 and 3 have cards. 1 is called "ada"
/// and 2 "Ada"; 3 and 4 are both called "twin". Room n 1 has desks 1 and 2, s 1 has 3; the desks 4 and 5 have
/// no room. 1 has leased n 1 twice and s 1 once, 2 has leased n 1. 1 and 2 name each other as friends, 1 names 3
/// too, and 3 itself.
pub(super) fn fill(conn: &mut Connection) -> TestResult {
    tables(conn)?;
    let people = [
        (1, None, Some("ada")),
        (2, Some(1), Some("Ada")),
        (3, Some(1), Some("twin")),
        (4, Some(2), Some("twin")),
        (5, Some(4), None),
        (6, None, None),
    ];
    Person::insert_many(people.map(|(id, boss, login)| {
        Person::builder().id(id).stars(0).boss_id(boss).login(login.map(str::to_owned))
    }))
    .execute(conn)?;
    let notes = [(1, 5, 1, Some(2)), (2, 1, 1, None), (3, 3, 1, Some(2)), (4, 3, 2, None)];
    Note::insert_many(notes.map(|(id, stars, author, editor)| {
        Note::builder().id(id).stars(stars).author_id(author).editor_id(editor)
    }))
    .execute(conn)?;
    Tag::insert_many(["a'", "b", "none"].map(|code| Tag::builder().code(code).stars(0)))
        .execute(conn)?;
    conn.execute_definition(
        "INSERT INTO note_tags (note_id, tag_code) VALUES (1, 'a'''), (1, 'b'), (2, 'a'''), (4, 'a''')",
    )?;
    Card::insert_many([1, 3].map(|owner| Card::builder().owner_id(owner).stars(0)))
        .execute(conn)?;
    let visits =
        [(1, Some("ada")), (2, Some("Ada")), (3, Some("ada")), (4, Some("bob")), (5, None)];
    Visit::insert_many(
        visits.map(|(id, login)| Visit::builder().id(id).stars(0).login(login.map(str::to_owned))),
    )
    .execute(conn)?;
    let rooms = [("n", 1), ("n", 2), ("s", 1)];
    Room::insert_many(
        rooms.map(|(building, number)| Room::builder().building(building).number(number).stars(0)),
    )
    .execute(conn)?;
    let desks =
        [(1, "n", Some(1)), (2, "n", Some(1)), (3, "s", Some(1)), (4, "n", None), (5, "s", None)];
    Desk::insert_many(desks.map(|(id, building, number)| {
        Desk::builder().id(id).stars(0).building(building).number(number)
    }))
    .execute(conn)?;
    let leases = [(1, "n", 1), (1, "s", 1), (1, "n", 1), (2, "n", 1)];
    Lease::insert_many(leases.map(|(person, building, number)| {
        Lease::builder().person_id(person).building(building).number(number).since(2000)
    }))
    .execute(conn)?;
    conn.execute_definition(
        "INSERT INTO friends (one_id, other_id) VALUES (1, 2), (2, 1), (1, 3), (3, 3)",
    )?;
    Ok(())
}
