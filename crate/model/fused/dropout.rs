//! Dropout as one operation. Its backward pass is the same operation.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::Dropout;

/// Dropout, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff)]
pub(crate) trait DropoutOps: Backend {
    fn dropout(values: FloatTensor<Self>, rule: Dropout) -> FloatTensor<Self>;
}

/// Drops values of an array, chosen by their index in it, and scales the others.
pub fn dropout<const D: usize>(values: Tensor<D>, rule: Dropout) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as DropoutOps>::dropout(values.into_dispatch(), rule))
}
