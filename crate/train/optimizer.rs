//! Adam and AdamW over one flat array of weights.

use burn::tensor::{Device, Tensor};

use crate::config::{ModelConfig, OptimizerKind, TrainConfig};
use crate::weights;

/// Adam (Kingma and Ba 2015) with bias correction, and AdamW's decoupled weight decay (Loshchilov
/// and Hutter 2019); the same arithmetic as `torch.optim.AdamW`.
///
/// All weights are one array, so a step is a dozen operations whatever the model's depth.
#[derive(Debug, Clone)]
pub struct Adam {
    /// Running mean of the gradient, `[parameters]`.
    pub first_moment: Tensor<1>,
    /// Running mean of the squared gradient, `[parameters]`.
    pub second_moment: Tensor<1>,
    /// Steps taken.
    pub steps: u64,
    /// Weight decay of each weight, `[parameters]`; none for Adam.
    decay: Option<Tensor<1>>,
    betas: (f64, f64),
    epsilon: f64,
}

impl Adam {
    /// An optimizer that has seen nothing.
    pub fn new(model: &ModelConfig, train: &TrainConfig, device: &Device) -> Self {
        let count = weights::count(model);
        Self {
            first_moment: Tensor::zeros([count], device),
            second_moment: Tensor::zeros([count], device),
            steps: 0,
            decay: (train.optimizer == OptimizerKind::AdamW && train.weight_decay > 0.0)
                .then(|| decay(model, train.weight_decay as f32, device)),
            betas: train.betas,
            epsilon: train.epsilon,
        }
    }

    /// The weights after one step.
    ///
    /// # Shapes
    /// - weights, gradient, output: `[parameters]`
    pub fn step(&mut self, weights: Tensor<1>, gradient: Tensor<1>, rate: f64) -> Tensor<1> {
        self.steps += 1;
        let (beta1, beta2) = self.betas;
        let first = self.first_moment.clone() * beta1 + gradient.clone() * (1.0 - beta1);
        let second = self.second_moment.clone() * beta2 + gradient.square() * (1.0 - beta2);
        self.first_moment = first.clone();
        self.second_moment = second.clone();
        let correction = |beta: f64| 1.0 - beta.powi(i32::try_from(self.steps).unwrap_or(i32::MAX));
        let scale = (second / correction(beta2)).sqrt() + self.epsilon;
        let update = first / scale * (rate / correction(beta1));
        match &self.decay {
            Some(decay) => weights.clone() - weights * decay.clone() * rate - update,
            None => weights - update,
        }
    }
}

/// The weight decay of each weight: `rate` for matrices and kernels, 0 for the others.
fn decay(model: &ModelConfig, rate: f32, device: &Device) -> Tensor<1> {
    let mut values = vec![0.0; weights::count(model)];
    for parameter in weights::layout(model).into_iter().filter(weights::Parameter::decays) {
        values[parameter.range].fill(rate);
    }
    Tensor::from_data(values.as_slice(), device)
}

/// Scales a gradient down to a global norm of at most `limit` (Pascanu et al. 2013), without
/// reading the norm back; the same arithmetic as `torch.nn.utils.clip_grad_norm_`.
pub fn clip_norm(gradient: Tensor<1>, limit: f64) -> Tensor<1> {
    let norm = gradient.clone().square().sum().sqrt(); // [1]
    let scale = (norm + 1e-6).recip().mul_scalar(limit).clamp_max(1.0);
    gradient * scale
}
