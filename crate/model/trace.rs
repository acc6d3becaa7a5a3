//! What a forward pass saw, with its geometry.

use burn::tensor::Tensor;
use patchwork_arch::Places;

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
    /// The stage of the block, counted from 0.
    pub stage: usize,
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
