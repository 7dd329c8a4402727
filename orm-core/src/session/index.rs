//! The rows of a model by their primary keys.

use std::collections::{BTreeMap, HashMap};

use crate::relation::{HashKeys, Key};

/// How long a run is at least that is kept as one.
const LONG: u32 = 16;

/// Where the row of each key is.
///
/// Rows are numbered as they are read and inserted, so that integers that follow each other mostly are the
/// keys of rows that follow each other. Such a run is one entry, however long it is.
#[derive(Debug, Default)]
pub(super) struct RowIndex {
    /// The run that grows. What it has holds, whatever `integers` says.
    last: Run,
    /// Those that grow no more, by their first keys. None has a key of another, or of `integers`.
    runs: BTreeMap<i64, Run>,
    integers: HashMap<i64, u32, HashKeys>,
    others: HashMap<Key, u32, HashKeys>,
}

/// Keys that follow each other, of rows that follow each other.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    key: i64,
    row: u32,
    len: u32,
}

impl Run {
    /// Returns which of its rows has this key.
    fn place(self, key: i64) -> Option<u32> {
        let place = u32::try_from(key.checked_sub(self.key)?).ok()?;
        (place < self.len).then_some(place)
    }

    /// Whether the row of this key is the one behind it.
    fn is_before(self, key: i64, row: u32) -> bool {
        self.key.checked_add(self.len.into()) == Some(key)
            && self.row.checked_add(self.len) == Some(row)
    }

    fn get(self, key: i64) -> Option<u32> {
        self.place(key).map(|place| self.row + place)
    }

    /// Returns what is before and behind one of its rows.
    fn split(self, place: u32) -> [Self; 2] {
        let rest = place + 1;
        let behind = self.key.checked_add(rest.into()).map_or(Self::default(), |key| Self {
            key,
            row: self.row + rest,
            len: self.len - rest,
        });
        [Self { len: place, ..self }, behind]
    }

    fn entries(self) -> impl Iterator<Item = (i64, u32)> {
        (0..self.len).map(move |place| (self.key + i64::from(place), self.row + place))
    }
}

impl RowIndex {
    pub(super) fn len(&self) -> usize {
        let runs = self.runs.values().map(|run| run.len as usize).sum::<usize>();
        self.last.len as usize + runs + self.integers.len() + self.others.len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<u32> {
        match key {
            Key::Integer(key) => self
                .last
                .get(*key)
                .or_else(|| self.run_of(*key)?.get(*key))
                .or_else(|| self.integers.get(key).copied()),
            Key::Parts(_) => self.others.get(key).copied(),
        }
    }

    /// Notes where the row of a key is.
    pub(super) fn insert(&mut self, key: Key, row: u32) {
        let Key::Integer(key) = key else {
            self.others.insert(key, row);
            return;
        };
        if self.last.is_before(key, row) {
            self.cut_ended(key);
            self.last.len += 1;
        } else {
            self.cut(key);
            let ended = std::mem::replace(&mut self.last, Run { key, row, len: 1 });
            self.end(ended);
        }
    }

    /// Forgets a key.
    pub(super) fn remove(&mut self, key: &Key) {
        match key {
            Key::Integer(key) => {
                self.cut(*key);
                self.integers.remove(key);
            }
            Key::Parts(_) => {
                self.others.remove(key);
            }
        }
    }

    /// Returns the run that grows no more and may have a key.
    fn run_of(&self, key: i64) -> Option<Run> {
        if self.runs.is_empty() {
            return None;
        }
        self.runs.range(..=key).next_back().map(|(_, run)| *run)
    }

    /// Takes a key out of its run, if it is of one.
    fn cut(&mut self, key: i64) {
        if let Some(place) = self.last.place(key) {
            let [before, behind] = self.last.split(place);
            self.last = behind;
            self.end(before);
        }
        self.cut_ended(key);
    }

    /// Takes a key out of its run, if it is of one that grows no more.
    fn cut_ended(&mut self, key: i64) {
        if let Some(run) = self.run_of(key)
            && let Some(place) = run.place(key)
        {
            self.runs.remove(&run.key);
            run.split(place).into_iter().for_each(|part| self.keep(part));
        }
    }

    /// Keeps the run that grew, of whose keys there may be others in `integers`.
    fn end(&mut self, run: Run) {
        if run.len >= LONG && !self.integers.is_empty() {
            for (key, _) in run.entries() {
                self.integers.remove(&key);
            }
        }
        self.keep(run);
    }

    /// Keeps a run that grows no more: one that is short by its keys.
    fn keep(&mut self, run: Run) {
        if run.len >= LONG {
            self.runs.insert(run.key, run);
        } else {
            self.integers.extend(run.entries());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, LONG, RowIndex};
    use std::collections::HashMap;

    fn get(index: &RowIndex, key: i64) -> Option<u32> {
        index.get(&Key::Integer(key))
    }

    fn insert(index: &mut RowIndex, key: i64, row: u32) {
        index.insert(Key::Integer(key), row);
    }

    #[test]
    fn rows_that_follow_each_other_are_one_entry() {
        let mut index = RowIndex::default();

        (0..1_000).for_each(|row| insert(&mut index, 7 + i64::from(row), row));

        assert_eq!(
            (get(&index, 6), get(&index, 7), get(&index, 1_006)),
            (None, Some(0), Some(999))
        );
        assert_eq!(get(&index, 1_007), None);
        assert_eq!((index.len(), index.runs.len(), index.integers.len()), (1_000, 0, 0));
    }

    #[test]
    fn keys_at_the_ends_of_what_an_integer_holds_are_found() {
        let mut index = RowIndex::default();

        insert(&mut index, i64::MIN, 0);
        insert(&mut index, i64::MAX, 1);
        insert(&mut index, i64::MIN, 2);
        index.remove(&Key::Integer(i64::MAX));

        assert_eq!((get(&index, i64::MIN), get(&index, i64::MAX)), (Some(2), None));
    }

    #[test]
    fn a_key_that_leaves_a_run_and_comes_back_has_its_new_row() {
        let mut index = RowIndex::default();
        (0..100).for_each(|row| insert(&mut index, row.into(), row));
        insert(&mut index, 1_000, 100);

        index.remove(&Key::Integer(50));
        assert_eq!((get(&index, 49), get(&index, 50), get(&index, 51)), (Some(49), None, Some(51)));
        insert(&mut index, 50, 101);
        assert_eq!(get(&index, 50), Some(101));
        assert_eq!(index.runs.len(), 2);
    }

    /// Any inserts and removals leave what a plain map has.
    #[test]
    fn it_is_a_map() {
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let (mut index, mut map) = (RowIndex::default(), HashMap::new());
            let mut row = 0;
            for _ in 0..50 {
                let first = i64::try_from(random(120)).unwrap_or(0);
                let some = i64::try_from(random(u64::from(3 * LONG))).unwrap_or(0);
                for key in first..first + some {
                    if random(8) == 0 {
                        index.remove(&Key::Integer(key));
                        map.remove(&key);
                    } else {
                        insert(&mut index, key, row);
                        map.insert(key, row);
                        row += 1;
                    }
                }
                for key in -1..200 {
                    assert_eq!(get(&index, key), map.get(&key).copied());
                }
            }
        }
    }
}
