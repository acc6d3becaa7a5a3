//! The head, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{Head, HeadArrays, Pool};

use crate::model::composed::{linear, norm};
use crate::model::direct;
use crate::model::leaves::Cutter;
use crate::model::ops::pooling::mean_token;

/// A head that is computed operation by operation.
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

    /// `[batch, tokens, width]` to `[batch, classes]`.
    pub(crate) fn forward(&self, tokens: Tensor<3>) -> Tensor<2> {
        let HeadArrays { norm: arrays, classifier } = &self.arrays;
        // The norm acts on each token alone, so the first may be taken out before it.
        let read = match self.pool {
            Pool::First => norm(arrays, direct::narrow(tokens, 1, 0, 1)),
            Pool::Mean => mean_token(norm(arrays, tokens)),
        };
        linear(classifier, read).squeeze_dim(1)
    }
}
