//! The embedding of a stage: it turns a map into tokens.

use burn::module::{Module, Param};
use burn::tensor::activation::gelu;
use burn::tensor::module::linear;
use burn::tensor::{Slice, Tensor, s};
use patchwork_arch::{self as arch, ConvolutionArrays, Stage};
use patchwork_kernels::embedding::PAPER;

use crate::model::composed::framed;
use crate::model::leaves::{Cutter, parameter};

/// An embedding made of Burn's layers.
#[derive(Module, Debug)]
pub struct ReferenceEmbedding {
    /// The stem's convolutions, each followed by a GELU.
    stem: Vec<Convolution>,
    /// The convolution that produces the tokens.
    projection: Convolution,
    /// Front tokens, `[1, front, width]`.
    front: Option<Param<Tensor<3>>>,
    /// Learned positions, `[1, tokens, width]`.
    positions: Option<Param<Tensor<3>>>,
    /// Background pixels added before and after the image.
    padding: [usize; 2],
}

impl ReferenceEmbedding {
    pub(crate) fn new(stage: &Stage, weights: &mut Cutter) -> Self {
        let embedding = &stage.embedding;
        let arrays = embedding.declare(weights, stage.grid.places());
        let reference = embedding.convolutions();
        let mut convolutions: Vec<_> = reference
            .zip(arrays.convolutions)
            .map(|(&layer, arrays)| Convolution::new(layer, arrays))
            .collect();
        let projection = convolutions.pop().expect("an embedding has a projection");
        let tokens = |values, count| parameter(values, [1, count, stage.width()]);
        Self {
            stem: convolutions,
            projection,
            front: arrays.front.map(|values| tokens(values, embedding.front)),
            positions: arrays.positions.map(|values| tokens(values, stage.tokens())),
            padding: embedding.padding,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<3> {
        let map = framed(map, self.padding, PAPER); // to whole patches
        let through = |map, convolution: &Convolution| gelu(convolution.forward(map));
        let map = self.stem.iter().fold(map, through); // [batch, channels, side, side]
        let map = self.projection.forward(map); // [batch, width, rows, columns]
        let [batch, width, rows, columns] = map.dims();
        let mut tokens = map.reshape([batch, width, rows * columns]).swap_dims(1, 2);
        if let Some(front) = &self.front {
            let front = front.val();
            let count = front.dims()[1];
            tokens = Tensor::cat(vec![front.expand([batch, count, width]), tokens], 1);
        }
        match &self.positions {
            Some(positions) => tokens + positions.val(),
            None => tokens,
        }
    }
}

/// A convolution with zero padding.
///
/// Computed as a matrix product of the kernel with one shifted copy of the map per window position, so that the device
/// needs only one kind of matrix product.
#[derive(Module, Debug)]
pub struct Convolution {
    /// Kernel, `[output, input, window, window]`.
    kernel: Param<Tensor<4>>,
    /// Bias, `[output]`.
    bias: Param<Tensor<1>>,
    #[module(skip)]
    sizes: arch::Convolution,
}

impl Convolution {
    fn new(sizes: arch::Convolution, arrays: ConvolutionArrays<Tensor<1>>) -> Self {
        let arch::Convolution { input, output, window, .. } = sizes;
        Self {
            kernel: parameter(arrays.kernel, [output, input, window, window]),
            bias: parameter(arrays.bias.expect("a plain embedding has biases"), [output]),
            sizes,
        }
    }

    /// `[batch, input, side, side]` to `[batch, output, windows, windows]`.
    fn forward(&self, maps: Tensor<4>) -> Tensor<4> {
        let arch::Convolution { output, window, stride, margin, .. } = self.sizes;
        let [batch, input, side, _] = maps.dims();
        let places = self.sizes.along(side);
        let kernel = self.kernel.val().reshape([output, input * window * window]).transpose();
        let bias = Some(self.bias.val());
        if window == stride && margin == 0 {
            let out = linear(unfold(maps, window), kernel, bias);
            return out.swap_dims(1, 2).reshape([batch, output, places, places]);
        }
        let framed = framed(maps, [margin; 2], 0.0);
        let reach = (places - 1) * stride + 1;
        let along = |start: usize| {
            Slice::new(start as isize, Some((start + reach) as isize), stride as isize)
        };
        let shifted =
            |n: usize| framed.clone().slice(s![.., .., along(n / window), along(n % window)]);
        let area = window * window;
        let shifted = Tensor::stack::<5>((0..area).map(shifted).collect(), 2); // [batch, input, area, places, places]
        let rows = shifted.reshape([batch, area * input, places * places]).swap_dims(1, 2);
        let out = linear(rows, kernel, bias); // [batch, places², output]
        out.swap_dims(1, 2).reshape([batch, output, places, places])
    }
}

/// Cuts maps into patches, row by row.
///
/// # Shapes
/// - maps: `[batch, channels, side, side]`, the side a multiple of `patch`
/// - output: `[batch, (side / patch)², channels · patch²]`
fn unfold(maps: Tensor<4>, patch: usize) -> Tensor<3> {
    let [batch, channels, side, _] = maps.dims();
    let grid = side / patch;
    maps.reshape([batch, channels, grid, patch, grid, patch])
        .permute([0, 2, 4, 1, 3, 5]) // [batch, row, column, channels, patch, patch]
        .reshape([batch, grid * grid, channels * patch * patch])
}
