//! ON CONFLICT: what an INSERT does about rows that clash with stored ones.

use super::Sql;
use super::write::returning;
use super::writer::{Writer, name_list};
use crate::ast::{Conflict, ConflictAction, ConflictTarget, InsertStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::Table;

/// Writes what `insert`, an INSERT as far as its rows, does about those that clash, and what it
/// returns; it binds `bound` values already, and those of the result follow them.
///
/// # Errors
///
/// [`Error::Unsupported`] for a constraint where the backend wants columns;
/// [`Error::InvalidQuery`] for a column of another table, and [`Error::Encode`] for a value that
/// could not be made.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::{Conflict, ConflictAction, ConflictTarget, InsertStatement};
/// use orm_core::sql;
///
/// let statement = InsertStatement::new(Tag::table(), &[1], false);
/// let conflict = Conflict::new(ConflictTarget::Any, ConflictAction::Nothing);
/// let insert = sql::insert_values(&orm::Sqlite, &statement, 1);
/// assert_eq!(
///     sql::on_conflict(&orm::Sqlite, insert, 1, &statement, &conflict)?.text,
///     r#"INSERT INTO "tag" ("name") VALUES (?1) ON CONFLICT DO NOTHING"#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn on_conflict<'c>(
    dialect: &'c dyn Dialect,
    insert: String,
    bound: usize,
    statement: &InsertStatement<'_>,
    conflict: &'c Conflict,
) -> Result<Sql<'c>> {
    let mut writer = Writer::after(insert, bound, dialect, statement.table);
    writer.conflict(statement.table, conflict)?;
    if let Some(cte) = writer.with.first() {
        return Err(Error::invalid_query(format!(
            "`{}` cannot be named by what an upsert of given rows does: use `.subquery(…)` there \
             instead of `.cte(…)`",
            cte.name
        )));
    }
    returning(dialect, &mut writer.text, statement);
    if let (true, Some(is_new)) = (conflict.tells_new, dialect.is_new_row()) {
        writer.push(", ");
        writer.push(is_new);
    }
    Ok(writer.finish())
}

impl<'a> Writer<'a> {
    pub(super) fn conflict(&mut self, table: &'static Table, conflict: &'a Conflict) -> Result<()> {
        self.push(" ON CONFLICT");
        match &conflict.target {
            ConflictTarget::Any => {}
            ConflictTarget::Columns { columns, condition } => {
                self.push(" ");
                let names = columns.iter().map(|&column| table.columns[column].name.as_str());
                name_list(self.dialect, &mut self.text, names);
                if let Some(condition) = condition {
                    self.push(" WHERE ");
                    self.push(condition);
                }
            }
            ConflictTarget::Constraint(_) if !self.dialect.has_conflict_constraints() => {
                let feature = "ON CONFLICT with the name of a constraint: name its columns with \
                               `.on_conflict(…)`";
                return Err(self.unsupported(feature));
            }
            ConflictTarget::Constraint(name) => {
                self.push(" ON CONSTRAINT ");
                self.identifier(name);
            }
        }
        match &conflict.action {
            ConflictAction::Nothing => self.push(" DO NOTHING"),
            ConflictAction::Update { assignments, filter } => {
                self.scopes.enter_conflict(table)?;
                self.push(" DO UPDATE");
                self.assignments(table, assignments)?;
                self.filter(filter.as_ref())?;
                self.scopes.leave();
            }
        }
        Ok(())
    }
}
