//! Activations other than GELU: one operation on graphics cards, Burn's smaller ones on the CPU.

use burn::tensor::Tensor;

use crate::model::direct;

/// `elu(x) + 1` of each number (Clevert et al. 2015): `x + 1` above 0, else e to the `x`.
pub fn elu_plus_one<const D: usize>(values: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cube")]
    if card::has(&values) {
        return card::activation(values, patchwork_shaders::Function::EluPlusOne);
    }
    let above = direct::relu(values.clone());
    // Not -relu(-x): both halves would then have a slope of 0 at 0, where the function's is 1.
    let below = direct::add(values, direct::multiply(above.clone(), -1.0));
    direct::add(above, direct::exp(below))
}

/// `σ(x) = 1 / (1 + e^-x)` of each number.
pub fn sigmoid<const D: usize>(values: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cube")]
    if card::has(&values) {
        return card::activation(values, patchwork_shaders::Function::Sigmoid);
    }
    direct::sigmoid(values)
}

/// `x · σ(x)` of each number.
pub fn silu<const D: usize>(values: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cube")]
    if card::has(&values) {
        return card::activation(values, patchwork_shaders::Function::Silu);
    }
    direct::product(values.clone(), direct::sigmoid(values))
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn::backend::tensor::FloatTensor;
    use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
    use burn::tensor::Tensor;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_shaders::{Activation, Function};

    use crate::model::fused::cube::like;
    use crate::model::fused::is_cpu;
    use crate::model::graph::backpropagate;

    /// A device's backward pass of an activation.
    pub(crate) trait ActivationKernels: Backend {
        /// The gradient of the values from that of the output.
        fn activation_backward(
            values: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            function: Function,
        ) -> FloatTensor<Self>;
    }

    /// An activation, with autodiff.
    #[backend_extension(Cube, Autodiff)]
    pub(crate) trait ActivationOps: Backend {
        fn activation(values: FloatTensor<Self>, function: Function) -> FloatTensor<Self>;
    }

    /// Whether the values are on a graphics card.
    pub(super) fn has<const D: usize>(values: &Tensor<D>) -> bool {
        !is_cpu(&values.device())
    }

    /// A function of each number, of any shape.
    pub(super) fn activation<const D: usize>(values: Tensor<D>, function: Function) -> Tensor<D> {
        let values = values.into_dispatch();
        Tensor::from_dispatch(<Dispatch as ActivationOps>::activation(values, function))
    }

    #[derive(Debug)]
    struct ActivationBackward;

    impl<B: ActivationKernels> Backward<B, 1> for ActivationBackward {
        type State = (FloatTensor<B>, Function);

        fn backward(
            self,
            ops: Ops<Self::State, 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 1, 1>(ops, gradients, |(values, function), gradient, _| {
                [B::activation_backward(values, gradient, function)]
            });
        }
    }

    impl<B: ActivationKernels + ActivationOps, C: CheckpointStrategy> ActivationOps for Autodiff<B, C> {
        fn activation(values: FloatTensor<Self>, function: Function) -> FloatTensor<Self> {
            let (values, from_values) = values.into_parts();
            let output = B::activation(values.clone(), function);
            match ActivationBackward.prepare::<C>([from_values]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish((values, function), output),
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            }
        }
    }

    impl ActivationOps for CubeBackend {
        fn activation(values: FloatTensor<Self>, function: Function) -> FloatTensor<Self> {
            let values = into_contiguous(values);
            let out = like(&values, values.shape());
            array(&values, function).forward(&values.handle, &out.handle);
            out
        }
    }

    impl ActivationKernels for CubeBackend {
        fn activation_backward(
            values: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            function: Function,
        ) -> FloatTensor<Self> {
            let [values, gradient] = [values, gradient].map(into_contiguous);
            let out = like(&values, values.shape());
            array(&values, function).backward(&values.handle, &gradient.handle, &out.handle);
            out
        }
    }

    fn array(values: &CubeTensor, function: Function) -> Activation {
        Activation {
            client: values.client.clone(),
            function,
            count: values.shape().num_elements(),
            dtype: dtype_to_elem_type(values.dtype),
        }
    }
}
