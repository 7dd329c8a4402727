//! What happens to related rows when one is deleted, taken out of the session, or expired.

use orm::EntityState;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "folders")]
struct Folder {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = folder, order_by = id, cascade = "all", passive_deletes))]
    files: HasMany<File>,
    #[orm(has_many(inverse = folder, order_by = id))]
    links: HasMany<Link>,
}

#[derive(Model, Debug)]
#[orm(table = "files")]
struct File {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Folder::id, on_delete = "cascade"))]
    folder_id: i64,
    #[orm(belongs_to(key = folder_id, inverse = files))]
    folder: BelongsTo<Folder>,
}

#[derive(Model, Debug)]
#[orm(table = "links")]
struct Link {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Folder::id))]
    folder_id: Option<i64>,
    #[orm(belongs_to(key = folder_id, inverse = links))]
    folder: BelongsTo<Option<Folder>>,
}

/// A part of something, with parts of its own.
#[derive(Model, Debug)]
#[orm(table = "parts")]
struct Part {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Part::id))]
    whole_id: Option<i64>,
    #[orm(belongs_to(key = whole_id, inverse = parts))]
    whole: BelongsTo<Option<Part>>,
    #[orm(has_many(inverse = whole, order_by = id, cascade = "all"))]
    parts: HasMany<Part>,
}

/// A shelf, whose boxes go when they are taken out of it.
#[derive(Model, Debug)]
#[orm(table = "shelves")]
struct Shelf {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = shelf, order_by = id, cascade = "all, delete-orphan"))]
    boxes: HasMany<Crate>,
}

#[derive(Model, Debug)]
#[orm(table = "boxes")]
struct Crate {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Shelf::id))]
    shelf_id: i64,
    #[orm(belongs_to(key = shelf_id, inverse = boxes))]
    shelf: BelongsTo<Shelf>,
    #[orm(has_many(inverse = place, order_by = id, cascade = "all, delete-orphan"))]
    things: HasMany<Thing>,
    #[orm(many_to_many(table = "box_links"))]
    links: ManyToMany<Link>,
}

#[derive(Model, Debug)]
#[orm(table = "things")]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Crate::id))]
    box_id: i64,
    #[orm(belongs_to(key = box_id, inverse = things))]
    place: BelongsTo<Crate>,
}

/// Stores a folder with two files, and returns a session that knows nothing of them.
fn stored(db: &TestDb) -> orm::Result<Session> {
    metadata![Folder, File, Link, Part, Shelf, Crate, Thing].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let files = ["a", "b"].map(|name| File::builder().name(name));
    session.add(Folder::builder().name("letters").files(files));
    session.commit()?;
    Ok(db.engine().session())
}

on_every_backend! {
    fn rows_that_are_not_loaded_are_left_to_the_database(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let folder = session.get_or_not_found::<Folder>(1)?;

        let sent = statements(|| {
            session.delete(folder)?;
            session.commit()
        })?;

        // The links are looked for, since their key would become NULL; the files are not.
        assert_eq!(sent.len(), 2, "{sent:#?}");
        assert!(sent[0].contains(r#"FROM "links""#));
        assert_eq!(sent[1], r#"DELETE FROM "folders" WHERE "id" = ?1"#);
        assert_eq!(File::query().count(&mut db.connect()?)?, 0);
        Ok(())
    }

    fn rows_that_are_loaded_are_deleted_with_theirs(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let folder = session.get_or_not_found::<Folder>(1)?;
        let files = session.load(folder, Folder::files)?;

        session.delete(folder)?;
        session.commit()?;

        assert_eq!(session.state(files[0]), EntityState::Detached);
        assert_eq!(File::query().count(&mut db.connect()?)?, 0);
        Ok(())
    }

    fn what_is_deleted_along_is_looked_for_level_by_level(db: &TestDb) -> TestResult {
        let mut first = stored(db)?;
        let parts = || [(); 3].map(|()| Part::builder());
        first.add(Part::builder().parts(parts().map(|part| part.parts(parts()))));
        first.commit()?;
        let mut session = db.engine().session();
        let whole = session.get_or_not_found::<Part>(1)?;

        let sent = statements(|| {
            session.delete(whole)?;
            session.commit()
        })?;

        // The parts of the whole, theirs, and those of these, of which there are none.
        let verbs = sent.iter().filter_map(|sql| sql.split(' ').next()).collect::<Vec<_>>();
        assert_eq!(verbs, ["SELECT", "SELECT", "SELECT", "DELETE"]);
        assert_eq!(Part::query().count(&mut db.connect()?)?, 0);
        Ok(())
    }

    fn an_orphan_takes_its_own_along(db: &TestDb) -> TestResult {
        let mut first = stored(db)?;
        let boxes = [(); 2].map(|()| {
            Crate::builder().things([(); 2].map(|()| Thing::builder())).links([Link::builder()])
        });
        first.add(Shelf::builder().boxes(boxes));
        first.commit()?;
        let mut session = db.engine().session();
        let shelf = session.get_or_not_found::<Shelf>(1)?;
        let [one, two] = session.load(shelf, Shelf::boxes)?.try_into().expect("there are two");
        session.commit()?;

        session.remove(shelf, Shelf::boxes, one)?;
        session.flush()?;
        let things = Thing::query().select(Thing::box_id).all(&mut session)?;
        assert_eq!(things, [session[two].id; 2]);
        assert_eq!(Link::query().count(&mut session)?, 2);
        session.rollback()?;

        assert_eq!(session[shelf].boxes.entities(), Some(&[one, two][..]));
        assert_eq!(session.load(one, Crate::things)?.len(), 2);
        Ok(())
    }

    fn a_new_orphan_takes_its_own_along(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let boxes = [Crate::builder().things([Thing::builder()])];
        let shelf = session.add(Shelf::builder().boxes(boxes));
        let new = session[shelf].boxes.entities().ok_or("not known")?[0];

        session.remove(shelf, Shelf::boxes, new)?;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [r#"INSERT INTO "shelves" DEFAULT VALUES RETURNING "id""#]);
        assert_eq!(session.state(new), EntityState::Detached);
        Ok(())
    }

    fn what_is_taken_out_of_a_session_takes_its_own_along(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let folder = session.get_or_not_found::<Folder>(1)?;
        let files = session.load(folder, Folder::files)?;
        let link = session.push(folder, Folder::links, Link::builder())?;
        session.commit()?;

        session.expunge(folder)?;

        assert_eq!(session.state(folder), EntityState::Detached);
        assert_eq!(session.state(files[1]), EntityState::Detached);
        assert_eq!(session.state(link), EntityState::Persistent);
        let again = session.get_or_not_found::<File>(1)?;
        assert_ne!(again, files[0]);
        Ok(())
    }

    fn what_is_refreshed_is_so_with_its_own(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let folder = session.get_or_not_found::<Folder>(1)?;
        let files = session.load(folder, Folder::files)?;
        session.commit()?;
        File::update().set(File::name, "new").all_rows().execute(&mut db.connect()?)?;

        session.refresh(folder)?;
        assert_eq!(session.load(folder, Folder::files)?, files);

        assert_eq!(session[files[0]].name, "new");
        Ok(())
    }

    fn a_session_is_closed_and_used_again(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let folder = session.get_or_not_found::<Folder>(1)?;
        session[folder].name = "never written".into();

        session.close()?;

        assert_eq!(session.state(folder), EntityState::Detached);
        let again = session.get_or_not_found::<Folder>(1)?;
        assert_eq!(session[again].name, "letters");
        Ok(())
    }
}
