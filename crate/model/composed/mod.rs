//! The parts of a model, operation by operation, for devices without a fused operation for a part.

mod attention;
pub mod block;
mod bottleneck;
mod convolutions;
pub mod embedding;
mod half;
pub mod head;

use burn::tensor::Tensor;
use patchwork_arch::{ConvolutionArrays, Linear, Norm, Projection};

use crate::model::direct;
use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Regularization};
#[cfg(feature = "engine")]
use crate::model::ops::drop_path::drop_path;
use crate::model::ops::{self, Geometry, convolution::convolution};

/// A linear layer on `[batch, rows, input]`.
pub(crate) fn linear(arrays: &Linear<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
    let [output] = arrays.bias.dims();
    let input = rows.dims()[2];
    ops::linear(rows, arrays.matrix.clone().reshape([input, output]), Some(arrays.bias.clone()))
}

/// A linear layer with an optional bias on `[batch, rows, input]`.
fn project(arrays: &Projection<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
    let input = rows.dims()[2];
    let output = arrays.matrix.dims()[0] / input;
    ops::linear(rows, arrays.matrix.clone().reshape([input, output]), arrays.bias.clone())
}

/// A square convolution: maps `[batch, places, input]` to `[batch, windows, output]`.
fn convolve(
    arrays: &ConvolutionArrays<Tensor<1>>,
    maps: Tensor<3>,
    geometry: Geometry,
) -> Tensor<3> {
    let (input, [rows, columns]) = (maps.dims()[2], geometry.window);
    let output = arrays.kernel.dims()[0] / (input * rows * columns);
    let kernel = arrays.kernel.clone().reshape([output, input, rows, columns]);
    convolution(maps, kernel, arrays.bias.clone(), geometry)
}

/// A LayerNorm on `[batch, rows, width]`.
pub(crate) fn norm(arrays: &Norm<Tensor<1>>, rows: Tensor<3>) -> Tensor<3> {
    ops::layer_norm(rows, arrays.scale.clone(), arrays.shift.clone())
}

/// Applies dropout and stochastic depth to the output of a residual branch, `[batch, tokens, width]`.
pub(crate) fn of_branch(
    values: Tensor<3>,
    regularization: Regularization,
    branch: Branch,
) -> Tensor<3> {
    let values = apply_dropout(values, regularization.at(branch.site()));
    #[cfg(feature = "engine")]
    let values = drop_path(values, regularization, branch);
    values
}

/// Pads maps with a constant value before and after, along both axes.
///
/// Under autodiff, Burn's own padding and `full` fill values on the host and send them to the device every time.
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
        direct::cat([first, Some(maps), last].into_iter().flatten().collect(), axis)
    })
}

#[cfg(all(test, feature = "reference"))]
mod tests {
    use burn::tensor::{Device, FloatDType};
    use patchwork_arch::{
        Architecture, Attention, Block, Convolution, DropRates, Embedding, Grid, Pool,
    };

    use super::*;
    use crate::families::vit;
    use crate::model::Network;
    use crate::model::fused::Kernels;

    /// Two stages; the second has two front tokens, no positions, and an overlapping convolution.
    fn two_stages() -> Architecture {
        let mut architecture = vit::TINY.model(28, 10).architecture();
        let first = &mut architecture.stages[0];
        (first.embedding.front, first.blocks) = (0, first.blocks[..1].to_vec());
        let mut second = first.clone();
        let input = first.width();
        second.grid =
            Grid { rows: first.grid.rows.div_ceil(2), columns: first.grid.rows.div_ceil(2) };
        let projection = Convolution::around(input, 24, 3, 2);
        second.embedding = Embedding { front: 2, ..Embedding::of(projection) };
        let attention = Attention { heads: 3, qk_norm: true, ..Attention::default() };
        second.blocks[0] = Block { drop_path: 0.3, ..Block::of(attention, second.blocks[0].mlp) };
        architecture.stages.push(second);
        architecture.head.pool = Pool::Mean;
        architecture.regularization = DropRates { dropout: 0.2, attention_dropout: 0.3 };
        architecture
    }

    /// Pseudorandom values between -1 and 1.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i as f32 + 1.0) * 12.9898).sin()).collect()
    }

    fn gradient(kernels: Kernels, device: &Device) -> Vec<f32> {
        let architecture = two_stages();
        let weights: Vec<f32> =
            numbers(architecture.count() as usize).iter().map(|value| value * 0.3).collect();
        let flat = Tensor::<1>::from_data(weights.as_slice(), device);
        let network = Network::new(kernels, &architecture, flat, FloatDType::F32, Some(7));
        let images = Tensor::<1>::from_data(numbers(5 * 28 * 28).as_slice(), device);
        let logits = network.forward(images.reshape([5, 1, 28, 28]).autodiff());
        let weights = Tensor::<1>::from_data(numbers(50).as_slice(), device).autodiff();
        let mut gradients = (logits.reshape([50]) * weights).sum().backward();
        let gradient = network.gradient(&mut gradients).expect("a gradient for every weight");
        gradient.into_data().try_to_vec().expect("32-bit floats")
    }

    /// Every parameter of every stage has the same gradient as in the reference, with dropout and stochastic depth.
    #[test]
    fn gradients_of_several_stages_match_the_reference() {
        let largest =
            |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let expected = gradient(Kernels::Reference, &Device::flex());
        // The gradient of a key's bias is 0 up to rounding.
        let least = largest(&expected) / 100.0;
        let graphics = crate::device::graphics().into_iter().map(|found| (found.device, 1e-3));
        for (device, tolerance) in [(Device::flex(), 5e-5)].into_iter().chain(graphics.take(1)) {
            for kernels in [Kernels::Operations, Kernels::Fused] {
                let got = gradient(kernels, &device);
                for parameter in two_stages().parameters() {
                    let (name, range) = (parameter.name, parameter.range);
                    let expected = &expected[range.clone()];
                    let scale = largest(expected).max(least);
                    let off = got[range].iter().zip(expected).map(|(a, b)| (a - b).abs());
                    let off = off.fold(0.0, f32::max);
                    assert!(off < tolerance * scale, "{kernels:?}, {name}: {off:e} of {scale}");
                }
            }
        }
    }
}
