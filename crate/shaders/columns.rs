//! Where rows hold the heads of queries, keys or values.

/// The numbers of a token's row that are its query, key or value: of each head the same count, at equal distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Columns {
    /// Numbers of a row.
    pub row: usize,
    /// Where the first head starts.
    pub start: usize,
    /// From one head to the next.
    pub step: usize,
}

impl Columns {
    /// Heads of `width` numbers side by side, and nothing else.
    pub fn alone(heads: usize, width: usize) -> Self {
        Self { row: heads * width, start: 0, step: width }
    }

    /// The same, counted in vectors of `n` numbers.
    pub(crate) fn vectors(self, n: usize) -> Self {
        Self { row: self.row / n, start: self.start / n, step: self.step / n }
    }
}
