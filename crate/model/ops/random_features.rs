//! Random features of the softmax (FAVOR+, Choromanski et al. 2020), for linear attention.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::random_features::{self as kernels, FeatureShape, Stabiliser};

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// A device's backward pass of the features.
#[cfg(feature = "engine")]
pub(crate) trait FeatureKernels: Backend {
    /// The gradient of queries or keys, from them, the directions, the features and the features' gradient.
    fn random_features_backward(
        given: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        shape: FeatureShape,
    ) -> FloatTensor<Self>;
}

/// The features, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait FeatureOps: Backend {
    fn random_features_op(
        rows: FloatTensor<Self>,
        directions: FloatTensor<Self>,
        shape: FeatureShape,
    ) -> FloatTensor<Self>;
}

/// Features whose products estimate the exponential of `query · key / √width`, up to common factors: with a head's query
/// or key `x`, divided by the fourth root of its width, and directions `w`, they are `exp(w·x - |x|²/2 - m) + 1e-4`, where
/// `m` is the maximum of `w·x` over what `stabiliser` says. Neither `m` nor the directions get a gradient.
///
/// # Shapes
/// - rows: `[batch, tokens, width]`, heads side by side
/// - directions: `[features, width of a head]`, the same for all heads
/// - output: `[batch, tokens, heads · features]`
///
/// # Panics
/// If shapes or number formats do not match.
pub fn random_features(
    rows: Tensor<3>,
    directions: Tensor<2>,
    heads: usize,
    stabiliser: Stabiliser,
) -> Tensor<3> {
    let [_, tokens, all] = rows.dims();
    let [features, width] = directions.dims();
    assert_eq!(all, heads * width, "directions as wide as a head");
    assert_eq!(rows.dtype(), directions.dtype(), "different formats");
    let shape = FeatureShape { heads, tokens, width, features, stabiliser };
    let (rows, directions) = (rows.into_dispatch(), directions.into_dispatch());
    Tensor::from_dispatch(<Dispatch as FeatureOps>::random_features_op(rows, directions, shape))
}

impl FeatureOps for Flex {
    fn random_features_op(
        rows: FloatTensor<Self>,
        directions: FloatTensor<Self>,
        shape: FeatureShape,
    ) -> FloatTensor<Self> {
        let batch = rows.shape()[0];
        let [rows, directions] = [rows, directions].map(floats);
        let [rows, directions] = [&rows, &directions].map(slice);
        let mut out = vec![0.0; batch * shape.made()];
        let images = rows.chunks(shape.given()).zip(out.chunks_mut(shape.made()));
        platform::for_each(images.collect(), |(rows, out)| {
            kernels::forward(&shape, rows, directions, out);
        });
        tensor(out, Shape::new([batch, shape.tokens, shape.heads * shape.features]))
    }
}

#[cfg(feature = "engine")]
impl FeatureKernels for Flex {
    fn random_features_backward(
        [rows, directions, made]: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        shape: FeatureShape,
    ) -> FloatTensor<Self> {
        let size = rows.shape();
        let [rows, directions, made, gradient] = [rows, directions, made, gradient].map(floats);
        let [rows, directions, made, gradient] = [&rows, &directions, &made, &gradient].map(slice);
        let mut out = vec![0.0; rows.len()];
        let images = rows
            .chunks(shape.given())
            .zip(made.chunks(shape.made()))
            .zip(gradient.chunks(shape.made()))
            .zip(out.chunks_mut(shape.given()));
        platform::for_each(images.collect(), |(((rows, made), gradient), out)| {
            kernels::backward(&shape, [rows, directions], made, gradient, out);
        });
        tensor(out, size)
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::{Backend, FeatureKernels, FeatureOps, FeatureShape, FloatTensor};
    use crate::model::graph::backpropagate;

    /// Queries or keys, directions and features.
    #[derive(Debug, Clone)]
    struct State<B: Backend> {
        given: [FloatTensor<B>; 3],
        shape: FeatureShape,
    }

    #[derive(Debug)]
    struct FeaturesBackward;

    impl<B: FeatureKernels> Backward<B, 1> for FeaturesBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(
                ops,
                gradients,
                |State { given, shape }, gradient, _| {
                    [B::random_features_backward(given, gradient, shape)]
                },
            );
        }
    }

    impl<B, C> FeatureOps for Autodiff<B, C>
    where
        B: FeatureKernels + FeatureOps,
        C: CheckpointStrategy,
    {
        fn random_features_op(
            rows: FloatTensor<Self>,
            directions: FloatTensor<Self>,
            shape: FeatureShape,
        ) -> FloatTensor<Self> {
            let ((rows, from_rows), (directions, _)) = (rows.into_parts(), directions.into_parts());
            let made = B::random_features_op(rows.clone(), directions.clone(), shape);
            match FeaturesBackward.prepare::<C>([from_rows]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    prepared.finish(State { given: [rows, directions, made.clone()], shape }, made)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(made),
            }
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_shaders::FeatureMap;

    use super::{FeatureKernels, FeatureOps, FeatureShape, FloatTensor, Shape, TensorMetadata};
    use crate::model::fused::cube::like;

    impl FeatureOps for CubeBackend {
        fn random_features_op(
            rows: FloatTensor<Self>,
            directions: FloatTensor<Self>,
            shape: FeatureShape,
        ) -> FloatTensor<Self> {
            let [rows, directions] = [rows, directions].map(into_contiguous);
            let map = map(&rows, shape);
            let size = Shape::new([map.images, shape.tokens, shape.heads * shape.features]);
            let out = like(&rows, size);
            map.forward(&rows.handle, &directions.handle, &out.handle);
            out
        }
    }

    impl FeatureKernels for CubeBackend {
        fn random_features_backward(
            given: [FloatTensor<Self>; 3],
            gradient: FloatTensor<Self>,
            shape: FeatureShape,
        ) -> FloatTensor<Self> {
            let (given, gradient) = (given.map(into_contiguous), into_contiguous(gradient));
            let out = like(&given[0], given[0].shape());
            let handles = given.each_ref().map(|given| &given.handle);
            map(&given[0], shape).backward(handles, &gradient.handle, &out.handle);
            out
        }
    }

    fn map(rows: &CubeTensor, shape: FeatureShape) -> FeatureMap {
        FeatureMap {
            client: rows.client.clone(),
            shape,
            images: rows.shape()[0],
            dtype: dtype_to_elem_type(rows.dtype),
        }
    }
}
