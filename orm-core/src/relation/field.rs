//! What the fields of all kinds of relations have in common: they are loaded or they are not.

use super::RelationDef;
use crate::error::{Error, Result};
use crate::model::Model;

/// A field that holds the rows a relation leads to.
pub trait RelationField: Sized + 'static {
    /// The model it leads to.
    type Target: Model;

    /// Returns the field as it is before the rows are loaded.
    fn unloaded(def: &'static RelationDef) -> Self;

    /// Whether the rows are loaded.
    fn is_loaded(&self) -> bool;

    /// Returns the loaded fields of as many parents as `children` is for.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if a parent has more rows, or fewer,
    /// than the field can hold.
    fn gather(def: &'static RelationDef, children: Children<Self::Target>) -> Result<Vec<Self>>;
}

/// A field whose relation leads to any number of rows.
pub trait ToMany: RelationField {}

/// Rows that were loaded for some parents.
#[derive(Debug)]
pub struct Children<C> {
    /// How many parents there are.
    pub parents: usize,
    /// The rows, in their order.
    pub rows: Vec<C>,
    /// Which row is whose: numbers of a parent and a row, in the order of rows. A row has one parent,
    /// except where parents share it, as they do what they belong to.
    pub links: Vec<(u32, u32)>,
}

impl<C> Children<C> {
    /// Returns the rows of each parent.
    pub(crate) fn into_groups(self) -> Vec<Vec<C>> {
        let mut counts = vec![0_usize; self.parents];
        for &(parent, _) in &self.links {
            counts[parent as usize] += 1;
        }
        let mut groups: Vec<Vec<C>> = counts.into_iter().map(Vec::with_capacity).collect();
        for (row, (parent, _)) in self.rows.into_iter().zip(self.links) {
            groups[parent as usize].push(row);
        }
        groups
    }

    /// Returns the row of each parent, which has one at most.
    pub(crate) fn into_only_ones(self, def: &RelationDef) -> Result<Vec<Option<C>>> {
        let mut rows: Vec<Option<C>> = Vec::new();
        rows.resize_with(self.parents, || None);
        for (row, (parent, _)) in self.rows.into_iter().zip(self.links) {
            if rows[parent as usize].replace(row).is_some() {
                return Err(Error::invalid_query(format!(
                    "several rows belong to one by `{path}`, which has place for one: make it a \
                     `HasMany`, or its key unique",
                    path = def.path()
                )));
            }
        }
        Ok(rows)
    }
}

/// The rows of a relation, once they are loaded.
#[derive(Clone)]
pub(super) enum State<T> {
    /// Not loaded; of which relation is not known for one that was made by hand.
    Unloaded(Option<&'static RelationDef>),
    /// Loaded.
    Loaded(T),
}

impl<T> State<T> {
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Self::Unloaded(_) => None,
            Self::Loaded(rows) => Some(rows),
        }
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Unloaded(_) => None,
            Self::Loaded(rows) => Some(rows),
        }
    }

    /// Returns what is loaded.
    ///
    /// # Panics
    ///
    /// If nothing is.
    #[track_caller]
    pub(super) fn expect_loaded(&self) -> &T {
        match self {
            Self::Loaded(rows) => rows,
            Self::Unloaded(def) => not_loaded(*def),
        }
    }
}

/// Reading a relation that the program did not ask for is a mistake in the program: no data leads
/// here, and a slice has no place for an error. `get` asks without a panic.
#[cold]
#[track_caller]
#[expect(clippy::panic, reason = "what the documentation of the fields promises")]
pub(super) fn not_loaded(def: Option<&'static RelationDef>) -> ! {
    match def {
        Some(def) => panic!(
            "`{path}` is not loaded: add `.with({path})` to the query, or load it with \
             `{path}.load_all(&mut conn, …)`; `.get()` tells whether it is loaded",
            path = def.path()
        ),
        None => panic!("this relation is not loaded: its value was made by hand"),
    }
}
