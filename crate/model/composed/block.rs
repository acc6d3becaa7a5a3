//! A block, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{
    Block, BottleneckArrays, Convolutions, ConvolutionsArrays, Linear, Mixer, MixerArrays,
    MlpArrays, Norm, Norms, Stage,
};

use crate::model::composed::attention::ComposedAttention;
use crate::model::composed::bottleneck::bottleneck;
use crate::model::composed::convolutions::convolutions;
use crate::model::composed::half::Half;
use crate::model::composed::{linear, norm, of_branch};
use crate::model::direct;
use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Regularization, Site};
use crate::model::leaves::Cutter;
use crate::model::ops::pooling::mean_pool;
use crate::model::ops::{self, Geometry};
use crate::model::plan::Plan;
use crate::model::trace::BlockTrace;

/// A block, computed operation by operation.
#[derive(Module, Debug)]
pub struct ComposedBlock {
    /// On the residual connection, if the block halves the map.
    #[module(skip)]
    shortcut: Option<Linear<Tensor<1>>>,
    #[module(skip)]
    norm1: Norm<Tensor<1>>,
    #[module(skip)]
    mixer: ComposedMixer,
    #[module(skip)]
    mlp: Option<(Norm<Tensor<1>>, MlpArrays<Tensor<1>>)>,
    /// The halves that the device computes as one operation each.
    #[module(skip)]
    halves: [Option<Half>; 2],
    #[module(skip)]
    norms: Norms,
    /// The stage without its blocks: it has the positions of the tokens.
    #[module(skip)]
    stage: Stage,
    #[module(skip)]
    regularization: Regularization,
}

/// The mixer of a block.
#[derive(Debug, Clone)]
enum ComposedMixer {
    Attention(Box<ComposedAttention>),
    Convolutions(Box<ConvolutionsArrays<Tensor<1>>>, Convolutions),
    Bottleneck(Box<BottleneckArrays<Tensor<1>>>),
}

impl ComposedBlock {
    pub(crate) fn new(
        plan: &Plan,
        block: &Block,
        stage: &Stage,
        regularization: Regularization,
        weights: &mut Cutter,
    ) -> Self {
        let (width, places) = (stage.width(), stage.places());
        let without_mlp = Block { mlp: 0, ..*block };
        let (first, arrays) = match Half::first(plan, block, stage, weights) {
            Some((half, mut parts)) => (Some(half), without_mlp.declare(&mut parts, width, places)),
            None => (None, without_mlp.declare(weights, width, places)),
        };
        let second = Half::second(plan, block, stage, weights);
        let mlp = match second {
            Some(_) => None,
            None => block.declare_mlp(weights, width),
        };
        let dropout = regularization.at(Site::Attention);
        let mixer = match (arrays.mixer, block.mixer) {
            (MixerArrays::Attention(arrays), Mixer::Attention(attention)) => {
                let attention = ComposedAttention::new(arrays, attention, stage, dropout);
                ComposedMixer::Attention(Box::new(attention))
            }
            (MixerArrays::Convolutions(arrays), Mixer::Convolutions(convolutions)) => {
                ComposedMixer::Convolutions(Box::new(arrays), convolutions)
            }
            (MixerArrays::Bottleneck(arrays), _) => ComposedMixer::Bottleneck(Box::new(arrays)),
            _ => unreachable!("a mixer declares its own arrays"),
        };
        Self {
            shortcut: arrays.shortcut,
            norm1: arrays.norm1,
            mixer,
            mlp,
            halves: [first, second],
            norms: block.norms,
            stage: Stage { blocks: Vec::new(), ..stage.clone() },
            regularization,
        }
    }

    pub(crate) fn forward(
        &self,
        tokens: Tensor<3>,
        trace: bool,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        let [first, second] = &self.halves;
        // What attention saw only the smaller operations say.
        let (tokens, seen) = match first {
            Some(first) if !trace => (first.forward(tokens, self.regularization), None),
            _ => self.first_half(tokens, trace),
        };
        let tokens = match second {
            Some(second) => second.forward(tokens, self.regularization),
            None => self.second_half(tokens),
        };
        (tokens, seen)
    }

    /// Norm and mixer on their residual connection, operation by operation.
    fn first_half(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<BlockTrace>) {
        let (mixed, seen) = self.mix(norm(&self.norm1, tokens.clone()), trace);
        let mixed = of_branch(mixed, self.regularization, Branch::Attention);
        let passed = match &self.shortcut {
            Some(shortcut) => linear(shortcut, self.halved(tokens)),
            None => tokens,
        };
        (direct::add(passed, mixed), seen)
    }

    /// Norm and MLP on their residual connection, if there are any, operation by operation.
    fn second_half(&self, tokens: Tensor<3>) -> Tensor<3> {
        let Some((norm2, mlp)) = &self.mlp else { return tokens };
        let normal = norm(norm2, tokens.clone());
        let tokens = match self.norms {
            Norms::Pre => tokens,
            Norms::PreAndBetween => normal.clone(),
        };
        let hidden = ops::gelu(linear(&mlp.hidden, normal));
        let hidden = apply_dropout(hidden, self.regularization.at(Site::Hidden));
        let update = linear(&mlp.output, hidden);
        direct::add(tokens, of_branch(update, self.regularization, Branch::Mlp))
    }

    /// The means of 2×2 tokens: from those before a block that halves the map to as many as behind it.
    fn halved(&self, tokens: Tensor<3>) -> Tensor<3> {
        mean_pool(tokens, Geometry::square(2 * self.stage.grid.rows, 2, 2, 0))
    }

    /// Normalised tokens to `[batch, tokens, width]` behind the mixer, with the attention if `trace` asks for it.
    fn mix(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<BlockTrace>) {
        match &self.mixer {
            ComposedMixer::Attention(attention) => {
                let tokens = if self.shortcut.is_some() { self.halved(tokens) } else { tokens };
                attention.forward(tokens, &self.stage, trace)
            }
            ComposedMixer::Bottleneck(arrays) => {
                let stride = if self.shortcut.is_some() { 2 } else { 1 };
                (bottleneck(arrays, self.stage.grid, stride, tokens), None)
            }
            ComposedMixer::Convolutions(arrays, sizes) => {
                (convolutions(arrays, *sizes, self.stage.grid, tokens), None)
            }
        }
    }
}
