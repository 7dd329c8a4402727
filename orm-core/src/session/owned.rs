//! Entities as owned values: a row with what is loaded below it, as a query on a connection returns it.

use std::any::Any;
use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use super::state::story;
use super::store::{Gone, Status};
use super::undo::RowId;
use super::{Session, Tracked};
use crate::error::{Error, Result};
use crate::model::Entity;
use crate::relation::{Related, RelationDef, RelationKind};

impl Session {
    /// Returns a copy of an entity's value with everything that is loaded below it, to serialise it or to
    /// send it to another thread.
    ///
    /// No statement is sent, and the session keeps its entities. Changes that are not flushed are in the
    /// copy.
    ///
    /// The relations of the copy hold rows, as if a query on a connection had loaded them. Those that the
    /// session has not loaded are not loaded in the copy, and rows that belong to the same row share it.
    ///
    /// A relation is followed only once on the way down, and not back by its inverse; the relations that
    /// are left out for that are not loaded in the copy. Only a model that refers to itself is followed to
    /// any depth, as a tree in which no row comes again below itself.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the entity is not in this session any more, or if a new row in the tree
    /// has columns that only the database can fill.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User {
    /// #     #[orm(primary_key)] id: i64,
    /// #     name: String,
    /// #     #[orm(has_many(inverse = author))] posts: HasMany<Post>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     title: String,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![User, Post].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let posts = [Post::builder().title("Hello")];
    /// let alice = session.add(User::builder().name("alice").posts(posts));
    /// session.commit()?;
    ///
    /// let tree: User = session.tree(alice)?;
    /// assert_eq!(tree.posts[0].title, "Hello");
    /// assert!(!tree.posts[0].author.is_loaded()); // the way back
    /// # Ok(())
    /// # }
    /// ```
    pub fn tree<M: Related>(&self, entity: Entity<M>) -> Result<M> {
        let id = self.known(entity)?;
        self.tracked.owned::<M>(id, &mut Way::default())
    }

    /// Takes an entity out of the session and returns its value with everything that is loaded below it, as
    /// [`tree`](Self::tree) does.
    ///
    /// Entities that its relations with `cascade = "expunge"` lead to are taken out, too; the rest of the
    /// tree is copied and stays in the session.
    ///
    /// Changes that were not flushed are in the value, and the session forgets them. A rollback puts the
    /// entity back, unless its row has become another entity meanwhile. [`attach`](Self::attach) and
    /// [`merge`](Self::merge) take the value into a session again.
    ///
    /// # Errors
    ///
    /// Those of [`tree`](Self::tree).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    ///
    /// let mut tag: Tag = session.detach(red)?;
    /// tag.name = "blue".into();
    /// assert!(session.try_get(red).is_none());
    ///
    /// session.merge(&tag)?;
    /// session.commit()?; // UPDATE
    /// # Ok(())
    /// # }
    /// ```
    pub fn detach<M: Related>(&mut self, entity: Entity<M>) -> Result<M> {
        let tree = self.tree(entity)?;
        self.expunge(entity)?;
        Ok(tree)
    }
}

impl Tracked {
    /// Returns a copy of the value of a row, with what is loaded below it.
    pub(super) fn owned<M: Related>(&self, id: RowId, way: &mut Way) -> Result<M> {
        let store = self.store(id.store);
        if !store.values.has(id.row) {
            return Err(Error::invalid_state(story(M::DEF.name, Some(self.status(id)))));
        }
        let mut value = M::read(&store.snapshot(id.row), 0)?;
        let relations = Arc::clone(&self.rows::<M>(id.store).relations);
        for relation in relations.iter() {
            relation.copy_out(self, id, &mut value, way)?;
        }
        Ok(value)
    }

    /// Takes a row out of the session, which a rollback puts back.
    pub(super) fn take_away(&mut self, id: RowId, why: Gone) {
        // If it was written, its row can be read again before that is committed.
        let remembered = self.store(id.store).head(id.row).remembered;
        self.wrote_past |= remembered >= self.undo.transaction();
        self.remember(id);
        self.remove(id, why);
    }
}

/// The way from the root of a tree down to a row.
#[derive(Default)]
pub(super) struct Way {
    steps: Vec<Step>,
    /// Rows that are shared, by how they were reached.
    shared: HashMap<(Vec<usize>, RowId), Box<dyn Any>>,
}

struct Step {
    from: RowId,
    by: &'static RelationDef,
}

impl Way {
    /// Goes down from a row, and returns those that the relation leads to; `None` if it is not loaded, or
    /// not to be followed here.
    pub(super) fn down(
        &mut self,
        tracked: &Tracked,
        from: RowId,
        by: &'static RelationDef,
    ) -> Option<Vec<RowId>> {
        if self.leads_back(by) {
            return None;
        }
        let rows = tracked.related(from, by)?;
        let is_there = |row: &RowId| {
            matches!(tracked.status(*row), Status::Pending | Status::Persistent | Status::Deleting)
        };
        if !rows.iter().all(is_there) || (self.is_repeated(by) && self.is_above(from, &rows)) {
            return None;
        }
        self.steps.push(Step { from, by });
        Some(rows)
    }

    /// Goes back to the row above.
    pub(super) fn up(&mut self) {
        self.steps.pop();
    }

    /// Returns a copy of a row, which is the same for all that reach it in the same way.
    pub(super) fn shared<M: Related>(&mut self, tracked: &Tracked, row: RowId) -> Result<Arc<M>> {
        let relations = self.steps.iter().map(|step| ptr::from_ref(step.by).addr());
        let reached = (relations.collect::<Vec<_>>(), row);
        let known = self.shared.get(&reached).and_then(|known| known.downcast_ref::<Arc<M>>());
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let copy = Arc::new(tracked.owned::<M>(row, self)?);
        self.shared.insert(reached, Box::new(Arc::clone(&copy)));
        Ok(copy)
    }

    /// Whether a relation is the inverse of that by which the row was reached, or was followed before and
    /// cannot be followed again.
    fn leads_back(&self, by: &'static RelationDef) -> bool {
        let is_inverse = |of: &'static RelationDef, other: &'static RelationDef| {
            of.inverse.is_some_and(|inverse| ptr::eq(inverse(), other))
        };
        let last = self.steps.last().map(|step| step.by);
        let is_tree = by.kind != RelationKind::ManyToMany && ptr::eq((by.source)(), (by.target)());
        last.is_some_and(|last| is_inverse(last, by) || is_inverse(by, last))
            || (self.is_repeated(by) && !is_tree)
    }

    fn is_repeated(&self, by: &'static RelationDef) -> bool {
        self.steps.iter().any(|step| ptr::eq(step.by, by))
    }

    /// Whether one of the rows is on the way from the root to a row.
    fn is_above(&self, row: RowId, rows: &[RowId]) -> bool {
        let mut above = self.steps.iter().map(|step| step.from).chain([row]);
        above.any(|above| rows.contains(&above))
    }
}
