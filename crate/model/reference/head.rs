//! The head: from tokens to class scores.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;

use crate::config::{ModelConfig, Pool};
use crate::model::head::pooled;
use crate::model::slices::Slices;

/// The head, layer by layer.
#[derive(Module, Debug)]
pub struct ReferenceHead {
    norm: LayerNorm,
    linear: Linear,
    #[module(skip)]
    pool: Pool,
}

impl ReferenceHead {
    pub(crate) fn new(config: &ModelConfig, slices: &mut Slices) -> Self {
        Self {
            norm: slices.norm(config.width),
            linear: slices.linear(config.width, config.classes),
            pool: config.pool,
        }
    }

    pub(crate) fn forward(&self, tokens: Tensor<3>) -> Tensor<2> {
        // The norm acts on each token alone, so the class token may be taken out before it.
        match self.pool {
            Pool::ClassToken => self.linear.forward(self.norm.forward(pooled(self.pool, tokens))),
            Pool::Mean => self.linear.forward(pooled(self.pool, self.norm.forward(tokens))),
        }
    }
}
