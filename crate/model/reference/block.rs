//! One encoder block.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;

use crate::config::ModelConfig;
use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Dropout, Regularization, Site};
use crate::model::reference::attention::Attention;
use crate::model::reference::regularized;
use crate::model::slices::Slices;

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
        config: &ModelConfig,
        regularization: Regularization,
        slices: &mut Slices,
    ) -> Self {
        Self {
            norm1: slices.norm(config.width),
            attention: Attention::new(config, regularization.at(Site::Attention), slices),
            norm2: slices.norm(config.width),
            mlp: Mlp::new(config, regularization.at(Site::Hidden), slices),
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
    fn new(config: &ModelConfig, dropout: Option<Dropout>, slices: &mut Slices) -> Self {
        Self {
            hidden: slices.linear(config.width, config.mlp),
            output: slices.linear(config.mlp, config.width),
            dropout,
        }
    }

    /// `[…, width]` to `[…, width]`.
    pub fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let hidden = apply_dropout(gelu(self.hidden.forward(tokens)), self.dropout);
        self.output.forward(hidden)
    }
}
