//! What a forward pass recorded, with its geometry.

use burn::tensor::Tensor;
use patchwork_arch::Places;

use crate::model::ops::gather::TokenIndex;

/// What a forward pass recorded in each block.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The attention of each block that has attention, first to last.
    pub attention: Vec<SeenAttention>,
    /// The tokens after each block, first to last.
    pub tokens: Vec<SeenTokens>,
    /// The weight of each token in the head's pooling, `[batch, 1, 1, tokens]`, if the head weighs tokens.
    pub pooling: Option<Tensor<4>>,
}

/// The attention computed in one block.
#[derive(Debug, Clone)]
pub struct SeenAttention {
    /// The stage of the block, counting from 0.
    pub stage: usize,
    /// The block among those of all stages, counting from 0.
    pub block: usize,
    /// The positions of the query tokens.
    pub queries: Places,
    /// The positions of the keys.
    pub keys: Places,
    /// The side of the square of the stage's tokens that each key covers.
    pub stride: usize,
    /// The order of tokens in windows, if tokens attend only within their window.
    pub windows: Option<TokenIndex>,
    /// Whether the model itself never computes these weights: with linear attention they follow from features of
    /// queries and keys.
    pub implied: bool,
    /// `[batch, heads, queries, keys]`; each row sums to 1. With windows,
    /// `[batch · windows, heads, tokens of a window, tokens of a window]`.
    pub weights: Tensor<4>,
    /// How many halves of a token of the stage the first key starts before the map: keys of overlapping windows lie
    /// around every `stride`th token.
    pub halves_before: usize,
    /// The share of the attention to relative positions in each head, `[heads]`, if heads have gates.
    pub gates: Option<Tensor<1>>,
}

/// The attention of a block that does not know its stage yet.
#[derive(Debug, Clone)]
pub(crate) struct BlockTrace {
    pub keys: Places,
    pub stride: usize,
    pub windows: Option<TokenIndex>,
    pub implied: bool,
    pub weights: Tensor<4>,
    /// How many halves of a token of the stage the first key starts before the map: keys of overlapping windows lie
    /// around every `stride`th token.
    pub halves_before: usize,
    pub gates: Option<Tensor<1>>,
}

impl BlockTrace {
    /// Attention in which every token attends to all others.
    pub fn plain(places: Places, weights: Tensor<4>) -> Self {
        Self {
            keys: places,
            stride: 1,
            windows: None,
            implied: false,
            weights,
            halves_before: 0,
            gates: None,
        }
    }

    /// Adds stage and block, and the positions of the queries.
    pub fn in_stage(self, stage: usize, block: usize, queries: Places) -> SeenAttention {
        SeenAttention {
            stage,
            block,
            queries,
            keys: self.keys,
            stride: self.stride,
            windows: self.windows,
            implied: self.implied,
            weights: self.weights,
            halves_before: self.halves_before,
            gates: self.gates,
        }
    }
}

/// The tokens after a block.
#[derive(Debug, Clone)]
pub struct SeenTokens {
    /// Their positions.
    pub places: Places,
    /// `[batch, tokens, width]`.
    pub values: Tensor<3>,
}
