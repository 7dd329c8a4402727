//! Reads deferred columns of entities when the program asks for them.

use super::store::Status;
use super::undo::RowId;
use super::{Session, Trackable};
use crate::error::Result;
use crate::expr::ColumnList;
use crate::load::rows_with;
use crate::model::Entity;
use crate::value::Value;

impl Session {
    /// Reads one deferred column of entities, or a tuple of them, by one statement; entities that have them
    /// already are left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`](crate::error::Error::InvalidState) if an entity is not in this session any
    /// more; otherwise those of a query.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::Deferred;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     body: Deferred<String>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Post].create_all(&mut engine.connect()?)?;
    /// # Post::insert(Post::builder().body("a long text")).execute(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let posts = Post::query().all(&mut session)?;
    /// assert!(session[posts[0]].body.is_unloaded());
    /// session.undefer(&posts, Post::body)?;
    /// assert_eq!(*session[posts[0]].body, "a long text");
    /// # Ok(())
    /// # }
    /// ```
    pub fn undefer<M: Trackable>(
        &mut self,
        entities: &[Entity<M>],
        columns: impl ColumnList<M>,
    ) -> Result<()> {
        self.flush_before_query()?;
        let positions = columns.positions();
        let mut keys = vec![Vec::new(); M::table().primary_key.len()];
        for &entity in entities {
            let id = self.known(entity)?;
            if self.tracked.status(id) == Status::Persistent && self.lacks::<M>(id, &positions) {
                let values = &self.tracked.store(id.store).values;
                for (keys, &column) in keys.iter_mut().zip(&M::table().primary_key) {
                    keys.push(values.value(id.row, column).and_then(Value::into_owned)?);
                }
            }
        }
        if keys.iter().all(Vec::is_empty) {
            return Ok(());
        }
        rows_with::<M>(&positions, keys).all(self).map(drop)
    }

    fn lacks<M: Trackable>(&mut self, id: RowId, positions: &[usize]) -> bool {
        let Some(value) = self.tracked.rows_mut::<M>(id.store).get_mut(id.row) else {
            return false;
        };
        let mut deferred = positions
            .iter()
            .filter_map(|&position| value.deferred(position).map(|field| field.is_loaded()));
        deferred.any(|is_loaded| !is_loaded)
    }
}
