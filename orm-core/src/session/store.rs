//! The rows of one model that a session keeps: their values, and what is known of each.

use std::any::Any;
use std::sync::Arc;

use super::events::Events;
use super::given::Given;
use super::index::RowIndex;
use super::listeners::ModelEvents;
use super::origin::Origins;
use super::pages::Pages;
use super::relations::{LoadsRelation, TrackedRelation, relations_of};
use super::snapshot::Snapshot;
use super::unsaved::unknown_values;
use crate::error::Result;
use crate::model::{EntityId, NewRow};
use crate::relation::{Key, KeyColumns, Related, RelationDef};
use crate::schema::{ColumnDef, ColumnLoading, Table};
use crate::types::is_left_out;
use crate::value::{Row, Value};

/// The rows of one model.
pub(super) struct Store {
    pub(super) table: &'static Table,
    /// The relations of the model, in the order of declaration.
    pub(super) relations: Vec<&'static RelationDef>,
    /// The primary key in rows of the table.
    key: KeyColumns,
    /// What is known of each row, by its number.
    pub(super) heads: Pages<Head>,
    /// Which query each row came from.
    pub(super) origins: Origins,
    /// The columns that the database fills.
    pub(super) filled: Vec<usize>,
    /// The columns that have a validator.
    pub(super) validated: Vec<usize>,
    /// What listens to events of the rows.
    pub(super) events: Arc<ModelEvents>,
    /// What stands for the values that new rows do not have yet.
    pub(super) unknown: Vec<Option<Value<'static>>>,
    /// Which columns new rows were given.
    pub(super) given: Given,
    /// The rows that are in the database, by their primary key.
    pub(super) index: RowIndex,
    pub(super) values: Box<dyn AnyRows>,
    /// New rows that are not inserted yet, in the order in which they were added.
    pub(super) pending: Vec<u32>,
    /// Stored rows that were lent out to be changed.
    pub(super) touched: Vec<u32>,
    /// Stored rows that are to be deleted.
    pub(super) deleting: Vec<u32>,
}

/// What is known of a row.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: Status,
    /// The primary key that it has in the database.
    pub(super) key: Option<Key>,
    /// Its values in the database, if they may have been changed since. Of a new row: those it was given.
    pub(super) stored: Option<Snapshot>,
    /// Of a new row: which columns it was given.
    pub(super) given: u32,
    /// Of a new row that has no value in memory, since only the database can make it whole: what it was
    /// given.
    pub(super) new_row: Option<Box<NewRow>>,
    /// When the undo log saw it last.
    pub(super) remembered: u64,
    /// Whether it is listed as touched.
    pub(super) is_touched: bool,
    /// Whether the next query that meets it reads it anew.
    pub(super) is_expired: bool,
    /// Of a row to be deleted: whether it is for good, though it could be marked.
    pub(super) goes_forever: bool,
}

/// Where a row is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Not inserted yet.
    Pending,
    /// In the database.
    Persistent,
    /// In the database, to be deleted by the next flush.
    Deleting,
    /// Deleted in this transaction.
    Deleted,
    /// Not of this session any more.
    Gone(Gone),
}

impl Status {
    /// Whether the row is in the database, as far as the flush before has written it.
    pub(super) fn is_stored(self) -> bool {
        matches!(self, Self::Persistent | Self::Deleting)
    }
}

/// Why a row is not of the session any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    RolledBack,
    Deleted,
    Expunged,
}

impl Head {
    pub(super) fn pending(given: u32) -> Self {
        Self { given, ..Self::new(Status::Pending, None) }
    }

    pub(super) fn persistent(key: Key) -> Self {
        Self::new(Status::Persistent, Some(key))
    }

    fn new(status: Status, key: Option<Key>) -> Self {
        Self {
            status,
            key,
            stored: None,
            given: 0,
            new_row: None,
            remembered: 0,
            is_touched: false,
            is_expired: false,
            goes_forever: false,
        }
    }
}

impl Store {
    pub(super) fn new<M: Related>(events: &Events) -> Self {
        let (table, relations) = (M::table(), relations_of::<M>());
        let columns = table.columns.iter().enumerate();
        Self {
            table,
            relations: relations.iter().map(|relation| relation.def()).collect(),
            key: KeyColumns::in_row(table, &table.primary_key, 0),
            filled: columns.filter(|(_, column)| is_filled(column)).map(|(at, _)| at).collect(),
            validated: table.validated().collect(),
            events: Arc::new(events.of_model::<M>()),
            unknown: unknown_values(table),
            given: Given::default(),
            heads: Pages::default(),
            origins: Origins::default(),
            index: RowIndex::default(),
            values: Box::new(ModelRows::<M> { rows: Pages::default(), relations }),
            pending: Vec::new(),
            touched: Vec::new(),
            deleting: Vec::new(),
        }
    }

    /// Returns the primary key of a row of the database, whose columns begin at `at`.
    pub(super) fn read_key(&self, row: &dyn Row, at: usize) -> Result<Option<Key>> {
        match at {
            0 => self.key.key(row),
            at => KeyColumns::in_row(self.table, &self.table.primary_key, at).key(row),
        }
    }

    /// Returns the relations for which rows have keys or pairs: a path over others is only read.
    pub(super) fn written_relations(&self) -> Vec<&'static RelationDef> {
        self.relations.iter().copied().filter(|def| !def.is_path()).collect()
    }

    /// Returns the number of a relation of the model.
    pub(super) fn relation(&self, def: &'static RelationDef) -> Option<usize> {
        self.relations.iter().position(|known| std::ptr::eq(*known, def))
    }

    pub(super) fn head(&self, row: u32) -> &Head {
        &self.heads[row as usize]
    }

    pub(super) fn head_mut(&mut self, row: u32) -> &mut Head {
        &mut self.heads[row as usize]
    }

    /// Returns the values that a row has now.
    pub(super) fn snapshot(&self, row: u32) -> Snapshot {
        let columns = 0..self.table.columns.len();
        columns.map(|position| self.values.value(row, position)).collect()
    }

    /// Returns the primary key that the values of a row make; `None` if it has none yet.
    pub(super) fn key_of(&self, row: u32) -> Result<Option<Key>> {
        self.key_in(row, &self.table.primary_key)
    }

    /// Returns the key that the values of a row make in these columns; `None` if one is NULL.
    pub(super) fn key_in(&self, row: u32, columns: &[usize]) -> Result<Option<Key>> {
        if let [column] = *columns {
            return self.values.value(row, column).map(Key::of_value);
        }
        let values = columns.iter().map(|&column| self.values.value(row, column));
        Ok(Key::of_values(values.collect::<Result<Vec<_>>>()?))
    }

    /// Notes that a new row has a value for a column.
    pub(super) fn give(&mut self, row: u32, column: usize) {
        let head = &mut self.heads[row as usize];
        head.given = self.given.with(head.given, column);
    }

    /// Returns the value that a new row was given for a column.
    pub(super) fn given_value(&self, row: u32, column: usize) -> Result<Value<'_>> {
        match &self.head(row).new_row {
            Some(new_row) => Ok(new_row.get(column).map_or(Value::Null, Value::borrow)),
            None => self.values.value(row, column),
        }
    }

    /// Notes that a new row was inserted, and gives it its entry in the index.
    pub(super) fn is_inserted(&mut self, row: u32) -> Result<()> {
        let key = self.key_of(row)?;
        if let Some(key) = &key {
            self.index.insert(key.clone(), row);
        }
        *self.head_mut(row) =
            Head { remembered: self.head(row).remembered, ..Head::new(Status::Persistent, key) };
        Ok(())
    }

    /// Lists a row as touched, and keeps what it is in the database: `now`, if it is not known already.
    pub(super) fn touch(&mut self, row: u32, now: &Snapshot) {
        let head = &self.heads[row as usize];
        let is_stored = head.status.is_stored();
        if head.is_touched || !(is_stored || head.status == Status::Pending) {
            return;
        }
        let head = self.head_mut(row);
        head.stored.get_or_insert_with(|| now.clone());
        head.is_touched = true;
        if is_stored {
            self.touched.push(row);
        }
    }

    /// Notes that a row is in the database as it is in memory.
    pub(super) fn is_stored(&mut self, row: u32) {
        let head = self.head_mut(row);
        head.stored = None;
        head.is_touched = false;
        head.is_expired = false;
    }

    /// Notes that a row is not in the database any more, as far as the transaction sees it.
    pub(super) fn is_deleted(&mut self, row: u32) {
        self.is_stored(row);
        let head = self.head_mut(row);
        head.status = Status::Deleted;
        if let Some(key) = head.key.clone() {
            self.index.remove(&key);
        }
    }

    /// Returns which columns of a stored row have other values than in the database.
    pub(super) fn changed(&self, row: u32) -> Result<Vec<usize>> {
        let Some(stored) = &self.head(row).stored else { return Ok(Vec::new()) };
        let mut changed = Vec::new();
        for position in 0..self.table.columns.len() {
            if stored.differs(position, || self.values.value(row, position))? {
                changed.push(position);
            }
        }
        Ok(changed)
    }

    /// Takes a row out of the session.
    pub(super) fn remove(&mut self, row: u32, why: Gone) {
        self.values.remove(row);
        self.unlist(row);
        let head = self.head_mut(row);
        head.status = Status::Gone(why);
        head.stored = None;
        head.new_row = None;
        head.is_touched = false;
        self.rekey(row, None);
    }

    /// Makes a row known by this primary key, and no more by the one that it had.
    pub(super) fn rekey(&mut self, row: u32, key: Option<Key>) {
        let before = std::mem::replace(&mut self.head_mut(row).key, key.clone());
        if let Some(before) = before
            && self.index.get(&before) == Some(row)
        {
            self.index.remove(&before);
        }
        if let Some(key) = key {
            self.index.insert(key, row);
        }
    }

    /// Has the next query that meets a stored row read it anew, but for those that were lent out.
    pub(super) fn expire_all(&mut self) {
        for head in self.heads.iter_mut().filter(|head| !head.is_touched) {
            head.is_expired |= head.status == Status::Persistent;
        }
    }

    /// Takes all rows off the lists of what a flush has to do.
    pub(super) fn unlist_all(&mut self) {
        self.pending.clear();
        self.touched.clear();
        self.deleting.clear();
    }

    /// Takes a row off the lists of what a flush has to do.
    pub(super) fn unlist(&mut self, row: u32) {
        match self.head(row).status {
            Status::Pending => take_off(&mut self.pending, row),
            Status::Deleting => take_off(&mut self.deleting, row),
            Status::Persistent | Status::Deleted | Status::Gone(_) => {}
        }
        self.untouch(row);
    }

    /// Takes a row off the list of those that were lent out to be changed.
    pub(super) fn untouch(&mut self, row: u32) {
        if self.head(row).is_touched && self.head(row).status != Status::Pending {
            take_off(&mut self.touched, row);
        }
    }
}

/// Takes a row off a list. Those that are taken off one by one are mostly at an end of it.
fn take_off(list: &mut Vec<u32>, row: u32) {
    if list.last() == Some(&row) {
        list.pop();
    } else if let Some(place) = list.iter().position(|&listed| listed == row) {
        list.remove(place);
    }
}

/// Whether a value that the database has may be another than the row was given.
fn is_filled(column: &ColumnDef) -> bool {
    column.generated || column.server_default.is_some()
}

/// The values of a model's rows, without their type.
pub(super) trait AnyRows: Any + Send {
    /// Whether there is a value.
    fn has(&self, row: u32) -> bool;

    /// Returns the value of a column.
    fn value(&self, row: u32, position: usize) -> Result<Value<'_>>;

    /// Sets a column to the value at `index` of `from`.
    fn assign(&mut self, row: u32, position: usize, from: &dyn Row, index: usize) -> Result<()>;

    /// Reads the deferred columns that are not loaded, and are in `from`, whose columns begin at `at`.
    fn fill(&mut self, row: u32, from: &dyn Row, at: usize) -> Result<()>;

    /// Reads a value from the columns of `from`; relations are unloaded in it.
    fn restore(&mut self, row: u32, from: &dyn Row) -> Result<()>;

    /// Drops the value.
    fn remove(&mut self, row: u32);

    /// Returns a relation of the model.
    fn relation(&self, relation: usize) -> Arc<dyn LoadsRelation>;

    /// Returns which entities a relation of a row holds.
    fn tracked(&self, row: u32, relation: usize) -> Option<Vec<EntityId>>;

    /// Whether a relation of a row holds entities, be they none.
    fn is_tracked(&self, row: u32, relation: usize) -> bool;

    /// Returns the first of the entities that a relation of a row holds.
    fn first_tracked(&self, row: u32, relation: usize) -> Option<EntityId>;

    /// Makes a relation of a row hold these entities, or unloaded.
    fn track(&mut self, row: u32, relation: usize, entities: Option<&[EntityId]>);

    /// Puts an entity behind those that a relation of a row holds, if it holds some.
    fn add_tracked(&mut self, row: u32, relation: usize, entity: EntityId);

    /// Takes an entity out of those that a relation of a row holds, if it is one of them.
    fn remove_tracked(&mut self, row: u32, relation: usize, entity: EntityId);
}

/// The values of the rows of model `M`, by their numbers.
pub(super) struct ModelRows<M> {
    pub(super) rows: Pages<Option<M>>,
    pub(super) relations: Arc<[Arc<dyn TrackedRelation<M>>]>,
}

impl<M: Related> ModelRows<M> {
    pub(super) fn get(&self, row: u32) -> Option<&M> {
        self.rows.get(row as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, row: u32) -> Option<&mut M> {
        self.rows.get_mut(row as usize)?.as_mut()
    }
}

impl<M: Related> AnyRows for ModelRows<M> {
    fn has(&self, row: u32) -> bool {
        self.get(row).is_some()
    }

    fn value(&self, row: u32, position: usize) -> Result<Value<'_>> {
        match self.get(row) {
            Some(value) => value.value(position),
            None => Err(super::state::without_value(M::DEF.name)),
        }
    }

    fn assign(&mut self, row: u32, position: usize, from: &dyn Row, index: usize) -> Result<()> {
        match self.get_mut(row) {
            Some(value) => value.assign(position, from, index),
            None => Err(super::state::without_value(M::DEF.name)),
        }
    }

    fn fill(&mut self, row: u32, from: &dyn Row, at: usize) -> Result<()> {
        let Some(value) = self.get_mut(row) else { return Ok(()) };
        for (position, column) in M::table().columns.iter().enumerate() {
            if column.loading != ColumnLoading::Always
                && let Some(field) = value.deferred(position)
                && !field.is_loaded()
                && !is_left_out(from, at + position)
            {
                field.load(from, at + position)?;
            }
        }
        Ok(())
    }

    fn restore(&mut self, row: u32, from: &dyn Row) -> Result<()> {
        self.rows[row as usize] = Some(M::read(from, 0)?);
        Ok(())
    }

    fn remove(&mut self, row: u32) {
        self.rows[row as usize] = None;
    }

    fn relation(&self, relation: usize) -> Arc<dyn LoadsRelation> {
        Arc::clone(&self.relations[relation]) as Arc<dyn LoadsRelation>
    }

    fn tracked(&self, row: u32, relation: usize) -> Option<Vec<EntityId>> {
        self.relations[relation].tracked(self.get(row)?)
    }

    fn is_tracked(&self, row: u32, relation: usize) -> bool {
        self.get(row).is_some_and(|value| self.relations[relation].is_tracked(value))
    }

    fn first_tracked(&self, row: u32, relation: usize) -> Option<EntityId> {
        self.relations[relation].first_tracked(self.get(row)?)
    }

    fn add_tracked(&mut self, row: u32, relation: usize, entity: EntityId) {
        if let Some(Some(value)) = self.rows.get_mut(row as usize) {
            self.relations[relation].add(value, entity);
        }
    }

    fn remove_tracked(&mut self, row: u32, relation: usize, entity: EntityId) {
        if let Some(Some(value)) = self.rows.get_mut(row as usize) {
            self.relations[relation].remove(value, entity);
        }
    }

    fn track(&mut self, row: u32, relation: usize, entities: Option<&[EntityId]>) {
        if let Some(Some(value)) = self.rows.get_mut(row as usize) {
            self.relations[relation].track(value, entities);
        }
    }
}
