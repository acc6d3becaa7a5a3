//! The positions of tokens, and the part of the image that each covers.

use serde::{Deserialize, Serialize};

/// A grid of token positions, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Grid {
    /// The number of positions.
    pub fn places(&self) -> usize {
        self.rows * self.columns
    }
}

/// The positions of tokens: first front tokens, which have no position, then those of a grid, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Front tokens, such as the class token.
    pub front: usize,
    /// The grid of the other tokens.
    pub grid: Grid,
}

impl Places {
    /// The number of tokens.
    pub fn tokens(&self) -> usize {
        self.front + self.grid.places()
    }
}

/// The part of the image that a token covers: squares of pixels, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Pixels per side.
    pub side: usize,
    /// How many pixels before the image the first patch starts, along both axes.
    pub before: usize,
}
