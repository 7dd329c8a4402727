//! UPDATE.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Player {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 8)]
    name: String,
    team: Option<String>,
    score: i32,
    #[orm(default = 0, on_update = next_revision)]
    revision: i32,
}

fn next_revision() -> i32 {
    77
}

/// "ann" with 1 point in "red", "bob" with 2 in "red", "cal" with 3 in no team.
fn with_players(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Player].create_all(&mut conn)?;
    let rows = [("ann", Some("red"), 1), ("bob", Some("red"), 2), ("cal", None, 3)];
    let rows = rows.map(|(name, team, score)| {
        Player::builder().name(name).team(team.map(str::to_owned)).score(score)
    });
    Player::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn scores(conn: &mut Connection) -> orm::Result<Vec<i32>> {
    Player::query().order_by(Player::id).select(Player::score).all(conn)
}

on_every_backend! {
    fn the_rows_that_the_filters_find_are_updated_and_counted(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;

        let red = Player::update()
            .set(Player::score, 10)
            .filter(Player::team.eq("red"))
            .execute(&mut conn)?;
        let both = Player::update()
            .set(Player::score, 20)
            .filter(Player::team.eq("red"))
            .filter(Player::name.eq("bob"))
            .execute(&mut conn)?;
        let none =
            Player::update().set(Player::score, 0).filter(Player::id.eq(9)).execute(&mut conn)?;

        assert_eq!((red, both, none), (2, 1, 0));
        assert_eq!(scores(&mut conn)?, [10, 20, 3]);
        Ok(())
    }

    fn a_row_that_has_the_value_already_counts(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;

        let same = Player::update().set(Player::score, 1).filter(Player::id.eq(1));

        assert_eq!(same.execute(&mut conn)?, 1);
        Ok(())
    }

    fn several_columns_are_set_at_once_and_null_is_a_value(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;

        Player::update()
            .set(Player::name, "anna")
            .set(Player::team, None)
            .set(Player::score, 5)
            .filter(Player::id.eq(1))
            .execute(&mut conn)?;
        Player::update()
            .set(Player::team, Some("blue".to_owned()))
            .filter(Player::id.eq(3))
            .execute(&mut conn)?;

        let ann = Player::query().get_or_not_found(&mut conn, 1)?;
        let cal = Player::query().get_or_not_found(&mut conn, 3)?;
        let name = "anna".to_owned();
        assert_eq!(ann, Player { id: 1, name, team: None, score: 5, revision: 77 });
        assert_eq!(cal.team.as_deref(), Some("blue"));
        Ok(())
    }

    fn what_is_set_last_counts(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;

        let update = Player::update().set(Player::score, 8).set(Player::score, 9);
        update.filter(Player::id.eq(1)).execute(&mut conn)?;

        assert_eq!(scores(&mut conn)?, [9, 2, 3]);
        Ok(())
    }

    fn on_update_is_set_unless_the_update_sets_it(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;
        let update = || Player::update().set(Player::score, 0);

        update().filter(Player::id.eq(1)).execute(&mut conn)?;
        update().set(Player::revision, 5).filter(Player::id.eq(2)).execute(&mut conn)?;

        let revisions = Player::query().order_by(Player::id).select(Player::revision);
        assert_eq!(revisions.all(&mut conn)?, [77, 5, 0]);
        Ok(())
    }

    fn a_whole_table_is_updated_only_when_that_is_said(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;
        let before = conn.statement_count();

        let error = Player::update().set(Player::score, 0).execute(&mut conn).unwrap_err();

        assert!(matches!(error, Error::InvalidQuery(_)));
        assert_eq!(
            error.to_string(),
            "this would update every row of `player`: add a `.filter(…)`, or say `.all_rows()` if \
             that is meant"
        );
        assert_eq!(conn.statement_count(), before);
        assert_eq!(Player::update().set(Player::score, 0).all_rows().execute(&mut conn)?, 3);
        assert_eq!(scores(&mut conn)?, [0, 0, 0]);
        Ok(())
    }

    fn all_rows_beside_a_filter_changes_nothing(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;

        let update = Player::update().set(Player::score, 0).all_rows();

        assert_eq!(update.filter(Player::id.eq(1)).execute(&mut conn)?, 1);
        Ok(())
    }

    fn an_update_that_sets_nothing_is_refused(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;
        let before = conn.statement_count();

        let error = Player::update().filter(Player::id.eq(1)).execute(&mut conn).unwrap_err();

        assert!(matches!(error, Error::InvalidQuery(_)));
        assert_eq!(
            error.to_string(),
            "this update of `player` sets nothing: add a `.set(column, value)`"
        );
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }

    fn a_value_that_does_not_fit_is_refused_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut conn = with_players(db)?;
        let before = conn.statement_count();

        let update = Player::update().set(Player::name, "far too long").filter(Player::id.eq(1));
        let error = update.execute(&mut conn).unwrap_err();

        let Error::Encode(error) = error else { panic!("{error:?}") };
        assert_eq!(error.column.as_deref(), Some("player.name"));
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }
}
