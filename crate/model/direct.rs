//! Burn's backend operations, called for floats only.
//!
//! [`Tensor`]'s own methods also handle quantized tensors, which pulls in reductions, comparisons and quantization for
//! every format: a third of the page's trainer, which quantizes nothing.

use burn::backend::Dispatch;
#[cfg(feature = "operations")]
use burn::backend::ops::ActivationOps;
use burn::backend::ops::FloatTensorOps;
#[cfg(feature = "operations")]
use burn::tensor::Slice;
use burn::tensor::Tensor;

/// Concatenates tensors along an axis.
pub(crate) fn cat<const D: usize>(tensors: Vec<Tensor<D>>, axis: usize) -> Tensor<D> {
    let tensors = tensors.into_iter().map(Tensor::into_dispatch).collect();
    Tensor::from_dispatch(Dispatch::float_cat(tensors, axis))
}

/// `length` entries of an axis from `start` on.
#[cfg(feature = "operations")]
pub(crate) fn narrow<const D: usize>(
    tensor: Tensor<D>,
    axis: usize,
    start: usize,
    length: usize,
) -> Tensor<D> {
    let mut places = tensor.dims().map(|side| Slice::from(0..side));
    places[axis] = Slice::from(start..start + length);
    Tensor::from_dispatch(Dispatch::float_slice(tensor.into_dispatch(), &places))
}

/// A tensor with two axes swapped.
#[cfg(feature = "operations")]
pub(crate) fn swap<const D: usize>(tensor: Tensor<D>, one: usize, other: usize) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_swap_dims(tensor.into_dispatch(), one, other))
}

/// The sum of two tensors, with broadcasting.
#[cfg(feature = "operations")]
pub(crate) fn add<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_add(one.into_dispatch(), other.into_dispatch()))
}

/// The difference of two tensors, with broadcasting.
#[cfg(feature = "operations")]
pub(crate) fn subtract<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_sub(one.into_dispatch(), other.into_dispatch()))
}

/// The product of two tensors, number by number, with broadcasting.
#[cfg(feature = "operations")]
pub(crate) fn product<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_mul(one.into_dispatch(), other.into_dispatch()))
}

/// The sigmoid of each number.
#[cfg(feature = "operations")]
pub(crate) fn sigmoid<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::sigmoid(tensor.into_dispatch()))
}

/// Replaces negative values by 0.
#[cfg(feature = "operations")]
pub(crate) fn relu<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::relu(tensor.into_dispatch()))
}

/// The exponential of each number.
#[cfg(feature = "operations")]
pub(crate) fn exp<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_exp(tensor.into_dispatch()))
}

/// A tensor times a scalar.
#[cfg(any(feature = "engine", feature = "operations"))]
pub(crate) fn multiply<const D: usize>(array: Tensor<D>, factor: f64) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::float_mul_scalar(array.into_dispatch(), factor.into()))
}

/// An array divided by a scalar.
#[cfg(feature = "engine")]
pub(crate) fn divide(array: Tensor<1>, divisor: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::float_div_scalar(array.into_dispatch(), divisor.into()))
}
