//! Cuts a flat array of weights into the parameters of layers.

use std::vec::IntoIter;

use burn::module::Param;
use burn::tensor::Tensor;

use crate::config::ModelConfig;
use crate::model::fused::part;
use crate::weights::{self, Parameter};

/// Hands out the parameters of a model one after the other.
pub(crate) struct Slices {
    flat: Tensor<1>,
    parameters: IntoIter<Parameter>,
    train: bool,
}

impl Slices {
    /// Cuts `flat`; with `train`, the parameters are leaves on the autodiff device.
    pub(crate) fn new(config: &ModelConfig, flat: Tensor<1>, train: bool) -> Self {
        Self { flat, parameters: weights::layout(config).into_iter(), train }
    }

    /// The next parameter, in the shape the layer computes with.
    ///
    /// # Panics
    /// Where the layers are built in another order than [`weights::layout`] lists them: an error in
    /// this crate, not in a file.
    #[cfg(feature = "reference")]
    pub(crate) fn next<const D: usize>(&mut self, shape: [usize; D]) -> Param<Tensor<D>> {
        let Parameter { name, range, .. } =
            self.parameters.next().expect("the layout lists every parameter");
        assert_eq!(range.len(), shape.iter().product::<usize>(), "{name} is no {shape:?}");
        self.leaf(part(&self.flat, range).reshape(shape))
    }

    /// All parameters of a block, which lie side by side, as one.
    pub(crate) fn block(&mut self, count: usize) -> Param<Tensor<1>> {
        let next =
            |slices: &mut Self| slices.parameters.next().expect("the layout lists all").range;
        let first = next(self);
        let mut end = first.end;
        while end - first.start < count {
            end = next(self).end;
        }
        assert_eq!(end - first.start, count, "a block's parameters are no whole layers");
        self.leaf(part(&self.flat, first.start..end))
    }

    fn leaf<const D: usize>(&self, values: Tensor<D>) -> Param<Tensor<D>> {
        Param::from_tensor(if self.train { values.autodiff() } else { values })
    }
}
