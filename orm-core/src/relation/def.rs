//! The constants a derived relation describes itself with.

use std::fmt;
use std::sync::OnceLock;

use super::Link;
use crate::ast::{Node, OrderTerm};
use crate::error::{Error, Result};
use crate::schema::Table;

/// A relation, as its field declares it.
pub struct RelationDef {
    /// The name of the model.
    pub model: &'static str,
    /// The name of the field.
    pub name: &'static str,
    /// How many rows it leads to, and which side has the key.
    pub kind: RelationKind,
    /// The model's table.
    pub source: fn() -> &'static Table,
    /// The table of the model it leads to.
    pub target: fn() -> &'static Table,
    /// By which columns rows belong together.
    pub link: LinkDef,
    /// The order of the rows, if one is declared.
    pub order_by: Option<fn(&mut Vec<OrderTerm>)>,
    /// Which rows only, if a condition is declared.
    pub filter: Option<fn() -> Node>,
    /// The same relation seen from the other side, if it is declared.
    pub inverse: Option<fn() -> &'static RelationDef>,
    /// What happens to the rows that it leads to when something happens to one of the model, in a session.
    pub cascade: Cascade,
    /// Whether a session refuses to load it by itself when it is asked for: `lazy = "raise"`.
    pub raises: bool,
    /// The columns by which rows belong together, once they were asked for.
    pub resolved: ResolvedLink,
}

/// What happens to the rows that a relation leads to when something happens to the row it starts from, in
/// the words of SQLAlchemy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a cascade that a user may declare")]
pub struct Cascade {
    /// They are deleted with it.
    pub delete: bool,
    /// They are deleted when they are taken out of the relation.
    pub delete_orphan: bool,
    /// They are taken out of the session with it.
    pub expunge: bool,
    /// They are expired and refreshed with it.
    pub refresh: bool,
    /// Those that are not loaded are left to the `ON DELETE` of the database.
    pub passive_deletes: bool,
}

impl Cascade {
    /// Nothing happens to them.
    pub const NONE: Self = Self {
        delete: false,
        delete_orphan: false,
        expunge: false,
        refresh: false,
        passive_deletes: false,
    };
}

/// Where the columns of a relation are kept that its declaration leads to; empty at first.
#[derive(Debug, Default)]
pub struct ResolvedLink(OnceLock<std::result::Result<Link, String>>);

impl ResolvedLink {
    /// Returns an empty one.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// How many rows a relation leads to, and which side has the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// Many rows that refer to this one.
    HasMany,
    /// At most one row that refers to this one.
    HasOne,
    /// The row that this one refers to.
    BelongsTo,
    /// Many rows, by a table of pairs.
    ManyToMany,
}

/// By which columns rows belong together; positions in their tables.
#[derive(Debug, Clone, Copy)]
pub enum LinkDef {
    /// Columns of the model refer to the target: to `refers_to`, or to what their foreign key says.
    Own {
        /// The columns that refer.
        key: &'static [usize],
        /// The columns they refer to.
        refers_to: Option<&'static [usize]>,
    },
    /// Columns of the target refer to the model: to `refers_to`, or to what their foreign key says.
    Target {
        /// The columns that refer.
        key: &'static [usize],
        /// The columns they refer to.
        refers_to: Option<&'static [usize]>,
    },
    /// As the inverse says, seen from the other side.
    Inverse,
    /// Rows of `table`, which came with the relation, refer to both by columns named after the sides.
    Association {
        /// The table of pairs.
        table: fn() -> &'static Table,
        /// What the model is called in it.
        side: &'static str,
        /// What the target is called in it.
        target_side: &'static str,
    },
    /// Rows of `table` refer to both; the columns are found by their foreign keys if not given.
    Through {
        /// The table of pairs.
        table: fn() -> &'static Table,
        /// Its columns that refer to the model.
        key: Option<&'static [usize]>,
        /// Its columns that refer to the target.
        target_key: Option<&'static [usize]>,
    },
    /// As these relations lead on from each other.
    Via(fn() -> Vec<&'static RelationDef>),
}

impl RelationDef {
    /// Returns the columns by which rows belong together.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the declaration does not tell, or the other side tells otherwise.
    pub(crate) fn link(&self) -> Result<&Link> {
        let resolved = self.resolved.0.get_or_init(|| {
            self.checked_link()
                .map_err(|why| format!("the relation `{}` leads nowhere: {why}", self.path()))
        });
        resolved.as_ref().map_err(|message| Error::invalid_query(message.as_str()))
    }

    /// Whether it leads over other relations, and so is only read.
    pub(crate) const fn is_path(&self) -> bool {
        matches!(self.link, LinkDef::Via(_))
    }

    /// Returns the conditions on the rows it leads to: its own, and for a path that of the last hop.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = Node> + use<> {
        let last = match self.link {
            LinkDef::Via(hops) => hops().last().and_then(|hop| hop.filter),
            _ => None,
        };
        last.into_iter().chain(self.filter).map(|filter| filter())
    }

    /// Returns what the relation is called in messages: `User::posts`.
    pub fn path(&self) -> String {
        format!("{}::{}", self.model, self.name)
    }
}

impl fmt::Debug for RelationDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.model, self.name)
    }
}
