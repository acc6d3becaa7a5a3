//! Cuts a flat array of weights into the parameters of layers, and joins their gradients.

use std::ops::Range;

use burn::module::{Param, ParamId};
use burn::tensor::Tensor;
#[cfg(feature = "engine")]
use burn::tensor::{FloatDType, Gradients};
use patchwork_arch::{Architecture, Init, ParameterRole, Source};

#[cfg(feature = "engine")]
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "cube")]
use crate::model::card::{SpreadWeights, join};
#[cfg(feature = "engine")]
use crate::model::direct;
#[cfg(feature = "cube")]
use crate::model::fused::is_cpu;
use crate::model::fused::part;
use crate::model::plan::Plan;

/// Hands out the weights of a model in the order in which its layers declare them.
#[derive(Debug)]
pub(crate) struct Cutter {
    flat: Tensor<1>,
    next: usize,
    train: bool,
    leaves: Leaves,
    #[cfg(feature = "cube")]
    spread: Option<SpreadWeights>,
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
    /// Cuts `flat`, the weights of a model. With `train`, the parts are leaves on the autodiff device.
    pub(crate) fn new(
        plan: &Plan,
        architecture: &Architecture,
        flat: Tensor<1>,
        train: bool,
    ) -> Self {
        #[cfg(not(feature = "cube"))]
        let _ = (plan, architecture);
        Self {
            #[cfg(feature = "cube")]
            spread: plan.on_card().then(|| SpreadWeights::new(plan, architecture, &flat)).flatten(),
            flat,
            next: 0,
            train,
            leaves: Leaves::default(),
        }
    }

    fn part(&self, range: &Range<usize>) -> Tensor<1> {
        #[cfg(feature = "cube")]
        if let Some(found) = self.spread.as_ref().and_then(|spread| spread.part(range)) {
            return found;
        }
        part(&self.flat, range.clone())
    }

    /// The next `count` weights as one part.
    pub(crate) fn take(&mut self, count: usize) -> Tensor<1> {
        self.take_part(count, false)
    }

    fn take_part(&mut self, count: usize, fixed: bool) -> Tensor<1> {
        let range = self.next..self.next + count;
        self.next = range.end;
        let values = self.part(&range);
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

    /// The same, as a module parameter.
    pub(crate) fn parameter(&mut self, count: usize) -> Param<Tensor<1>> {
        Param::initialized(ParamId::new(), self.take(count))
    }

    /// The next `count` weights as one part, and the same weights to be cut without being tracked.
    #[cfg(feature = "operations")]
    pub(crate) fn joined(&mut self, count: usize) -> (Tensor<1>, Self) {
        let untracked = part(&self.flat, self.next..self.next + count);
        let parts = Self {
            flat: untracked,
            next: 0,
            train: false,
            leaves: Leaves::default(),
            #[cfg(feature = "cube")]
            spread: None,
        };
        (self.take(count), parts)
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
                let device = values.device().without_autodiff();
                return Ok(Tensor::zeros([range.len()], (&device, values.dtype())));
            }
            values.grad_remove(gradients).ok_or_else(|| missing(range))
        };
        let found: Vec<Tensor<1>> = self.0.iter().map(gradient).collect::<Result<_>>()?;
        #[cfg(feature = "cube")]
        if found.len() > 1 && !is_cpu(&found[0].device()) {
            return Ok(join(&found));
        }
        let found = found.into_iter().map(|gradient| gradient.cast(FloatDType::F32));
        Ok(direct::cat(found.collect(), 0))
    }
}

#[cfg(feature = "engine")]
fn missing(range: &Range<usize>) -> Error {
    let Range { start, end } = range;
    let problem = format!("no gradient reached the weights {start} to {end}");
    Error::new(ErrorKind::Device, problem).help("This is a fault in Patchwork: please report it")
}
