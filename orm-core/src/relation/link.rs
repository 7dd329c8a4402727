//! The columns by which the rows of a relation belong together, found from its declaration.

use super::{LinkDef, RelationDef};
use crate::error::{Error, Result};
use crate::schema::Table;

/// The columns by which a row and those it leads to belong together, as positions.
#[derive(Debug, Clone)]
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

impl RelationDef {
    /// Returns the columns by which rows belong together.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the declaration does not tell.
    pub(crate) fn link(&self) -> Result<Link> {
        let (source, target) = ((self.source)(), (self.target)());
        match self.link {
            LinkDef::Own { key, refers_to } => {
                let remote = self.referred(source, key, refers_to, target)?;
                Ok(Link { local: key.to_vec(), remote, through: None })
            }
            LinkDef::Target { key, refers_to } => {
                let local = self.referred(target, key, refers_to, source)?;
                Ok(Link { local, remote: key.to_vec(), through: None })
            }
            LinkDef::Inverse => {
                let inverse = self.inverse.map(|inverse| inverse());
                match inverse.filter(|inverse| !matches!(inverse.link, LinkDef::Inverse)) {
                    Some(inverse) => Ok(inverse.link()?.reversed()),
                    None => Err(self.unclear("neither side says which columns are its key")),
                }
            }
            LinkDef::Through { table, key, target_key } => {
                let table = table();
                let (near, local) = self.pair(table, key, source)?;
                let (far, remote) = self.pair(table, target_key, target)?;
                if near == far {
                    return Err(self.unclear(
                        "both sides have the same key in the table of pairs: name the two columns \
                         with `key = …` and `target_key = …`",
                    ));
                }
                let through = Through { table, local: near, remote: far };
                Ok(Link { local, remote, through: Some(through) })
            }
        }
    }

    /// Returns the columns of `to` that the columns `key` of `from` refer to.
    fn referred(
        &self,
        from: &Table,
        key: &[usize],
        refers_to: Option<&'static [usize]>,
        to: &Table,
    ) -> Result<Vec<usize>> {
        if let Some(columns) = refers_to {
            return Ok(columns.to_vec());
        }
        let names = key.iter().map(|&position| from.columns[position].name.as_str());
        let found = from.foreign_keys.iter().find(|known| {
            known.target_table == to.name
                && known.columns.iter().map(String::as_str).eq(names.clone())
        });
        let Some(found) = found else {
            let columns = names.collect::<Vec<_>>().join("`, `");
            return Err(self.unclear(&format!(
                "`{columns}` of `{}` is no foreign key to `{}`: declare one, or say `references = …`",
                from.name, to.name
            )));
        };
        positions(to, &found.target_columns)
            .ok_or_else(|| self.unclear("its foreign key names a column that is not there"))
    }

    /// Returns the columns of `pairs` that refer to `to`, and the columns they refer to.
    fn pair(
        &self,
        pairs: &Table,
        key: Option<&'static [usize]>,
        to: &Table,
    ) -> Result<(Vec<usize>, Vec<usize>)> {
        if let Some(key) = key {
            return Ok((key.to_vec(), self.referred(pairs, key, None, to)?));
        }
        let mut keys = pairs.foreign_keys.iter().filter(|key| key.target_table == to.name);
        match (keys.next(), keys.next()) {
            (Some(key), None) => positions(pairs, &key.columns)
                .zip(positions(to, &key.target_columns))
                .ok_or_else(|| self.unclear("its foreign key names a column that is not there")),
            (None, _) => {
                Err(self.unclear(&format!("`{}` has no foreign key to `{}`", pairs.name, to.name)))
            }
            (Some(_), Some(_)) => Err(self.unclear(&format!(
                "`{}` has several foreign keys to `{}`: choose with `key = …` and `target_key = …`",
                pairs.name, to.name
            ))),
        }
    }

    #[cold]
    fn unclear(&self, why: &str) -> Error {
        Error::invalid_query(format!("the relation `{}` leads nowhere: {why}", self.path()))
    }
}

impl Link {
    fn reversed(self) -> Self {
        let through = self.through.map(|Through { table, local, remote }| Through {
            table,
            local: remote,
            remote: local,
        });
        Self { local: self.remote, remote: self.local, through }
    }
}

fn positions(table: &Table, names: &[String]) -> Option<Vec<usize>> {
    let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
    names.iter().map(position).collect()
}
