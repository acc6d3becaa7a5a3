//! Runs an [`Architecture`] on Burn's tensors.
//!
//! A [`Network`] runs its parts in order: for each stage the [`embedding`] and the blocks ([`block`]), then the
//! [`head`]. `plan` decides how a device computes each part: as one fused operation ([`fused`]), operation by operation
//! (`composed`), or with Burn's layers (`reference`). Intermediate results are returned as data ([`trace`]), never
//! through hooks.

pub mod block;
#[cfg(feature = "cube")]
mod card;
#[cfg(feature = "operations")]
pub mod composed;
#[cfg(any(feature = "engine", feature = "operations"))]
pub(crate) mod direct;
mod dropout;
pub mod embedding;
pub mod fused;
#[cfg(feature = "engine")]
mod graph;
pub mod head;
mod leaves;
pub mod ops;
pub(crate) mod plan;
pub(crate) mod read;
#[cfg(feature = "reference")]
pub mod reference;
pub mod trace;

use burn::module::Module;
#[cfg(feature = "engine")]
use burn::tensor::Gradients;
use burn::tensor::{FloatDType, Tensor};
use patchwork_arch::{Architecture, Beginning, Places};

#[cfg(feature = "engine")]
use crate::error::Result;
use crate::model::block::Block;
use crate::model::dropout::{ModelRegularization, apply_dropout};
use crate::model::embedding::StageEmbedding;
use crate::model::fused::{Dropout, Kernels};
use crate::model::head::Head;
use crate::model::leaves::{Cutter, Leaves};
use crate::model::plan::Plan;
use crate::model::trace::{BlockTrace, SeenTokens, Trace};

/// A vision transformer on a device.
#[derive(Module, Debug)]
pub struct Network {
    stages: Vec<Stage>,
    head: Head,
    #[module(skip)]
    leaves: Leaves,
}

/// A run of blocks with the same number and width of tokens.
#[derive(Module, Debug)]
pub struct Stage {
    embedding: StageEmbedding,
    blocks: Vec<Block>,
    /// On the tokens before the first block.
    #[module(skip)]
    dropout: Option<Dropout>,
    #[module(skip)]
    places: Places,
    #[module(skip)]
    index: usize,
}

/// The result of a forward pass.
#[derive(Debug, Clone)]
pub struct Output {
    /// Logits, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// What the forward pass recorded.
    pub trace: Trace,
}

impl Network {
    /// A model with the weights `flat`, in the order in which `architecture` declares them.
    ///
    /// `dtype` is the number format of the computation; `flat` is cast to it. With the `seed` of a training step, the
    /// weights are leaves that receive gradients, and dropout and stochastic depth are active.
    ///
    /// # Panics
    /// If `flat` does not have as many values as the architecture has parameters, or, without the feature `operations`,
    /// if the fused operations do not support a part.
    pub fn new(
        kernels: Kernels,
        architecture: &Architecture,
        flat: Tensor<1>,
        dtype: FloatDType,
        seed: Option<u64>,
    ) -> Self {
        let plan = Plan::new(kernels, dtype, &flat.device());
        let mut weights = Cutter::new(&plan, architecture, flat.cast(dtype), seed.is_some());
        let regularization = ModelRegularization::new(architecture.regularization, seed);
        let mut side = architecture.input.side;
        let mut first = 0;
        let mut stages = Vec::new();
        for stage in &architecture.stages {
            let embedding = StageEmbedding::new(&plan, stage, side, &mut weights);
            let block = |(index, block)| {
                let regularization = regularization.block(index, block);
                Block::new(&plan, block, stage, regularization, &mut weights)
            };
            stages.push(Stage {
                embedding,
                blocks: (first..).zip(&stage.blocks).map(block).collect(),
                dropout: regularization.tokens(stages.len()).filter(|_| dropped_at(stage)),
                places: stage.places(),
                index: stages.len(),
            });
            first += stage.blocks.len();
            side = stage.grid.rows;
        }
        let head = Head::new(&plan, architecture, &mut weights);
        Self { stages, head, leaves: weights.finish() }
    }

    /// Computes the class scores of images.
    ///
    /// # Shapes
    /// - images: `[batch, channels, side, side]`, values in [-1, 1]
    /// - logits: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.run(images, &mut None)
    }

    /// Computes the class scores of images and records what each block did.
    ///
    /// Call it on a model built without a seed, so that nothing is dropped.
    pub fn explain(&self, images: Tensor<4>) -> Output {
        let mut trace = Trace::default();
        let logits = self.run(images, &mut Some(&mut trace));
        Output { logits, trace }
    }

    /// The separate scores of the class token and the distillation token, `[batch, classes]` each.
    ///
    /// # Panics
    /// If the model has no distillation token.
    #[cfg(all(feature = "engine", feature = "operations"))]
    pub(crate) fn forward_both(&self, images: Tensor<4>) -> [Tensor<2>; 2] {
        self.head.both(self.tokens(images, &mut None))
    }

    fn run(&self, images: Tensor<4>, trace: &mut Option<&mut Trace>) -> Tensor<2> {
        let tokens = self.tokens(images, trace);
        let (logits, pooling) = self.head.forward(tokens, trace.is_some());
        if let Some(trace) = trace {
            trace.pooling = pooling;
        }
        logits
    }

    /// The tokens that the head reads, `[batch, tokens, width]`.
    fn tokens(&self, images: Tensor<4>, trace: &mut Option<&mut Trace>) -> Tensor<3> {
        let [first, others @ ..] = &self.stages[..] else {
            unreachable!("an architecture has a stage");
        };
        let tokens = first.run(images, trace);
        #[cfg(feature = "operations")]
        let tokens = others
            .iter()
            .zip(&self.stages)
            .fold(tokens, |tokens, (stage, before)| stage.run(before.map(tokens), trace));
        #[cfg(not(feature = "operations"))]
        assert!(others.is_empty(), "{}", plan::NOT_FUSED);
        tokens
    }

    /// The gradients of all weights as one `f32` array, `[parameters]`.
    ///
    /// # Errors
    /// If some weights have none.
    #[cfg(feature = "engine")]
    pub(crate) fn gradient(&self, gradients: &mut Gradients) -> Result<Tensor<1>> {
        self.leaves.gradient(gradients)
    }
}

/// Whether dropout applies to the tokens that a stage begins with: not to those that were a stage's before.
fn dropped_at(stage: &patchwork_arch::Stage) -> bool {
    stage.embedding.beginning == Beginning::Convolutions
}

impl Stage {
    /// Turns the grid's tokens into a map for the next stage: `[batch, tokens, width]` to
    /// `[batch, width, rows, columns]`.
    #[cfg(feature = "operations")]
    fn map(&self, tokens: Tensor<3>) -> Tensor<4> {
        let [batch, _, width] = tokens.dims();
        let Places { front, grid } = self.places;
        let tokens = direct::narrow(tokens, 1, front, grid.places());
        direct::swap(tokens, 1, 2).reshape([batch, width, grid.rows, grid.columns])
    }

    /// `[batch, channels, side, side]` to `[batch, tokens, width]`.
    fn run(&self, map: Tensor<4>, trace: &mut Option<&mut Trace>) -> Tensor<3> {
        let mut tokens = apply_dropout(self.embedding.forward(map), self.dropout);
        for block in &self.blocks {
            let (next, attention) = block.forward(tokens, trace.is_some());
            tokens = next;
            if let Some(trace) = trace {
                // Each block before this one has left its tokens.
                let block = trace.tokens.len();
                let seen = |seen: BlockTrace| seen.in_stage(self.index, block, self.places);
                trace.attention.extend(attention.map(seen));
                trace.tokens.push(SeenTokens { places: self.places, values: tokens.clone() });
            }
        }
        tokens
    }
}
