//! Multi-head self-attention.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use patchwork_arch::PlainAttentionArrays;

use crate::model::dropout::apply_dropout;
use crate::model::fused::Dropout;
use crate::model::reference::{linear, norm};

/// Multi-head self-attention (Vaswani et al. 2017, section 3.2.2) with one matrix for queries, keys and values.
#[derive(Module, Debug)]
pub struct Attention {
    /// Projection to queries, keys and values of all heads, `width → 3 · width`.
    qkv: Linear,
    query_norm: Option<LayerNorm>,
    key_norm: Option<LayerNorm>,
    /// Output projection, `width → width`.
    projection: Linear,
    /// Dropout on the attention weights.
    #[module(skip)]
    dropout: Option<Dropout>,
    heads: usize,
}

impl Attention {
    pub(crate) fn new(
        arrays: PlainAttentionArrays<Tensor<1>>,
        heads: usize,
        dropout: Option<Dropout>,
    ) -> Self {
        let [query_norm, key_norm] = match arrays.qk_norms {
            Some(norms) => norms.map(|arrays| Some(norm(arrays))),
            None => [None, None],
        };
        Self {
            qkv: linear(arrays.qkv),
            query_norm,
            key_norm,
            projection: linear(arrays.projection),
            dropout,
            heads,
        }
    }

    /// Lets every token attend to all tokens.
    ///
    /// # Shapes
    /// - tokens: `[batch, tokens, width]`
    /// - output: `[batch, tokens, width]` and the attention weights
    ///   `[batch, heads, tokens, tokens]`, whose rows sum to 1
    pub fn forward(&self, tokens: Tensor<3>) -> (Tensor<3>, Tensor<4>) {
        let [batch, count, width] = tokens.dims();
        let head_width = width / self.heads;
        let qkv = self
            .qkv
            .forward(tokens)
            .reshape([batch, count, 3, self.heads, head_width])
            .permute([2, 0, 3, 1, 4]); // [3, batch, heads, tokens, head_width]
        let part = |index| qkv.clone().narrow(0, index, 1).squeeze_dim::<4>(0);
        let query = normed(&self.query_norm, part(0)).mul_scalar((head_width as f64).powf(-0.5));
        let key = normed(&self.key_norm, part(1));
        let scores = query.matmul(key.swap_dims(2, 3)); // [batch, heads, tokens, tokens]
        let attention = softmax(scores, 3);
        let read = apply_dropout(attention.clone(), self.dropout).matmul(part(2));
        let heads_joined = read.swap_dims(1, 2).reshape([batch, count, width]);
        (self.projection.forward(heads_joined), attention)
    }
}

fn normed(norm: &Option<LayerNorm>, input: Tensor<4>) -> Tensor<4> {
    match norm {
        Some(norm) => norm.forward(input),
        None => input,
    }
}
