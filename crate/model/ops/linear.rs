//! A linear layer: rows times a matrix, plus an optional bias.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::linear as kernels;

use crate::model::fused::cpu::{floats, group, slice, tensor};
#[cfg(feature = "engine")]
use crate::model::fused::cpu::{part, total};
use crate::platform;

/// A device's forward and backward pass of a linear layer.
pub(crate) trait LinearKernels: Backend {
    /// The output `[batch, rows, output]`.
    fn linear_forward(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
    ) -> FloatTensor<Self>;

    /// The gradients of rows, matrix and bias from that of the output: at least those that are needed.
    #[cfg(feature = "engine")]
    fn linear_backward(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3];
}

/// A linear layer, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait LinearOps: Backend {
    fn linear_op(rows: FloatTensor<Self>, matrix: FloatTensor<Self>) -> FloatTensor<Self>;

    fn linear_with_bias_op(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// Multiplies rows by a matrix and adds the bias, if there is one, to each row.
///
/// # Shapes
/// - rows: `[batch, rows, input]`
/// - matrix: `[input, output]`
/// - bias: `[output]`
/// - output: `[batch, rows, output]`
///
/// # Panics
/// If shapes or number formats do not match.
pub fn linear(rows: Tensor<3>, matrix: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<3> {
    let [input, output] = matrix.dims();
    assert_eq!(rows.dims()[2], input, "rows as wide as the matrix is high");
    assert_eq!(rows.dtype(), matrix.dtype(), "rows and matrix of different formats");
    if let Some(bias) = &bias {
        assert_eq!(bias.dims(), [output], "a bias for each column");
        assert_eq!(rows.dtype(), bias.dtype(), "rows and bias of different formats");
    }
    let (rows, matrix) = (rows.into_dispatch(), matrix.into_dispatch());
    Tensor::from_dispatch(match bias {
        None => <Dispatch as LinearOps>::linear_op(rows, matrix),
        Some(bias) => Dispatch::linear_with_bias_op(rows, matrix, bias.into_dispatch()),
    })
}

impl LinearOps for Flex {
    fn linear_op(rows: FloatTensor<Self>, matrix: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear_forward(rows, matrix, None)
    }

    fn linear_with_bias_op(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::linear_forward(rows, matrix, Some(bias))
    }
}

impl LinearKernels for Flex {
    fn linear_forward(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
    ) -> FloatTensor<Self> {
        let [batch, count, input] = rows.shape().dims();
        let [_, output] = matrix.shape().dims();
        let ([rows, matrix], bias) = ([rows, matrix].map(floats), bias.map(floats));
        let (matrix, bias) = (slice(&matrix), bias.as_ref().map(slice));
        let few = group(batch * count, 1);
        let mut out = vec![0.0; batch * count * output];
        let groups = slice(&rows).chunks(few * input).zip(out.chunks_mut(few * output));
        platform::for_each(groups.collect(), |(rows, out)| {
            kernels::forward(output, rows, matrix, bias, out);
        });
        tensor(out, Shape::new([batch, count, output]))
    }

    #[cfg(feature = "engine")]
    fn linear_backward(
        rows: FloatTensor<Self>,
        matrix: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        [for_rows, for_matrix, for_bias]: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        let (rows_shape, matrix_shape) = (rows.shape(), matrix.shape());
        let [input, output] = matrix_shape.dims();
        let [rows, matrix, gradient] = [rows, matrix, gradient].map(floats);
        let [rows, matrix, gradient] = [&rows, &matrix, &gradient].map(slice);
        let out = for_rows.then(|| rows_gradient([input, output], matrix, gradient));
        let sizes =
            [if for_matrix { input * output } else { 0 }, if for_bias { output } else { 0 }];
        let [for_matrix, for_bias] = weights_gradient([input, output], rows, gradient, sizes);
        [
            out.map(|values| tensor(values, rows_shape)),
            for_matrix.map(|values| tensor(values, matrix_shape)),
            for_bias.map(|values| tensor(values, Shape::new([output]))),
        ]
    }
}

/// The gradient of the rows.
#[cfg(feature = "engine")]
fn rows_gradient([input, output]: [usize; 2], matrix: &[f32], gradient: &[f32]) -> Vec<f32> {
    let count = gradient.len() / output;
    let few = group(count, 1);
    let mut out = vec![0.0; count * input];
    let groups = gradient.chunks(few * output).zip(out.chunks_mut(few * input));
    platform::for_each(groups.collect(), |(gradient, out)| {
        kernels::rows_backward(output, matrix, gradient, out);
    });
    out
}

/// The gradients of matrix and bias with their given lengths; no gradient for one that is absent.
#[cfg(feature = "engine")]
fn weights_gradient(
    [input, output]: [usize; 2],
    rows: &[f32],
    gradient: &[f32],
    [for_matrix, for_bias]: [usize; 2],
) -> [Option<Vec<f32>>; 2] {
    let size = for_matrix + for_bias;
    if size == 0 {
        return [None, None];
    }
    let count = gradient.len() / output;
    let few = group(count, 1);
    let part = part(count, few);
    let mut sums = vec![0.0; count.div_ceil(part) * size];
    let parts = rows.chunks(part * input).zip(gradient.chunks(part * output));
    platform::for_each(parts.zip(sums.chunks_mut(size)).collect(), |((rows, gradient), sums)| {
        let (matrix, bias) = sums.split_at_mut(for_matrix);
        for (rows, gradient) in rows.chunks(few * input).zip(gradient.chunks(few * output)) {
            kernels::weights_backward([input, output], rows, gradient, matrix, bias);
        }
    });
    let mut matrix = total(&sums, size);
    let bias = matrix.split_off(for_matrix);
    [matrix, bias].map(|found| (!found.is_empty()).then_some(found))
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};

    use super::{FloatTensor, LinearKernels, LinearOps};
    use crate::model::graph::backpropagate;

    #[derive(Debug)]
    struct LinearBackward;

    /// The node's parents are rows, matrix and, if there is one, the bias.
    impl<B: LinearKernels, const N: usize> Backward<B, N> for LinearBackward {
        /// Rows and matrix.
        type State = (FloatTensor<B>, FloatTensor<B>);

        fn backward(
            self,
            ops: Ops<Self::State, N>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, N, 3>(ops, gradients, |(rows, matrix), gradient, wanted| {
                B::linear_backward(rows, matrix, gradient, wanted)
            });
        }
    }

    impl<B: LinearKernels + LinearOps, C: CheckpointStrategy> LinearOps for Autodiff<B, C> {
        fn linear_op(rows: FloatTensor<Self>, matrix: FloatTensor<Self>) -> FloatTensor<Self> {
            let ((rows, from_rows), (matrix, from_matrix)) =
                (rows.into_parts(), matrix.into_parts());
            tracked::<B, C, 2>(rows, matrix, None, [from_rows, from_matrix])
        }

        fn linear_with_bias_op(
            rows: FloatTensor<Self>,
            matrix: FloatTensor<Self>,
            bias: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            let ((rows, from_rows), (matrix, from_matrix), (bias, from_bias)) =
                (rows.into_parts(), matrix.into_parts(), bias.into_parts());
            tracked::<B, C, 3>(rows, matrix, Some(bias), [from_rows, from_matrix, from_bias])
        }
    }

    fn tracked<B: LinearKernels, C: CheckpointStrategy, const N: usize>(
        rows: FloatTensor<B>,
        matrix: FloatTensor<B>,
        bias: Option<FloatTensor<B>>,
        parents: [NodeGuard; N],
    ) -> FloatTensor<Autodiff<B, C>> {
        let output = B::linear_forward(rows.clone(), matrix.clone(), bias);
        match LinearBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((rows, matrix), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_shaders::LinearLayer;

    use super::{FloatTensor, LinearKernels, LinearOps, Shape, TensorMetadata};
    use crate::model::fused::cube::like;

    impl LinearOps for CubeBackend {
        fn linear_op(rows: FloatTensor<Self>, matrix: FloatTensor<Self>) -> FloatTensor<Self> {
            Self::linear_forward(rows, matrix, None)
        }

        fn linear_with_bias_op(
            rows: FloatTensor<Self>,
            matrix: FloatTensor<Self>,
            bias: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            Self::linear_forward(rows, matrix, Some(bias))
        }
    }

    impl LinearKernels for CubeBackend {
        fn linear_forward(
            rows: FloatTensor<Self>,
            matrix: FloatTensor<Self>,
            bias: Option<FloatTensor<Self>>,
        ) -> FloatTensor<Self> {
            let [rows, matrix] = [rows, matrix].map(into_contiguous);
            let bias = bias.map(into_contiguous);
            let [batch, count, _] = rows.shape().dims();
            let layer = layer(&rows, &matrix);
            let out = like(&rows, Shape::new([batch, count, layer.output]));
            let bias = bias.as_ref().map(|bias| &bias.handle);
            layer.forward(&rows.handle, &matrix.handle, bias, &out.handle);
            out
        }

        fn linear_backward(
            rows: FloatTensor<Self>,
            matrix: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            [for_rows, for_matrix, for_bias]: [bool; 3],
        ) -> [Option<FloatTensor<Self>>; 3] {
            let [rows, matrix, gradient] = [rows, matrix, gradient].map(into_contiguous);
            let layer = layer(&rows, &matrix);
            let new = |wanted: bool, shape| wanted.then(|| like(&rows, shape));
            let out = [
                new(for_rows, rows.shape()),
                new(for_matrix, matrix.shape()),
                new(for_bias, Shape::new([layer.output])),
            ];
            let [for_rows, for_matrix, for_bias] =
                out.each_ref().map(|out| out.as_ref().map(|out| &out.handle));
            if let Some(out) = for_rows {
                layer.rows_backward(&matrix.handle, &gradient.handle, out);
            }
            if for_matrix.is_some() || for_bias.is_some() {
                layer.weights_backward(&rows.handle, &gradient.handle, for_matrix, for_bias);
            }
            out
        }
    }

    fn layer(rows: &CubeTensor, matrix: &CubeTensor) -> LinearLayer {
        let [batch, count, input] = rows.shape().dims();
        LinearLayer {
            client: rows.client.clone(),
            rows: batch * count,
            input,
            output: matrix.shape()[1],
            dtype: dtype_to_elem_type(rows.dtype),
        }
    }
}
