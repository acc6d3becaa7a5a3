//! Stochastic depth: drops a residual branch for some images and scales it for the others (Huang et al. 2016).
//!
//! Images are chosen by a hash of their index (`patchwork_kernels`, "chance"), so no mask is stored, and the backward
//! pass is the same operation.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::{Branch, Dropout, Regularization, Site};

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// Stochastic depth, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff)]
pub(crate) trait DropPathOps: Backend {
    fn drop_path(values: FloatTensor<Self>, rule: Dropout, branch: Branch) -> FloatTensor<Self>;
}

/// Randomly drops a branch for some images; does nothing if the drop rate is 0.
///
/// # Shapes
/// - values, output: `[batch, tokens, width]`
pub fn drop_path(values: Tensor<3>, regularization: Regularization, branch: Branch) -> Tensor<3> {
    let Some(rule) = regularization.at(Site::Branches) else { return values };
    let values = values.into_dispatch();
    Tensor::from_dispatch(<Dispatch as DropPathOps>::drop_path(values, rule, branch))
}

impl DropPathOps for Flex {
    fn drop_path(values: FloatTensor<Self>, rule: Dropout, branch: Branch) -> FloatTensor<Self> {
        let shape = values.shape();
        let mut kept = slice(&floats(values)).to_vec();
        platform::for_each_chunk(&mut kept, shape[1] * shape[2], |image, kept| {
            let factor = rule.factor(branch.place(image) as u32);
            kept.iter_mut().for_each(|value| *value *= factor);
        });
        tensor(kept, shape)
    }
}

mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::*;
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct DropPathBackward;

    impl<B: DropPathOps> Backward<B, 1> for DropPathBackward {
        type State = (Dropout, Branch);

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(ops, gradients, |(rule, branch), gradient, _| {
                [B::drop_path(gradient, rule, branch)]
            });
        }
    }

    impl<B: DropPathOps, C: CheckpointStrategy> DropPathOps for Autodiff<B, C> {
        fn drop_path(
            values: FloatTensor<Self>,
            rule: Dropout,
            branch: Branch,
        ) -> FloatTensor<Self> {
            let (values, from_values) = values.into_parts();
            let kept = B::drop_path(values, rule, branch);
            match DropPathBackward.prepare::<C>([from_values]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish((rule, branch), kept),
                OpsKind::UnTracked(prepared) => prepared.finish(kept),
            }
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use patchwork_shaders::DropoutKernel;

    use super::*;
    use crate::model::fused::cube::like;

    impl DropPathOps for CubeBackend {
        fn drop_path(
            values: FloatTensor<Self>,
            rule: Dropout,
            branch: Branch,
        ) -> FloatTensor<Self> {
            let values = into_contiguous(values);
            let (shape, kept) = (values.shape(), like(&values, values.shape()));
            let dtype = dtype_to_elem_type(values.dtype);
            let (client, count) = (&values.client, shape.num_elements());
            DropoutKernel { client, values: &values.handle, count, dtype }.drop_path(
                rule,
                branch,
                shape[1] * shape[2],
                &kept.handle,
            );
            kept
        }
    }
}
