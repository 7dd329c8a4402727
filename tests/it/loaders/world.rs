//! All rows of the tables, in memory, and the trees that nested loops make of them.

use orm::Connection;
use orm::prelude::*;

use super::model::{Card, Desk, Lease, Note, Person, Room, Tag, Visit};
use super::plan::{Branch, Path, Stars};

/// All rows, without what belongs to them, and the pairs.
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) notes: Vec<Note>,
    pub(super) tags: Vec<Tag>,
    pub(super) cards: Vec<Card>,
    pub(super) visits: Vec<Visit>,
    pub(super) rooms: Vec<Room>,
    pub(super) desks: Vec<Desk>,
    pub(super) leases: Vec<Lease>,
    pub(super) friends: Vec<(i64, i64)>,
    pub(super) note_tags: Vec<(i64, String)>,
}

/// A row with what was loaded for each branch.
#[derive(Debug, PartialEq)]
pub(super) struct Tree {
    row: String,
    branches: Vec<Vec<Tree>>,
}

#[derive(Clone, Copy)]
pub(super) enum Row<'r> {
    Person(&'r Person),
    Note(&'r Note),
    Tag(&'r Tag),
    Card(&'r Card),
    Visit(&'r Visit),
    Room(&'r Room),
    Desk(&'r Desk),
}

impl Row<'_> {
    fn name(self) -> String {
        match self {
            Self::Person(person) => format!("person {}", person.id),
            Self::Note(note) => format!("note {}", note.id),
            Self::Tag(tag) => format!("tag {}", tag.code),
            Self::Card(card) => format!("card {}", card.owner_id),
            Self::Visit(visit) => format!("visit {}", visit.id),
            Self::Room(room) => format!("room {} {}", room.building, room.number),
            Self::Desk(desk) => format!("desk {}", desk.id),
        }
    }

    /// What sorts as the primary key does: the name, since numbers have one digit.
    fn key(self) -> String {
        self.name()
    }

    fn stars(self) -> i32 {
        match self {
            Self::Person(person) => person.stars,
            Self::Note(note) => note.stars,
            Self::Tag(tag) => tag.stars,
            Self::Card(card) => card.stars,
            Self::Visit(visit) => visit.stars,
            Self::Room(room) => room.stars,
            Self::Desk(desk) => desk.stars,
        }
    }

    /// Returns the rows in the field of a relation.
    fn loaded(&self, path: Path) -> Vec<Row<'_>> {
        match (*self, path) {
            (Self::Person(it), Path::Boss) => {
                it.boss.as_deref().map(Row::Person).into_iter().collect()
            }
            (Self::Person(it), Path::Reports) => it.reports.iter().map(Row::Person).collect(),
            (Self::Person(it), Path::Written) => it.written.iter().map(Row::Note).collect(),
            (Self::Person(it), Path::Edited) => it.edited.iter().map(Row::Note).collect(),
            (Self::Person(it), Path::Best) => it.best.iter().map(Row::Note).collect(),
            (Self::Person(it), Path::Card) => {
                it.card.as_deref().map(Row::Card).into_iter().collect()
            }
            (Self::Person(it), Path::Visits) => it.visits.iter().map(Row::Visit).collect(),
            (Self::Person(it), Path::Friends) => it.friends.iter().map(Row::Person).collect(),
            (Self::Person(it), Path::FriendOf) => it.friend_of.iter().map(Row::Person).collect(),
            (Self::Person(it), Path::Rooms) => it.rooms.iter().map(Row::Room).collect(),
            (Self::Person(it), Path::Topics) => it.topics.iter().map(Row::Tag).collect(),
            (Self::Person(it), Path::BestEditors) => {
                it.best_editors.iter().map(Row::Person).collect()
            }
            (Self::Person(it), Path::Neighbours) => it.neighbours.iter().map(Row::Person).collect(),
            (Self::Note(it), Path::Chief) => {
                it.chief.as_deref().map(Row::Person).into_iter().collect()
            }
            (Self::Note(it), Path::AuthorCard) => {
                it.author_card.as_deref().map(Row::Card).into_iter().collect()
            }
            (Self::Note(it), Path::Author) => vec![Row::Person(&it.author)],
            (Self::Note(it), Path::Editor) => {
                it.editor.as_deref().map(Row::Person).into_iter().collect()
            }
            (Self::Note(it), Path::Tags) => it.tags.iter().map(Row::Tag).collect(),
            (Self::Tag(it), Path::Notes) => it.notes.iter().map(Row::Note).collect(),
            (Self::Card(it), Path::Owner) => vec![Row::Person(&it.owner)],
            (Self::Room(it), Path::Desks) => it.desks.iter().map(Row::Desk).collect(),
            (Self::Room(it), Path::Tenants) => it.tenants.iter().map(Row::Person).collect(),
            (Self::Desk(it), Path::Room) => it.room.as_deref().map(Row::Room).into_iter().collect(),
            (row, path) => panic!("{path:?} does not begin at {}", row.name()),
        }
    }
}

/// Returns the tree that was loaded.
pub(super) fn loaded(row: Row<'_>, branches: &[Branch]) -> Tree {
    let children = |branch: &Branch| {
        row.loaded(branch.path).into_iter().map(|child| loaded(child, &branch.then)).collect()
    };
    Tree { row: row.name(), branches: branches.iter().map(children).collect() }
}

impl World {
    /// Returns the tree that should be loaded.
    pub(super) fn tree(&self, row: Row<'_>, branches: &[Branch]) -> Tree {
        let children = |branch: &Branch| {
            let children = self.chosen(row, branch).into_iter();
            children.map(|child| self.tree(child, &branch.then)).collect()
        };
        Tree { row: row.name(), branches: branches.iter().map(children).collect() }
    }

    /// Returns those of the related rows that the branch asks for, in its order.
    fn chosen(&self, row: Row<'_>, branch: &Branch) -> Vec<Row<'_>> {
        let mut rows = self.related(row, branch.path);
        if branch.path == Path::Best {
            rows.retain(|row| row.stars() >= 3);
        }
        if let Some(least) = branch.stars {
            rows.retain(|row| row.stars() >= least);
        }
        rows.sort_by_key(|row| row.key());
        match (branch.order, branch.path) {
            (Some(Stars::FewestFirst), _) => rows.sort_by_key(|row| row.stars()),
            (Some(Stars::MostFirst), _) | (None, Path::Best) => {
                rows.sort_by_key(|row| -row.stars());
            }
            (None, Path::Edited) => rows.reverse(),
            (None, _) => {}
        }
        if let Some(limit) = branch.limit {
            rows.truncate(usize::try_from(limit).expect("a small number"));
        }
        rows
    }

    fn people(&self, is_there: impl Fn(&Person) -> bool) -> Vec<Row<'_>> {
        self.people.iter().filter(|person| is_there(person)).map(Row::Person).collect()
    }

    fn notes(&self, is_there: impl Fn(&Note) -> bool) -> Vec<Row<'_>> {
        self.notes.iter().filter(|note| is_there(note)).map(Row::Note).collect()
    }

    fn rooms(&self, is_there: impl Fn(&Room) -> bool) -> Vec<Row<'_>> {
        self.rooms.iter().filter(|room| is_there(room)).map(Row::Room).collect()
    }

    fn lets(&self, person: &Person, room: &Room) -> bool {
        self.leases.iter().any(|lease| {
            (lease.person_id, &lease.building, lease.number)
                == (person.id, &room.building, room.number)
        })
    }

    /// Returns all rows that a relation leads to, by a look at every row.
    fn related(&self, row: Row<'_>, path: Path) -> Vec<Row<'_>> {
        match (row, path) {
            (Row::Person(it), Path::Boss) => self.people(|boss| Some(boss.id) == it.boss_id),
            (Row::Person(it), Path::Reports) => self.people(|report| report.boss_id == Some(it.id)),
            (Row::Person(it), Path::Written | Path::Best) => {
                self.notes(|note| note.author_id == it.id)
            }
            (Row::Person(it), Path::Edited) => self.notes(|note| note.editor_id == Some(it.id)),
            (Row::Person(it), Path::Card) => {
                self.cards.iter().filter(|card| card.owner_id == it.id).map(Row::Card).collect()
            }
            (Row::Person(it), Path::Visits) => {
                let is_there = |visit: &&Visit| it.login.is_some() && visit.login == it.login;
                self.visits.iter().filter(is_there).map(Row::Visit).collect()
            }
            (Row::Person(it), Path::Friends) => {
                self.people(|other| self.friends.contains(&(it.id, other.id)))
            }
            (Row::Person(it), Path::FriendOf) => {
                self.people(|other| self.friends.contains(&(other.id, it.id)))
            }
            (Row::Person(it), Path::Rooms) => self.rooms(|room| self.lets(it, room)),
            (_, Path::Topics) => self.over(row, Path::Written, Path::Tags),
            (_, Path::BestEditors) => {
                let mut best = self.related(row, Path::Best);
                best.retain(|note| note.stars() >= 3);
                self.all_over(best, Path::Editor)
            }
            (_, Path::Neighbours) => self.over(row, Path::Rooms, Path::Tenants),
            (_, Path::Chief) => self.over(row, Path::Author, Path::Boss),
            (_, Path::AuthorCard) => self.over(row, Path::Author, Path::Card),
            (Row::Note(it), Path::Author) => self.people(|author| author.id == it.author_id),
            (Row::Note(it), Path::Editor) => self.people(|editor| Some(editor.id) == it.editor_id),
            (Row::Note(it), Path::Tags) => {
                let is_there = |tag: &&Tag| self.note_tags.contains(&(it.id, tag.code.clone()));
                self.tags.iter().filter(is_there).map(Row::Tag).collect()
            }
            (Row::Tag(it), Path::Notes) => {
                self.notes(|note| self.note_tags.contains(&(note.id, it.code.clone())))
            }
            (Row::Card(it), Path::Owner) => self.people(|owner| owner.id == it.owner_id),
            (Row::Room(it), Path::Desks) => {
                let is_there =
                    |desk: &&Desk| desk.building == it.building && desk.number == Some(it.number);
                self.desks.iter().filter(is_there).map(Row::Desk).collect()
            }
            (Row::Room(it), Path::Tenants) => self.people(|person| self.lets(person, it)),
            (Row::Desk(it), Path::Room) => {
                self.rooms(|room| it.building == room.building && it.number == Some(room.number))
            }
            (row, path) => panic!("{path:?} does not begin at {}", row.name()),
        }
    }

    /// Returns the rows to which two relations lead, one after the other.
    fn over(&self, row: Row<'_>, first: Path, second: Path) -> Vec<Row<'_>> {
        self.all_over(self.related(row, first), second)
    }

    /// Returns the rows to which a relation leads from any of `rows`, each once.
    fn all_over(&self, rows: Vec<Row<'_>>, path: Path) -> Vec<Row<'_>> {
        let mut ends: Vec<Row<'_>> = Vec::new();
        for end in rows.into_iter().flat_map(|row| self.related(row, path)) {
            if ends.iter().all(|known| known.key() != end.key()) {
                ends.push(end);
            }
        }
        ends
    }

    /// Makes the tables hold these rows and no others.
    pub(super) fn store(&self, conn: &mut Connection) -> orm::Result<()> {
        for table in [
            "friends",
            "note_tags",
            "leases",
            "desks",
            "rooms",
            "visits",
            "cards",
            "tags",
            "notes",
            "people",
        ] {
            conn.execute_definition(&format!("DELETE FROM {table}"))?;
        }
        Person::insert_many(self.people.iter().map(|it| {
            let person = Person::builder().id(it.id).stars(it.stars);
            person.login(it.login.clone()).boss_id(it.boss_id)
        }))
        .execute(conn)?;
        Note::insert_many(self.notes.iter().map(|it| {
            let note = Note::builder().id(it.id).stars(it.stars);
            note.author_id(it.author_id).editor_id(it.editor_id)
        }))
        .execute(conn)?;
        Tag::insert_many(
            self.tags.iter().map(|it| Tag::builder().code(it.code.clone()).stars(it.stars)),
        )
        .execute(conn)?;
        Card::insert_many(
            self.cards.iter().map(|it| Card::builder().owner_id(it.owner_id).stars(it.stars)),
        )
        .execute(conn)?;
        Visit::insert_many(
            self.visits
                .iter()
                .map(|it| Visit::builder().id(it.id).stars(it.stars).login(it.login.clone())),
        )
        .execute(conn)?;
        Room::insert_many(self.rooms.iter().map(|it| {
            Room::builder().building(it.building.clone()).number(it.number).stars(it.stars)
        }))
        .execute(conn)?;
        Desk::insert_many(self.desks.iter().map(|it| {
            let desk = Desk::builder().id(it.id).stars(it.stars);
            desk.building(it.building.clone()).number(it.number)
        }))
        .execute(conn)?;
        Lease::insert_many(self.leases.iter().map(|it| {
            let lease = Lease::builder().person_id(it.person_id).building(it.building.clone());
            lease.number(it.number).since(it.since)
        }))
        .execute(conn)?;
        self.store_pairs(conn)
    }

    fn store_pairs(&self, conn: &mut Connection) -> orm::Result<()> {
        for person in &self.people {
            let others = self.people.iter();
            let others = others.filter(|other| self.friends.contains(&(person.id, other.id)));
            Person::friends.link(conn, person, others)?;
        }
        for note in &self.notes {
            let tags = self.tags.iter();
            let tags = tags.filter(|tag| self.note_tags.contains(&(note.id, tag.code.clone())));
            Note::tags.link(conn, note, tags)?;
        }
        Ok(())
    }
}
