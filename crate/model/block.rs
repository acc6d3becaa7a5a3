//! One encoder block.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::{DType, Device, Distribution, Tensor};

use crate::config::ModelConfig;
use crate::model::attention::Attention;
use crate::model::fused::{BlockShape, block_shape, encoder_block, explained_block};
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
    skip_probability: f64,
}

impl Layers {
    pub(crate) fn new(config: &ModelConfig, index: usize, slices: &mut Slices) -> Self {
        Self {
            norm1: slices.norm(config.width),
            attention: Attention::new(config, slices),
            norm2: slices.norm(config.width),
            mlp: Mlp::new(config, slices),
            skip_probability: config.skip_probability(index),
        }
    }

    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let (read, attention) = self.attention.forward(self.norm1.forward(tokens.clone()));
        let tokens = tokens + self.skip_some(read);
        let update = self.mlp.forward(self.norm2.forward(tokens.clone()));
        (tokens + self.skip_some(update), trace.then_some(attention))
    }

    /// Stochastic depth (Huang et al. 2016): in training, drops the whole branch for some images and
    /// scales it up for the others, so that its mean stays.
    fn skip_some(&self, branch: Tensor<3>) -> Tensor<3> {
        if self.skip_probability == 0.0 || !branch.is_autodiff() {
            return branch;
        }
        let shape = [branch.dims()[0], 1, 1];
        let shares = shares(shape, self.skip_probability, &branch.device(), branch.dtype());
        branch * shares
    }
}

/// 0 with the probability that a branch is skipped, else what keeps its mean.
fn shares<const D: usize>(
    shape: [usize; D],
    skip_probability: f64,
    device: &Device,
    dtype: DType,
) -> Tensor<D> {
    let keep = 1.0 - skip_probability;
    Tensor::random(shape, Distribution::Bernoulli(keep), (device, dtype)).div_scalar(keep)
}

/// A block whose weights are one parameter.
#[derive(Module, Debug)]
pub struct FusedBlock {
    /// All weights, in the order of [`crate::weights::layout`].
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: BlockShape,
    skip_probability: f64,
}

impl FusedBlock {
    pub(crate) fn new(config: &ModelConfig, index: usize, slices: &mut Slices) -> Self {
        let shape = block_shape(config);
        let skip_probability = config.skip_probability(index);
        Self { weights: slices.block(shape.parameters()), shape, skip_probability }
    }

    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let weights = self.weights.val();
        if !trace {
            let shares = self.shares(&tokens);
            return (encoder_block(tokens, weights, shares, self.shape), None);
        }
        let (output, attention) = explained_block(tokens, weights, self.shape);
        (output, Some(attention))
    }

    /// Stochastic depth, as [`Layers::skip_some`]: the same numbers on a device that draws one after the other.
    fn shares(&self, tokens: &Tensor<3>) -> Option<Tensor<2>> {
        (self.skip_probability > 0.0 && tokens.is_autodiff()).then(|| {
            let shape = [2, tokens.dims()[0]];
            shares(shape, self.skip_probability, &tokens.device(), DType::F32).swap_dims(0, 1)
        })
    }
}

/// Two linear layers with a GELU between, acting on each token alone.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Linear,
    output: Linear,
    dropout: Dropout,
}

impl Mlp {
    fn new(config: &ModelConfig, slices: &mut Slices) -> Self {
        Self {
            hidden: slices.linear(config.width, config.mlp),
            output: slices.linear(config.mlp, config.width),
            dropout: DropoutConfig::new(config.dropout).init(),
        }
    }

    /// `[…, width]` to `[…, width]`.
    pub fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let hidden = self.dropout.forward(gelu(self.hidden.forward(tokens)));
        self.dropout.forward(self.output.forward(hidden))
    }
}
