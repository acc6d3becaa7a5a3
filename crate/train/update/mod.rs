//! An update of all weights as one operation: gradient norm and clipping, moments, weight decay, running
//! average.
//!
//! One pass over memory. `tests/engine/update.rs` checks it against separate operations on whole arrays.

mod cpu;
#[cfg(feature = "cube")]
mod cube;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::Tensor;

use patchwork_kernels::muon::MuonParams;
pub use patchwork_kernels::update::Update;

use crate::train::muon::Muon;

/// The arrays that an update changes, `[parameters]` each.
#[derive(Debug, Clone)]
pub struct Arrays {
    /// The weights.
    pub weights: Tensor<1>,
    /// Running mean of the gradient.
    pub first_moment: Tensor<1>,
    /// Running mean of the squared gradient.
    pub second_moment: Tensor<1>,
    /// Running average of the weights, if [`Update::average`] asks for one.
    pub average: Option<Tensor<1>>,
}

/// [`Arrays`] as a backend's primitives.
#[derive(ExtensionType)]
pub(crate) struct DeviceArrays<B: Backend> {
    weights: FloatTensor<B>,
    first_moment: FloatTensor<B>,
    second_moment: FloatTensor<B>,
    /// Arbitrary if there is no average.
    average: FloatTensor<B>,
}

impl<B: Backend> DeviceArrays<B> {
    fn map(self, each: impl Fn(FloatTensor<B>) -> FloatTensor<B>) -> Self {
        let Self { weights, first_moment, second_moment, average } = self;
        let [weights, first_moment, second_moment, average] =
            [weights, first_moment, second_moment, average].map(each);
        Self { weights, first_moment, second_moment, average }
    }
}

/// The update on a device.
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait UpdateOps: Backend {
    /// The arrays after an update, and 1 if the gradient was finite, else 0, `[1]`.
    fn update(
        #[extension_type] arrays: DeviceArrays<Self>,
        gradient: FloatTensor<Self>,
        decay: FloatTensor<Self>,
        update: Update,
        muon_params: MuonParams,
        table: IntTensor<Self>,
    ) -> (DeviceArrays<Self>, FloatTensor<Self>);
}

/// Updates weights, moments and average in one operation. Returns them and 1 if the gradient was finite, else
/// 0, `[1]`. Adam skips the parameters of `muon`.
///
/// # Panics
/// If arrays, gradient and decay differ in length.
pub fn update(
    arrays: Arrays,
    gradient: Tensor<1>,
    decay: Tensor<1>,
    update: Update,
    muon: &Muon,
) -> (Arrays, Tensor<1>) {
    let Arrays { weights, first_moment, second_moment, average } = arrays;
    let length = weights.dims();
    let all = [&first_moment, &second_moment, &gradient, &decay].into_iter().chain(&average);
    all.for_each(|array| assert_eq!(array.dims(), length, "arrays of different lengths"));
    assert_eq!(average.is_some(), update.average.is_some(), "an average where one is asked for");
    let averaged = average.is_some();
    // A kernel may read four numbers at once, so its buffer has room for them.
    let average = average.unwrap_or_else(|| Tensor::empty([4], &weights.device()));
    let arrays = DeviceArrays::<Dispatch> {
        weights: weights.into_dispatch(),
        first_moment: first_moment.into_dispatch(),
        second_moment: second_moment.into_dispatch(),
        average: average.into_dispatch(),
    };
    let (gradient, decay) = (gradient.into_dispatch(), decay.into_dispatch());
    let (muon_params, table) = (muon.params.clone(), muon.table.clone().into_dispatch());
    let (arrays, finite) =
        <Dispatch as UpdateOps>::update(arrays, gradient, decay, update, muon_params, table);
    let arrays = Arrays {
        weights: Tensor::from_dispatch(arrays.weights),
        first_moment: Tensor::from_dispatch(arrays.first_moment),
        second_moment: Tensor::from_dispatch(arrays.second_moment),
        average: averaged.then(|| Tensor::from_dispatch(arrays.average)),
    };
    (arrays, Tensor::from_dispatch(finite))
}
