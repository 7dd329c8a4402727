//! Relations of entities: loaded when the program asks for them, and changed on both sides at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::state::story;
use super::store::Status;
use super::undo::RowId;
use super::{Session, Tracked};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::model::{Entity, EntityId, IntoRelated, Model as _, RelatedRow};
use crate::relation::{
    IntoOne, Related, Relation, RelationDef, RelationField, RelationKind, ToMany, ToOneField,
};

impl Session {
    /// Returns the entities that a relation of an entity leads to: a `Vec` for a relation to many rows, one
    /// entity or an `Option` of one for a relation to one.
    ///
    /// The first call loads the relation by one statement, and the session remembers it; if the session
    /// knows the one row that it leads to, nothing is sent. [`Session::lazy`] decides whether it is loaded
    /// for this entity alone or for all that came from the same query, or refused. A relation that declares
    /// `lazy = "raise"` is refused in any case.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the entity is not in this session any more, or if the relation is not
    /// loaded and refused; [`Error::NotFound`] if a row that has to exist does not; otherwise those of a
    /// query.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     #[orm(has_many(inverse = author))]
    ///     posts: HasMany<Post>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     title: String,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    ///     #[orm(belongs_to(key = author_id, inverse = posts))]
    ///     author: BelongsTo<User>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # let mut conn = engine.connect()?;
    /// # metadata![User, Post].create_all(&mut conn)?;
    /// # User::insert(User::builder().name("alice")).execute(&mut conn)?;
    /// # Post::insert(Post::builder().title("Hello").author_id(1)).execute(&mut conn)?;
    /// let mut session = engine.session();
    /// let alice = session.get_or_not_found::<User>(1)?;
    /// for post in session.load(alice, User::posts)? {
    ///     println!("{}", session[post].title);
    ///     assert_eq!(session.load(post, Post::author)?, alice); // sends nothing
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn load<M: Related, F: RelationField<Target: Related>, K>(
        &mut self,
        entity: Entity<M>,
        relation: Relation<M, F, K>,
    ) -> Result<F::Entities> {
        let id = self.known(entity)?;
        self.load_lazily(id, relation.def())?;
        let value = self.tracked.rows::<M>(id.store).get(id.row);
        let entities = value.and_then(|value| relation.of(value).tracked()).unwrap_or(&[]);
        F::entities_from(entities).ok_or(Error::NotFound { model: F::Target::DEF.name })
    }

    /// Loads a relation of several entities by one statement, for those where it is not loaded yet.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load).
    pub fn load_all<M: Related, F: RelationField<Target: Related>, K>(
        &mut self,
        entities: &[Entity<M>],
        relation: Relation<M, F, K>,
    ) -> Result<()> {
        let store = self.tracked.store_of::<M>();
        let rows = entities.iter().map(|&entity| self.known(entity).map(|id| id.row));
        let rows = rows.collect::<Result<Vec<u32>>>()?;
        self.load_rows(store, &rows, relation.def())
    }

    /// Sets a relation to one row, to an entity or, if the key may be NULL, to `None`.
    ///
    /// The other side of the relation follows at once; the next flush writes the key.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if an entity is not in this session any more; otherwise those
    /// of [`load`](Self::load).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(has_many(inverse = author))] posts: HasMany<Post>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![User, Post].create_all(&mut engine.connect()?)?;
    /// # let mut session = engine.session();
    /// # let [alice, bob] = [session.add(User::builder()), session.add(User::builder())];
    /// # session.flush()?;
    /// # let post = session.add(Post::builder().author_id(1));
    /// session.set(post, Post::author, bob)?;
    /// assert_eq!(session.load(bob, User::posts)?, [post]);
    /// # session.rollback()
    /// # }
    /// ```
    pub fn set<M: Related, F: ToOneField<Target: Related>>(
        &mut self,
        entity: Entity<M>,
        relation: Relation<M, F>,
        to: impl IntoOne<F::Entities>,
    ) -> Result<()> {
        let (id, def) = (self.known(entity)?, relation.def());
        let target = F::entity_of(to.into_one()).map(|target| self.known(target)).transpose()?;
        if def.kind == RelationKind::HasOne {
            self.load_rows(id.store, &[id.row], def)?;
        }
        match target {
            Some(target) => self.tracked.join(id, def, target),
            None => match (def.kind, self.tracked.related(id, def)) {
                (RelationKind::BelongsTo, _) => self.tracked.part(id, def, id),
                (_, Some(known)) => {
                    known.into_iter().try_for_each(|at| self.tracked.part(id, def, at))
                }
                (_, None) => Ok(()),
            },
        }
    }

    /// Adds an entity or a new row to a relation, and returns its entity.
    ///
    /// The other side of the relation follows at once; the next flush writes the keys. The relation is not
    /// loaded for this, so pushing a row that a `ManyToMany` has in the database already is an error of the
    /// database. If the relation is loaded, nothing is written for a row that it has.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if an entity is not in this session any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(many_to_many(table = "post_tags"))] tags: ManyToMany<Tag>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Post, Tag].create_all(&mut engine.connect()?)?;
    /// # let mut session = engine.session();
    /// # let post = session.add(Post::builder());
    /// let rust = session.push(post, Post::tags, Tag::builder().name("rust"))?;
    /// session.commit()?;
    /// assert_eq!(session[post].tags.entities(), Some(&[rust][..]));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "append")]
    pub fn push<M: Related, F: ToMany<Target: Related>>(
        &mut self,
        entity: Entity<M>,
        relation: Relation<M, F>,
        child: impl IntoRelated<F::Target>,
    ) -> Result<Entity<F::Target>> {
        let id = self.known(entity)?;
        let def = relation.def();
        let target = self.tracked.related_row::<F::Target>(child.into_related(), def)?;
        self.tracked.join(id, def, target)?;
        Ok(Entity::new(self.tracked.entity(target)))
    }

    /// Takes an entity out of a relation, and returns whether it was in it; the other side follows at once.
    ///
    /// The next flush sets its key to NULL, or deletes it if the relation has
    /// `cascade = "all, delete-orphan"`; for a `ManyToMany`, it deletes the row of the table of pairs.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if an entity is not in this session any more; otherwise those
    /// of [`load`](Self::load).
    pub fn remove<M: Related, F: ToMany<Target: Related>>(
        &mut self,
        entity: Entity<M>,
        relation: Relation<M, F>,
        child: Entity<F::Target>,
    ) -> Result<bool> {
        let (id, def) = (self.known(entity)?, relation.def());
        let target = self.known(child)?;
        self.load_rows(id.store, &[id.row], def)?;
        let is_in = self.tracked.related(id, def).is_some_and(|known| known.contains(&target));
        if is_in {
            self.tracked.part(id, def, target)?;
        }
        Ok(is_in)
    }

    /// Makes a relation lead to these entities and no others; the next flush writes only what differs.
    ///
    /// New rows are [added](Self::add) first, since all of these are entities.
    ///
    /// # Errors
    ///
    /// Those of [`remove`](Self::remove).
    pub fn replace<M: Related, F: ToMany<Target: Related>>(
        &mut self,
        entity: Entity<M>,
        relation: Relation<M, F>,
        children: impl IntoIterator<Item = Entity<F::Target>>,
    ) -> Result<()> {
        let (id, def) = (self.known(entity)?, relation.def());
        let wanted = children.into_iter().map(|child| self.known(child));
        let wanted = wanted.collect::<Result<Vec<RowId>>>()?;
        self.load_rows(id.store, &[id.row], def)?;
        self.tracked.lead(id, def, &each_once(wanted))
    }

    /// Loads a relation of rows of one model, as far as it is not known.
    pub(super) fn load_rows(
        &mut self,
        store: u32,
        rows: &[u32],
        def: &'static RelationDef,
    ) -> Result<()> {
        let unknown = |&row: &u32| self.tracked.related(RowId { store, row }, def).is_none();
        let rows: Vec<u32> = rows.iter().copied().filter(unknown).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let mut rest = Vec::new();
        for row in rows {
            if !self.tracked.find_parent(RowId { store, row }, def)? {
                rest.push(row);
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        self.flush_before_query()?;
        let (conn, tracked) = self.begun()?;
        let loaded = tracked.load_related(conn, store, &rest, def);
        self.undone_after(loaded)
    }

    /// Deletes a row, and what its relations say is deleted with it.
    pub(super) fn delete_row(&mut self, id: RowId, forever: bool) -> Result<()> {
        let mut doomed = Doomed::default();
        let mut level = vec![(id, forever)];
        while !level.is_empty() {
            level = self.doom(level, &mut doomed)?;
        }
        for &(row, def, child) in &doomed.related {
            if def.kind == RelationKind::ManyToMany || !doomed.all.contains_key(&child) {
                self.tracked.part(row, def, child)?;
            }
        }
        for row in doomed.order {
            let fate = doomed.all.get(&row);
            if fate == Some(&Fate::Marked) {
                self.tracked.hide(row);
            }
            self.tracked.delete(row, fate == Some(&Fate::Gone))?;
        }
        Ok(())
    }

    /// Lists rows that are deleted, loads what has to know that they go, and returns those of it that go with
    /// them.
    fn doom(
        &mut self,
        level: Vec<(RowId, bool)>,
        doomed: &mut Doomed,
    ) -> Result<Vec<(RowId, bool)>> {
        let mut going: BTreeMap<u32, Vec<(u32, Fate, bool)>> = BTreeMap::new();
        for (id, forever) in level {
            let status = self.tracked.status(id);
            let is_stored = status == Status::Persistent;
            let is_soft = self.tracked.store(id.store).table.soft_delete.is_some();
            let fate = if is_soft && is_stored && !forever { Fate::Marked } else { Fate::Gone };
            if (is_stored || status == Status::Pending) && doomed.add(id, fate) {
                // What refers to a row that goes for good cannot stay, marked or not.
                let forever = is_stored && fate == Fate::Gone;
                going.entry(id.store).or_default().push((id.row, fate, forever));
            }
        }
        let mut next = Vec::new();
        for (store, rows) in going {
            for def in self.tracked.store(store).written_relations() {
                self.doom_by(def, store, &rows, doomed, &mut next)?;
            }
        }
        Ok(next)
    }

    /// Does so by a relation of some rows of a model.
    fn doom_by(
        &mut self,
        def: &'static RelationDef,
        store: u32,
        rows: &[(u32, Fate, bool)],
        doomed: &mut Doomed,
        next: &mut Vec<(RowId, bool)>,
    ) -> Result<()> {
        let cascades = def.cascade.delete && def.kind != RelationKind::ManyToMany;
        let mut rows = rows.to_vec();
        rows.retain(|&(row, fate, _)| match fate {
            _ if def.kind == RelationKind::BelongsTo => false,
            // The database does nothing for a row that stays.
            Fate::Marked => cascades,
            Fate::Gone => {
                !def.cascade.passive_deletes || self.tracked.is_known(RowId { store, row }, def)
            }
        });
        let is_soft = (def.target)().soft_delete.is_some();
        let plain = rows.iter().filter(|(.., forever)| !(is_soft && *forever));
        let plain: Vec<u32> = plain.map(|&(row, ..)| row).collect();
        self.load_rows(store, &plain, def)?;
        for (row, fate, forever) in rows {
            let id = RowId { store, row };
            for child in self.related_to_all(id, def, forever)? {
                if fate == Fate::Gone {
                    doomed.related.push((id, def, child));
                }
                if cascades {
                    next.push((child, forever));
                }
            }
        }
        Ok(())
    }

    /// Returns the rows that a relation leads to; `with_marked` also those that are marked as deleted.
    fn related_to_all(
        &mut self,
        id: RowId,
        def: &'static RelationDef,
        with_marked: bool,
    ) -> Result<Vec<RowId>> {
        if !with_marked || (def.target)().soft_delete.is_none() {
            self.load_rows(id.store, &[id.row], def)?;
            return Ok(self.tracked.related(id, def).unwrap_or_default());
        }
        let known = self.tracked.forget(id, def).unwrap_or_default();
        self.tracked.with_marked = Some(Vec::new());
        let loaded = self.load_rows(id.store, &[id.row], def);
        let mut all = self.tracked.with_marked.take().unwrap_or_default();
        loaded?;
        for row in known {
            if !all.contains(&row) {
                all.push(row);
            }
        }
        self.tracked.set_related(id, def, &all);
        Ok(all)
    }
}

/// Returns the rows without those that are there before.
fn each_once(mut rows: Vec<RowId>) -> Vec<RowId> {
    let mut known = HashSet::with_capacity(rows.len());
    rows.retain(|&row| known.insert(row));
    rows
}

/// The rows that are deleted together.
#[derive(Default)]
struct Doomed {
    order: Vec<RowId>,
    all: HashMap<RowId, Fate>,
    /// Those that refer to rows that are gone then, or have pairs with them.
    related: Vec<(RowId, &'static RelationDef, RowId)>,
}

/// What becomes of a row that is deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It stays, marked as deleted.
    Marked,
    /// It is deleted for good.
    Gone,
}

impl Doomed {
    /// Adds a row; `false` if it is there, with a fate no better than this.
    fn add(&mut self, row: RowId, fate: Fate) -> bool {
        match self.all.insert(row, fate) {
            None => {
                self.order.push(row);
                true
            }
            Some(Fate::Marked) => fate == Fate::Gone,
            Some(Fate::Gone) => {
                self.all.insert(row, Fate::Gone);
                false
            }
        }
    }
}

impl Tracked {
    /// Finds the row that one refers to in the session, or that it refers to none; `false` if the
    /// database has to be asked.
    pub(super) fn find_parent(&mut self, id: RowId, def: &'static RelationDef) -> Result<bool> {
        if def.kind != RelationKind::BelongsTo || def.is_path() {
            return Ok(false);
        }
        let (link, target) = (def.link()?, (def.target)());
        let found = match self.store(id.store).key_in(id.row, &link.local)? {
            None => Vec::new(),
            Some(key) if link.remote == target.primary_key => match self.find_in(target, &key) {
                Some(parent) => vec![parent],
                None => return Ok(false),
            },
            Some(_) => return Ok(false),
        };
        self.set_related(id, def, &found);
        Ok(true)
    }

    /// Returns where the row is that a relation is set to; a new one is added.
    pub(super) fn related_row<C: Related>(
        &mut self,
        row: RelatedRow,
        def: &'static RelationDef,
    ) -> Result<RowId> {
        match row {
            RelatedRow::New(row) => Ok(self.add::<C>(row)),
            RelatedRow::Entity(entity) => self.related_entity(entity, def),
        }
    }

    /// Returns the row of an entity that a relation is to lead to.
    pub(super) fn related_entity(
        &self,
        entity: EntityId,
        def: &'static RelationDef,
    ) -> Result<RowId> {
        let id = self.row_of(entity);
        match id.map(|id| (id, self.status(id))) {
            Some((id, Status::Pending | Status::Persistent)) => Ok(id),
            other => {
                let why = story((def.target)().model, other.map(|(_, status)| status));
                Err(Error::invalid_state(format!("`{}` cannot be set: {why}", def.path())))
            }
        }
    }

    /// Loads a relation of rows of one model by one statement.
    fn load_related(
        &mut self,
        conn: &mut Connection,
        store: u32,
        rows: &[u32],
        def: &'static RelationDef,
    ) -> Result<()> {
        let Some(relation) = self.store(store).relation(def) else { return Ok(()) };
        let related = self.store(store).values.relation(relation);
        related.load(self, conn, store, rows)
    }
}
