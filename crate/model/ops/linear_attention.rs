//! Linear attention (Katharopoulos et al. 2020): attention whose weights are products of features.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::linear_attention::{self as kernels, LinearAttention};

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// A device's backward pass of linear attention.
#[cfg(feature = "engine")]
pub(crate) trait LinearAttentionKernels: Backend {
    /// The gradients of the query features, key features and values from that of the output.
    fn linear_attention_backward(
        given: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        shape: LinearAttention,
    ) -> [FloatTensor<Self>; 3];
}

/// Linear attention, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait LinearAttentionOps: Backend {
    fn linear_attention(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        shape: LinearAttention,
    ) -> FloatTensor<Self>;
}

/// For each query, the mean of the values, weighted with the product of query and key features: `f (gᵀ v) / (f · Σ g)`
/// in each head. The weights `[queries, keys]` are never formed.
///
/// Features must not be negative. As in the authors' code, 1e-6 is added to a query's sum of weights, so that a query
/// whose features are all 0 gets an output of 0.
///
/// # Shapes
/// - query (features): `[batch, queries, features]`, heads side by side
/// - key (features): `[batch, keys, features]`
/// - value: `[batch, keys, value_width]`
/// - output: `[batch, queries, value_width]`
///
/// # Panics
/// If shapes or number formats do not match.
pub fn linear_attention(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    heads: usize,
) -> Tensor<3> {
    let [batch, queries, features] = query.dims();
    let [_, keys, value_width] = value.dims();
    assert_eq!(key.dims(), [batch, keys, features], "features of each key, as of each query");
    assert_eq!(value.dims()[0], batch, "values of each image");
    assert_eq!([features % heads, value_width % heads], [0, 0], "heads of equal width");
    assert_eq!([key.dtype(), value.dtype()], [query.dtype(); 2], "different formats");
    let shape = LinearAttention { heads, queries, keys, features, value_width };
    let (query, key, value) = (query.into_dispatch(), key.into_dispatch(), value.into_dispatch());
    let output = <Dispatch as LinearAttentionOps>::linear_attention(query, key, value, shape);
    Tensor::from_dispatch(output)
}

impl LinearAttentionOps for Flex {
    fn linear_attention(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        shape: LinearAttention,
    ) -> FloatTensor<Self> {
        let LinearAttention { queries, keys, features, value_width, .. } = shape;
        let batch = query.shape()[0];
        let [query, key, value] = [query, key, value].map(floats);
        let [query, key, value] = [&query, &key, &value].map(slice);
        let mut out = vec![0.0; batch * queries * value_width];
        let images = query
            .chunks(queries * features)
            .zip(key.chunks(keys * features))
            .zip(value.chunks(keys * value_width))
            .zip(out.chunks_mut(queries * value_width));
        platform::for_each(images.collect(), |(((query, key), value), out)| {
            kernels::forward(&shape, [query, key, value], out);
        });
        tensor(out, Shape::new([batch, queries, value_width]))
    }
}

#[cfg(feature = "engine")]
impl LinearAttentionKernels for Flex {
    fn linear_attention_backward(
        given: [FloatTensor<Self>; 3],
        gradient: FloatTensor<Self>,
        shape: LinearAttention,
    ) -> [FloatTensor<Self>; 3] {
        let LinearAttention { queries, keys, features, value_width, .. } = shape;
        let shapes = given.each_ref().map(|tensor| tensor.shape());
        let (given, gradient) = (given.map(floats), floats(gradient));
        let [query, key, value] = given.each_ref().map(slice);
        let mut out = [query, key, value].map(|values| vec![0.0; values.len()]);
        let [for_query, for_key, for_value] = &mut out;
        let given = query
            .chunks(queries * features)
            .zip(key.chunks(keys * features))
            .zip(value.chunks(keys * value_width))
            .zip(slice(&gradient).chunks(queries * value_width));
        let found = for_query
            .chunks_mut(queries * features)
            .zip(for_key.chunks_mut(keys * features))
            .zip(for_value.chunks_mut(keys * value_width));
        platform::for_each(given.zip(found).collect(), |(given, ((query, key), value))| {
            let (((own_query, own_key), own_value), gradient) = given;
            let given = [own_query, own_key, own_value];
            kernels::backward(&shape, given, gradient, [query, key, value]);
        });
        let mut shapes = shapes.into_iter();
        out.map(|values| tensor(values, shapes.next().expect("three shapes")))
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::{
        Backend, FloatTensor, LinearAttention, LinearAttentionKernels, LinearAttentionOps,
    };
    use crate::model::graph::backpropagate;

    #[derive(Debug, Clone)]
    struct State<B: Backend> {
        given: [FloatTensor<B>; 3],
        shape: LinearAttention,
    }

    #[derive(Debug)]
    struct LinearAttentionBackward;

    impl<B: LinearAttentionKernels> Backward<B, 3> for LinearAttentionBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, 3>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 3, 3>(
                ops,
                gradients,
                |State { given, shape }, gradient, _| {
                    B::linear_attention_backward(given, gradient, shape)
                },
            );
        }
    }

    impl<B, C> LinearAttentionOps for Autodiff<B, C>
    where
        B: LinearAttentionKernels + LinearAttentionOps,
        C: CheckpointStrategy,
    {
        fn linear_attention(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            shape: LinearAttention,
        ) -> FloatTensor<Self> {
            let ((query, from_query), (key, from_key), (value, from_value)) =
                (query.into_parts(), key.into_parts(), value.into_parts());
            let output = B::linear_attention(query.clone(), key.clone(), value.clone(), shape);
            let parents = [from_query, from_key, from_value];
            match LinearAttentionBackward.prepare::<C>(parents).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    prepared.finish(State { given: [query, key, value], shape }, output)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(output),
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
    use patchwork_shaders::{Columns, LinearAttentionCore};

    use super::{
        FloatTensor, LinearAttention, LinearAttentionKernels, LinearAttentionOps, Shape,
        TensorMetadata,
    };
    use crate::model::fused::cube::like;

    impl LinearAttentionOps for CubeBackend {
        fn linear_attention(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            shape: LinearAttention,
        ) -> FloatTensor<Self> {
            let given = [query, key, value].map(into_contiguous);
            let core = core(&given[0], shape);
            let size = Shape::new([core.images, shape.queries, shape.value_width]);
            let out = like(&given[0], size);
            core.forward(given.each_ref().map(|given| &given.handle), &out.handle);
            out
        }
    }

    impl LinearAttentionKernels for CubeBackend {
        fn linear_attention_backward(
            given: [FloatTensor<Self>; 3],
            gradient: FloatTensor<Self>,
            shape: LinearAttention,
        ) -> [FloatTensor<Self>; 3] {
            let (given, gradient) = (given.map(into_contiguous), into_contiguous(gradient));
            let out = given.each_ref().map(|given| like(given, given.shape()));
            core(&given[0], shape).backward(
                given.each_ref().map(|given| &given.handle),
                &gradient.handle,
                out.each_ref().map(|out| &out.handle),
            );
            out
        }
    }

    fn core(query: &CubeTensor, shape: LinearAttention) -> LinearAttentionCore {
        let features = Columns::alone(shape.heads, shape.head_features());
        LinearAttentionCore {
            client: query.client.clone(),
            shape,
            images: query.shape()[0],
            dtype: dtype_to_elem_type(query.dtype),
            columns: [features, features, Columns::alone(shape.heads, shape.value_head_width())],
            elu: false,
        }
    }
}
