//! From tokens to class scores (logits).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use patchwork_arch::Architecture;

#[cfg(feature = "operations")]
use crate::model::composed::head::ComposedHead;
use crate::model::fused::{self, HeadShape};
use crate::model::leaves::Cutter;
#[cfg(not(feature = "operations"))]
use crate::model::plan::NOT_FUSED;
use crate::model::plan::Plan;
#[cfg(feature = "reference")]
use crate::model::reference::head::ReferenceHead;

/// The final norm, pooling, and the linear classifier (Dosovitskiy et al. 2020, equation 4), in one of several
/// equivalent implementations.
#[allow(clippy::large_enum_variant, reason = "a model has one head")]
#[derive(Module, Debug)]
pub enum Head {
    /// Burn's layers.
    #[cfg(feature = "reference")]
    Reference(ReferenceHead),
    /// Smaller operations.
    #[cfg(feature = "operations")]
    Composed(ComposedHead),
    /// One fused operation.
    Fused(FusedHead),
}

/// A head whose weights are a single parameter.
#[derive(Module, Debug)]
pub struct FusedHead {
    /// All weights, in the order in which the head declares them.
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: HeadShape,
}

impl Head {
    pub(crate) fn new(plan: &Plan, architecture: &Architecture, weights: &mut Cutter) -> Self {
        let (head, stage) = (&architecture.head, architecture.last_stage());
        if let Some(shape) = plan.head(head, stage) {
            let weights = weights.parameter(shape.parameters());
            return Self::Fused(FusedHead { weights, shape });
        }
        #[cfg(feature = "reference")]
        if plan.reference() && head.is_plain() {
            return Self::Reference(ReferenceHead::new(head, stage.width(), weights));
        }
        #[cfg(feature = "operations")]
        return Self::Composed(ComposedHead::new(head, stage.width(), weights));
        #[cfg(not(feature = "operations"))]
        panic!("{NOT_FUSED}")
    }

    /// The scores of the class token and of the distillation token, `[batch, classes]` each.
    ///
    /// # Panics
    /// If the head has no distillation token.
    #[cfg(all(feature = "engine", feature = "operations"))]
    pub(crate) fn both(&self, tokens: Tensor<3>) -> [Tensor<2>; 2] {
        match self {
            Self::Composed(head) => head.both(tokens),
            _ => unreachable!("no other form reads a distillation token"),
        }
    }

    /// `[batch, tokens, width]` to `[batch, classes]`; also the weight of each token, `[batch, 1, 1, tokens]`, if the
    /// head weighs tokens and `trace` asks for it.
    pub fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<2>, Option<Tensor<4>>) {
        #[cfg(not(feature = "operations"))]
        let _ = trace;
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => (reference.forward(tokens), None),
            #[cfg(feature = "operations")]
            Self::Composed(head) => head.forward(tokens, trace),
            Self::Fused(head) => (fused::head(tokens, head.weights.val(), head.shape), None),
        }
    }
}
