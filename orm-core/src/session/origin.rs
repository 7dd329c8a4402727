//! Which rows came from the same query, so that what belongs to them can be loaded for all together.

/// Of each row of a model the query that it came from, and its neighbours in what that query returned.
///
/// The rows of a query are a list whose links are kept by the rows, so that nothing is allocated for a
/// query, and a row that another query meets moves over.
#[derive(Debug, Default)]
pub(super) struct Origins {
    rows: Vec<Origin>,
    /// The last row that was met, and by which query.
    last: Option<(u32, u32)>,
}

/// Where a row came from.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// The number of the query; 0 for a row that no query has returned.
    query: u32,
    /// What the counter of queries was when the row was read or added last.
    seen: u32,
    /// The rows that the query returned before and after it.
    before: Option<Row>,
    after: Option<Row>,
}

/// The number of a row, from 1.
type Row = std::num::NonZeroU32;

impl Origin {
    const NONE: Self = Self { query: 0, seen: 0, before: None, after: None };
}

impl Origins {
    /// Notes that `query` returned a row.
    pub(super) fn meet(&mut self, row: u32, query: u32) {
        let (Some(number), origin) = (number_of(row), self.origin_mut(row)) else { return };
        let known = std::mem::replace(&mut origin.query, query);
        origin.seen = query;
        if known == query {
            return;
        }
        let (before, after) = (origin.before.take(), origin.after.take());
        if let Some(before) = before {
            self.origin_mut(row_of(before)).after = after;
        }
        if let Some(after) = after {
            self.origin_mut(row_of(after)).before = before;
        }
        if let Some((_, last)) = self.last.filter(|(of, _)| *of == query) {
            self.origin_mut(last).after = Some(number);
            self.origin_mut(row).before = number_of(last);
        }
        self.last = Some((query, row));
    }

    /// Notes when a row was added.
    pub(super) fn add(&mut self, row: u32, query: u32) {
        self.origin_mut(row).seen = query;
    }

    /// Returns the query that a row came from; `None` if it came alone, or from none.
    pub(super) fn query_of(&self, row: u32) -> Option<u32> {
        let origin = self.origin(row);
        let has_fellows = origin.before.is_some() || origin.after.is_some();
        has_fellows.then_some(origin.query)
    }

    /// Returns a row with those that came from the same query, in their order.
    pub(super) fn fellows(&self, row: u32) -> impl Iterator<Item = u32> {
        let mut first = row;
        while let Some(before) = self.origin(first).before {
            first = row_of(before);
        }
        std::iter::successors(Some(first), |&row| self.origin(row).after.map(row_of))
    }

    /// Whether a row was read or added since the counter of queries was `since`.
    pub(super) fn is_seen_since(&self, row: u32, since: u32) -> bool {
        self.origin(row).seen >= since
    }

    fn origin(&self, row: u32) -> Origin {
        self.rows.get(row as usize).copied().unwrap_or(Origin::NONE)
    }

    fn origin_mut(&mut self, row: u32) -> &mut Origin {
        let row = row as usize;
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Origin::NONE);
        }
        &mut self.rows[row]
    }
}

/// There is none for the last row that a `u32` counts, which a session does not have.
fn number_of(row: u32) -> Option<Row> {
    Row::new(row.wrapping_add(1))
}

fn row_of(number: Row) -> u32 {
    number.get() - 1
}

#[cfg(test)]
mod tests {
    use super::Origins;

    fn fellows(origins: &Origins, row: u32) -> Vec<u32> {
        origins.fellows(row).collect()
    }

    #[test]
    fn rows_of_one_query_are_fellows_in_its_order() {
        let mut origins = Origins::default();

        for row in [4, 0, 2, 0] {
            origins.meet(row, 7);
        }
        origins.meet(3, 8);

        for row in [4, 0, 2] {
            assert_eq!(fellows(&origins, row), [4, 0, 2]);
            assert_eq!(origins.query_of(row), Some(7));
        }
        assert_eq!(fellows(&origins, 3), [3]);
        assert_eq!(origins.query_of(3), None);
        assert_eq!(fellows(&origins, 9), [9]);
    }

    #[test]
    fn a_row_that_another_query_meets_moves_over() {
        let mut origins = Origins::default();

        (0..4).for_each(|row| origins.meet(row, 1));
        for row in [5, 1, 3] {
            origins.meet(row, 2);
        }

        assert_eq!(fellows(&origins, 0), [0, 2]);
        assert_eq!(fellows(&origins, 3), [5, 1, 3]);
    }

    #[test]
    fn a_row_is_known_by_when_it_was_seen_last() {
        let mut origins = Origins::default();

        origins.add(0, 3);
        origins.meet(1, 5);

        assert!(origins.is_seen_since(0, 3) && !origins.is_seen_since(0, 4));
        assert!(origins.is_seen_since(1, 5) && !origins.is_seen_since(1, 6));
    }
}
