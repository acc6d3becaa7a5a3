//! Convolutions as a block's mixer, operation by operation.

use burn::tensor::Tensor;
use patchwork_arch::{Convolutions, ConvolutionsArrays, Grid};

use crate::model::composed::convolve;
use crate::model::ops::{self, Geometry};

/// Two convolutions with a GELU between them; the shape `[batch, places, width]` stays.
pub(super) fn convolutions(
    arrays: &ConvolutionsArrays<Tensor<1>>,
    Convolutions { window }: Convolutions,
    grid: Grid,
    tokens: Tensor<3>,
) -> Tensor<3> {
    let geometry = Geometry::around([grid.rows, grid.columns], window);
    let hidden = ops::gelu(convolve(&arrays.first, tokens, geometry));
    convolve(&arrays.second, hidden, geometry)
}
