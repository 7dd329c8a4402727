//! A vector that grows by pages: what it has is not moved, and no more than a page is reserved for nothing.

use std::ops::{Index, IndexMut};

/// How many elements a page has.
const PAGE: usize = 512;

/// Elements by their numbers.
#[derive(Debug)]
pub(super) struct Pages<T> {
    /// All are full but the last.
    pages: Vec<Vec<T>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Pages<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    pub(super) fn push(&mut self, element: T) {
        match self.pages.last_mut() {
            Some(last) if last.len() < PAGE => last.push(element),
            // Most programs keep a few: the first page grows with them.
            before => {
                let size = if before.is_some() { PAGE } else { 1 };
                let mut page = Vec::with_capacity(size);
                page.push(element);
                self.pages.push(page);
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.pages.get_mut(index / PAGE)?.get_mut(index % PAGE)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pages.iter_mut().flatten()
    }

    /// Returns several elements at once; `None` if two are the same, or one is not there.
    pub(super) fn get_disjoint_mut<const N: usize>(
        &mut self,
        indices: [usize; N],
    ) -> Option<[&mut T; N]> {
        let mut places: [usize; N] = std::array::from_fn(|place| place);
        places.sort_unstable_by_key(|&place| indices[place]);
        let mut found = [const { None }; N];
        let (mut rest, mut next) = (self.pages.iter_mut(), 0);
        let mut page: std::slice::IterMut<'_, T> = [].iter_mut();
        for place in places {
            let wanted = indices[place].checked_sub(next)?;
            found[place] = match page.len() {
                len if wanted < len => page.nth(wanted),
                len => {
                    page = rest.nth((wanted - len) / PAGE)?.iter_mut();
                    page.nth((wanted - len) % PAGE)
                }
            };
            next = indices[place] + 1;
        }
        found.iter().all(Option::is_some).then(|| found.map(Option::unwrap))
    }
}

impl<T> Index<usize> for Pages<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.pages[index / PAGE][index % PAGE]
    }
}

impl<T> IndexMut<usize> for Pages<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.pages[index / PAGE][index % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Pages<usize> {
        let mut pages = Pages::default();
        (0..count).for_each(|number| pages.push(number));
        pages
    }

    #[test]
    fn elements_are_where_they_were_put() {
        for count in [0, 1, PAGE, PAGE + 1, 3 * PAGE - 1, 3 * PAGE] {
            let mut pages = numbers(count);

            assert_eq!(pages.len(), count);
            assert!(pages.iter().copied().eq(0..count));
            assert_eq!(pages.get(count), None);
            assert!(pages.iter_mut().map(|number| *number).eq(0..count));
            assert!((0..count).all(|index| pages[index] == index));
        }
    }

    #[test]
    fn several_are_lent_at_once_in_any_order() {
        let mut pages = numbers(4 * PAGE);
        let all = [3 * PAGE + 7, 5, 2 * PAGE, PAGE - 1, 6, 2 * PAGE + 1];

        let lent = pages.get_disjoint_mut(all);

        assert_eq!(lent.map(|lent| lent.map(|number| *number)), Some(all));
    }

    #[test]
    fn the_same_twice_and_what_is_not_there_are_not_lent() {
        let mut pages = numbers(2 * PAGE);

        assert_eq!(pages.get_disjoint_mut([7, PAGE, 7]), None);
        assert_eq!(pages.get_disjoint_mut([0, 2 * PAGE]), None);
        assert_eq!(pages.get_disjoint_mut([]), Some([]));
    }
}
