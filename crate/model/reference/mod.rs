//! The reference implementation: the model made of Burn's layers, which define what each part computes.
//!
//! The operations of [`fused`](crate::model::fused) are tested against it, and it is the fallback if a graphics card
//! has no kernels for a model. The page's modules are built without it and without Burn's general matrix products,
//! which saves a fifth of each.

pub mod attention;
pub mod block;
pub mod embedding;
pub mod head;

use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Tensor, TensorData};

use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Dropout, Regularization, Site};
use crate::model::leaves::parameter;

/// A linear layer with these weights.
pub(crate) fn linear(arrays: patchwork_arch::Linear<Tensor<1>>) -> Linear {
    let [output] = arrays.bias.dims();
    let input = arrays.matrix.dims()[0] / output;
    Linear {
        weight: parameter(arrays.matrix, [input, output]),
        bias: Some(parameter(arrays.bias, [output])),
    }
}

/// A norm with these weights.
pub(crate) fn norm(arrays: patchwork_arch::Norm<Tensor<1>>) -> LayerNorm {
    let width = arrays.scale.dims();
    let device = arrays.scale.device().without_autodiff();
    let mut norm = LayerNormConfig::new(width[0]).init(&device);
    norm.gamma = parameter(arrays.scale, width);
    norm.beta = Some(parameter(arrays.shift, width));
    norm
}

/// Applies dropout and stochastic depth to the output of a residual branch, `[batch, tokens, width]`.
pub(crate) fn regularized(
    values: Tensor<3>,
    regularization: Regularization,
    branch: Branch,
) -> Tensor<3> {
    let values = apply_dropout(values, regularization.at(branch.site()));
    if let Some(drop_path) = regularization.at(Site::Branches) {
        return apply_drop_path(values, drop_path, branch);
    }
    values
}

/// Applies stochastic depth to a branch.
fn apply_drop_path(values: Tensor<3>, drop_path: Dropout, branch: Branch) -> Tensor<3> {
    let images = values.dims()[0];
    let factors = (0..images).map(|image| drop_path.factor(branch.place(image) as u32));
    let factors = TensorData::new(factors.collect::<Vec<_>>(), [images, 1, 1]);
    let factors = Tensor::from_data(factors, (&values.device(), values.dtype()));
    values * factors
}
