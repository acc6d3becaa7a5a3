//! What a forward pass saw, with its geometry.

use burn::tensor::Tensor;
use patchwork_arch::Places;

use crate::model::ops::gather::TokenIndex;

/// What a forward pass saw in each block.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The attention of each block that has one, first to last.
    pub attention: Vec<SeenAttention>,
    /// The tokens after each block, first to last.
    pub tokens: Vec<SeenTokens>,
    /// How much each token counts in what the head reads, `[batch, 1, 1, tokens]`, where the head weighs them.
    pub pooling: Option<Tensor<4>>,
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
    /// How many times larger than a token of the stage a key is, per side.
    pub stride: usize,
    /// The order in which windows have the tokens, where tokens read from those of their window alone.
    pub windows: Option<TokenIndex>,
    /// `[batch, heads, queries, keys]`; a row is what one token reads, and sums to 1. With windows
    /// `[batch · windows, heads, tokens of a window, tokens of a window]`.
    pub weights: Tensor<4>,
}

/// An attention as a block knows it.
#[derive(Debug, Clone)]
pub(crate) struct BlockTrace {
    pub keys: Places,
    pub stride: usize,
    pub windows: Option<TokenIndex>,
    pub weights: Tensor<4>,
}

impl BlockTrace {
    /// That of tokens which all read from each other.
    pub fn plain(places: Places, weights: Tensor<4>) -> Self {
        Self { keys: places, stride: 1, windows: None, weights }
    }

    /// The same with where the block is.
    pub fn in_stage(self, stage: usize, queries: Places) -> SeenAttention {
        let Self { keys, stride, windows, weights } = self;
        SeenAttention { stage, queries, keys, stride, windows, weights }
    }
}

/// The tokens that a block gave.
#[derive(Debug, Clone)]
pub struct SeenTokens {
    /// Where they lie.
    pub places: Places,
    /// `[batch, tokens, width]`.
    pub values: Tensor<3>,
}
