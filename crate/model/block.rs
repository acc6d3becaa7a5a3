//! One encoder block.

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;

use crate::config::ModelConfig;
use crate::model::attention::Attention;
use crate::model::chance::{kept, thinned};
use crate::model::fused::{
    BlockShape, Branch, Chance, Dropout, Site, block_shape, encoder_block, explained_block,
};
use crate::model::slices::Slices;

/// One encoder block, in one of two forms that compute the same.
#[allow(clippy::large_enum_variant, reason = "a model has a handful of blocks")]
#[derive(Module, Debug)]
pub enum Block {
    /// One layer after the other.
    Layers(Layers),
    /// All in one operation.
    Fused(FusedBlock),
}

impl Block {
    /// One encoder step.
    ///
    /// # Shapes
    /// - tokens: `[batch, tokens, width]`
    /// - output: `[batch, tokens, width]`, and the attention weights
    ///   `[batch, heads, tokens, tokens]` when `trace` asks for them
    pub fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        match self {
            Self::Layers(layers) => layers.forward(tokens, trace),
            Self::Fused(block) => block.forward(tokens, trace),
        }
    }
}

/// Attention and MLP, each behind a LayerNorm and added to what came in (Dosovitskiy et al. 2020,
/// equations 2 and 3).
#[derive(Module, Debug)]
pub struct Layers {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
    #[module(skip)]
    chance: Chance,
}

impl Layers {
    pub(crate) fn new(config: &ModelConfig, chance: Chance, slices: &mut Slices) -> Self {
        Self {
            norm1: slices.norm(config.width),
            attention: Attention::new(config, chance.at(Site::Attention), slices),
            norm2: slices.norm(config.width),
            mlp: Mlp::new(config, chance.at(Site::Hidden), slices),
            chance,
        }
    }

    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let (read, attention) = self.attention.forward(self.norm1.forward(tokens.clone()));
        let tokens = tokens + thinned(read, self.chance, Branch::Attention);
        let update = self.mlp.forward(self.norm2.forward(tokens.clone()));
        (tokens + thinned(update, self.chance, Branch::Mlp), trace.then_some(attention))
    }
}

/// A block whose weights are one parameter.
#[derive(Module, Debug)]
pub struct FusedBlock {
    /// All weights, in the order of [`crate::weights::layout`].
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: BlockShape,
    #[module(skip)]
    chance: Chance,
}

impl FusedBlock {
    pub(crate) fn new(config: &ModelConfig, chance: Chance, slices: &mut Slices) -> Self {
        let shape = block_shape(config);
        Self { weights: slices.block(shape.parameters()), shape, chance }
    }

    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let weights = self.weights.val();
        if !trace {
            return (encoder_block(tokens, weights, self.chance, self.shape), None);
        }
        let (output, attention) = explained_block(tokens, weights, self.shape);
        (output, Some(attention))
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
        let hidden = kept(gelu(self.hidden.forward(tokens)), self.dropout);
        self.output.forward(hidden)
    }
}
