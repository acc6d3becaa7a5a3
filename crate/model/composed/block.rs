//! An encoder block, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{Block, BlockArrays, Norm};

use crate::model::composed::{linear, norm, of_branch};
use crate::model::direct;
use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Regularization, Site};
use crate::model::leaves::Cutter;
use crate::model::ops;

/// A block that is computed operation by operation.
#[derive(Module, Debug)]
pub struct ComposedBlock {
    #[module(skip)]
    arrays: BlockArrays<Tensor<1>>,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    regularization: Regularization,
}

impl ComposedBlock {
    pub(crate) fn new(
        block: &Block,
        width: usize,
        regularization: Regularization,
        weights: &mut Cutter,
    ) -> Self {
        let arrays = block.declare(weights, width);
        Self { arrays, heads: block.attention.heads, regularization }
    }

    pub(crate) fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let BlockArrays { norm1, norm2, mlp, .. } = &self.arrays;
        let (read, attention) = self.attention(norm(norm1, tokens.clone()), trace);
        let read = of_branch(read, self.regularization, Branch::Attention);
        let tokens = direct::add(tokens, read);
        let hidden = ops::gelu(linear(&mlp.hidden, norm(norm2, tokens.clone())));
        let hidden = apply_dropout(hidden, self.regularization.at(Site::Hidden));
        let update = linear(&mlp.output, hidden);
        let update = of_branch(update, self.regularization, Branch::Mlp);
        (direct::add(tokens, update), attention)
    }

    /// Lets every token read from all tokens: `[batch, tokens, width]` to the same, with the attention weights
    /// `[batch, heads, tokens, tokens]` when `trace` asks for them.
    fn attention(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let arrays = &self.arrays.attention;
        let width = tokens.dims()[2];
        let qkv = linear(&arrays.qkv, tokens); // [batch, tokens, 3 · width]
        let [mut query, mut key, value] =
            [0, 1, 2].map(|part| direct::narrow(qkv.clone(), 2, part * width, width));
        if let Some([query_norm, key_norm]) = &arrays.qk_norms {
            (query, key) = (self.head_norm(query_norm, query), self.head_norm(key_norm, key));
        }
        let (heads, scale) = (self.heads, ((width / self.heads) as f32).sqrt().recip());
        if trace {
            let (read, weights) = ops::explained_attention(query, key, value, None, heads, scale);
            return (linear(&arrays.projection, read), Some(weights));
        }
        let dropout = self.regularization.at(Site::Attention);
        let read = ops::attention(query, key, value, None, heads, scale, dropout);
        (linear(&arrays.projection, read), None)
    }

    /// A LayerNorm of each head.
    fn head_norm(&self, arrays: &Norm<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
        let [batch, tokens, width] = rows.dims();
        let heads = rows.reshape([batch, tokens * self.heads, width / self.heads]);
        norm(arrays, heads).reshape([batch, tokens, width])
    }
}
