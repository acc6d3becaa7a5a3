//! Pooling of maps: the mean or the maximum over each window, channel by channel.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::{Geometry, Pooling, pooling};

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// A device's backward pass of pooling.
#[cfg(feature = "engine")]
pub(crate) trait PoolingKernels: Backend {
    /// The gradient of the maps `[batch, height · width, channels]`.
    fn pool_backward(
        maps: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        pooling: Pooling,
        geometry: Geometry,
    ) -> FloatTensor<Self>;
}

/// Pooling, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait PoolingOps: Backend {
    fn pool(maps: FloatTensor<Self>, pooling: Pooling, geometry: Geometry) -> FloatTensor<Self>;
}

/// The mean over the tokens in each window. Positions outside the map are ignored.
///
/// # Shapes
/// - maps: `[batch, height · width, channels]`
/// - output: `[batch, geometry.windows(), channels]`
///
/// # Panics
/// If the maps have another size, or a window covers none of the map.
pub fn mean_pool(maps: Tensor<3>, geometry: Geometry) -> Tensor<3> {
    pool(maps, Pooling::Mean, geometry)
}

/// The maximum of each channel over the tokens in each window. Among equal maxima, the first gets the gradient.
///
/// # Shapes
/// - maps: `[batch, height · width, channels]`
/// - output: `[batch, geometry.windows(), channels]`
///
/// # Panics
/// If the maps have another size, or a window covers none of the map.
pub fn max_pool(maps: Tensor<3>, geometry: Geometry) -> Tensor<3> {
    pool(maps, Pooling::Max, geometry)
}

/// The mean of all tokens.
///
/// # Shapes
/// - tokens: `[batch, tokens, width]`
/// - output: `[batch, 1, width]`
pub fn mean_token(tokens: Tensor<3>) -> Tensor<3> {
    let [_, count, _] = tokens.dims();
    mean_pool(tokens, Geometry::whole([count, 1]))
}

fn pool(maps: Tensor<3>, pooling: Pooling, geometry: Geometry) -> Tensor<3> {
    let fits = geometry.is_possible() && geometry.windows_reach_map();
    assert!(fits, "a window covers nothing of the map: {geometry:?}");
    assert_eq!(maps.dims()[1], geometry.tokens(), "maps of another size");
    let maps = maps.into_dispatch();
    Tensor::from_dispatch(<Dispatch as PoolingOps>::pool(maps, pooling, geometry))
}

impl PoolingOps for Flex {
    fn pool(maps: FloatTensor<Self>, pooling: Pooling, geometry: Geometry) -> FloatTensor<Self> {
        let [images, channels] = [maps.shape()[0], maps.shape()[2]];
        let maps = floats(maps);
        let [from, to] = [geometry.tokens(), geometry.windows()].map(|count| count * channels);
        let mut out = vec![0.0; images * to];
        let pairs = slice(&maps).chunks(from).zip(out.chunks_mut(to));
        platform::for_each(pairs.collect(), |(map, out)| {
            pooling::forward(pooling, &geometry, channels, map, out);
        });
        tensor(out, Shape::new([images, geometry.windows(), channels]))
    }
}

#[cfg(feature = "engine")]
impl PoolingKernels for Flex {
    fn pool_backward(
        maps: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        pooling: Pooling,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let shape = maps.shape();
        let [maps, gradient] = [maps, gradient].map(floats);
        let channels = shape[2];
        let [from, to] = [geometry.windows(), geometry.tokens()].map(|count| count * channels);
        let mut out = vec![0.0; slice(&maps).len()];
        let known = slice(&maps).chunks(to).zip(slice(&gradient).chunks(from));
        platform::for_each(known.zip(out.chunks_mut(to)).collect(), |((map, gradient), out)| {
            pooling::backward(pooling, &geometry, channels, map, gradient, out);
        });
        tensor(out, shape)
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::*;
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct PoolingBackward;

    impl<B: PoolingKernels> Backward<B, 1> for PoolingBackward {
        /// The maps, and the kind and geometry of the pooling.
        type State = (FloatTensor<B>, Pooling, Geometry);

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(
                ops,
                gradients,
                |(maps, pooling, geometry), gradient, _| {
                    [B::pool_backward(maps, gradient, pooling, geometry)]
                },
            );
        }
    }

    impl<B: PoolingKernels + PoolingOps, C: CheckpointStrategy> PoolingOps for Autodiff<B, C> {
        fn pool(
            maps: FloatTensor<Self>,
            pooling: Pooling,
            geometry: Geometry,
        ) -> FloatTensor<Self> {
            let (maps, from_maps) = maps.into_parts();
            let pooled = B::pool(maps.clone(), pooling, geometry);
            match PoolingBackward.prepare::<C>([from_maps]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish((maps, pooling, geometry), pooled),
                OpsKind::UnTracked(prepared) => prepared.finish(pooled),
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
    use patchwork_shaders::MapPooling;

    use super::*;
    use crate::model::fused::cube::like;

    fn told(maps: &CubeTensor, pooling: Pooling, geometry: Geometry) -> MapPooling {
        let shape = maps.meta.shape();
        MapPooling {
            client: maps.client.clone(),
            pooling,
            geometry,
            images: shape[0],
            channels: shape[2],
            dtype: dtype_to_elem_type(maps.dtype),
        }
    }

    impl PoolingOps for CubeBackend {
        fn pool(
            maps: FloatTensor<Self>,
            pooling: Pooling,
            geometry: Geometry,
        ) -> FloatTensor<Self> {
            let maps = into_contiguous(maps);
            let told = told(&maps, pooling, geometry);
            let out = like(&maps, Shape::new([told.images, geometry.windows(), told.channels]));
            told.forward(&maps.handle, &out.handle);
            out
        }
    }

    impl PoolingKernels for CubeBackend {
        fn pool_backward(
            maps: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            pooling: Pooling,
            geometry: Geometry,
        ) -> FloatTensor<Self> {
            let [maps, gradient] = [maps, gradient].map(into_contiguous);
            let out = like(&maps, maps.shape());
            told(&maps, pooling, geometry).backward(&maps.handle, &gradient.handle, &out.handle);
            out
        }
    }
}
