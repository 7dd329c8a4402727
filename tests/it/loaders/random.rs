//! Arbitrary options, on arbitrary rows, bring what nested loops over all rows find.
//!
//! The cases are the same in every run. `ORM_TEST_LOADERS=5000` checks so many instead, and
//! `ORM_TEST_SEED=7` others; a failure prints the seed, and the options made as few as they fail.

use orm::prelude::*;
use orm::{Connection, Output, Plain, Select};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::model::{Card, Desk, Lease, Note, Person, Room, Tag, Visit, tables};
use super::plan::{Branch, Node, Path, Stars, Way};
use super::world::{Row, Tree, World, loaded};
use crate::shared::{Chance, number_in_environment};

/// How many option trees are checked, on each backend, each in four ways.
const CASES: u64 = 300;

/// How many of them on the same rows.
const CASES_A_WORLD: u64 = 15;

/// How deep option trees are.
const DEPTH: u32 = 4;

impl Chance {
    fn one_in(&mut self, cases: u64) -> bool {
        self.below(cases) == 0
    }

    /// Returns a number from 1 to `last`.
    fn id<N: TryFrom<u64, Error: std::fmt::Debug>>(&mut self, last: u64) -> N {
        N::try_from(self.below(last) + 1).expect("a small number")
    }

    fn stars(&mut self) -> i32 {
        self.id::<i32>(5)
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        let at = self.below(list.len() as u64);
        &list[usize::try_from(at).expect("a small number")]
    }

    fn login(&mut self) -> Option<String> {
        self.pick(&[None, Some("ada"), Some("Ada"), Some("it's"), Some("")]).map(str::to_owned)
    }

    fn building(&mut self) -> String {
        (*self.pick(&["n", "s"])).to_owned()
    }
}

/// Returns rows with at most nine of each kind, so that names sort as keys do.
fn world(chance: &mut Chance) -> World {
    let people: i64 = if chance.one_in(8) { 0 } else { chance.id(9) };
    let person = |id| Person { id, ..unrelated_person() };
    let mut world = World {
        people: (1..=people).map(person).collect(),
        notes: Vec::new(),
        tags: ["a", "b", "c"]
            .map(|code| Tag {
                code: code.to_owned(),
                stars: chance.stars(),
                notes: ManyToMany::default(),
            })
            .into(),
        cards: Vec::new(),
        visits: Vec::new(),
        rooms: Vec::new(),
        desks: Vec::new(),
        leases: Vec::new(),
        friends: Vec::new(),
        note_tags: Vec::new(),
    };
    for (above, person) in (1..).zip(&mut world.people) {
        // Oneself or one who is there already.
        person.boss_id = (!chance.one_in(3)).then(|| chance.id(above));
        person.stars = chance.stars();
        person.login = chance.login();
    }
    for (building, number) in [("n", 1), ("n", 2), ("s", 1), ("s", 2)] {
        let (building, stars) = (building.to_owned(), chance.stars());
        let (desks, tenants) = (HasMany::default(), ManyToMany::default());
        world.rooms.push(Room { building, number, stars, desks, tenants });
    }
    for id in 1..=chance.id(9) {
        let (building, number) = (chance.building(), chance.id(2));
        let number = (!chance.one_in(4)).then_some(number);
        let stars = chance.stars();
        world.desks.push(Desk { id, stars, building, number, room: BelongsTo::default() });
    }
    for id in 1..=chance.id(9) {
        let (stars, login) = (chance.stars(), chance.login());
        world.visits.push(Visit { id, stars, login, person: BelongsTo::default() });
    }
    if people > 0 {
        relate(&mut world, chance);
    }
    world
}

/// Adds what refers to people.
fn relate(world: &mut World, chance: &mut Chance) {
    let last = world.people.len() as u64;
    let people = i64::try_from(last).expect("a small number");
    for id in 1..=chance.id(9) {
        let (stars, author_id) = (chance.stars(), chance.id(last));
        let editor_id = (!chance.one_in(2)).then(|| chance.id(last));
        world.notes.push(Note {
            id,
            stars,
            author_id,
            editor_id,
            author: BelongsTo::default(),
            editor: BelongsTo::default(),
            tags: ManyToMany::default(),
            chief: BelongsTo::default(),
            author_card: HasOne::default(),
        });
        for tag in &world.tags {
            if chance.one_in(2) {
                world.note_tags.push((id, tag.code.clone()));
            }
        }
    }
    for one in 1..=people {
        if chance.one_in(2) {
            let stars = chance.stars();
            world.cards.push(Card { owner_id: one, stars, owner: BelongsTo::default() });
        }
        for other in 1..=people {
            if chance.one_in(4) {
                world.friends.push((one, other));
            }
        }
    }
    for id in 1..=chance.id(9) {
        let (person_id, building) = (chance.id(last), chance.building());
        world.leases.push(Lease { id, person_id, building, number: chance.id(2), since: 2000 });
    }
}

fn unrelated_person() -> Person {
    Person {
        id: 0,
        stars: 0,
        login: None,
        boss_id: None,
        boss: BelongsTo::default(),
        reports: HasMany::default(),
        written: HasMany::default(),
        edited: HasMany::default(),
        best: HasMany::default(),
        card: HasOne::default(),
        visits: HasMany::default(),
        friends: ManyToMany::default(),
        friend_of: ManyToMany::default(),
        rooms: ManyToMany::default(),
        topics: HasMany::default(),
        best_editors: HasMany::default(),
        neighbours: HasMany::default(),
    }
}

fn branches(chance: &mut Chance, paths: &[Path], depth: u32) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    if depth == 0 || paths.is_empty() {
        return branches;
    }
    for _ in 0..chance.below(3) + u64::from(depth == DEPTH) {
        let path = *chance.pick(paths);
        if branches.iter().any(|branch| branch.path == path) {
            continue;
        }
        let limit = (path.is_many() && chance.one_in(5)).then(|| chance.below(3));
        let ways = [Way::SelectIn, Way::Subquery, Way::Joined];
        branches.push(Branch {
            path,
            way: *chance.pick(if limit.is_some() { &ways[..2] } else { &ways }),
            stars: (!path.is_required() && chance.one_in(4)).then(|| chance.stars()),
            order: (path.is_many() && chance.one_in(3))
                .then(|| *chance.pick(&[Stars::MostFirst, Stars::FewestFirst])),
            limit,
            then: self::branches(chance, path.next(), depth - 1),
        });
    }
    branches
}

/// Which rows the options are for, in which order.
#[derive(Debug, Clone, Copy)]
struct Root {
    stars: i32,
    backwards: bool,
    offset: Option<u64>,
    limit: Option<u64>,
}

impl Root {
    fn by(chance: &mut Chance) -> Self {
        Self {
            stars: if chance.one_in(2) { 0 } else { chance.stars() },
            backwards: chance.one_in(2),
            offset: chance.one_in(4).then(|| chance.below(3)),
            limit: chance.one_in(3).then(|| chance.below(4)),
        }
    }

    fn query<M: Node + Output>(self) -> Select<M> {
        let mut query = M::query().filter(M::STARS.ge(self.stars));
        let order = if self.backwards { M::STARS.desc() } else { M::STARS.asc() };
        query = query.order_by(order);
        query = M::key().into_iter().fold(query, Select::order_by);
        if let Some(offset) = self.offset {
            query = query.offset(offset);
        }
        if let Some(limit) = self.limit {
            query = query.limit(limit);
        }
        query
    }
}

/// Returns why the options do not bring what they should, if so.
fn difference<M: Node + Output<Out<Plain> = M>>(
    conn: &mut Connection,
    world: &World,
    root: Root,
    branches: &[Branch],
    as_row: fn(&M) -> Row<'_>,
) -> Option<String> {
    let query = || root.query::<M>();
    let plain = query().all(conn).expect("rows without options");
    let expected: Vec<Tree> = plain.iter().map(|row| world.tree(as_row(row), branches)).collect();

    let before = conn.statement_count();
    let rows = match branches.iter().fold(query(), M::grow).all(conn) {
        Ok(rows) => rows,
        Err(error) => return Some(error.to_string()),
    };
    let sent = conn.statement_count() - before;

    let found: Vec<Tree> = rows.iter().map(|row| loaded(as_row(row), branches)).collect();
    if found != expected {
        return Some(format!("found {found:?}\nnot   {expected:?}"));
    }
    let most = 1 + Branch::statements(branches);
    (sent > most).then(|| format!("{sent} statements instead of at most {most}"))
}

/// Checks options by chance for rows of `M`, each way of loading by itself and all mixed.
fn check<M: Node + Output<Out<Plain> = M>>(
    conn: &mut Connection,
    world: &World,
    chance: &mut Chance,
    as_row: fn(&M) -> Row<'_>,
) {
    let root = Root::by(chance);
    let mixed = branches(chance, M::PATHS, DEPTH);
    let uniform =
        [Way::SelectIn, Way::Joined, Way::Subquery].map(|way| Branch::all_by(&mixed, way));
    for mut options in std::iter::once(mixed).chain(uniform) {
        let Some(mut why) = difference::<M>(conn, world, root, &options, as_row) else { continue };
        while let Some((fewer, reason)) = Branch::smaller(&options).into_iter().find_map(|fewer| {
            let reason = difference::<M>(conn, world, root, &fewer, as_row)?;
            Some((fewer, reason))
        }) {
            (options, why) = (fewer, reason);
        }
        panic!("{root:?}\n{options:#?}\n{why}");
    }
}

on_every_backend! {
    fn arbitrary_options_bring_what_nested_loops_find(db: &TestDb) -> TestResult {
        let cases = number_in_environment("ORM_TEST_LOADERS", CASES);
        let seed: u64 = number_in_environment("ORM_TEST_SEED", 0);
        let mut conn = db.connect()?;
        tables(&mut conn)?;
        for round in 0..cases.div_ceil(CASES_A_WORLD) {
            println!("seed {seed}, round {round}");
            let mut chance = Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(round));
            let world = world(&mut chance);
            world.store(&mut conn)?;
            for case in 0..CASES_A_WORLD {
                match case % 5 {
                    0 => check::<Note>(&mut conn, &world, &mut chance, |row| Row::Note(row)),
                    1 => check::<Room>(&mut conn, &world, &mut chance, |row| Row::Room(row)),
                    _ => check::<Person>(&mut conn, &world, &mut chance, |row| Row::Person(row)),
                }
            }
        }
        Ok(())
    }
}
