//! The foreign keys that take their values from other rows.
//!
//! Nearly every new row has one, so they are all in one vector, and those of a row are chained through it:
//! none is allocated by itself, and none is searched.

use std::num::NonZeroU32;

use super::KeyLink;
use crate::session::pages::Pages;
use crate::session::undo::RowId;

/// What is linked, found by either of its rows.
#[derive(Debug, Default)]
pub(in crate::session) struct KeyLinks {
    noted: Pages<Noted>,
    /// How many of them hold.
    count: usize,
    children: Latest,
    parents: Latest,
}

/// A link, and where the one before it is noted that has the same row.
#[derive(Debug)]
struct Noted {
    child: RowId,
    /// `None` once it does not hold any more.
    link: Option<KeyLink>,
    before_of_child: Option<Place>,
    before_of_parent: Option<Place>,
}

/// Where a link is noted, counted from 1.
#[derive(Debug, Clone, Copy)]
struct Place(NonZeroU32);

/// Where the latest link of each row is noted, by the row's store and its number there.
#[derive(Debug, Default)]
struct Latest(Vec<Vec<Option<Place>>>);

impl KeyLinks {
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(in crate::session) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether keys of `child` were to be set since the last flush.
    pub(in crate::session) fn has_some(&self, child: RowId) -> bool {
        self.children.of(child).is_some()
    }

    /// Makes the columns of `child` refer to another row, instead of what was said before.
    pub(in crate::session) fn set(&mut self, child: RowId, link: KeyLink) {
        if self.has_some(child) {
            self.take_of(child, link.columns());
        }
        let place = Place::after(self.noted.len());
        self.noted.push(Noted {
            child,
            link: Some(link),
            before_of_child: self.children.replace(child, place),
            before_of_parent: link.parent.and_then(|parent| self.parents.replace(parent, place)),
        });
        self.count += 1;
    }

    /// Returns what the keys of `child` are to refer to, the latest first.
    pub(in crate::session) fn of(&self, child: RowId) -> impl Iterator<Item = &KeyLink> {
        let noted = |place: Place| &self.noted[place.index()];
        let latest = self.children.of(child).map(noted);
        let all = std::iter::successors(latest, move |known| known.before_of_child.map(noted));
        all.filter_map(|noted| noted.link.as_ref())
    }

    /// Takes out what the keys of `child` are to refer to, the first that was said first.
    pub(in crate::session) fn take(
        &mut self,
        child: RowId,
    ) -> impl Iterator<Item = KeyLink> + use<> {
        // Most rows have one, for which nothing is allocated.
        let (mut latest, mut others) = (None, Vec::new());
        let mut next = self.children.of(child);
        while let Some(place) = next {
            let noted = &mut self.noted[place.index()];
            if let Some(link) = noted.link.take() {
                self.count -= 1;
                match latest {
                    None => latest = Some(link),
                    Some(_) => others.push(link),
                }
            }
            next = noted.before_of_child;
        }
        others.into_iter().rev().chain(latest)
    }

    /// Takes out what these columns of `child` are to refer to.
    pub(in crate::session) fn take_of(
        &mut self,
        child: RowId,
        columns: &[usize],
    ) -> Option<KeyLink> {
        let mut next = self.children.of(child);
        while let Some(place) = next {
            let noted = &mut self.noted[place.index()];
            if let Some(link) = noted.link.take_if(|link| link.columns() == columns) {
                self.count -= 1;
                return Some(link);
            }
            next = noted.before_of_child;
        }
        None
    }

    /// Returns the rows that have keys to set of which `which` says so, each once.
    pub(in crate::session) fn children(&self, which: impl Fn(&KeyLink) -> bool) -> Vec<RowId> {
        if self.is_empty() {
            return Vec::new();
        }
        let held = self.noted.iter().filter(|noted| noted.link.as_ref().is_some_and(&which));
        let mut children: Vec<RowId> = held.map(|noted| noted.child).collect();
        children.sort_unstable();
        children.dedup();
        children
    }

    /// Forgets what is linked to a row that goes.
    pub(super) fn forget(&mut self, row: RowId) {
        self.take(row).for_each(drop);
        let mut next = self.parents.of(row);
        while let Some(place) = next {
            let noted = &mut self.noted[place.index()];
            self.count -= usize::from(noted.link.take().is_some());
            next = noted.before_of_parent;
        }
    }
}

impl Place {
    /// Returns the place behind so many others.
    fn after(others: usize) -> Self {
        let place = u32::try_from(others + 1).unwrap_or(u32::MAX);
        Self(NonZeroU32::new(place).unwrap_or(NonZeroU32::MAX))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl Latest {
    fn of(&self, row: RowId) -> Option<Place> {
        *self.0.get(row.store as usize)?.get(row.row as usize)?
    }

    /// Notes the latest link of a row, and returns the one before it.
    fn replace(&mut self, row: RowId, place: Place) -> Option<Place> {
        let (store, row) = (row.store as usize, row.row as usize);
        if self.0.len() <= store {
            self.0.resize_with(store + 1, Vec::new);
        }
        let rows = &mut self.0[store];
        if let Some(latest) = rows.get_mut(row) {
            return latest.replace(place);
        }
        rows.resize(row, None);
        rows.push(Some(place));
        None
    }
}
