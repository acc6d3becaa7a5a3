//! One encoder block.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;
use patchwork_arch::{Block, MlpArrays};

use crate::model::chance::kept;
use crate::model::fused::{Branch, Chance, Dropout, Site};
use crate::model::layers::attention::Attention;
use crate::model::layers::{linear, norm, thinned};
use crate::model::leaves::Cutter;

/// Attention and MLP, each behind a LayerNorm and added to what came in (Dosovitskiy et al. 2020,
/// equations 2 and 3).
#[derive(Module, Debug)]
pub struct BlockLayers {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
    #[module(skip)]
    chance: Chance,
}

impl BlockLayers {
    pub(crate) fn new(block: &Block, width: usize, chance: Chance, weights: &mut Cutter) -> Self {
        let arrays = block.declare(weights, width);
        let dropout = chance.at(Site::Attention);
        Self {
            norm1: norm(arrays.norm1),
            attention: Attention::new(arrays.attention, block.attention.heads, dropout),
            norm2: norm(arrays.norm2),
            mlp: Mlp::new(arrays.mlp, chance.at(Site::Hidden)),
            chance,
        }
    }

    pub(crate) fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let (read, attention) = self.attention.forward(self.norm1.forward(tokens.clone()));
        let tokens = tokens + thinned(read, self.chance, Branch::Attention);
        let update = self.mlp.forward(self.norm2.forward(tokens.clone()));
        (tokens + thinned(update, self.chance, Branch::Mlp), trace.then_some(attention))
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
        let hidden = kept(gelu(self.hidden.forward(tokens)), self.dropout);
        self.output.forward(hidden)
    }
}
