//! The rules of a session as SQLAlchemy documents them, one test each, with the statements that are sent.

use orm::prelude::*;
use orm::{EntityState, Error};
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

use super::{User, statements};

#[derive(Model, Debug)]
#[orm(table = "teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = team, order_by = id, lazy = "selectin"))]
    players: HasMany<Player>,
}

#[derive(Model, Debug)]
#[orm(table = "players")]
struct Player {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Team::id))]
    team_id: Option<i64>,
    #[orm(belongs_to(key = team_id, inverse = players))]
    team: BelongsTo<Option<Team>>,
    #[orm(many_to_many(table = "player_games", inverse = players))]
    games: ManyToMany<Game>,
}

#[derive(Model, Debug)]
#[orm(table = "games")]
struct Game {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many(inverse = games))]
    players: ManyToMany<Player>,
}

fn session(db: &TestDb) -> orm::Result<Session> {
    metadata![User, Team, Player, Game].create_all(&mut db.connect()?)?;
    Ok(db.engine().session())
}

/// Returns everything that `work` sends, with BEGIN and COMMIT.
fn everything<T>(work: impl FnOnce() -> orm::Result<T>) -> orm::Result<Vec<String>> {
    let (result, events) = logged("orm::sql", work);
    result?;
    let sent = events.iter().filter_map(|event| event.strip_prefix("DEBUG sql="));
    Ok(sent.map(|sql| sql.replace('$', "?")).collect())
}

on_every_backend! {
    fn an_entity_is_pending_then_persistent_then_deleted_then_detached(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let alice = session.add(User::builder().name("alice"));
        assert_eq!(session.state(alice), EntityState::Pending);
        session.commit()?;
        assert_eq!(session.state(alice), EntityState::Persistent);
        session.delete(alice)?;
        assert_eq!(session.state(alice), EntityState::Persistent);
        session.flush()?;
        assert_eq!(session.state(alice), EntityState::Deleted);
        session.commit()?;
        assert_eq!(session.state(alice), EntityState::Detached);
        Ok(())
    }

    fn a_rollback_makes_new_rows_detached_and_deleted_ones_persistent(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let stored = session.add(User::builder().name("stored"));
        session.commit()?;

        session.delete(stored)?;
        let flushed = session.add(User::builder().name("flushed"));
        session.flush()?;
        let pending = session.add(User::builder().name("pending"));
        session.rollback()?;

        assert_eq!(session.state(stored), EntityState::Persistent);
        assert_eq!(session[stored].name, "stored");
        assert_eq!(session.state(flushed), EntityState::Detached);
        assert_eq!(session.state(pending), EntityState::Detached);
        assert_eq!(User::query().select(User::name).all(&mut session)?, ["stored"]);
        Ok(())
    }

    fn a_transaction_begins_with_the_first_statement_and_ends_with_the_commit(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        assert!(everything(|| session.commit())?.is_empty());
        let mut added = None;
        assert!(everything(|| { added = Some(session.add(User::builder().name("a"))); Ok(()) })?.is_empty());
        let insert = r#"INSERT INTO "users" ("name", "updates") VALUES (?1, ?2) RETURNING "id""#;
        assert_eq!(everything(|| session.commit())?, ["BEGIN", insert, "COMMIT"]);
        let count = r#"SELECT count(*) FROM "users""#;
        assert_eq!(everything(|| User::query().count(&mut session))?, ["BEGIN", count]);
        assert_eq!(everything(|| User::query().count(&mut session))?, [count]);
        assert_eq!(everything(|| session.rollback())?, ["ROLLBACK"]);
        assert!(everything(|| session.rollback())?.is_empty());
        Ok(())
    }

    fn a_commit_keeps_the_values(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice").age(30));
        session.commit()?;

        let mut read = None;
        let sent = everything(|| {
            read = session.get::<User>(1)?.map(|alice| session[alice].age);
            Ok(())
        })?;

        assert_eq!((read, sent.len()), (Some(Some(30)), 0));
        assert!(!session.is_modified(alice));
        Ok(())
    }

    fn a_lazy_load_flushes_and_a_known_key_does_not(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let player = session.add(Player::builder().name("Ann"));
        session.commit()?;
        session.add(Game::builder());

        assert!(statements(|| session.get::<Player>(1))?.is_empty());
        let sent = statements(|| session.load(player, Player::team))?;
        assert!(sent.is_empty(), "it leads to none: {sent:?}");
        let sent = statements(|| User::query().count(&mut session))?;

        assert_eq!(
            sent,
            [r#"INSERT INTO "games" DEFAULT VALUES RETURNING "id""#, r#"SELECT count(*) FROM "users""#]
        );
        Ok(())
    }

    fn one_flush_inserts_then_updates_then_pairs_then_deletes(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let team = session.add(Team::builder().name("red"));
        let old = session.add(Player::builder().name("old").team(team));
        let stays = session.add(Player::builder().name("stays"));
        session.commit()?;

        session.delete(old)?;
        session[stays].name = "stayed".into();
        let new = session.add(Player::builder().name("new").team(Team::builder().name("blue")));
        let game = session.add(Game::builder());
        session.push(game, Game::players, new)?;
        let sent = statements(|| session.flush())?;

        let verbs = sent.iter().map(|sql| sql.split('(').next().unwrap_or(sql).trim());
        let verbs = verbs.map(|sql| sql.split(" SET").next().unwrap_or(sql));
        let verbs = verbs.map(|sql| sql.split(" DEFAULT").next().unwrap_or(sql));
        let verbs = verbs.map(|sql| sql.split(" WHERE").next().unwrap_or(sql));
        let verbs = verbs.filter(|sql| !sql.starts_with("SELECT")).collect::<Vec<_>>();
        let (mut inserts, rest) = (verbs[..3].to_vec(), &verbs[3..]);
        let place = |table: &str| inserts.iter().position(|sql| sql.contains(table));
        assert!(place("teams") < place("players"), "{verbs:?}");
        inserts.sort_unstable();
        assert_eq!(
            inserts,
            [r#"INSERT INTO "games""#, r#"INSERT INTO "players""#, r#"INSERT INTO "teams""#]
        );
        assert_eq!(
            rest,
            [r#"UPDATE "players""#, r#"INSERT INTO "player_games""#, r#"DELETE FROM "players""#]
        );
        Ok(())
    }

    fn given_and_generated_keys_are_inserted_apart_and_all_are_known(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let generated = session.add(User::builder().name("a"));
        let given = session.add(User::builder().id(70).name("b"));
        let also = session.add(User::builder().id(71).name("c"));

        let sent = statements(|| session.flush())?;

        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!(sent.iter().all(|sql| sql.starts_with(r#"INSERT INTO "users""#)));
        assert_eq!([session[given].id, session[also].id], [70, 71]);
        assert_ne!(session[generated].id, 0);
        assert_eq!(session.get::<User>(session[generated].id)?, Some(generated));
        Ok(())
    }

    fn many_new_rows_get_the_keys_in_the_order_they_were_added(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let players = session.add_all((0..2500).map(|n| Player::builder().name(format!("{n}"))));
        session.commit()?;

        let ids = players.iter().map(|&player| session[player].id);
        assert!(ids.clone().is_sorted_by(|one, next| one < next));
        let stored = Player::query().order_by(Player::id).select((Player::id, Player::name));
        let stored = stored.all(&mut db.connect()?)?;
        let expected = ids.zip(0..).map(|(id, n)| (id, format!("{n}"))).collect::<Vec<_>>();
        assert_eq!(stored, expected);
        Ok(())
    }

    fn a_key_that_is_set_alone_leaves_the_relation_until_it_is_refreshed(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [red, blue] = ["red", "blue"].map(|name| session.add(Team::builder().name(name)));
        let ann = session.add(Player::builder().name("Ann").team(red));
        session.commit()?;

        session[ann].team_id = Some(session[blue].id);
        session.flush()?;
        assert_eq!(session[ann].team.entity(), Some(Some(red)));

        session.refresh(ann)?;
        assert_eq!(session.load(ann, Player::team)?, Some(blue));
        Ok(())
    }

    fn a_relation_that_is_set_as_it_was_takes_back_its_key(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        first.add(Team::builder().name("red").players([Player::builder().name("Ann")]));
        first.add(Team::builder().name("blue"));
        first.commit()?;
        let mut session = db.engine().session();
        let red = session.get_or_not_found::<Team>(1)?;
        let blue = session.get_or_not_found::<Team>(2)?;
        let ann = session.load(red, Team::players)?[0];

        session[ann].team_id = Some(session[blue].id);
        session.set(ann, Player::team, Some(red))?;

        assert_eq!(session[red].players.entities(), Some(&[ann][..]));
        assert!(statements(|| session.commit())?.is_empty());
        Ok(())
    }

    fn a_relation_that_is_set_wins_over_its_key(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [red, blue] = ["red", "blue"].map(|name| session.add(Team::builder().name(name)));
        let ann = session.add(Player::builder().name("Ann"));
        session.commit()?;

        session[ann].team_id = Some(session[blue].id);
        session.set(ann, Player::team, Some(red))?;
        session.commit()?;

        assert_eq!(session[ann].team_id, Some(session[red].id));
        let stored = Player::query().select(Player::team_id).one(&mut db.connect()?)?;
        assert_eq!(stored, Some(session[red].id));
        Ok(())
    }

    fn a_row_that_is_not_inserted_yet_cannot_be_refreshed(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));

        let error = session.refresh(alice).unwrap_err();

        assert!(matches!(error, Error::InvalidState { .. }));
        assert!(error.to_string().contains("is not inserted yet: `flush` first"), "{error}");
        assert_eq!(session.state(alice), EntityState::Pending);
        Ok(())
    }

    fn a_refresh_loads_what_the_model_always_loads(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let red = session.add(Team::builder().name("red"));
        session.commit()?;
        let other = Player::builder().name("Ann").team_id(session[red].id);
        Player::insert(other).execute(&mut db.connect()?)?;
        assert_eq!(session[red].players.entities().map(<[_]>::len), Some(0));

        session.refresh(red)?;

        let players = session[red].players.entities().ok_or("not loaded")?;
        assert_eq!(session[players[0]].name, "Ann");
        Ok(())
    }

    fn an_update_of_a_row_that_is_gone_is_stale(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        User::delete().all_rows().execute(&mut db.connect()?)?;

        session[alice].name = "Alice".into();
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::StaleData { model: "User" }), "{error}");
        assert_eq!(session[alice].name, "alice");
        Ok(())
    }

    fn a_delete_of_a_row_that_is_gone_warns(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;
        User::delete().all_rows().execute(&mut db.connect()?)?;

        session.delete(alice)?;
        let (result, events) = logged("orm::session", || session.commit());

        result?;
        assert_eq!(events.len(), 1);
        assert!(events[0].starts_with("WARN") && events[0].contains("were not there any more"));
        Ok(())
    }

    fn savepoints_are_a_stack_and_the_outer_one_ends_the_inner(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));

        let sent = everything(|| {
            let mut outer = session.begin_nested()?;
            outer[alice].age = Some(1);
            let mut inner = outer.begin_nested()?;
            inner[alice].age = Some(2);
            inner.commit()?;
            assert_eq!(outer[alice].age, Some(2));
            outer.rollback()
        })?;

        // What is pending is flushed before a savepoint.
        assert!(sent[1].starts_with("INSERT") && sent[2].starts_with("SAVEPOINT"), "{sent:?}");
        assert_eq!((session[alice].age, session.state(alice)), (None, EntityState::Persistent));
        session.commit()?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, None);
        Ok(())
    }

    fn an_error_of_a_flush_leaves_a_session_that_goes_on(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let alice = session.add(User::builder().name("alice"));
        session.commit()?;

        session[alice].age = Some(30);
        session.add(User::builder().name("alice"));
        assert!(User::query().count(&mut session).is_err());

        assert_eq!((session[alice].age, session.new_entities::<User>().len()), (None, 0));
        session[alice].age = Some(31);
        session.commit()?;
        assert_eq!(User::query().one(&mut db.connect()?)?.age, Some(31));
        Ok(())
    }
}
