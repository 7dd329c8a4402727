//! The same trees from the same rows: every strategy, on every kind of relation and of key.

mod model;
mod plan;
mod random;
mod world;

use orm::prelude::*;
use orm::{Connection, Keyed, Load, Output, Plain, Relation, RelationField, Select};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use self::model::{Card, Desk, Note, Person, Room, Tag, Visit, fill, tables};

type Strategy<P, F, K = Keyed> = fn(Relation<P, F, K>) -> Load<P, F>;

/// Asserts that every strategy fills `relation` of the rows of `query` so that `tree` makes `expected` of them, and
/// sends one statement with all rows, or `further` besides the query's own.
#[track_caller]
fn assert_alike<P, F, K, T>(
    conn: &mut Connection,
    query: &Select<P>,
    relation: Relation<P, F, K>,
    tree: impl Fn(&P) -> T,
    further: u64,
    expected: &[T],
) where
    P: Model + Output<Out<Plain> = P>,
    F: RelationField<Target: Output>,
    T: PartialEq + std::fmt::Debug,
{
    let trees = |rows: &[P]| rows.iter().map(&tree).collect::<Vec<T>>();
    let strategies: [(&str, Strategy<P, F, K>, u64); 3] = [
        ("selectin", selectin, 1 + further),
        ("subquery", subquery, 1 + further),
        ("joined", joined, 1),
    ];
    for (name, strategy, statements) in strategies {
        for limit in [None, Some(1_000_000)] {
            let mut query = query.clone().options(strategy(relation));
            if let Some(limit) = limit {
                query = query.limit(limit);
            }
            let before = conn.statement_count();
            let rows =
                query.all(conn).unwrap_or_else(|error| panic!("{name}({relation:?}): {error}"));

            assert_eq!(trees(&rows), expected, "{name}({relation:?}), limit {limit:?}");
            let sent = conn.statement_count() - before;
            assert_eq!(sent, statements, "statements of {name}({relation:?})");
        }
    }
    let mut rows = query.all(conn).unwrap_or_else(|error| panic!("{error}"));
    let before = conn.statement_count();
    for _ in 0..2 {
        relation.load_all(conn, &mut rows).unwrap_or_else(|error| panic!("{relation:?}: {error}"));
    }
    assert_eq!(trees(&rows), expected, "load_all of {relation:?}");
    assert_eq!(conn.statement_count() - before, further, "statements of load_all of {relation:?}");

    // Only rows that are there can be none.
    if relation.def().path().ends_with("::author") || relation.def().path().ends_with("::owner") {
        return;
    }
    let before = conn.statement_count();
    let rows = query.clone().options(noload(relation)).all(conn);
    let rows = rows.unwrap_or_else(|error| panic!("noload({relation:?}): {error}"));
    assert!(rows.iter().all(|row| relation.of(row).is_loaded()));
    assert_eq!(conn.statement_count() - before, 1, "statements of noload({relation:?})");
}

fn people() -> Select<Person> {
    Person::query().order_by(Person::id)
}

fn notes() -> Select<Note> {
    Note::query().order_by(Note::id)
}

fn note_ids(notes: &[Note]) -> Vec<i64> {
    notes.iter().map(|note| note.id).collect()
}

fn person_ids(people: &[Person]) -> Vec<i64> {
    people.iter().map(|person| person.id).collect()
}

fn room_names(rooms: &[Room]) -> Vec<String> {
    rooms.iter().map(|room| format!("{} {}", room.building, room.number)).collect()
}

/// Returns the numbers of those that lead to each other, in parentheses.
fn levels(person: &Person, depth: usize) -> String {
    let reports = match depth {
        0 => String::new(),
        _ => person.reports.iter().map(|report| levels(report, depth - 1)).collect(),
    };
    format!("({}{reports})", person.id)
}

on_every_backend! {
    fn rows_that_refer_to_a_row(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let none = || vec![];

        assert_alike(
            &mut conn, &people(), Person::written, |person| note_ids(&person.written), 1,
            &[vec![1, 2, 3], vec![4], none(), none(), none(), none()],
        );
        assert_alike(
            &mut conn, &people(), Person::edited, |person| note_ids(&person.edited), 1,
            &[none(), vec![3, 1], none(), none(), none(), none()],
        );
        assert_alike(
            &mut conn, &people(), Person::best, |person| note_ids(&person.best), 1,
            &[vec![1, 3], vec![4], none(), none(), none(), none()],
        );
        Ok(())
    }

    fn a_row_that_has_the_key_of_another(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        assert_alike(
            &mut conn, &people(), Person::card,
            |person| person.card.as_ref().map(|card| card.owner_id), 1,
            &[Some(1), None, Some(3), None, None, None],
        );
        let cards = Card::query().order_by(Card::owner_id);
        assert_alike(&mut conn, &cards, Card::owner, |card| card.owner.id, 1, &[1, 3]);
        Ok(())
    }

    fn rows_that_are_referred_to(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        assert_alike(&mut conn, &notes(), Note::author, |note| note.author.id, 1, &[1, 1, 1, 2]);
        assert_alike(
            &mut conn, &notes(), Note::editor,
            |note| note.editor.as_ref().map(|editor| editor.id), 1,
            &[Some(2), None, Some(2), None],
        );
        // Without a key there is nothing to ask for.
        assert_alike(
            &mut conn, &notes().filter(Note::editor_id.is_null()), Note::editor,
            |note| note.editor.is_none(), 0,
            &[true, true],
        );
        Ok(())
    }

    fn pairs_in_a_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        let codes = |note: &Note| {
            note.tags.iter().map(|tag| tag.code.clone()).collect::<Vec<String>>().join(" ")
        };
        let expected = ["a' b", "a'", "", "a'"].map(str::to_owned);
        assert_alike(&mut conn, &notes(), Note::tags, codes, 1, &expected);
        let tags = Tag::query().order_by(Tag::code);
        assert_alike(
            &mut conn, &tags, Tag::notes, |tag| note_ids(&tag.notes), 1,
            &[vec![1, 2, 4], vec![1], vec![]],
        );
        Ok(())
    }

    fn pairs_within_a_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let none = || vec![];

        assert_alike(
            &mut conn, &people(), Person::friends, |person| person_ids(&person.friends), 1,
            &[vec![2, 3], vec![1], vec![3], none(), none(), none()],
        );
        assert_alike(
            &mut conn, &people(), Person::friend_of, |person| person_ids(&person.friend_of), 1,
            &[vec![2], vec![1], vec![1, 3], none(), none(), none()],
        );
        Ok(())
    }

    fn pairs_that_are_there_twice_lead_to_a_row_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let rooms = Room::query().order_by((Room::building.desc(), Room::number));

        assert_alike(
            &mut conn, &people().filter(Person::id.lt(4)), Person::rooms,
            |person| room_names(&person.rooms), 1,
            &[vec!["n 1".to_owned(), "s 1".to_owned()], vec!["n 1".to_owned()], vec![]],
        );
        assert_alike(
            &mut conn, &rooms, Room::tenants, |room| person_ids(&room.tenants), 1,
            &[vec![1], vec![1, 2], vec![]],
        );
        let first_two = selectin(Room::tenants).limit(2);
        let first = rooms.offset(1).limit(1).options(first_two).one(&mut conn)?;
        assert_eq!(person_ids(&first.tenants), [1, 2]);

        // Nor is it counted twice.
        let counts = people().filter(Person::id.lt(4)).select(Person::rooms.count());
        assert_eq!(counts.all(&mut conn)?, [2, 1, 0]);
        let one = people().first_or_not_found(&mut conn)?;
        assert_eq!(Person::rooms.query(&one).count(&mut conn)?, 2);
        Ok(())
    }

    fn paths_over_every_kind_of_relation(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let some = || people().filter(Person::id.lt(4));
        let codes = |person: &Person| person.topics.iter().map(|tag| tag.code.clone()).collect();

        let (a, b) = ("a'".to_owned(), "b".to_owned());
        assert_alike(
            &mut conn, &some(), Person::topics, codes, 1,
            &[vec![a.clone(), b], vec![a], vec![]],
        );
        // Those who have leased what one has leased.
        assert_alike(
            &mut conn, &some(), Person::neighbours, |person| person_ids(&person.neighbours), 1,
            &[vec![1, 2], vec![1, 2], vec![]],
        );
        assert_alike(
            &mut conn, &some(), Person::best_editors, |person| person_ids(&person.best_editors), 1,
            &[vec![2], vec![], vec![]],
        );
        let chief = |note: &Note| note.chief.as_deref().map(|chief| chief.id);
        assert_alike(&mut conn, &notes(), Note::chief, chief, 1, &[None, None, None, Some(1)]);
        let card = |note: &Note| note.author_card.as_ref().map(|card| card.owner_id);
        assert_alike(
            &mut conn, &notes(), Note::author_card, card, 1, &[Some(1), Some(1), Some(1), None],
        );
        Ok(())
    }

    fn keys_of_several_columns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let rooms = Room::query().order_by((Room::building, Room::number));
        let desks = Desk::query().order_by(Desk::id);

        assert_alike(
            &mut conn, &rooms, Room::desks,
            |room| room.desks.iter().map(|desk| desk.id).collect::<Vec<_>>(), 1,
            &[vec![1, 2], vec![], vec![3]],
        );
        assert_alike(
            &mut conn, &desks, Desk::room,
            |desk| desk.room.as_ref().map(|room| room.building.clone()), 1,
            &[Some("n".to_owned()), Some("n".to_owned()), Some("s".to_owned()), None, None],
        );
        Ok(())
    }

    fn keys_that_are_texts_and_no_primary_keys(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let visits = Visit::query().order_by(Visit::id);

        assert_alike(
            &mut conn, &people(), Person::visits,
            |person| person.visits.iter().map(|visit| visit.id).collect::<Vec<_>>(), 1,
            &[vec![1, 3], vec![2], vec![], vec![], vec![], vec![]],
        );
        assert_alike(
            &mut conn, &visits, Visit::person,
            |visit| visit.person.as_ref().map(|person| person.id), 1,
            &[Some(1), Some(2), Some(1), None, None],
        );
        Ok(())
    }

    fn no_rows_need_no_further_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tables(&mut conn)?;
        let conn = &mut conn;

        assert_alike(conn, &people(), Person::written, |_| (), 0, &[]);
        assert_alike(conn, &people(), Person::card, |_| (), 0, &[]);
        assert_alike(conn, &people(), Person::rooms, |_| (), 0, &[]);
        assert_alike(conn, &people(), Person::friends, |_| (), 0, &[]);
        assert_alike(conn, &notes(), Note::author, |_| (), 0, &[]);
        assert_alike(conn, &notes(), Note::tags, |_| (), 0, &[]);
        assert_alike(conn, &Room::query(), Room::desks, |_| (), 0, &[]);
        Ok(())
    }

    fn rows_of_their_own_table_four_deep(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        let strategies: [(Strategy<Person, HasMany<Person>>, u64); 3] =
            [(selectin, 5), (subquery, 5), (joined, 1)];
        for (load, statements) in strategies {
            let load = || load(Person::reports);
            let before = conn.statement_count();
            let tops = people()
                .filter(Person::boss_id.is_null())
                .options(load().then(load().then(load().then(load()))))
                .all(&mut conn)?;

            let trees: Vec<String> = tops.iter().map(|top| levels(top, 4)).collect();
            assert_eq!(trees, ["(1(2(4(5)))(3))", "(6)"]);
            assert_eq!(conn.statement_count() - before, statements);
        }
        let up = || joined(Person::boss);
        let eve = people()
            .filter(Person::id.eq(5))
            .options(up().then(selectin(Person::boss).then(up())))
            .one(&mut conn)?;
        let boss = |person: &Person| person.boss.shared().expect("a boss");
        assert_eq!(boss(&boss(&boss(&eve))).id, 1);
        Ok(())
    }

    fn five_thousand_parents_need_as_many_statements_as_one(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tables(&mut conn)?;
        let numbers = || 1..=5_000_i64;
        Person::insert_many(numbers().map(|id| Person::builder().id(id).stars(0))).execute(&mut conn)?;
        // Every other person has two notes.
        let writers = numbers().filter(|id| id % 2 == 0);
        Note::insert_many(writers.flat_map(|id| {
            [2 * id, 2 * id + 1].map(|note| Note::builder().id(note).stars(0).author_id(id))
        }))
        .execute(&mut conn)?;
        let rooms = |id: i64| i32::try_from(id).expect("a small number");
        Room::insert_many(numbers().map(|id| Room::builder().building("n").number(rooms(id)).stars(0)))
            .execute(&mut conn)?;
        Desk::insert_many(numbers().map(|id| {
            Desk::builder().id(id).stars(0).building("n").number(rooms(id))
        }))
        .execute(&mut conn)?;

        let written: Vec<Vec<i64>> = numbers()
            .rev()
            .map(|id| if id % 2 == 0 { vec![2 * id, 2 * id + 1] } else { vec![] })
            .collect();
        let latest = Person::query().order_by(Person::id.desc());
        assert_alike(&mut conn, &latest, Person::written, |person| note_ids(&person.written), 1, &written);
        let authors: Vec<i64> = numbers().filter(|id| id % 2 == 0).flat_map(|id| [id, id]).collect();
        assert_alike(&mut conn, &notes(), Note::author, |note| note.author.id, 1, &authors);
        let desks: Vec<i64> = numbers().collect();
        let rooms = Room::query().order_by(Room::number);
        assert_alike(&mut conn, &rooms, Room::desks, |room| room.desks[0].id, 1, &desks);
        Ok(())
    }

    fn a_limit_counts_parents_in_every_strategy(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        for load in [selectin::<Person, _, _>, joined::<Person, _, _>, subquery::<Person, _, _>] {
            let people = Person::query()
                .order_by(Person::id.desc())
                .offset(4)
                .limit(2)
                .options((joined(Person::reports), load(Person::written)))
                .all(&mut conn)?;

            assert_eq!(person_ids(&people), [2, 1]);
            assert_eq!(note_ids(&people[1].written), [1, 2, 3]);
            assert_eq!(person_ids(&people[1].reports), [2, 3]);
            let first = Person::query().order_by(Person::id).options(load(Person::written));
            let first = first.first(&mut conn)?.expect("a person");
            assert_eq!(note_ids(&first.written), [1, 2, 3]);
        }
        Ok(())
    }

    fn a_query_that_joins_gives_each_row_and_each_child_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        // Person 1 has written three notes, so that the join of the query finds it three times.
        for load in [selectin::<Person, _, _>, joined::<Person, _, _>, subquery::<Person, _, _>] {
            let people = people().join(Note::author_id).options(load(Person::reports)).all(&mut conn)?;

            assert_eq!(person_ids(&people), [1, 2]);
            assert_eq!(person_ids(&people[0].reports), [2, 3]);
        }
        let people = people()
            .join(Note::author_id)
            .order_by(Note::id)
            .options((contains_eager(Person::written), joined(Person::reports), joined(Person::card)))
            .all(&mut conn)?;
        assert_eq!(person_ids(&people), [1, 2]);
        assert_eq!(note_ids(&people[0].written), [1, 2, 3]);
        assert_eq!(person_ids(&people[0].reports), [2, 3]);
        Ok(())
    }

    fn what_the_query_joined_can_be_asked_for_as_one_row(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        let with_notes = people()
            .join(Note::author_id)
            .order_by(Note::id)
            .options(contains_eager(Person::written));

        let first = with_notes.first(&mut conn)?.expect("a person");
        assert_eq!(note_ids(&first.written), [1, 2, 3]);
        let one = with_notes.clone().filter(Person::id.eq(1)).one(&mut conn)?;
        assert_eq!(note_ids(&one.written), [1, 2, 3]);
        assert!(with_notes.one(&mut conn).is_err());

        let message = with_notes.limit(1).all(&mut conn).unwrap_err().to_string();
        assert_eq!(
            message,
            "`contains_eager(Person::written)` reads rows that the query joins, which a limit or \
             `distinct` would count instead of the query's own: load the relation with `joined` or \
             `selectin`"
        );
        Ok(())
    }

    fn distinct_parents_are_loaded_for_by_every_strategy(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        for load in [selectin::<Person, _, _>, joined::<Person, _, _>, subquery::<Person, _, _>] {
            let people = Person::query()
                .distinct()
                .order_by((Person::boss_id.asc().nulls_first(), Person::id))
                .limit(4)
                .options(load(Person::written))
                .all(&mut conn)?;

            assert_eq!(person_ids(&people), [1, 6, 2, 3]);
            assert_eq!(note_ids(&people[0].written), [1, 2, 3]);
        }
        Ok(())
    }

    fn conditions_on_what_is_loaded_may_look_further(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;

        for load in [selectin::<Person, _, _>, joined::<Person, _, _>, subquery::<Person, _, _>] {
            let of_b = load(Person::written).filter(Note::tags.any(Tag::code.eq("b")));
            let people = people().options(of_b).all(&mut conn)?;
            assert_eq!(note_ids(&people[0].written), [1]);
            assert!(people[1].written.is_empty());
        }
        for load in [selectin::<Person, _, _>, joined::<Person, _, _>, subquery::<Person, _, _>] {
            let leading = load(Person::reports).filter(!Person::reports.is_empty());
            let people = people().options(leading).all(&mut conn)?;
            assert_eq!(person_ids(&people[0].reports), [2]);
        }
        Ok(())
    }

    fn a_row_with_place_for_one_is_refused_several_by_every_strategy(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        fill(&mut conn)?;
        Visit::insert(Visit::builder().id(6).stars(0).login("twin".to_owned())).execute(&mut conn)?;

        for load in [selectin::<Visit, _, _>, joined::<Visit, _, _>, subquery::<Visit, _, _>] {
            let visits = Visit::query().order_by(Visit::id).options(load(Visit::person));
            let message = visits.all(&mut conn).unwrap_err().to_string();
            assert!(message.contains("several rows belong to one by `Visit::person`"), "{message}");
        }
        Ok(())
    }
}
