//! Rows that are marked as deleted, and stay in the database.
//!
//! A flush writes the mark as the update that it is (`unit::marks`); until the commit the row stays known
//! by its key, since a query may ask for it.

use super::state::story;
use super::store::{Gone, Status};
use super::undo::RowId;
use super::{Session, Tracked};
use crate::error::{Error, Result};
use crate::model::{Entity, SoftDelete};
use crate::relation::{Related, RelationDef, RelationKind};
use crate::value::{Value, Values};

impl Session {
    /// Deletes a row for good with the next flush, where [`delete`](Self::delete) would only mark it; the
    /// row may be marked already.
    ///
    /// Rows that its relations delete with it are deleted for good, too, since they could not refer to it
    /// any more, even those that were only marked before.
    ///
    /// # Errors
    ///
    /// Those of [`delete`](Self::delete).
    ///
    /// # Examples
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use orm::prelude::*;
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(soft_delete)]
    ///     deleted_at: Option<DateTime<Utc>>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Post].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let [draft, spam] = [session.add(Post::builder()), session.add(Post::builder())];
    /// session.commit()?;
    ///
    /// session.delete(draft)?; // UPDATE
    /// session.delete_forever(spam)?; // DELETE
    /// session.commit()?;
    /// assert_eq!(Post::query().with_deleted().count(&mut session)?, 1);
    /// # session.rollback()
    /// # }
    /// ```
    pub fn delete_forever<M: SoftDelete + Related>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.known(entity)?;
        self.delete_row(id, true)
    }

    /// Takes the mark off a row that was deleted, in this transaction or earlier; rows that were deleted
    /// with it stay deleted.
    ///
    /// A row that was deleted in an earlier transaction becomes an entity again by a query with
    /// [`with_deleted`](crate::query::Select::with_deleted).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the entity is not in this session any more, as after the commit that
    /// deleted it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(soft_delete)] deleted_at: Option<DateTime<Utc>>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Post].create_all(&mut engine.connect()?)?;
    /// # let mut session = engine.session();
    /// # let post = session.add(Post::builder());
    /// # session.delete(post)?;
    /// # let post = session.add(Post::builder());
    /// # session.flush()?;
    /// # session.delete(post)?;
    /// # session.commit()?;
    /// for post in Post::query().only_deleted().all(&mut session)? {
    ///     session.restore(post)?;
    /// }
    /// session.commit()?;
    /// assert_eq!(Post::query().count(&mut session)?, 1);
    /// # session.rollback()
    /// # }
    /// ```
    pub fn restore<M: SoftDelete + Related>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.tracked.row_of(entity.id());
        let status = id.map(|id| self.tracked.status(id));
        match (id, status) {
            (Some(id), _) if self.tracked.can_come_back(id) => self.tracked.restore(id),
            (Some(_), Some(Status::Pending)) => Ok(()),
            (_, status) => {
                let mut story = story(M::DEF.name, status);
                if matches!(status, Some(Status::Deleted | Status::Gone(Gone::Deleted))) {
                    story.push_str(
                        "; if its row was only marked, a query `with_deleted()` finds it",
                    );
                }
                Err(Error::invalid_state(story))
            }
        }
    }
}

impl Tracked {
    /// Whether a row is marked as deleted, so that only queries meet it that include such.
    pub(super) fn is_marked(&self, id: RowId) -> bool {
        let store = self.store(id.store);
        store.table.soft_delete.is_some_and(|mark| {
            let value = store.values.value(id.row, mark);
            store.head(id.row).status == Status::Deleted || value.is_ok_and(|mark| !mark.is_null())
        })
    }

    /// Makes a row that was marked as deleted in this transaction one that can be worked with, and that is
    /// read anew, since a query returned it.
    pub(super) fn meet_again(&mut self, id: RowId) {
        if self.status(id) == Status::Deleted {
            self.remember(id);
            let head = self.store_mut(id.store).head_mut(id.row);
            head.status = Status::Persistent;
            head.is_expired = true;
        }
    }

    /// Whether a row is in the database: also one that is to be deleted, or was marked in this transaction,
    /// and not one that was deleted for good.
    pub(super) fn can_come_back(&self, id: RowId) -> bool {
        let store = self.store(id.store);
        let head = store.head(id.row);
        match head.status {
            Status::Persistent | Status::Deleting => true,
            Status::Deleted => {
                head.key.as_ref().is_some_and(|key| store.index.get(key) == Some(id.row))
            }
            Status::Pending | Status::Gone(_) => false,
        }
    }

    /// Takes back that a row is, or was, marked as deleted; the mark itself stays.
    pub(super) fn bring_back(&mut self, id: RowId) -> Result<()> {
        self.remember(id);
        let store = self.store_mut(id.store);
        store.unlist(id.row);
        let head = store.head_mut(id.row);
        head.is_touched = false;
        head.status = Status::Persistent;
        self.touch(id);
        self.show(id)
    }

    fn restore(&mut self, id: RowId) -> Result<()> {
        self.bring_back(id)?;
        let store = self.store_mut(id.store);
        match store.table.soft_delete {
            Some(mark) => store.values.assign(id.row, mark, &Values(&[Value::Null]), 0),
            None => Ok(()),
        }
    }

    /// Takes a row that is to be marked out of what those hold that refer to it, and go on to.
    pub(super) fn hide(&mut self, row: RowId) {
        for def in self.store(row.store).written_relations() {
            let (Some(inverse), Some(others)) = (def.inverse, self.related(row, def)) else {
                continue;
            };
            for other in others {
                match def.kind {
                    RelationKind::BelongsTo => {}
                    RelationKind::ManyToMany => self.take_out(other, inverse(), row),
                    RelationKind::HasMany | RelationKind::HasOne => self.unload(other, inverse()),
                }
            }
        }
    }

    /// Forgets what a relation leads to, and returns it.
    pub(super) fn forget(&mut self, row: RowId, def: &'static RelationDef) -> Option<Vec<RowId>> {
        let known = self.related(row, def);
        self.unload(row, def);
        known
    }
}
