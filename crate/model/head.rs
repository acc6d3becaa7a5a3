//! From tokens to scores.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::config::{ModelConfig, Pool};
use crate::model::fused::{self, HeadShape, head_shape};
#[cfg(feature = "reference")]
use crate::model::reference::head::ReferenceHead;
use crate::model::slices::Slices;

/// The final norm, pooling, and the linear layer to the classes (Dosovitskiy et al. 2020, equation 4),
/// in one of two forms that compute the same.
#[allow(clippy::large_enum_variant, reason = "a model has one head")]
#[derive(Module, Debug)]
pub enum Head {
    /// One layer after the other.
    #[cfg(feature = "reference")]
    Reference(ReferenceHead),
    /// All in one operation.
    Fused(FusedHead),
}

/// A head whose weights are one parameter.
#[derive(Module, Debug)]
pub struct FusedHead {
    /// All weights, in the order of [`crate::weights::layout`].
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: HeadShape,
}

impl Head {
    #[cfg(feature = "reference")]
    pub(crate) fn reference(config: &ModelConfig, slices: &mut Slices) -> Self {
        Self::Reference(ReferenceHead::new(config, slices))
    }

    pub(crate) fn fused(config: &ModelConfig, slices: &mut Slices) -> Self {
        let shape = head_shape(config);
        Self::Fused(FusedHead { weights: slices.block(shape.parameters()), shape })
    }

    /// `[batch, tokens, width]` to `[batch, classes]`.
    pub fn forward(&self, tokens: Tensor<3>) -> Tensor<2> {
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => reference.forward(tokens),
            Self::Fused(head) => fused::head(tokens, head.weights.val(), head.shape),
        }
    }
}

/// What the head reads: `[batch, tokens, width]` to `[batch, width]`.
pub(crate) fn pooled(pool: Pool, tokens: Tensor<3>) -> Tensor<2> {
    match pool {
        Pool::ClassToken => tokens.narrow(1, 0, 1).squeeze_dim(1),
        Pool::Mean => tokens.mean_dim(1).squeeze_dim(1),
    }
}
