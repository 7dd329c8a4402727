//! Names that people give: found, or refused with those that there are.

use super::Table;
use crate::error::{Error, Result};

/// How much of a name that may come from anywhere is repeated in a message.
const LONGEST_REPEATED: usize = 60;

impl Table {
    /// Returns the position of the column called `name`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if there is none, with the names that there are, the most alike first.
    pub(crate) fn find(&self, name: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.name.as_str());
            let (name, names) = (repeated(name), nearest_first(name, names).join("`, `"));
            Error::invalid_query(format!(
                "`{}` has no column `{name}`: it has `{names}`",
                self.name
            ))
        })
    }
}

/// Returns `names` with those first that are spelled most like `name`.
pub(crate) fn nearest_first<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let name = name.to_lowercase();
    let likeness = |known: &str| strsim::jaro_winkler(&name, &known.to_lowercase());
    let mut names: Vec<_> = names.map(|known| (likeness(known), known)).collect();
    names.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    names.into_iter().map(|(_, known)| known).collect()
}

/// Returns the beginning of `name` as it can be put into a message.
pub(crate) fn repeated(name: &str) -> String {
    name.chars().take(LONGEST_REPEATED).flat_map(char::escape_debug).collect()
}
