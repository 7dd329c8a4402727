//! Fields whose relation leads to any number of rows.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::RelationDef;
use super::field::{Children, Held, RelationField, State, ToMany};
use crate::error::Result;
use crate::model::{Entity, Model};

macro_rules! to_many {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name<C> {
            state: State<Vec<C>, Vec<Entity<C>>>,
        }

        impl<C> $name<C> {
            /// Returns the field with these rows, as if they had been loaded.
            pub fn loaded(rows: Vec<C>) -> Self {
                Self { state: State::Loaded(rows) }
            }

            /// Returns the rows, if they are loaded.
            pub fn get(&self) -> Option<&[C]> {
                self.state.get().map(Vec::as_slice)
            }

            /// Returns the rows to change them, if they are loaded; this writes nothing to the database.
            pub fn get_mut(&mut self) -> Option<&mut Vec<C>> {
                self.state.get_mut()
            }

            /// Returns whether the rows are loaded.
            pub fn is_loaded(&self) -> bool {
                self.get().is_some()
            }

            /// Returns whether the rows are not loaded, for `#[serde(skip_serializing_if = "…")]`.
            pub fn is_unloaded(&self) -> bool {
                self.get().is_none()
            }

            /// Returns the rows themselves, if they are loaded.
            pub fn into_inner(self) -> Option<Vec<C>> {
                match self.state {
                    State::Loaded(rows) => Some(rows),
                    State::Unloaded(_) | State::Tracked(_) => None,
                }
            }

            /// Returns the entities that it holds in a session, if the relation is loaded there.
            pub fn entities(&self) -> Option<&[Entity<C>]> {
                self.state.tracked().map(Vec::as_slice)
            }
        }

        impl<C: Model> RelationField for $name<C> {
            type Target = C;
            type Entities = Vec<Entity<C>>;

            const MANY: bool = true;
            const NONE: bool = true;

            fn unloaded(def: &'static RelationDef) -> Self {
                Self { state: State::Unloaded(Some(def)) }
            }

            fn is_loaded(&self) -> bool {
                self.get().is_some()
            }

            fn gather(_: &'static RelationDef, children: Children<C>) -> Result<Vec<Self>> {
                Ok(children.into_groups().into_iter().map(Self::loaded).collect())
            }

            fn tracked(&self) -> Option<&[Entity<C>]> {
                self.entities()
            }

            fn entities_from(entities: &[Entity<C>]) -> Option<Vec<Entity<C>>> {
                Some(entities.to_vec())
            }

            fn track(&mut self, entities: impl IntoIterator<Item = Entity<C>>) {
                self.state = State::Tracked(entities.into_iter().collect());
            }

            fn add_tracked(&mut self, entity: Entity<C>) {
                if let Some(entities) = self.state.tracked_mut() {
                    entities.push(entity);
                }
            }

            fn remove_tracked(&mut self, entity: Entity<C>) {
                let Some(entities) = self.state.tracked_mut() else { return };
                if entities.last() == Some(&entity) {
                    entities.pop();
                } else if let Some(place) = entities.iter().position(|held| *held == entity) {
                    entities.remove(place);
                }
            }

            fn rows(&self) -> Option<Vec<&C>> {
                Some(self.get()?.iter().collect())
            }

            fn holding(rows: Vec<Held<C>>) -> Option<Self> {
                let rows = rows.into_iter().map(Held::into_owned).collect::<Option<Vec<C>>>();
                rows.map(Self::loaded)
            }

            fn take(&mut self, def: &'static RelationDef) -> Option<Vec<Held<C>>> {
                let rows = self.state.take(def)?;
                Some(rows.into_iter().map(Held::Owned).collect())
            }
        }

        impl<C: Model> ToMany for $name<C> {}

        impl<C> Deref for $name<C> {
            type Target = [C];

            /// Returns the rows.
            ///
            /// # Panics
            ///
            /// If they are not loaded; the message says how to load them.
            #[track_caller]
            fn deref(&self) -> &[C] {
                self.state.expect_loaded()
            }
        }

        impl<C> DerefMut for $name<C> {
            /// Returns the rows to change them; the database does not see it.
            ///
            /// # Panics
            ///
            /// If they are not loaded; the message says how to load them.
            #[track_caller]
            fn deref_mut(&mut self) -> &mut [C] {
                self.state.expect_loaded_mut()
            }
        }

        impl<'r, C> IntoIterator for &'r $name<C> {
            type Item = &'r C;
            type IntoIter = std::slice::Iter<'r, C>;

            #[track_caller]
            fn into_iter(self) -> Self::IntoIter {
                self.state.expect_loaded().iter()
            }
        }

        impl<'r, C> IntoIterator for &'r mut $name<C> {
            type Item = &'r mut C;
            type IntoIter = std::slice::IterMut<'r, C>;

            #[track_caller]
            fn into_iter(self) -> Self::IntoIter {
                self.state.expect_loaded_mut().iter_mut()
            }
        }

        impl<C> Default for $name<C> {
            fn default() -> Self {
                Self { state: State::Unloaded(None) }
            }
        }

        impl<C: PartialEq> PartialEq for $name<C> {
            fn eq(&self, other: &Self) -> bool {
                self.get() == other.get()
            }
        }

        impl<C: Eq> Eq for $name<C> {}

        impl<C: fmt::Debug> fmt::Debug for $name<C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match (self.get(), self.entities()) {
                    (Some(rows), _) => rows.fmt(f),
                    (None, Some(entities)) => entities.fmt(f),
                    (None, None) => f.write_str("unloaded"),
                }
            }
        }
    };
}

to_many! {
    /// The rows of `C` that refer to this one.
    ///
    /// It dereferences to a slice once it is loaded; before that, [`get`](Self::get) returns `None`, and
    /// reading it as a slice panics. In a session, it holds entities instead of rows, which
    /// [`Session::load`](crate::session::Session::load) returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::HasMany;
    ///
    /// let posts: HasMany<&str> = HasMany::loaded(vec!["one", "two"]);
    /// assert_eq!(posts.len(), 2);
    /// assert_eq!(HasMany::<&str>::default().get(), None);
    /// ```
    HasMany
}

to_many! {
    /// The rows of `C` that a table of pairs connects with this one.
    ///
    /// It dereferences to a slice once it is loaded; before that, [`get`](Self::get) returns `None`, and
    /// reading it as a slice panics. In a session, it holds entities instead of rows, which
    /// [`Session::load`](crate::session::Session::load) returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::ManyToMany;
    ///
    /// let tags: ManyToMany<&str> = ManyToMany::loaded(vec!["rust"]);
    /// assert_eq!(tags.first(), Some(&"rust"));
    /// ```
    ManyToMany
}
