//! Operations of Burn's backends, called for floats alone.
//!
//! [`Tensor`]'s own methods know quantized tensors too, for which they bring reductions, comparisons and quantization of
//! every format: a third of the page's trainer, which quantizes nothing.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Tensor;

/// Arrays one after the other.
pub(crate) fn cat(arrays: Vec<Tensor<1>>) -> Tensor<1> {
    let arrays = arrays.into_iter().map(Tensor::into_dispatch).collect();
    Tensor::from_dispatch(Dispatch::float_cat(arrays, 0))
}

/// An array times a number.
pub(crate) fn multiply(array: Tensor<1>, factor: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::float_mul_scalar(array.into_dispatch(), factor.into()))
}

/// An array divided by a number.
pub(crate) fn divide(array: Tensor<1>, divisor: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::float_div_scalar(array.into_dispatch(), divisor.into()))
}
