//! The embedding of a stage, operation by operation.

use burn::module::Module;
use burn::tensor::Tensor;
use patchwork_arch::{Convolution, ConvolutionArrays, Embedding, EmbeddingArrays, Stage};
use patchwork_kernels::embedding::PAPER;

use crate::model::composed::framed;
use crate::model::direct;
use crate::model::leaves::Cutter;
use crate::model::ops::convolution::convolution;
use crate::model::ops::{self, Geometry};

/// An embedding that is computed operation by operation.
#[derive(Module, Debug)]
pub struct ComposedEmbedding {
    #[module(skip)]
    arrays: EmbeddingArrays<Tensor<1>>,
    #[module(skip)]
    embedding: Embedding,
}

impl ComposedEmbedding {
    pub(crate) fn new(stage: &Stage, weights: &mut Cutter) -> Self {
        let arrays = stage.embedding.declare(weights, stage.grid.places());
        Self { arrays, embedding: stage.embedding.clone() }
    }

    /// `[batch, channels, side, side]` to `[batch, tokens, width]`.
    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<3> {
        let map = framed(map, self.embedding.padding, PAPER); // whole patches
        let [batch, channels, side, _] = map.dims();
        let tokens = direct::swap(map.reshape([batch, channels, side * side]), 1, 2);
        let (mut tokens, mut side) = (tokens, side);
        let Embedding { stem, projection, .. } = &self.embedding;
        let (last, others) = self.arrays.convolutions.split_last().expect("a projection");
        for (layer, arrays) in stem.iter().zip(others) {
            tokens = ops::gelu(convolve(layer, arrays, tokens, side));
            side = layer.along(side);
        }
        let tokens = convolve(projection, last, tokens, side); // [batch, places, width]
        self.with_front_and_positions(tokens)
    }

    fn with_front_and_positions(&self, mut tokens: Tensor<3>) -> Tensor<3> {
        let [batch, places, width] = tokens.dims();
        let front = self.embedding.front;
        if let Some(values) = &self.arrays.front {
            let values = values.clone().reshape([1, front, width]).expand([batch, front, width]);
            tokens = direct::cat(vec![values, tokens], 1);
        }
        match &self.arrays.positions {
            Some(positions) => {
                direct::add(tokens, positions.clone().reshape([1, front + places, width]))
            }
            None => tokens,
        }
    }
}

/// A convolution of maps `[batch, side², input]`.
fn convolve(
    layer: &Convolution,
    arrays: &ConvolutionArrays<Tensor<1>>,
    maps: Tensor<3>,
    side: usize,
) -> Tensor<3> {
    let &Convolution { input, output, window, stride, margin } = layer;
    let kernel = arrays.kernel.clone().reshape([output, input, window, window]);
    let geometry = Geometry::square(side, window, stride, margin);
    convolution(maps, kernel, Some(arrays.bias.clone()), geometry)
}
