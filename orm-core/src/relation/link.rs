//! The columns by which the rows of a relation belong together, found from its declaration.

use super::association::side_column;
use super::{LinkDef, RelationDef};
use crate::schema::{Index, Table};

/// What was found, or why nothing was.
type Found<T> = Result<T, String>;

/// The columns by which a row and those it leads to belong together, as positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// Of the model.
    pub(crate) local: Vec<usize>,
    /// Of the target: equal to `local`, or to the far side of `through`.
    pub(crate) remote: Vec<usize>,
    /// The table of pairs between them.
    pub(crate) through: Option<Through>,
}

/// A table of pairs.
#[derive(Debug, Clone)]
pub(crate) struct Through {
    pub(crate) table: &'static Table,
    /// The columns that are equal to the model's.
    pub(crate) local: Vec<usize>,
    /// The columns that are equal to the target's.
    pub(crate) remote: Vec<usize>,
}

impl PartialEq for Through {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table)
            && self.local == other.local
            && self.remote == other.remote
    }
}

impl RelationDef {
    /// Returns the columns by which rows belong together, or why the declarations do not tell.
    pub(super) fn checked_link(&self) -> Found<Link> {
        let link = self.declared_link()?;
        if let Some(inverse) = self.inverse.map(|inverse| inverse()) {
            if let Some(back) = inverse.inverse.map(|back| back())
                && back.path() != self.path()
            {
                return Err(format!(
                    "its inverse `{}` says that `{}` is the other side",
                    inverse.path(),
                    back.path()
                ));
            }
            if inverse.declared_link()?.reversed() != link {
                return Err(format!(
                    "its inverse `{}` goes by other columns, so that they are not the two sides of one \
                     relation",
                    inverse.path()
                ));
            }
        }
        Ok(link)
    }

    fn declared_link(&self) -> Found<Link> {
        let (source, target) = ((self.source)(), (self.target)());
        match self.link {
            LinkDef::Own { key, refers_to } => {
                let remote = referred(source, key, refers_to, target)?;
                Ok(Link { local: key.to_vec(), remote, through: None })
            }
            LinkDef::Target { key, refers_to } => {
                let local = referred(target, key, refers_to, source)?;
                Ok(Link { local, remote: key.to_vec(), through: None })
            }
            LinkDef::Inverse => {
                let inverse = self.inverse.map(|inverse| inverse());
                match inverse.filter(|inverse| !matches!(inverse.link, LinkDef::Inverse)) {
                    Some(inverse) => Ok(inverse.declared_link()?.reversed()),
                    None => Err("neither side says which columns are its key".to_owned()),
                }
            }
            LinkDef::Association { table, side, target_side } => {
                let table = table();
                let (near, local) = side_of(table, side, source)?;
                let (far, remote) = side_of(table, target_side, target)?;
                let through = Through { table, local: near, remote: far };
                Ok(Link { local, remote, through: Some(through) })
            }
            LinkDef::Through { table, key, target_key } => {
                let table = table();
                let (near, local) = pair(table, key, source)?;
                let (far, remote) = pair(table, target_key, target)?;
                if near == far {
                    return Err(
                        "both sides have the same key in the table of pairs: name the two \
                                columns with `key = …` and `target_key = …`"
                            .to_owned(),
                    );
                }
                let through = Through { table, local: near, remote: far };
                Ok(Link { local, remote, through: Some(through) })
            }
        }
    }
}

/// Returns the columns of `to` that the columns `key` of `from` refer to.
fn referred(
    from: &Table,
    key: &[usize],
    refers_to: Option<&'static [usize]>,
    to: &Table,
) -> Found<Vec<usize>> {
    if let Some(columns) = refers_to {
        return Ok(columns.to_vec());
    }
    let names = key.iter().map(|&position| from.columns[position].name.as_str());
    let found = from.foreign_keys.iter().find(|known| {
        known.target_table == to.name && known.columns.iter().map(String::as_str).eq(names.clone())
    });
    let Some(found) = found else {
        let columns = names.collect::<Vec<_>>().join("`, `");
        return Err(format!(
            "`{columns}` of `{}` is no foreign key to `{}`: declare one, or say `references = …`",
            from.name, to.name
        ));
    };
    positions(to, &found.target_columns).ok_or_else(no_such_column)
}

/// Returns the columns of `pairs` that are named after a side, and those of `to` they refer to.
fn side_of(pairs: &Table, side: &str, to: &Table) -> Found<(Vec<usize>, Vec<usize>)> {
    let columns: Vec<String> = to
        .primary_key
        .iter()
        .map(|&position| side_column(side, &to.columns[position].name))
        .collect();
    let near = positions(pairs, &columns)
        .ok_or_else(|| format!("`{}` has no column `{}`", pairs.name, columns.join("`, `")))?;
    Ok((near, to.primary_key.clone()))
}

/// Returns the columns of `pairs` that refer to `to`, and the columns they refer to.
fn pair(
    pairs: &Table,
    key: Option<&'static [usize]>,
    to: &Table,
) -> Found<(Vec<usize>, Vec<usize>)> {
    if let Some(key) = key {
        return Ok((key.to_vec(), referred(pairs, key, None, to)?));
    }
    let mut keys = pairs.foreign_keys.iter().filter(|key| key.target_table == to.name);
    match (keys.next(), keys.next()) {
        (Some(key), None) => positions(pairs, &key.columns)
            .zip(positions(to, &key.target_columns))
            .ok_or_else(no_such_column),
        (None, _) => Err(format!("`{}` has no foreign key to `{}`", pairs.name, to.name)),
        (Some(_), Some(_)) => Err(format!(
            "`{}` has several foreign keys to `{}`: choose with `key = …` and `target_key = …`",
            pairs.name, to.name
        )),
    }
}

impl Link {
    /// Whether at most one row of `target` belongs to each row.
    pub(crate) fn leads_to_one(&self, target: &Table) -> bool {
        self.through.is_none() && are_unique(target, &self.remote)
    }

    /// Whether no two pairs are about the same two rows.
    pub(crate) fn pairs_are_unique(&self) -> bool {
        self.through.as_ref().is_none_or(|through| {
            let both: Vec<usize> = through.local.iter().chain(&through.remote).copied().collect();
            are_unique(through.table, &both)
        })
    }

    /// Whether a foreign key sees to it that the row is there which `columns` of `source` refer to.
    pub(crate) fn is_enforced(&self, source: &Table, target: &Table) -> bool {
        source.foreign_keys.iter().any(|key| {
            key.target_table == target.name
                && key.target_schema == target.schema
                && positions(source, &key.columns).as_ref() == Some(&self.local)
                && positions(target, &key.target_columns).as_ref() == Some(&self.remote)
        })
    }

    fn reversed(self) -> Self {
        let through = self.through.map(|Through { table, local, remote }| Through {
            table,
            local: remote,
            remote: local,
        });
        Self { local: self.remote, remote: self.local, through }
    }
}

/// Whether no two rows have the same values in the columns, by a key or a constraint of some of them.
fn are_unique(table: &Table, columns: &[usize]) -> bool {
    let covers = |names: &[String]| {
        positions(table, names)
            .is_some_and(|unique| unique.iter().all(|position| columns.contains(position)))
    };
    let is_whole = |index: &&Index| index.unique && index.condition.is_none();
    table.primary_key.iter().all(|position| columns.contains(position))
        || table.uniques.iter().any(|unique| covers(&unique.columns))
        || table.indexes.iter().filter(is_whole).any(|index| covers(&index.columns))
}

fn no_such_column() -> String {
    "its foreign key names a column that is not there".to_owned()
}

fn positions(table: &Table, names: &[String]) -> Option<Vec<usize>> {
    let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
    names.iter().map(position).collect()
}
