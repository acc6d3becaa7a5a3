//! Adam, AdamW and Muon over one flat array of weights.

use burn::tensor::{Device, Tensor};
use patchwork_kernels::muon::UPDATED_BY_MUON;

use crate::config::{ModelConfig, OptimizerKind, Precision, TrainConfig};
use crate::train::muon::Muon;
use crate::train::update::{self, Arrays, Update};
use crate::weights;

/// Adam (Kingma and Ba 2015) with bias correction, and AdamW's decoupled weight decay (Loshchilov and
/// Hutter 2019); the same arithmetic as `torch.optim.AdamW`. Parameters of Muon are updated separately
/// ([`Muon`]).
///
/// All weights are one array, and a step is one operation ([`update`]) whatever the model's depth.
/// `tests/engine/reference.rs` has the same arithmetic as separate operations.
#[derive(Debug, Clone)]
pub struct Adam {
    /// Running mean of the gradient, `[parameters]`.
    pub first_moment: Tensor<1>,
    /// Running mean of the squared gradient, `[parameters]`.
    pub second_moment: Tensor<1>,
    /// Steps taken.
    pub steps: u64,
    /// Weight decay of each weight, `[parameters]`; [`UPDATED_BY_MUON`] where Muon updates it.
    decay: Tensor<1>,
    /// The parameters that Muon updates.
    muon: Muon,
    betas: (f64, f64),
    epsilon: f64,
}

impl Adam {
    /// An optimizer before its first step.
    pub fn new(model: &ModelConfig, train: &TrainConfig, device: &Device) -> Self {
        let count = weights::count(model);
        let rate = if train.optimizer == OptimizerKind::Adam { 0.0 } else { train.weight_decay };
        let muon = Muon::new(model, train, device);
        Self {
            first_moment: Tensor::zeros([count], device),
            second_moment: Tensor::zeros([count], device),
            steps: 0,
            decay: decay(model, rate as f32, &muon, device),
            muon,
            betas: train.betas,
            epsilon: train.epsilon,
        }
    }

    /// Takes one step as one operation, including gradient clipping and the running average of the weights, if any.
    /// `limits` holds what is outside Adam: [`Update`]'s limit, average and guard. Updates weights and average and
    /// returns 1 if the gradient was finite, else 0, `[1]`.
    ///
    /// Arrays with no other owner are updated in place.
    pub fn step_at_once(
        &mut self,
        weights: &mut Tensor<1>,
        average: &mut Option<Tensor<1>>,
        gradient: Tensor<1>,
        rate: f64,
        limits: UpdateLimits,
    ) -> Tensor<1> {
        self.steps += 1;
        let settings = Update {
            rate,
            betas: self.betas.into(),
            corrections: self.corrections(),
            epsilon: self.epsilon,
            limit: limits.norm,
            average: average.as_ref().map(|_| limits.share(self.steps)),
            guarded: limits.guarded,
        };
        // Placeholders for the arrays meanwhile.
        let take = |array: &mut Tensor<1>| std::mem::replace(array, gradient.clone());
        let arrays = Arrays {
            weights: take(weights),
            first_moment: take(&mut self.first_moment),
            second_moment: take(&mut self.second_moment),
            average: average.take(),
        };
        let (arrays, finite) =
            update::update(arrays, gradient.clone(), self.decay.clone(), settings, &self.muon);
        (*weights, *average) = (arrays.weights, arrays.average);
        (self.first_moment, self.second_moment) = (arrays.first_moment, arrays.second_moment);
        finite
    }

    /// The bias corrections: the moments' divisors, since they start at zero.
    fn corrections(&self) -> [f64; 2] {
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        <[f64; 2]>::from(self.betas).map(|beta| 1.0 - beta.powi(steps))
    }
}

/// The parts of an update that are outside Adam.
#[derive(Debug, Clone, Copy)]
pub struct UpdateLimits {
    /// The largest norm of the gradient; infinite for no limit.
    pub norm: f64,
    /// The share of the old average in the new one, late in training.
    pub average: f64,
    /// Whether an update is skipped if the gradient is not finite.
    pub guarded: bool,
}

impl UpdateLimits {
    /// The limits of a recipe.
    pub fn new(train: &TrainConfig) -> Self {
        Self {
            norm: if train.clip_norm > 0.0 { train.clip_norm } else { f64::INFINITY },
            average: train.ema_decay,
            guarded: train.precision == Precision::F16,
        }
    }

    /// The share of the old average in the new one. It rises during training, so that an early average
    /// does not preserve the random initial weights.
    pub fn share(&self, steps: u64) -> f64 {
        let steps = steps as f64;
        self.average.min((1.0 + steps) / (10.0 + steps))
    }
}

/// The weight decay of each weight: `rate` for matrices and kernels that Adam updates, 0 for its other weights.
fn decay(model: &ModelConfig, rate: f32, muon: &Muon, device: &Device) -> Tensor<1> {
    let mut values = vec![0.0; weights::count(model)];
    for parameter in weights::layout(model).into_iter().filter(weights::Parameter::decays) {
        values[parameter.range].fill(rate);
    }
    for matrices in &muon.params.matrices {
        values[matrices.start..][..matrices.size()].fill(UPDATED_BY_MUON);
    }
    Tensor::from_data(values.as_slice(), device)
}
