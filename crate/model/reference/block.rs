//! One encoder block.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;
use patchwork_arch::{Block, MlpArrays};

use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Dropout, Regularization, Site};
use crate::model::leaves::Cutter;
use crate::model::reference::attention::Attention;
use crate::model::reference::{linear, norm, regularized};

/// Attention and MLP, each behind a LayerNorm and added to what came in (Dosovitskiy et al. 2020,
/// equations 2 and 3).
#[derive(Module, Debug)]
pub struct ReferenceBlock {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
    #[module(skip)]
    regularization: Regularization,
}

impl ReferenceBlock {
    pub(crate) fn new(
        block: &Block,
        width: usize,
        regularization: Regularization,
        weights: &mut Cutter,
    ) -> Self {
        let arrays = block.declare(weights, width);
        let dropout = regularization.at(Site::Attention);
        Self {
            norm1: norm(arrays.norm1),
            attention: Attention::new(arrays.attention, block.attention.heads, dropout),
            norm2: norm(arrays.norm2),
            mlp: Mlp::new(arrays.mlp, regularization.at(Site::Hidden)),
            regularization,
        }
    }

    pub(crate) fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let (read, attention) = self.attention.forward(self.norm1.forward(tokens.clone()));
        let tokens = tokens + regularized(read, self.regularization, Branch::Attention);
        let update = self.mlp.forward(self.norm2.forward(tokens.clone()));
        (tokens + regularized(update, self.regularization, Branch::Mlp), trace.then_some(attention))
    }
}

/// Two linear layers with a GELU between, acting on each token alone.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Linear,
    output: Linear,
    #[module(skip)]
    dropout: Option<Dropout>,
}

impl Mlp {
    fn new(arrays: MlpArrays<Tensor<1>>, dropout: Option<Dropout>) -> Self {
        Self { hidden: linear(arrays.hidden), output: linear(arrays.output), dropout }
    }

    /// `[…, width]` to `[…, width]`.
    pub fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let hidden = apply_dropout(gelu(self.hidden.forward(tokens)), self.dropout);
        self.output.forward(hidden)
    }
}
