//! An inverted bottleneck as a block's mixer, operation by operation.

use burn::tensor::Tensor;
use patchwork_arch::{Bottleneck, BottleneckArrays, Grid};

use crate::model::composed::{linear, norm, project};
use crate::model::direct;
use crate::model::ops::depthwise::depthwise_convolution;
use crate::model::ops::pooling::mean_token;
use crate::model::ops::{self, Geometry};

/// From tokens `[batch, places · stride², input]` to those of the grid, `[batch, places, width]`.
pub(super) fn bottleneck(
    arrays: &BottleneckArrays<Tensor<1>>,
    grid: Grid,
    stride: usize,
    tokens: Tensor<3>,
) -> Tensor<3> {
    let ([hidden], window) = (arrays.norm1.scale.dims(), Bottleneck::WINDOW);
    let wide = ops::gelu(norm(&arrays.norm1, project(&arrays.expand, tokens)));
    let kernel = arrays.kernel.clone().reshape([hidden, 1, window, window]);
    let geometry = Geometry::square(stride * grid.rows, window, stride, window / 2);
    let wide = depthwise_convolution(wide, kernel, None, geometry);
    let wide = ops::gelu(norm(&arrays.norm2, wide));
    let squeezed = linear(&arrays.squeeze, mean_token(wide.clone()));
    let excited = linear(&arrays.excite, ops::silu(squeezed));
    linear(&arrays.project, direct::product(wide, ops::sigmoid(excited)))
}
