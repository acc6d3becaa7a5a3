//! One encoder block.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;
use patchwork_arch::{Attention as Sizes, Block, MlpArrays, Places, Stage};

use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Dropout, Regularization, Site};
use crate::model::leaves::Cutter;
use crate::model::reference::attention::Attention;
use crate::model::reference::{linear, norm, regularized};
use crate::model::trace::BlockTrace;

/// Pre-norm attention and an MLP, each on a residual branch (Dosovitskiy et al. 2020, equations 2 and 3).
#[derive(Module, Debug)]
pub struct ReferenceBlock {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
    #[module(skip)]
    places: Places,
    #[module(skip)]
    regularization: Regularization,
}

impl ReferenceBlock {
    pub(crate) fn new(
        block: &Block,
        sizes: &Sizes,
        stage: &Stage,
        regularization: Regularization,
        weights: &mut Cutter,
    ) -> Self {
        let arrays = block.declare(weights, stage.width(), stage.places());
        let arrays = arrays.into_plain().expect("a plain block");
        let dropout = regularization.at(Site::Attention);
        Self {
            norm1: norm(arrays.norm1),
            attention: Attention::new(arrays.attention, sizes.heads, dropout),
            norm2: norm(arrays.norm2),
            mlp: Mlp::new(arrays.mlp, regularization.at(Site::Hidden)),
            places: stage.places(),
            regularization,
        }
    }

    pub(crate) fn forward(
        &self,
        tokens: Tensor<3>,
        trace: bool,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        let (read, attention) = self.attention.forward(self.norm1.forward(tokens.clone()));
        let tokens = tokens + regularized(read, self.regularization, Branch::Attention);
        let update = self.mlp.forward(self.norm2.forward(tokens.clone()));
        let seen = trace.then(|| BlockTrace::plain(self.places, attention));
        (tokens + regularized(update, self.regularization, Branch::Mlp), seen)
    }
}

/// Two linear layers with a GELU between them, applied to each token separately.
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
