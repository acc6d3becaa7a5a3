//! An update on the CPU, on all cores.

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::TensorData;
use patchwork_kernels::muon::MuonParams;
use patchwork_kernels::sum_of_squares;
use patchwork_kernels::update::{CHUNK, Update, UpdateSlices, pieces, update, update_matrices};

use super::{DeviceArrays, UpdateOps};
use crate::platform;

impl UpdateOps for Flex {
    fn update(
        arrays: DeviceArrays<Self>,
        gradient: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        update: Update,
        muon_params: MuonParams,
        _table: IntTensor<Self>,
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
            in_pieces(&mut arrays, gradient, decay.storage(), &update, factor, &muon_params);
        }
        let finite = vec![f32::from(squares.is_finite())];
        (arrays, FloatTensor::<Flex>::from_data(TensorData::new(finite, [1])))
    }
}

fn in_pieces(
    arrays: &mut DeviceArrays<Flex>,
    mut gradient: &[f32],
    mut decay: &[f32],
    how: &Update,
    factor: f32,
    muon_params: &MuonParams,
) {
    let mut average = match how.average {
        Some(_) => arrays.average.storage_mut::<f32>(),
        None => &mut [],
    };
    let mut values = arrays.weights.storage_mut::<f32>();
    let mut first = arrays.first_moment.storage_mut::<f32>();
    let mut second = arrays.second_moment.storage_mut::<f32>();
    let mut parts = Vec::new();
    for (count, matrices) in pieces(values.len(), &muon_params.matrices) {
        let averages = count.min(average.len());
        let weights = UpdateSlices {
            values: cut(&mut values, count),
            first: cut(&mut first, count),
            second: cut(&mut second, count),
            average: cut(&mut average, averages),
            gradient: gradient.split_off(..count).expect(ENOUGH),
            decay: decay.split_off(..count).expect(ENOUGH),
        };
        parts.push((weights, matrices));
    }
    platform::for_each(parts, |(weights, matrices)| match matrices {
        None => update(how, factor, weights),
        Some(matrices) => update_matrices(how, factor, weights, &matrices, muon_params.decay),
    });
}

const ENOUGH: &str = "as many numbers as there are weights";

/// Splits off the first `count` elements.
fn cut<'a>(values: &mut &'a mut [f32], count: usize) -> &'a mut [f32] {
    values.split_off_mut(..count).expect(ENOUGH)
}

/// The tensor as one contiguous array without other elements.
fn own(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    let all = tensor.storage::<f32>().len();
    if tensor.as_slice::<f32>().is_some_and(|slice| slice.len() == all) {
        return tensor;
    }
    FloatTensor::<Flex>::from_data(tensor.into_data())
}
