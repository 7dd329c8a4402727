//! The columns by which the rows of a relation belong together, found from its declaration.

use super::association::side_column;
use super::filter::on;
use super::{LinkDef, RelationDef};
use crate::ast::{Node, TableRef};
use crate::schema::{Index, Table};

/// What was found, or why nothing was.
type Found<T> = Result<T, String>;

/// The columns by which a row and those it leads to belong together, as positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// Of the model.
    pub(crate) local: Vec<usize>,
    /// Of the target: equal to `local`, or to the far side of the last table between them.
    pub(crate) remote: Vec<usize>,
    /// The tables between them, in the order in which the relation leads over them: one of pairs, or
    /// those of a path.
    pub(crate) between: Vec<Between>,
}

/// A table that a relation leads over.
#[derive(Debug, Clone)]
pub(crate) struct Between {
    /// The table, under another name if it has several parts in the relation.
    pub(crate) table: TableRef,
    /// The columns that are equal to those of the table before it.
    pub(crate) near: Vec<usize>,
    /// The columns that are equal to those of the table behind it.
    pub(crate) far: Vec<usize>,
    /// Which of its rows only, if the relation that leads to it has a condition.
    pub(crate) filter: Option<fn() -> Node>,
}

impl PartialEq for Between {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table.table, other.table.table)
            && self.near == other.near
            && self.far == other.far
    }
}

impl Between {
    /// Returns the condition on the rows of the table, which a query calls `named`.
    pub(crate) fn condition(&self, named: TableRef) -> Option<Node> {
        self.filter.map(|filter| on(filter(), named))
    }

    /// Returns the table of pairs whose columns are equal to those of both sides.
    fn pairs(table: &'static Table, near: Vec<usize>, far: Vec<usize>) -> Self {
        Self { table: table.into(), near, far, filter: None }
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
                Ok(Link { local: key.to_vec(), remote, between: Vec::new() })
            }
            LinkDef::Target { key, refers_to } => {
                let local = referred(target, key, refers_to, source)?;
                Ok(Link { local, remote: key.to_vec(), between: Vec::new() })
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
                Ok(Link { local, remote, between: vec![Between::pairs(table, near, far)] })
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
                Ok(Link { local, remote, between: vec![Between::pairs(table, near, far)] })
            }
            LinkDef::Via(hops) => super::via::link(&hops()),
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
    /// Returns the table, and its columns, that are equal to those of the model: of the first table
    /// between, or else of the target.
    pub(crate) fn near_side(&self, target: TableRef) -> (TableRef, &[usize]) {
        match self.between.first() {
            Some(first) => (first.table, &first.near),
            None => (target, &self.remote),
        }
    }

    /// Whether at most one row of `target` belongs to each row.
    pub(crate) fn leads_to_one(&self, target: &Table) -> bool {
        self.between.iter().all(Between::is_one_ahead) && are_unique(target, &self.remote)
    }

    /// Whether no row leads to the same one in two ways.
    pub(crate) fn meets_once(&self) -> bool {
        let ahead = self.between.iter().take_while(|table| table.is_one_ahead()).count();
        let back = self.between.iter().rev().take_while(|table| table.is_one_back()).count();
        // The row of each table between is known from either end, but for one: of that, the rows
        // before and behind it are known.
        match self.between.len().saturating_sub(ahead + back) {
            0 => true,
            1 => self.between[ahead].is_one_pair(),
            _ => false,
        }
    }

    /// Whether a foreign key sees to it that the row is there which `columns` of `source` refer to.
    pub(crate) fn is_enforced(&self, source: &Table, target: &Table) -> bool {
        source.foreign_keys.iter().any(|key| {
            key.is_to(target)
                && positions(source, &key.columns).as_ref() == Some(&self.local)
                && positions(target, &key.target_columns).as_ref() == Some(&self.remote)
        })
    }

    fn reversed(self) -> Self {
        let turned = |table: Between| Between { near: table.far, far: table.near, ..table };
        let between = self.between.into_iter().rev().map(turned).collect();
        Self { local: self.remote, remote: self.local, between }
    }
}

impl Between {
    /// Whether the row before it leads to at most one of its rows.
    fn is_one_ahead(&self) -> bool {
        are_unique(self.table.table, &self.near)
    }

    /// Whether at most one of its rows leads to the row behind it.
    fn is_one_back(&self) -> bool {
        are_unique(self.table.table, &self.far)
    }

    /// Whether at most one of its rows is between two others.
    fn is_one_pair(&self) -> bool {
        let both: Vec<usize> = self.near.iter().chain(&self.far).copied().collect();
        are_unique(self.table.table, &both)
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
