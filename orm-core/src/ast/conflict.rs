//! What an INSERT does about a row that clashes with a stored one.

use super::Node;

/// What the row that an INSERT proposed is called beside the stored one.
pub const EXCLUDED: &str = "excluded";

/// The ON CONFLICT of an INSERT.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Conflict {
    /// Which clashes are meant.
    pub target: ConflictTarget,
    /// What is done about them.
    pub action: ConflictAction,
    /// Whether each row is returned with a last column that says if it is new.
    pub tells_new: bool,
}

impl Conflict {
    /// Returns what is done about clashes, of which rows do not tell.
    pub fn new(target: ConflictTarget, action: ConflictAction) -> Self {
        Self { target, action, tells_new: false }
    }
}

/// Which clashes an ON CONFLICT is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConflictTarget {
    /// All.
    Any,
    /// Those of the unique columns at these positions.
    Columns {
        /// The positions.
        columns: Vec<usize>,
        /// The SQL condition of their index, if it is over some rows only.
        condition: Option<&'static str>,
    },
    /// Those of a constraint, by its name.
    Constraint(String),
}

/// What an ON CONFLICT does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConflictAction {
    /// The row is left out.
    Nothing,
    /// The stored row is updated.
    Update {
        /// The positions of the columns that change, and to what.
        assignments: Vec<(usize, Node)>,
        /// Which stored rows are updated; `None` is all of them.
        filter: Option<Node>,
    },
}
