//! LayerNorm (Ba et al. 2016) of each row.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::layer_norm as kernels;

use crate::model::fused::cpu::{floats, group, slice, tensor};
#[cfg(feature = "engine")]
use crate::model::fused::cpu::{part, total};
use crate::platform;

/// A device's backward pass of LayerNorm.
#[cfg(feature = "engine")]
pub(crate) trait NormKernels: Backend {
    /// The gradients of rows, scale and shift from that of the output.
    fn layer_norm_backward(
        rows: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];
}

/// LayerNorm, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait NormOps: Backend {
    fn layer_norm_op(
        rows: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// Normalises each row to mean 0 and variance 1, then scales and shifts it. [`EPSILON`](patchwork_kernels::EPSILON) is
/// added to the variance.
///
/// # Shapes
/// - rows, output: `[batch, rows, width]`
/// - scale, shift: `[width]`
///
/// # Panics
/// If shapes or number formats do not match.
pub fn layer_norm(rows: Tensor<3>, scale: Tensor<1>, shift: Tensor<1>) -> Tensor<3> {
    let width = rows.dims()[2];
    assert_eq!((scale.dims(), shift.dims()), ([width], [width]), "a scale and a shift as rows are");
    let formats = [rows.dtype(), scale.dtype(), shift.dtype()];
    assert_eq!(formats, [rows.dtype(); 3], "rows, scale and shift of different formats");
    let (rows, scale, shift) = (rows.into_dispatch(), scale.into_dispatch(), shift.into_dispatch());
    Tensor::from_dispatch(<Dispatch as NormOps>::layer_norm_op(rows, scale, shift))
}

impl NormOps for Flex {
    fn layer_norm_op(
        rows: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let shape = rows.shape();
        let [batch, count, width] = shape.dims();
        let [rows, scale, shift] = [rows, scale, shift].map(floats);
        let [rows, scale, shift] = [&rows, &scale, &shift].map(slice);
        let few = group(batch * count, 1);
        let mut out = vec![0.0; rows.len()];
        let groups = rows.chunks(few * width).zip(out.chunks_mut(few * width));
        platform::for_each(groups.collect(), |(rows, out)| {
            kernels::forward(rows, [scale, shift], out);
        });
        tensor(out, shape)
    }
}

#[cfg(feature = "engine")]
impl NormKernels for Flex {
    fn layer_norm_backward(
        rows: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        let (shape, scale_shape) = (rows.shape(), scale.shape());
        let [batch, count, width] = shape.dims();
        let [rows, scale, gradient] = [rows, scale, gradient].map(floats);
        let [rows, scale, gradient] = [&rows, &scale, &gradient].map(slice);
        let few = group(batch * count, 1);
        let part = part(batch * count, few);
        let mut out = vec![0.0; rows.len()];
        let mut sums = vec![0.0; (batch * count).div_ceil(part) * 2 * width];
        let parts = rows
            .chunks(part * width)
            .zip(gradient.chunks(part * width))
            .zip(out.chunks_mut(part * width))
            .zip(sums.chunks_mut(2 * width));
        platform::for_each(parts.collect(), |(((rows, gradient), out), sums)| {
            let groups = rows.chunks(few * width).zip(gradient.chunks(few * width));
            for ((rows, gradient), out) in groups.zip(out.chunks_mut(few * width)) {
                kernels::backward(rows, scale, gradient, out, sums);
            }
        });
        let mut for_scale = total(&sums, 2 * width);
        let for_shift = for_scale.split_off(width);
        [tensor(out, shape), tensor(for_scale, scale_shape.clone()), tensor(for_shift, scale_shape)]
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::{FloatTensor, NormKernels, NormOps};
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct NormBackward;

    impl<B: NormKernels> Backward<B, 3> for NormBackward {
        /// Rows and scale.
        type State = (FloatTensor<B>, FloatTensor<B>);

        fn backward(
            self,
            ops: Ops<Self::State, 3>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 3, 3>(ops, gradients, |(rows, scale), gradient, _| {
                B::layer_norm_backward(rows, scale, gradient)
            });
        }
    }

    impl<B: NormKernels + NormOps, C: CheckpointStrategy> NormOps for Autodiff<B, C> {
        fn layer_norm_op(
            rows: FloatTensor<Self>,
            scale: FloatTensor<Self>,
            shift: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            let ((rows, from_rows), (scale, from_scale), (shift, from_shift)) =
                (rows.into_parts(), scale.into_parts(), shift.into_parts());
            let output = B::layer_norm_op(rows.clone(), scale.clone(), shift);
            let parents = [from_rows, from_scale, from_shift];
            match NormBackward.prepare::<C>(parents).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish((rows, scale), output),
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
    use patchwork_shaders::LayerNorm;

    use super::{FloatTensor, NormKernels, NormOps, TensorMetadata};
    use crate::model::fused::cube::like;

    impl NormOps for CubeBackend {
        fn layer_norm_op(
            rows: FloatTensor<Self>,
            scale: FloatTensor<Self>,
            shift: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            let [rows, scale, shift] = [rows, scale, shift].map(into_contiguous);
            let out = like(&rows, rows.shape());
            norm(&rows).forward(&rows.handle, &scale.handle, &shift.handle, &out.handle);
            out
        }
    }

    impl NormKernels for CubeBackend {
        fn layer_norm_backward(
            rows: FloatTensor<Self>,
            scale: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
        ) -> [FloatTensor<Self>; 3] {
            let [rows, scale, gradient] = [rows, scale, gradient].map(into_contiguous);
            let out = [&rows, &scale, &scale].map(|tensor| like(tensor, tensor.shape()));
            let handles = out.each_ref().map(|out| &out.handle);
            norm(&rows).backward(&rows.handle, &scale.handle, &gradient.handle, handles);
            out
        }
    }

    fn norm(rows: &CubeTensor) -> LayerNorm {
        let [batch, count, width] = rows.shape().dims();
        LayerNorm {
            client: rows.client.clone(),
            rows: batch * count,
            width,
            dtype: dtype_to_elem_type(rows.dtype),
        }
    }
}
