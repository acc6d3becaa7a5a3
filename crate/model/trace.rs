//! What a forward pass saw, with its geometry.

use burn::tensor::Tensor;
use patchwork_arch::Grid;
use serde::{Deserialize, Serialize};

/// What a forward pass saw in each block.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The attention of each block that has one, first to last.
    pub attention: Vec<SeenAttention>,
    /// The tokens after each block, first to last.
    pub tokens: Vec<SeenTokens>,
}

/// An attention that was computed.
#[derive(Debug, Clone)]
pub struct SeenAttention {
    /// Where the tokens lie that read.
    pub queries: Places,
    /// Where the tokens lie that are read.
    pub keys: Places,
    /// `[batch, heads, queries, keys]`; a row is what one token reads, and sums to 1.
    pub weights: Tensor<4>,
}

/// The tokens that a block gave.
#[derive(Debug, Clone)]
pub struct SeenTokens {
    /// Where they lie.
    pub places: Places,
    /// `[batch, tokens, width]`.
    pub values: Tensor<3>,
}

/// Where tokens lie: some in front, which lie nowhere, then those of a grid, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Tokens in front, such as the class token.
    pub front: usize,
    /// The others.
    pub grid: Grid,
}
