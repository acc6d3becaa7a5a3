//! Operations of Burn's backends, called for floats alone.
//!
//! [`Tensor`]'s own methods know quantized tensors too, for which they bring reductions, comparisons and quantization of
//! every format: a third of the page's trainer, which quantizes nothing.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Tensor;

/// Tensors one after the other along an axis.
pub(crate) fn cat<const D: usize>(tensors: Vec<Tensor<D>>, axis: usize) -> Tensor<D> {
    let tensors = tensors.into_iter().map(Tensor::into_dispatch).collect();
    Tensor::from_dispatch(Dispatch::float_cat(tensors, axis))
}

/// The sum of two tensors; sides of one number are repeated.
#[cfg(feature = "operations")]
pub(crate) fn add<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_add(one.into_dispatch(), other.into_dispatch()))
}

/// An array times a number.
#[cfg(feature = "engine")]
pub(crate) fn multiply(array: Tensor<1>, factor: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::float_mul_scalar(array.into_dispatch(), factor.into()))
}

/// An array divided by a number.
#[cfg(feature = "engine")]
pub(crate) fn divide(array: Tensor<1>, divisor: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::float_div_scalar(array.into_dispatch(), divisor.into()))
}
