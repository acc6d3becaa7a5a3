//! Cuts a flat array of weights into the parameters of layers, and joins their gradients.

#[cfg(feature = "engine")]
use std::ops::Range;

use burn::module::{Param, ParamId};
use burn::tensor::Tensor;
#[cfg(feature = "engine")]
use burn::tensor::{FloatDType, Gradients};
use patchwork_arch::{Init, ParameterRole, Source};

#[cfg(feature = "engine")]
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "engine")]
use crate::model::direct;
use crate::model::fused::part;

/// Hands out the weights of a model in the order in which its layers declare them.
#[derive(Debug)]
pub(crate) struct Cutter {
    flat: Tensor<1>,
    next: usize,
    train: bool,
    leaves: Leaves,
}

/// The parts of the flat array that autodiff tracks, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaves(#[cfg(feature = "engine")] Vec<Leaf>);

#[cfg(feature = "engine")]
#[derive(Debug, Clone)]
struct Leaf {
    range: Range<usize>,
    values: Tensor<1>,
    /// Whether the values stay as they are: their gradient is 0.
    fixed: bool,
}

impl Cutter {
    /// Cuts `flat`. With `train`, the parts are leaves on the autodiff device.
    pub(crate) fn new(flat: Tensor<1>, train: bool) -> Self {
        Self { flat, next: 0, train, leaves: Leaves::default() }
    }

    /// The next `count` weights as one part.
    pub(crate) fn take(&mut self, count: usize) -> Tensor<1> {
        self.take_part(count, false)
    }

    fn take_part(&mut self, count: usize, fixed: bool) -> Tensor<1> {
        let range = self.next..self.next + count;
        self.next = range.end;
        let values = part(&self.flat, range.clone());
        #[cfg(feature = "engine")]
        if self.train {
            let values = values.autodiff();
            let values = if fixed { values } else { values.require_grad() };
            self.leaves.0.push(Leaf { range, values: values.clone(), fixed });
            return values;
        }
        #[cfg(not(feature = "engine"))]
        let _ = fixed;
        debug_assert!(!self.train, "nothing is trained here");
        values
    }

    /// The next `count` weights as one part, and the same weights to be cut without being tracked.
    #[cfg(feature = "operations")]
    pub(crate) fn joined(&mut self, count: usize) -> (Tensor<1>, Self) {
        let untracked = part(&self.flat, self.next..self.next + count);
        (self.take(count), Self::new(untracked, false))
    }

    /// The same, as a module parameter.
    pub(crate) fn parameter(&mut self, count: usize) -> Param<Tensor<1>> {
        Param::initialized(ParamId::new(), self.take(count))
    }

    /// All parts handed out so far.
    ///
    /// # Panics
    /// If weights are left over, which is a bug in this crate, not an error in a file.
    pub(crate) fn finish(self) -> Leaves {
        assert_eq!(self.flat.dims(), [self.next], "every weight belongs to a layer");
        self.leaves
    }
}

impl Source for Cutter {
    type Array = Tensor<1>;

    fn array(
        &mut self,
        _: &'static str,
        shape: &[usize],
        role: ParameterRole,
        _: Init,
    ) -> Tensor<1> {
        self.take_part(shape.iter().product(), role == ParameterRole::Fixed)
    }
}

/// A part of the flat array as a parameter of one of Burn's layers.
#[cfg(feature = "reference")]
pub(crate) fn parameter<const D: usize>(values: Tensor<1>, shape: [usize; D]) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), values.reshape(shape))
}

#[cfg(feature = "engine")]
impl Leaves {
    /// The gradients of all weights as one `f32` array, `[parameters]`.
    ///
    /// # Errors
    /// If a part has none because the loss does not depend on it.
    pub(crate) fn gradient(&self, gradients: &mut Gradients) -> Result<Tensor<1>> {
        let gradient = |Leaf { range, values, fixed }: &Leaf| {
            if *fixed {
                return Ok(Tensor::zeros([range.len()], &values.device().without_autodiff()));
            }
            let found = values.grad_remove(gradients).ok_or_else(|| missing(range))?;
            Ok(found.cast(FloatDType::F32))
        };
        Ok(direct::cat(self.0.iter().map(gradient).collect::<Result<_>>()?, 0))
    }
}

#[cfg(feature = "engine")]
fn missing(range: &Range<usize>) -> Error {
    let Range { start, end } = range;
    let problem = format!("no gradient reached the weights {start} to {end}");
    Error::new(ErrorKind::Device, problem).help("This is a fault in Patchwork: please report it")
}
