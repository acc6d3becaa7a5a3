//! The head: from tokens to class scores.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use patchwork_arch::{Head, Pool};

use crate::model::leaves::Cutter;
use crate::model::reference::{linear, norm};

/// The head made of Burn's layers; it reads the first token or the mean of all.
#[derive(Module, Debug)]
pub struct ReferenceHead {
    norm: LayerNorm,
    linear: Linear,
    #[module(skip)]
    pool: Pool,
}

impl ReferenceHead {
    pub(crate) fn new(head: &Head, width: usize, weights: &mut Cutter) -> Self {
        let arrays = head.declare(weights, width);
        Self { norm: norm(arrays.norm), linear: linear(arrays.classifier), pool: head.pool }
    }

    pub(crate) fn forward(&self, tokens: Tensor<3>) -> Tensor<2> {
        // The norm acts on each token alone, so the class token can be selected before it.
        match self.pool {
            Pool::First => self.linear.forward(self.norm.forward(pooled(self.pool, tokens))),
            _ => self.linear.forward(pooled(self.pool, self.norm.forward(tokens))),
        }
    }
}

/// The input of the classifier: `[batch, tokens, width]` to `[batch, width]`.
fn pooled(pool: Pool, tokens: Tensor<3>) -> Tensor<2> {
    match pool {
        Pool::First => tokens.narrow(1, 0, 1).squeeze_dim(1),
        _ => tokens.mean_dim(1).squeeze_dim(1),
    }
}
