//! A slice of an array that shares its memory wherever it can.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use std::ops::Range;

/// What a device does for a slice.
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait SliceOps: Backend {
    fn part(array: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self>;
}

/// A slice of an array. Burn's own copies on graphics cards wherever the slice does not end at a round place;
/// this one only where it does not begin at one.
///
/// # Panics
/// Where the array is shorter, or on a device with autodiff.
pub fn part(array: &Tensor<1>, range: Range<usize>) -> Tensor<1> {
    assert!(range.end <= array.dims()[0], "an array that is too short");
    let array = array.clone().into_dispatch();
    Tensor::from_dispatch(<Dispatch as SliceOps>::part(array, range.start, range.end))
}
