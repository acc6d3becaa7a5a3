//! A slice of an array that shares its memory if possible.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use std::ops::Range;

/// A device's slice operation.
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait SliceOps: Backend {
    fn part(array: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self>;
}

/// A slice of an array. On graphics cards, Burn's own slice copies unless the slice ends at an aligned offset; this one
/// copies only if it starts at an unaligned one.
///
/// # Panics
/// If the array is too short, or on a device with autodiff.
pub fn part(array: &Tensor<1>, range: Range<usize>) -> Tensor<1> {
    assert!(range.end <= array.dims()[0], "an array that is too short");
    let array = array.clone().into_dispatch();
    Tensor::from_dispatch(<Dispatch as SliceOps>::part(array, range.start, range.end))
}
