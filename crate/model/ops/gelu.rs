//! GELU with the exact error function (Hendrycks and Gimpel 2016).

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::gelu as kernels;

use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// Values that a CPU thread processes at a time.
const SIZE: usize = 1 << 14;

/// A device's forward and backward pass of GELU in training.
#[cfg(feature = "engine")]
pub(crate) trait GeluKernels: Backend {
    /// The output, and as many values saved for the backward pass.
    fn gelu_kept(values: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradient of the input from that of the output.
    fn gelu_slopes(saved: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// GELU, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait GeluOps: Backend {
    fn gelu_op(values: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `x · Φ(x)` of each value, where `Φ` is the cumulative distribution function of the standard normal distribution.
///
/// # Shapes
/// - values, output: any shape, the same for both
pub fn gelu<const D: usize>(values: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as GeluOps>::gelu_op(values.into_dispatch()))
}

impl GeluOps for Flex {
    fn gelu_op(values: FloatTensor<Self>) -> FloatTensor<Self> {
        let (shape, values) = (values.shape(), floats(values));
        let values = slice(&values);
        let mut out = vec![0.0; values.len()];
        let parts = values.chunks(SIZE).zip(out.chunks_mut(SIZE));
        platform::for_each(parts.collect(), |(values, out)| kernels::values(values, out));
        tensor(out, shape)
    }
}

#[cfg(feature = "engine")]
impl GeluKernels for Flex {
    /// Saves the slopes, which are computed along with the output.
    fn gelu_kept(values: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (shape, values) = (values.shape(), floats(values));
        let values = slice(&values);
        let [mut out, mut slopes] = [(); 2].map(|()| vec![0.0; values.len()]);
        let parts = values.chunks(SIZE).zip(out.chunks_mut(SIZE)).zip(slopes.chunks_mut(SIZE));
        platform::for_each(parts.collect(), |((values, out), slopes)| {
            kernels::forward(values, out, slopes);
        });
        (tensor(out, shape.clone()), tensor(slopes, shape))
    }

    fn gelu_slopes(saved: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let (shape, gradient) = (saved.shape(), floats(gradient));
        let (slopes, gradient) = (slice(&saved), slice(&gradient));
        let mut out = vec![0.0; slopes.len()];
        let parts = slopes.chunks(SIZE).zip(gradient.chunks(SIZE)).zip(out.chunks_mut(SIZE));
        platform::for_each(parts.collect(), |((slopes, gradient), out)| {
            kernels::backward(slopes, gradient, out);
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

    use super::{FloatTensor, GeluKernels, GeluOps};
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct GeluBackward;

    impl<B: GeluKernels> Backward<B, 1> for GeluBackward {
        type State = FloatTensor<B>;

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(ops, gradients, |saved, gradient, _| {
                [B::gelu_slopes(saved, gradient)]
            });
        }
    }

    impl<B: GeluKernels + GeluOps, C: CheckpointStrategy> GeluOps for Autodiff<B, C> {
        fn gelu_op(values: FloatTensor<Self>) -> FloatTensor<Self> {
            let (values, from_values) = values.into_parts();
            match GeluBackward.prepare::<C>([from_values]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let (output, saved) = B::gelu_kept(values);
                    prepared.finish(saved, output)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(B::gelu_op(values)),
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
    use patchwork_shaders::Gelu;

    use super::{FloatTensor, GeluKernels, GeluOps, TensorMetadata};
    use crate::model::fused::cube::like;

    impl GeluOps for CubeBackend {
        fn gelu_op(values: FloatTensor<Self>) -> FloatTensor<Self> {
            Self::gelu_kept(values).0
        }
    }

    impl GeluKernels for CubeBackend {
        /// Saves the input: recomputing the slopes is cheap.
        fn gelu_kept(values: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
            let values = into_contiguous(values);
            let out = like(&values, values.shape());
            array(&values).forward(&values.handle, &out.handle);
            (out, values)
        }

        fn gelu_slopes(
            values: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            let gradient = into_contiguous(gradient);
            let out = like(&values, values.shape());
            array(&values).backward(&values.handle, &gradient.handle, &out.handle);
            out
        }
    }

    fn array(values: &CubeTensor) -> Gelu {
        Gelu {
            client: values.client.clone(),
            count: values.shape().num_elements(),
            dtype: dtype_to_elem_type(values.dtype),
        }
    }
}
