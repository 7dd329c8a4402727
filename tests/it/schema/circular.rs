//! Tables that refer to each other.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::catalog::tables;

#[derive(Model, Debug, PartialEq)]
struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Member::id))]
    captain_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Member {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Team::id))]
    team_id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Egg {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Hen::id, on_delete = "restrict"))]
    hen_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Hen {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Egg::id, on_delete = "restrict"))]
    egg_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Rock {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Paper::id))]
    paper_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Paper {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Scissors::id))]
    scissors_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Scissors {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Rock::id))]
    rock_id: Option<i64>,
}

on_every_backend! {
    fn two_tables_in_a_circle_are_created_and_dropped_with_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![Team, Member];
        metadata.create_all(&mut conn)?;
        let team = Team::insert(Team::builder()).one(&mut conn)?;
        let captain = Member::insert(Member::builder().team_id(team.id)).one(&mut conn)?;
        Team::update().set(Team::captain_id, captain.id).all_rows().execute(&mut conn)?;

        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        metadata.create_all(&mut conn)?;
        assert_eq!(tables(db)?, ["member", "team"]);
        Ok(())
    }

    fn both_keys_of_a_circle_are_enforced(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Team, Member].create_all(&mut conn)?;

        let no_captain = Team::insert(Team::builder().captain_id(9)).execute(&mut conn);
        let no_team = Member::insert(Member::builder().team_id(9)).execute(&mut conn);

        assert!(no_captain.unwrap_err().integrity().is_some());
        assert!(no_team.unwrap_err().integrity().is_some());
        Ok(())
    }

    fn a_circle_that_restricts_deletes_is_dropped_with_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![Egg, Hen];
        metadata.create_all(&mut conn)?;
        let egg = Egg::insert(Egg::builder()).one(&mut conn)?;
        let hen = Hen::insert(Hen::builder().egg_id(egg.id)).one(&mut conn)?;
        Egg::update().set(Egg::hen_id, hen.id).all_rows().execute(&mut conn)?;

        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }

    fn a_circle_of_three_is_created_dropped_and_completed(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let metadata = metadata![Paper, Rock, Scissors];
        metadata.create_all(&mut conn)?;
        metadata.create_all(&mut conn)?;
        let rock = Rock::insert(Rock::builder()).one(&mut conn)?;
        let scissors = Scissors::insert(Scissors::builder().rock_id(rock.id)).one(&mut conn)?;
        let paper = Paper::insert(Paper::builder().scissors_id(scissors.id)).one(&mut conn)?;
        Rock::update().set(Rock::paper_id, paper.id).all_rows().execute(&mut conn)?;

        metadata.drop_all(&mut conn)?;

        assert!(tables(db)?.is_empty());
        Ok(())
    }
}
