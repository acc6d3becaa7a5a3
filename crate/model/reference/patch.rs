//! Patch embedding: an image becomes a row of tokens.

use burn::module::{Module, Param};
use burn::tensor::activation::gelu;
use burn::tensor::module::linear;
use burn::tensor::{Slice, Tensor, s};
use patchwork_kernels::StemLayer;
use patchwork_kernels::embedding::PAPER;

use crate::config::ModelConfig;
use crate::model::slices::Slices;

/// The patch embedding, layer by layer.
///
/// The map from patches to tokens is a convolution whose kernel and stride are the patch size. Such a
/// convolution reads every pixel once, so it is computed as a product of the unfolded patches with the kernel.
#[derive(Module, Debug)]
pub struct ReferenceEmbedding {
    /// The stem, a GELU behind each.
    stem: Vec<Convolution>,
    /// Kernel, `[width, channels, patch, patch]`.
    kernel: Param<Tensor<4>>,
    /// Bias, `[width]`.
    bias: Param<Tensor<1>>,
    /// Class token, `[1, 1, width]`.
    class_token: Option<Param<Tensor<3>>>,
    /// Learned positions, `[1, tokens, width]`.
    positions: Param<Tensor<3>>,
    /// Pixels of paper before and after an image.
    padding: [usize; 2],
}

impl ReferenceEmbedding {
    pub(crate) fn new(config: &ModelConfig, slices: &mut Slices) -> Self {
        let (width, patch) = (config.width, config.stem_patch());
        Self {
            stem: config.stem_layers().map(|layer| Convolution::new(layer, slices)).collect(),
            kernel: slices.next([width, config.patch_channels(), patch, patch]),
            bias: slices.next([width]),
            class_token: (config.class_tokens() == 1).then(|| slices.next([1, 1, width])),
            positions: slices.next([1, config.tokens(), width]),
            padding: config.padding().into(),
        }
    }

    pub(crate) fn forward(&self, images: Tensor<4>) -> Tensor<3> {
        let pixels = framed(images, self.padding, PAPER); // whole patches
        let through = |maps, convolution: &Convolution| gelu(convolution.forward(maps));
        let pixels = self.stem.iter().fold(pixels, through); // [batch, channels, side, side]
        let kernel = self.kernel.val();
        let [width, channels, patch, _] = kernel.dims();
        let patches = unfold(pixels, patch); // [batch, patches, channels · patch²]
        let batch = patches.dims()[0];
        let kernel = kernel.reshape([width, channels * patch * patch]).transpose();
        let mut tokens = linear(patches, kernel, Some(self.bias.val())); // [batch, patches, width]
        if let Some(class_token) = &self.class_token {
            let class_tokens = class_token.val().expand([batch, 1, width]);
            tokens = Tensor::cat(vec![class_tokens, tokens], 1);
        }
        tokens + self.positions.val()
    }
}

/// A 3×3 convolution with zeros around the map.
///
/// Computed as a product of the nine shifted maps with the kernel, so that one way to multiply matrices is all
/// that a device needs.
#[derive(Module, Debug)]
pub struct Convolution {
    /// Kernel, `[output, input, 3, 3]`.
    kernel: Param<Tensor<4>>,
    /// Bias, `[output]`.
    bias: Param<Tensor<1>>,
    stride: usize,
}

impl Convolution {
    fn new(StemLayer { input, output, stride }: StemLayer, slices: &mut Slices) -> Self {
        Self { kernel: slices.next([output, input, 3, 3]), bias: slices.next([output]), stride }
    }

    /// `[batch, input, side, side]` to `[batch, output, side / stride, side / stride]`.
    fn forward(&self, maps: Tensor<4>) -> Tensor<4> {
        let [batch, input, side, _] = maps.dims();
        let (output, places) = (self.bias.dims()[0], side / self.stride);
        let framed = framed(maps, [1, 1], 0.0);
        let along = |start: usize| {
            Slice::new(start as isize, Some((start + side) as isize), self.stride as isize)
        };
        let shifted = |n: usize| framed.clone().slice(s![.., .., along(n / 3), along(n % 3)]);
        let shifted = Tensor::stack::<5>((0..9).map(shifted).collect(), 2); // [batch, input, 9, places, places]
        let rows = shifted.reshape([batch, 9 * input, places * places]).swap_dims(1, 2);
        let kernel = self.kernel.val().reshape([output, 9 * input]).transpose();
        let out = linear(rows, kernel, Some(self.bias.val())); // [batch, places², output]
        out.swap_dims(1, 2).reshape([batch, output, places, places])
    }
}

/// Maps with edges of a value before and after, along both sides.
///
/// Under autodiff Burn's own padding, and `full`, fill numbers on the host and send them to the device each time.
fn framed(maps: Tensor<4>, [before, after]: [usize; 2], value: f32) -> Tensor<4> {
    if before + after == 0 {
        return maps;
    }
    let (device, dtype) = (maps.device().without_autodiff(), maps.dtype());
    [2, 3].into_iter().fold(maps, |maps, axis| {
        let edge = |size: usize| {
            let mut dims = maps.dims();
            dims[axis] = size;
            let edge = Tensor::full(dims, value, (&device, dtype));
            if maps.is_autodiff() { edge.autodiff() } else { edge }
        };
        let [first, last] = [before, after].map(|size| (size > 0).then(|| edge(size)));
        Tensor::cat([first, Some(maps), last].into_iter().flatten().collect(), axis)
    })
}

/// Cuts images into patches, row by row.
///
/// # Shapes
/// - images: `[batch, channels, side, side]`, the side a multiple of `patch`
/// - output: `[batch, (side / patch)², channels · patch²]`
fn unfold(images: Tensor<4>, patch: usize) -> Tensor<3> {
    let [batch, channels, side, _] = images.dims();
    let grid = side / patch;
    images
        .reshape([batch, channels, grid, patch, grid, patch])
        .permute([0, 2, 4, 1, 3, 5]) // [batch, row, column, channels, patch, patch]
        .reshape([batch, grid * grid, channels * patch * patch])
}
