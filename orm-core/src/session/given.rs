//! Which columns new rows have values for: few combinations, each known by a number.

/// The combinations of columns that new rows of a model were given so far.
#[derive(Debug, Default)]
pub(super) struct Given {
    known: Vec<Box<[usize]>>,
    /// Which combination another one becomes with one more column, as far as that was asked.
    grown: Vec<(u32, usize, u32)>,
}

impl Given {
    /// Returns the columns of a combination, in the order of the table.
    pub(super) fn columns(&self, number: u32) -> &[usize] {
        &self.known[number as usize]
    }

    /// Returns the number of a combination.
    pub(super) fn number(&mut self, columns: impl Iterator<Item = usize> + Clone) -> u32 {
        let mut known = self.known.iter();
        let known = known.position(|known| known.iter().copied().eq(columns.clone()));
        let number = known.unwrap_or_else(|| {
            self.known.push(columns.collect());
            self.known.len() - 1
        });
        // There are fewer than rows.
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Returns the number of a combination with one more column.
    pub(super) fn with(&mut self, number: u32, column: usize) -> u32 {
        let mut grown = self.grown.iter();
        if let Some(&(.., known)) = grown.find(|known| (known.0, known.1) == (number, column)) {
            return known;
        }
        let mut columns = self.columns(number).to_vec();
        if let Err(place) = columns.binary_search(&column) {
            columns.insert(place, column);
        }
        let with = self.number(columns.into_iter());
        self.grown.push((number, column, with));
        with
    }
}
