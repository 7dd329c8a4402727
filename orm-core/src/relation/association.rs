//! Tables of pairs that no model describes: they come with the relation that names them.

use crate::model::Model;
use crate::schema::{ColumnDef, ForeignKey, ReferenceAction, Table, kept_table};

/// Returns the table of pairs called `name`, whose columns refer to the primary keys of both tables;
/// called by derived code.
///
/// A column is called by the name of its side and that of the key: `post_id`. A pair is there once,
/// follows the keys of both sides, and goes when either is deleted. Both sides of a relation get the same table.
pub fn association<P: Model, C: Model>(
    name: &'static str,
    side: &str,
    target_side: &str,
) -> &'static Table {
    pairs(name, (P::table(), side), (C::table(), target_side))
}

/// Returns the name of the column that refers to column `key` of a side.
pub(super) fn side_column(side: &str, key: &str) -> String {
    format!("{side}_{key}")
}

fn pairs(
    name: &'static str,
    one: (&'static Table, &str),
    other: (&'static Table, &str),
) -> &'static Table {
    // The same whoever asks: the order in which the sides are declared does not matter.
    let (first, second) =
        if (&one.0.name, one.1) <= (&other.0.name, other.1) { (one, other) } else { (other, one) };
    let mut pairs = Table::new(name, first.0.schema.clone());
    for (table, side) in [first, second] {
        let mut columns = Vec::new();
        for &position in &table.primary_key {
            let key = &table.columns[position];
            let column = side_column(side, &key.name);
            pairs.primary_key.push(pairs.columns.len());
            pairs.columns.push(ColumnDef::new(&column, key.sql_type).in_primary_key());
            columns.push(column);
        }
        let targets = table.primary_key.iter().map(|&at| table.columns[at].name.clone());
        let on_delete = ReferenceAction::Cascade;
        let mut key = ForeignKey::to(name, columns, table, targets.collect(), on_delete);
        key.on_update = ReferenceAction::Cascade;
        pairs.foreign_keys.push(key);
    }
    kept_table(&pairs)
}
