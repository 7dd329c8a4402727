//! How rows come into a session: new ones, whose values they bring, and those that a query returned.

use super::Tracked;
use super::store::{Head, Status};
use super::undo::RowId;
use super::unsaved::Unsaved;
use crate::error::{Error, Result};
use crate::model::{EntityId, NewRow, RelatedRow};
use crate::relation::{Related, RelationDef, RelationKind};

impl Tracked {
    /// Adds a new row.
    pub(super) fn add<M: Related>(&mut self, mut row: NewRow) -> RowId {
        let store = self.store_of::<M>();
        let (entity, related) = row.take_related();
        let refused = row.complete(M::table()).err();
        let kept = self.store_mut(store);
        let unsaved = Unsaved { row: &row, unknown: &kept.unknown };
        let value = if refused.is_none() { M::read(&unsaved, 0).ok() } else { None };
        let mut head = Head::pending(kept.given.number(row.columns()));
        if value.is_none() {
            head.new_row = Some(Box::new(row));
        }
        let id = self.push(store, head, value);
        self.begin_pending(id, refused);
        if let Some((relation, entity)) = entity {
            self.relate_new(id, relation, RelatedRow::Entity(entity));
        }
        for (relation, with) in related {
            self.relate_new(id, relation, with);
        }
        id
    }

    /// Lists a row as new.
    fn begin_pending(&mut self, id: RowId, refused: Option<Error>) {
        if let Some(refused) = refused {
            self.refused_rows.insert(id, refused);
        }
        let query = self.query;
        let store = self.store_mut(id.store);
        store.origins.add(id.row, query);
        store.pending.push(id.row);
        for (number, def) in store.relations.iter().enumerate() {
            // Nothing refers to a row that is not there yet.
            if def.kind != RelationKind::BelongsTo && !def.is_path() {
                store.values.track(id.row, number, Some(&[]));
            }
        }
    }

    /// Makes a relation of a new row lead to what it was given. If that is impossible, the next flush says
    /// so.
    fn relate_new(&mut self, id: RowId, relation: &str, with: RelatedRow) {
        let store = self.store(id.store);
        let Some(number) = store.relations.iter().position(|def| def.name == relation) else {
            return;
        };
        let def = store.relations[number];
        let related = match with {
            RelatedRow::Entity(entity) => self.relate_entity(id, (def, number), entity),
            RelatedRow::New(_) => store.values.relation(number).fill(self, id, with),
        };
        if let Err(error) = related {
            self.refused.get_or_insert(error);
        }
    }

    fn relate_entity(
        &mut self,
        id: RowId,
        relation: (&'static RelationDef, usize),
        entity: EntityId,
    ) -> Result<()> {
        let (def, _) = relation;
        let target = self.related_entity(entity, def)?;
        if self.refer_first(id, relation, target)? {
            return Ok(());
        }
        self.join(id, def, target)
    }

    /// Adds a row; one without a value gets it afterwards.
    pub(super) fn push<M: Related>(&mut self, store: u32, head: Head, value: Option<M>) -> RowId {
        let row = self.store(store).heads.len();
        assert!(row < u32::MAX as usize, "a session keeps less than 4,294,967,295 rows of a model");
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let id = RowId { store, row: row as u32 };
        let is_new = head.status == Status::Pending;
        let kept = self.store_mut(store);
        if let Some(key) = &head.key {
            kept.index.insert(key.clone(), id.row);
        }
        kept.heads.push(head);
        self.rows_mut::<M>(store).rows.push(value);
        if is_new || self.wrote_past {
            self.note_absent(id);
        }
        id
    }

    /// Notes that a row was not in the session before, which a rollback takes out.
    pub(super) fn note_absent(&mut self, id: RowId) {
        let level = self.undo.level();
        self.store_mut(id.store).head_mut(id.row).remembered = level;
        self.undo.push_absent(id);
    }
}
