//! The model layer by layer, one of Burn's layers after the other: what each part computes.
//!
//! The operations of [`fused`](crate::model::fused) are held to it, and it runs where a graphics card has no kernels for a
//! model. The page's modules are built without it, and without all that Burn brings to multiply any matrices: a fifth of
//! either.

pub mod attention;
pub mod block;
pub mod head;
pub mod patch;

use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Tensor, TensorData};

use crate::model::dropout::apply_dropout;
use crate::model::fused::{Branch, Dropout, Regularization, Site};
use crate::model::slices::Slices;

impl Slices {
    pub(crate) fn linear(&mut self, input: usize, output: usize) -> Linear {
        Linear { weight: self.next([input, output]), bias: Some(self.next([output])) }
    }

    pub(crate) fn norm(&mut self, width: usize) -> LayerNorm {
        let [scale, shift] = [(); 2].map(|()| self.next([width]));
        let mut norm = LayerNormConfig::new(width).init(&scale.val().device().without_autodiff());
        (norm.gamma, norm.beta) = (scale, Some(shift));
        norm
    }
}

/// What chance leaves of what a branch of a block gives, `[batch, tokens, width]`: numbers are dropped, and the whole
/// branch for some images.
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

/// What stochastic depth leaves of a branch.
fn apply_drop_path(values: Tensor<3>, drop_path: Dropout, branch: Branch) -> Tensor<3> {
    let images = values.dims()[0];
    let factors = (0..images).map(|image| drop_path.factor(branch.place(image) as u32));
    let factors = TensorData::new(factors.collect::<Vec<_>>(), [images, 1, 1]);
    let factors = Tensor::from_data(factors, (&values.device(), values.dtype()));
    values * factors
}
