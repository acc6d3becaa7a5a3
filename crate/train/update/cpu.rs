//! An update on the CPU, on all cores.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::TensorData;
use patchwork_kernels::sum_of_squares;
use patchwork_kernels::update::{CHUNK, Update, Weights, update};

use super::{DeviceArrays, UpdateOps};
use crate::platform;

impl UpdateOps for Flex {
    fn update(
        arrays: DeviceArrays<Self>,
        gradient: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        update: Update,
    ) -> (DeviceArrays<Self>, FloatTensor<Self>) {
        let [gradient, decay] = [gradient, decay].map(own);
        let gradient = gradient.storage::<f32>();
        let mut arrays = arrays.map(own);
        let mut sums = vec![0.0; gradient.len().div_ceil(CHUNK)];
        let parts = gradient.chunks(CHUNK).zip(&mut sums);
        platform::for_each(parts.collect(), |(part, sum)| *sum = sum_of_squares(part));
        let squares = sums.iter().sum::<f32>();
        let factor = update.factor(squares);
        if !update.guarded || squares.is_finite() {
            in_chunks(&mut arrays, gradient, decay.storage(), &update, factor);
        }
        let finite = vec![f32::from(squares.is_finite())];
        (arrays, FloatTensor::<Flex>::from_data(TensorData::new(finite, [1])))
    }
}

fn in_chunks(
    arrays: &mut DeviceArrays<Flex>,
    gradient: &[f32],
    decay: &[f32],
    how: &Update,
    factor: f32,
) {
    let mut average = match how.average {
        Some(_) => arrays.average.storage_mut::<f32>(),
        None => &mut [],
    };
    let values = arrays.weights.storage_mut().chunks_mut(CHUNK);
    let first = arrays.first_moment.storage_mut().chunks_mut(CHUNK);
    let second = arrays.second_moment.storage_mut().chunks_mut(CHUNK);
    let known = gradient.chunks(CHUNK).zip(decay.chunks(CHUNK));
    let parts = values.zip(first).zip(second).zip(known).map(
        |(((values, first), second), (gradient, decay))| {
            let count = values.len().min(average.len());
            let average = average.split_off_mut(..count).expect("no more than there are");
            Weights { values, first, second, average, gradient, decay }
        },
    );
    platform::for_each(parts.collect(), |part| update(how, factor, part));
}

/// The tensor with its numbers one after the other, and no others beside them.
fn own(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    let all = tensor.storage::<f32>().len();
    if tensor.as_slice::<f32>().is_some_and(|slice| slice.len() == all) {
        return tensor;
    }
    FloatTensor::<Flex>::from_data(tensor.into_data())
}
