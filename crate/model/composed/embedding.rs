//! The embedding of a stage, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{
    Beginning, Behind, Convolution, ConvolutionArrays, Embedding, EmbeddingArrays, EmbeddingNorm,
    Stage,
};
use patchwork_kernels::embedding::PAPER;

use crate::model::composed::{convolve, framed, norm, project};
use crate::model::direct;
use crate::model::leaves::Cutter;
use crate::model::ops::gather::{TokenIndex, gather};
use crate::model::ops::pooling::max_pool;
use crate::model::ops::{self, Geometry, merge_2x2};

/// An embedding, computed operation by operation.
#[derive(Module, Debug)]
pub struct ComposedEmbedding {
    #[module(skip)]
    arrays: EmbeddingArrays<Tensor<1>>,
    #[module(skip)]
    embedding: Embedding,
    /// Tokens in groups of 2×2, for patch merging.
    #[module(skip)]
    squares: Option<TokenIndex>,
}

impl ComposedEmbedding {
    pub(crate) fn new(stage: &Stage, weights: &mut Cutter) -> Self {
        let arrays = stage.embedding.declare(weights, stage.grid.places());
        let merged = stage.embedding.norm == EmbeddingNorm::Merged;
        let squares =
            merged.then(|| merge_2x2([2 * stage.grid.rows, 2 * stage.grid.columns]).into());
        Self { arrays, embedding: stage.embedding.clone(), squares }
    }

    /// `[batch, channels, side, side]` to `[batch, tokens, width]`.
    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<3> {
        let map = framed(map, self.embedding.padding, PAPER); // to whole patches
        let [batch, channels, side, _] = map.dims();
        let tokens = direct::swap(map.reshape([batch, channels, side * side]), 1, 2);
        if self.embedding.beginning != Beginning::Convolutions {
            return self.with_front_and_positions(tokens);
        }
        let (last, others) = self.arrays.convolutions.split_last().expect("a projection");
        let (mut tokens, mut side) = (tokens, side);
        for (index, (layer, arrays)) in self.embedding.stem.iter().zip(others).enumerate() {
            (tokens, side) = at(layer, arrays, tokens, side);
            if let Some(arrays) = self.arrays.stem_norms.get(index) {
                tokens = norm(arrays, tokens);
            }
            (tokens, side) = self.behind((tokens, side));
        }
        self.with_front_and_positions(self.project(last, tokens, side))
    }

    /// Turns a map `[batch, side², width]` into tokens and applies the norm.
    fn project(
        &self,
        arrays: &ConvolutionArrays<Tensor<1>>,
        tokens: Tensor<3>,
        side: usize,
    ) -> Tensor<3> {
        if let (Some(squares), Some(arrays_of_norm)) = (&self.squares, &self.arrays.norm) {
            let [batch, places, width] = tokens.dims();
            let merged = gather(tokens, squares).reshape([batch, places / 4, 4 * width]);
            let merging = patchwork_arch::Projection { matrix: arrays.kernel.clone(), bias: None };
            return project(&merging, norm(arrays_of_norm, merged));
        }
        let made = at(&self.embedding.projection, arrays, tokens, side);
        let tokens = match self.embedding.behind {
            Behind::Gelu | Behind::NormAndGelu => made.0,
            Behind::ReluAndPooling(_) => self.behind(made).0,
        };
        match &self.arrays.norm {
            Some(arrays) => norm(arrays, tokens),
            None => tokens,
        }
    }

    /// Applies what follows a convolution to a map of `side`; returns the new map and its side.
    fn behind(&self, (map, side): (Tensor<3>, usize)) -> (Tensor<3>, usize) {
        match self.embedding.behind {
            Behind::Gelu | Behind::NormAndGelu => (ops::gelu(map), side),
            Behind::ReluAndPooling(pooling) => {
                let geometry =
                    Geometry::square(side, pooling.window, pooling.stride, pooling.margin);
                // ReLU and max pooling commute; after pooling there are fewer values.
                (direct::relu(max_pool(map, geometry)), pooling.along(side))
            }
        }
    }

    fn with_front_and_positions(&self, tokens: Tensor<3>) -> Tensor<3> {
        let [batch, places, width] = tokens.dims();
        let arrays = &self.arrays;
        let front = |values: &Tensor<1>| {
            let count = values.dims()[0] / width;
            values.clone().reshape([1, count, width]).expand([batch, count, width])
        };
        let front: Vec<_> =
            [&arrays.front, &arrays.distillation].into_iter().flatten().map(front).collect();
        let tokens = match front.is_empty() {
            true => tokens,
            false => direct::cat(front.into_iter().chain([tokens]).collect(), 1),
        };
        let count = self.embedding.front + places;
        match &arrays.positions {
            Some(positions) => direct::add(tokens, positions.clone().reshape([1, count, width])),
            None => tokens,
        }
    }
}

/// A convolution of maps `[batch, side², input]`; also returns the output side.
fn at(
    layer: &Convolution,
    arrays: &ConvolutionArrays<Tensor<1>>,
    maps: Tensor<3>,
    side: usize,
) -> (Tensor<3>, usize) {
    let geometry = Geometry::square(side, layer.window, layer.stride, layer.margin);
    (convolve(arrays, maps, geometry), layer.along(side))
}
