//! The parts of a model operation by operation: what runs where a device has no fused operation for a part.

pub mod block;
pub mod embedding;
pub mod head;

use burn::tensor::Tensor;
use patchwork_arch::{Linear, Norm};

use crate::model::ops;

/// A linear layer on `[batch, rows, input]`.
pub(crate) fn linear(arrays: &Linear<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
    let [output] = arrays.bias.dims();
    let input = rows.dims()[2];
    ops::linear(rows, arrays.matrix.clone().reshape([input, output]), Some(arrays.bias.clone()))
}

/// A LayerNorm on `[batch, rows, width]`.
pub(crate) fn norm(arrays: &Norm<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
    ops::layer_norm(rows, arrays.scale.clone(), arrays.shift.clone())
}

/// Maps with edges of a value before and after, along both sides.
///
/// Under autodiff Burn's own padding, and `full`, fill numbers on the host and send them to the device each time.
pub(crate) fn framed(maps: Tensor<4>, [before, after]: [usize; 2], value: f32) -> Tensor<4> {
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
