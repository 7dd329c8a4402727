//! Owned values that are copied onto the entities of their rows.
//!
//! First all rows are found, level by level, and nothing changes but what is loaded; then the values are
//! copied. So a value that is refused leaves no half of its tree behind.

mod copying;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::forest::{Forest, ModelOf, Node};
use super::snapshot::is_same;
use super::store::{Gone, Status};
use super::undo::RowId;
use super::unit::version_of;
use super::{Session, Tracked};
use crate::error::{Error, Result};
use crate::executor::Executor as _;
use crate::load::rows_by_key;
use crate::model::Entity;
use crate::relation::{Key, Related, RelationDef, RelationKind};
use crate::sql;
use crate::value::Value;

impl Session {
    /// Copies a value onto the entity of its row, and returns that: the one that the session knows by its
    /// primary key, or else the one that the database has. Without a row, or with a key of 0 that the
    /// database is to generate, it is added as a new one. The next flush writes what differs.
    ///
    /// What is loaded in the value is merged with it: its rows likewise, and each relation then leads to them
    /// and no others, as by [`replace`](Self::replace). Relations that are not loaded are left alone, and so
    /// are deferred columns that are not loaded. Rows that the session does not know are read by one
    /// statement for each model and level of the tree, and so are relations. A value can come from JSON: what
    /// serde did not find is not loaded.
    ///
    /// # Errors
    ///
    /// [`Error::StaleData`] if a value has another version (`#[orm(version)]`) than its row; otherwise as
    /// a flush and a query. Nothing is copied then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User {
    /// #     #[orm(primary_key)] id: i64,
    /// #     name: String,
    /// #     #[orm(has_many(inverse = author, cascade = "all, delete-orphan"))] posts: HasMany<Post>,
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
    /// # let mut session = engine.session();
    /// # let posts = ["one", "two"].map(|title| Post::builder().title(title));
    /// # session.add(User::builder().name("alice").posts(posts));
    /// # session.commit()?;
    /// let mut user: User = User::query().with(User::posts).one(&mut engine.connect()?)?;
    /// user.name = "Alice".into();
    /// if let Some(posts) = user.posts.get_mut() {
    ///     posts[0].title = "uno".into();
    ///     posts.pop();
    /// }
    ///
    /// let mut session = engine.session();
    /// let alice = session.merge(&user)?;
    /// session.commit()?; // UPDATE users, UPDATE posts, DELETE of the post that is not in the value
    /// assert_eq!(session[alice].name, "Alice");
    /// assert_eq!(session.load(alice, User::posts)?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn merge<M: Related>(&mut self, value: &M) -> Result<Entity<M>> {
        let mut forest = Forest::to_write();
        let root = forest.add(&mut self.tracked, value, 0)?;
        let rows = self.merge_forest(&forest)?;
        Ok(Entity::new(self.tracked.entity(rows[root])))
    }

    /// Merges several values, whose rows are found together; see [`merge`](Self::merge).
    ///
    /// # Errors
    ///
    /// As [`merge`](Self::merge).
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
    /// let tags = ["red", "green"].map(|name| Tag { id: 0, name: name.into() });
    /// let tags = session.merge_all(&tags)?;
    /// session.commit()?; // one INSERT
    /// assert_eq!(session[tags[1]].id, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn merge_all<'v, M: Related>(
        &mut self,
        values: impl IntoIterator<Item = &'v M>,
    ) -> Result<Vec<Entity<M>>> {
        let mut forest = Forest::to_write();
        let roots = values.into_iter().map(|value| forest.add(&mut self.tracked, value, 0));
        let roots = roots.collect::<Result<Vec<usize>>>()?;
        let rows = self.merge_forest(&forest)?;
        Ok(roots.into_iter().map(|root| Entity::new(self.tracked.entity(rows[root]))).collect())
    }

    fn merge_forest(&mut self, forest: &Forest<'_>) -> Result<Vec<RowId>> {
        self.flush_before_query()?;
        let mut found: Vec<Found> = Vec::new();
        found.resize_with(forest.nodes.len(), Found::default);
        for depth in 0..forest.depth() {
            let level = forest.nodes.iter().enumerate().filter(|(_, node)| node.depth == depth);
            let level: Vec<usize> = level.map(|(index, _)| index).collect();
            self.find_rows(forest, &level, &mut found)?;
            self.load_replaced(forest, &level, &found)?;
        }
        for (node, row) in forest.nodes.iter().zip(&found) {
            if let Some(row) = row.row {
                self.tracked.check_version(node, row)?;
            }
        }
        self.tracked.merge(forest, found)
    }

    /// Finds the rows of a level: in the session, or else by one statement for each model.
    fn find_rows(
        &mut self,
        forest: &Forest<'_>,
        level: &[usize],
        found: &mut [Found],
    ) -> Result<()> {
        let mut unknown: Vec<Unknown> = Vec::new();
        for &index in level {
            let model = forest.nodes[index].model;
            let Some(values) = forest.key(index)? else { continue };
            let Some(key) = Key::of_values(values.iter().map(|value| value.borrow())) else {
                continue;
            };
            if !self.tracked.is_current(model.store, &key) {
                let known = unknown.iter().position(|asked| asked.model.store == model.store);
                let place = known.unwrap_or_else(|| {
                    unknown.push(Unknown::new(model));
                    unknown.len() - 1
                });
                unknown[place].add(&key, &values)?;
            }
            found[index].key = Some(key);
        }
        for Unknown { model, keys, columns } in unknown {
            self.read_rows(model, columns)?;
            for key in keys {
                self.tracked.forget_missing(model.store, &key);
            }
        }
        for &index in level {
            let store = forest.nodes[index].model.store;
            let row = found[index].key.as_ref().and_then(|key| self.tracked.find(store, key));
            // One that is to be deleted is replaced by a new one, of which the flush makes an update.
            found[index].row = row.filter(|&row| self.tracked.stays(row));
        }
        Ok(())
    }

    /// Reads the rows with these primary keys, which are given by column.
    fn read_rows(&mut self, model: ModelOf, keys: Vec<Vec<Value<'static>>>) -> Result<()> {
        let statement = rows_by_key(model.table, keys);
        let statement = sql::select(self.dialect(), &statement)?;
        let (conn, tracked) = self.begun()?;
        tracked.begin_query();
        let read = conn.fetch(&statement, &mut |_, row| {
            (model.read)(tracked, row)?;
            Ok(ControlFlow::Continue(()))
        });
        self.undone_after(read)
    }

    /// Loads the relations of a level that are to be replaced, by one statement for each.
    fn load_replaced(
        &mut self,
        forest: &Forest<'_>,
        level: &[usize],
        found: &[Found],
    ) -> Result<()> {
        let mut relations: Vec<(u32, &'static RelationDef, Vec<u32>)> = Vec::new();
        for &index in level {
            let Some(row) = found[index].row else { continue };
            for &(def, _) in &forest.nodes[index].related {
                if def.kind == RelationKind::BelongsTo {
                    continue;
                }
                match relations.iter_mut().find(|(_, known, _)| std::ptr::eq(*known, def)) {
                    Some((.., rows)) => rows.push(row.row),
                    None => relations.push((row.store, def, vec![row.row])),
                }
            }
        }
        relations.into_iter().try_for_each(|(store, def, rows)| self.load_rows(store, &rows, def))
    }
}

/// What is known of a row of a forest before it is merged.
#[derive(Default)]
struct Found {
    key: Option<Key>,
    row: Option<RowId>,
}

/// The rows of a model that the database is asked for.
struct Unknown {
    model: ModelOf,
    keys: BTreeSet<Key>,
    /// The keys, by column.
    columns: Vec<Vec<Value<'static>>>,
}

impl Unknown {
    fn new(model: ModelOf) -> Self {
        let columns = vec![Vec::new(); model.table.primary_key.len()];
        Self { model, keys: BTreeSet::new(), columns }
    }

    fn add(&mut self, key: &Key, values: &[&Value<'_>]) -> Result<()> {
        if self.keys.insert(key.clone()) {
            for (column, &value) in self.columns.iter_mut().zip(values) {
                column.push(value.clone().into_owned()?);
            }
        }
        Ok(())
    }
}

impl Tracked {
    /// Whether a row is known, and not to be read anew.
    fn is_current(&self, store: u32, key: &Key) -> bool {
        self.find(store, key).is_some_and(|row| !self.store(store).head(row.row).is_expired)
    }

    /// Takes out a row that was to be read anew, and is not there any more.
    fn forget_missing(&mut self, store: u32, key: &Key) {
        if let Some(row) = self.find(store, key)
            && self.store(store).head(row.row).is_expired
        {
            self.take_away(row, Gone::Deleted);
        }
    }

    /// Whether a row is in the database after the next flush: perhaps marked as deleted.
    fn stays(&self, row: RowId) -> bool {
        let store = self.store(row.store);
        let is_marked = store.table.soft_delete.is_some() && !store.head(row.row).goes_forever;
        match self.status(row) {
            Status::Deleting => is_marked,
            _ => self.can_come_back(row),
        }
    }

    fn check_version(&self, node: &Node<'_>, row: RowId) -> Result<()> {
        let table = node.model.table;
        let Some(version) = version_of(table) else { return Ok(()) };
        let known = self.store(row.store).values.value(row.row, version)?;
        match &node.values[version] {
            Some(given) if !is_same(given, &known) => Err(Error::StaleData { model: table.model }),
            _ => Ok(()),
        }
    }
}
