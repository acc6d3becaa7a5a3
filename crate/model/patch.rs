//! Patch embedding: an image becomes a row of tokens.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;
use burn::tensor::module::linear;
use burn::tensor::ops::PadMode;

use crate::config::ModelConfig;
use crate::model::slices::Slices;

/// The value of a pixel of empty paper, with which an image is padded.
const PAPER: f32 = -1.0;

/// Cuts an image into patches, maps each to a token, adds class token and positions
/// (Dosovitskiy et al. 2020, equation 1).
///
/// The map is a convolution whose kernel and stride are the patch size. Such a convolution reads
/// every pixel once, so it is computed as a product of the unfolded patches with the kernel.
#[derive(Module, Debug)]
pub struct PatchEmbedding {
    stem: Option<Stem>,
    /// Kernel, `[width, channels, patch_size, patch_size]`.
    kernel: Param<Tensor<4>>,
    /// Bias, `[width]`.
    bias: Param<Tensor<1>>,
    /// Class token, `[1, 1, width]`.
    class_token: Option<Param<Tensor<3>>>,
    /// Learned positions, `[1, tokens, width]`.
    positions: Param<Tensor<3>>,
    patch_size: usize,
    padding_before: usize,
    padding_after: usize,
}

impl PatchEmbedding {
    pub(crate) fn new(config: &ModelConfig, slices: &mut Slices) -> Self {
        let (width, patch_size) = (config.width, config.patch_size);
        let (padding_before, padding_after) = config.padding();
        Self {
            stem: (config.stem > 0).then(|| Stem::new(config.stem, slices)),
            kernel: slices.next([width, config.stem.max(1), patch_size, patch_size]),
            bias: slices.next([width]),
            class_token: (config.class_tokens() == 1).then(|| slices.next([1, 1, width])),
            positions: slices.next([1, config.tokens(), width]),
            patch_size,
            padding_before,
            padding_after,
        }
    }

    /// Embeds images.
    ///
    /// # Shapes
    /// - images: `[batch, 1, image_size, image_size]`
    /// - output: `[batch, tokens, width]`, the class token first, then the patches row by row
    pub fn forward(&self, images: Tensor<4>) -> Tensor<3> {
        let mut pixels = self.padded(images); // [batch, channels, side, side]
        if let Some(stem) = &self.stem {
            pixels = stem.forward(pixels);
        }
        let patches = unfold(pixels, self.patch_size); // [batch, patches, channels · patch²]
        let [batch, _, area] = patches.dims();
        let kernel = self.kernel.val(); // [width, channels, patch, patch]
        let width = kernel.dims()[0];
        let kernel = kernel.reshape([width, area]).transpose();
        let mut tokens = linear(patches, kernel, Some(self.bias.val())); // [batch, patches, width]
        if let Some(class_token) = &self.class_token {
            let class_tokens = class_token.val().expand([batch, 1, width]);
            tokens = Tensor::cat(vec![class_tokens, tokens], 1);
        }
        tokens + self.positions.val()
    }

    /// Pads images with paper to whole patches.
    fn padded(&self, images: Tensor<4>) -> Tensor<4> {
        let (before, after) = (self.padding_before, self.padding_after);
        if before + after == 0 {
            return images;
        }
        images.pad([(before, after), (before, after)], PadMode::Constant(PAPER))
    }
}

/// A 3×3 convolution of one channel that keeps the size of the image, and a GELU (after Xiao et al.
/// 2021).
///
/// Computed as a product of the nine shifted images with the kernel: on one channel that is all a
/// convolution does.
#[derive(Module, Debug)]
pub struct Stem {
    /// Kernel, `[channels, 1, 3, 3]`.
    kernel: Param<Tensor<4>>,
    /// Bias, `[channels]`.
    bias: Param<Tensor<1>>,
}

impl Stem {
    fn new(channels: usize, slices: &mut Slices) -> Self {
        Self { kernel: slices.next([channels, 1, 3, 3]), bias: slices.next([channels]) }
    }

    /// `[batch, 1, side, side]` to `[batch, channels, side, side]`.
    fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let [batch, _, side, _] = images.dims();
        let channels = self.bias.dims()[0];
        let framed = images.pad([(1, 1), (1, 1)], PadMode::Constant(0.0));
        let shifted = |n: usize| framed.clone().narrow(2, n / 3, side).narrow(3, n % 3, side);
        let shifted = Tensor::cat((0..9).map(shifted).collect(), 1); // [batch, 9, side, side]
        let pixels = shifted.reshape([batch, 9, side * side]).swap_dims(1, 2);
        let kernel = self.kernel.val().reshape([channels, 9]).transpose();
        let out = linear(pixels, kernel, Some(self.bias.val())); // [batch, side², channels]
        gelu(out).swap_dims(1, 2).reshape([batch, channels, side, side])
    }
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
