//! The head, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{Head, HeadArrays, Linear, Pool};

use crate::model::composed::{linear, norm};
use crate::model::direct;
use crate::model::leaves::Cutter;
use crate::model::ops;
use crate::model::ops::pooling::{mean_pool, mean_token};

/// A head, computed operation by operation.
#[derive(Module, Debug)]
pub struct ComposedHead {
    #[module(skip)]
    arrays: HeadArrays<Tensor<1>>,
    #[module(skip)]
    pool: Pool,
}

impl ComposedHead {
    pub(crate) fn new(head: &Head, width: usize, weights: &mut Cutter) -> Self {
        Self { arrays: head.declare(weights, width), pool: head.pool }
    }

    /// `[batch, tokens, width]` to `[batch, classes]`; with sequence pooling also the weight of each token,
    /// `[batch, 1, 1, tokens]`, if `trace` asks for it.
    pub(crate) fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<2>, Option<Tensor<4>>) {
        let HeadArrays { norm: arrays, classifier, .. } = &self.arrays;
        // The norm acts on each token alone, so the first token can be selected before it.
        let (read, weights) = match self.pool {
            Pool::First => (norm(arrays, direct::narrow(tokens, 1, 0, 1)), None),
            Pool::Mean => (mean_token(norm(arrays, tokens)), None),
            Pool::Sequence => self.pooled(norm(arrays, tokens), trace),
            Pool::Distilled => {
                let [one, other] = self.both(tokens);
                return (mean(one, other), None);
            }
        };
        (linear(classifier, read).squeeze_dim(1), weights)
    }

    /// The scores of the class token and of the distillation token, `[batch, classes]` each.
    ///
    /// # Panics
    /// If the head has no distillation token.
    pub(crate) fn both(&self, tokens: Tensor<3>) -> [Tensor<2>; 2] {
        let HeadArrays { norm: arrays, classifier, distillation, .. } = &self.arrays;
        let distillation = distillation.as_ref().expect("a head of a distillation token");
        let read = norm(arrays, direct::narrow(tokens, 1, 0, 2));
        let scores =
            |at, layer| linear(layer, direct::narrow(read.clone(), 1, at, 1)).squeeze_dim(1);
        [scores(0, classifier), scores(1, distillation)]
    }

    /// Sequence pooling: attention with the layer's matrix as the only query and the unprojected tokens as keys and
    /// values.
    fn pooled(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let [batch, count, width] = tokens.dims();
        let Linear { matrix, bias } = self.arrays.pooling.as_ref().expect("a layer of pooling");
        let query = matrix.clone().reshape([1, 1, width]).expand([batch, 1, width]);
        let bias = bias.clone().reshape([1, 1, 1, 1]).expand([1, 1, 1, count]);
        if trace {
            let (read, weights) =
                ops::explained_attention(query, tokens.clone(), tokens, Some(bias), 1, 1.0);
            return (read, Some(weights));
        }
        (ops::attention(query, tokens.clone(), tokens, Some(bias), 1, 1.0, None), None)
    }
}

/// The mean of two tensors of scores, `[batch, classes]`.
fn mean(one: Tensor<2>, other: Tensor<2>) -> Tensor<2> {
    let [batch, classes] = one.dims();
    let both = [one, other].map(|scores| scores.reshape([batch, 1, classes]));
    let geometry = ops::Geometry::whole([2, 1]);
    mean_pool(direct::cat(both.into(), 1), geometry).squeeze_dim(1)
}
