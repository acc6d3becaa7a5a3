//! Depthwise convolution of maps, of which each channel is made of the same channel alone (Chollet 2017).
//!
//! What devices do for it is beside what they do for any convolution, in [`convolution`](super::convolution).

use burn::tensor::Tensor;
use patchwork_kernels::{ConvolutionShape, Geometry};

use super::convolution::convolve;

/// Convolves each channel of maps alone: a window gives the sum of a channel's numbers times those of its kernel, and its
/// bias. What a window covers outside of its map is 0.
///
/// # Shapes
/// - maps: `[batch, height · width, channels]`
/// - kernel: `[channels, 1, rows, columns]`, as `geometry.window` says
/// - bias: `[channels]`
/// - output: `[batch, geometry.windows(), channels]`
///
/// # Panics
/// Where any has another shape than these, or there is no window on the map.
pub fn depthwise_convolution(
    maps: Tensor<3>,
    kernel: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
) -> Tensor<3> {
    let [_, _, channels] = maps.dims();
    let shape = ConvolutionShape { geometry, input: channels, output: channels, depthwise: true };
    convolve(maps, kernel, bias, shape)
}
