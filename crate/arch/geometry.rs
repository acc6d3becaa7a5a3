//! Where tokens lie, and what they stand for in the image.

use serde::{Deserialize, Serialize};

/// Places of tokens, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Grid {
    /// The number of places.
    pub fn places(&self) -> usize {
        self.rows * self.columns
    }
}

/// Where tokens lie: some in front, which lie nowhere, then those of a grid, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Tokens in front, such as the class token.
    pub front: usize,
    /// The others.
    pub grid: Grid,
}

impl Places {
    /// The number of tokens.
    pub fn tokens(&self) -> usize {
        self.front + self.grid.places()
    }
}

/// What a token of a grid stands for in the image: a square of pixels, one beside the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Pixels per side.
    pub side: usize,
    /// Pixels that the first patch begins before the image, along both sides.
    pub before: usize,
}
