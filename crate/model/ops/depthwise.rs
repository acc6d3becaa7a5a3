//! Depthwise convolution, in which each output channel reads only its own input channel (Chollet 2017).
//!
//! The implementations for each device are in [`convolution`](super::convolution), beside those for other convolutions.

use burn::tensor::Tensor;
use patchwork_kernels::{ConvolutionShape, Geometry};

use super::convolution::convolve;

/// Convolves each channel of the maps separately: the output of a window is the sum of a channel's values times those
/// of its kernel, plus its bias. Values outside the map are 0.
///
/// # Shapes
/// - maps: `[batch, height · width, channels]`
/// - kernel: `[channels, 1, rows, columns]`, with the window of `geometry`
/// - bias: `[channels]`
/// - output: `[batch, geometry.windows(), channels]`
///
/// # Panics
/// If another shape is given, or no window fits on the map.
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
