//! Dropout as one operation, whose way back is itself.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::Dropout;

/// Dropout that autodiff knows.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff)]
pub(crate) trait DropoutOps: Backend {
    fn dropout(values: FloatTensor<Self>, rule: Dropout) -> FloatTensor<Self>;
}

/// Drops numbers of an array, by their places in it, and scales the others.
pub fn dropout<const D: usize>(values: Tensor<D>, rule: Dropout) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as DropoutOps>::dropout(values.into_dispatch(), rule))
}
