//! Patches of entities.

use super::Session;
use super::state::without_value;
use crate::error::Result;
use crate::model::Entity;
use crate::query::Patch;
use crate::relation::Related;

impl Session {
    /// Applies a patch to an entity; the next flush writes what differs. The entity stays as it is if the
    /// patch is refused.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`](crate::error::Error::InvalidState) if the entity is not in this session any
    /// more; otherwise those of [`Patch::apply`].
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::Patch;
    ///
    /// #[derive(Model)]
    /// #[orm(patch)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     bio: Option<String>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![User].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let ann = session.add(User::builder().name("ann").bio("a bird"));
    /// session.commit()?;
    ///
    /// let body = r#"{"bio": null}"#; // of a request
    /// let patch: Patch<User> = serde_json::from_str(body).expect("a patch");
    /// session.patch(ann, patch)?;
    /// session.commit()?; // UPDATE "user" SET "bio" = NULL …
    /// assert_eq!((session[ann].name.as_str(), &session[ann].bio), ("ann", &None));
    /// # Ok(())
    /// # }
    /// ```
    pub fn patch<M: Related>(&mut self, entity: Entity<M>, patch: Patch<M>) -> Result<()> {
        self.known(entity)?;
        match self.try_get_mut(entity) {
            Some(value) => patch.apply(value),
            None => Err(without_value(M::DEF.name)),
        }
    }
}
