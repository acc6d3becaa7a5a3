//! One training step: forward, backward, update.

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use patchwork_arch::Architecture;

use crate::config::{ModelConfig, Precision, TrainConfig};
use crate::data::batch::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Network;
use crate::model::direct;
use crate::model::fused::{Kernels, is_cpu};
use crate::model::plan::check_device;
use crate::train::distillation::TeacherTargets;
use crate::train::loss;
use crate::train::optimizer::{Adam, UpdateLimits};
use crate::weights::Weights;

/// Weights on a device with their optimizer.
#[derive(Debug, Clone)]
pub struct TrainState {
    model: ModelConfig,
    architecture: Architecture,
    train: TrainConfig,
    device: Device,
    dtype: FloatDType,
    /// The kernels that compute a step.
    pub kernels: Kernels,
    /// The master weights, `f32`, `[parameters]`.
    pub weights: Tensor<1>,
    /// The running average of the weights, if any, `[parameters]`.
    pub average: Option<Tensor<1>>,
    /// The optimizer and its moments.
    pub adam: Adam,
    limits: UpdateLimits,
    /// The factor of the loss before the backward pass; 1 except for `f16`.
    pub loss_scale: f64,
}

/// The figures of a step, still on the device.
#[derive(Debug, Clone)]
pub struct StepStats {
    /// Mean loss and number of correct images, `[2]`.
    pub values: Tensor<1>,
    /// Whether all gradients were finite (1) or not (0), `[1]`; only checked with `f16`.
    pub finite: Option<Tensor<1>>,
}

/// Loss scale of `f16` at the start, and its highest.
pub const LOSS_SCALE: f64 = 65_536.0;

/// The number format of a precision on a device. The CPU has no faster 16-bit arithmetic, so it always computes in 32 bits.
///
/// # Errors
/// If the device does not support it.
pub fn compute_type(precision: Precision, device: &Device) -> Result<FloatDType> {
    let (dtype, name) = match precision {
        _ if is_cpu(device) => return Ok(FloatDType::F32),
        Precision::F32 => return Ok(FloatDType::F32),
        Precision::F16 => (FloatDType::F16, "f16"),
        Precision::Bf16 => (FloatDType::BF16, "bf16"),
    };
    if device.supports_dtype(dtype) {
        return Ok(dtype);
    }
    Err(Error::new(ErrorKind::Device, format!("this device cannot compute in {name}"))
        .help("Choose --precision f32, or another device"))
}

impl TrainState {
    /// A training state that starts from `weights`.
    ///
    /// # Errors
    /// If the weights do not match their model, or the device supports neither the model nor the precision.
    pub fn new(weights: &Weights, train: &TrainConfig, device: &Device) -> Result<Self> {
        weights.check()?;
        let dtype = compute_type(train.precision, device)?;
        let architecture = weights.config.architecture();
        check_device(&architecture, device)?;
        let device = device.clone().without_autodiff();
        let flat = Tensor::from_data(weights.flat.as_slice(), &device);
        Ok(Self {
            model: weights.config.clone(),
            architecture,
            average: (train.ema_decay > 0.0).then(|| flat.clone()),
            adam: Adam::new(&weights.config, train, &device),
            limits: UpdateLimits::new(train),
            loss_scale: if train.precision == Precision::F16 { LOSS_SCALE } else { 1.0 },
            weights: flat,
            train: train.clone(),
            kernels: Kernels::default(),
            device,
            dtype,
        })
    }

    /// The weights to validate and keep: the running average if there is one.
    pub fn kept_weights(&self) -> Tensor<1> {
        self.average.clone().unwrap_or_else(|| self.weights.clone())
    }

    /// Trains on one batch. `seed` is that of dropout and stochastic depth in this step.
    ///
    /// # Errors
    /// Like [`gradient`](Self::gradient).
    pub fn step(&mut self, batch: &Batch, rate: f64, seed: u64) -> Result<StepStats> {
        let images = images(batch.images.clone(), self.model.image_size, &self.device);
        self.step_on(images, &batch.labels, rate, seed)
    }

    /// Like [`step`](Self::step), with images that are already on the device, `[batch, 1, side,
    /// side]`.
    ///
    /// # Errors
    /// Like [`gradient`](Self::gradient).
    pub fn step_on(
        &mut self,
        images: Tensor<4>,
        labels: &[u8],
        rate: f64,
        seed: u64,
    ) -> Result<StepStats> {
        self.step_with_teacher(images, labels, None, rate, seed)
    }

    /// The same with what a teacher says of the images, where there is one.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn step_with_teacher(
        &mut self,
        images: Tensor<4>,
        labels: &[u8],
        teacher: Option<&TeacherTargets>,
        rate: f64,
        seed: u64,
    ) -> Result<StepStats> {
        let (gradient, values) = self.gradient_on(images, labels, teacher, seed)?;
        Ok(self.step_along(gradient, values, rate))
    }

    /// A step with a gradient computed elsewhere, `[parameters]`, and its mean loss and number of correct
    /// images, `[2]`.
    pub fn step_along(&mut self, gradient: Tensor<1>, values: Tensor<1>, rate: f64) -> StepStats {
        StepStats { values, finite: self.update(gradient, rate) }
    }

    /// The model's settings and the recipe.
    pub fn settings(&self) -> (&ModelConfig, &TrainConfig) {
        (&self.model, &self.train)
    }

    /// The gradient of the mean loss, `[parameters]`, with the mean loss and the number of correct
    /// images, `[2]`.
    ///
    /// # Errors
    /// If some weights got no gradient.
    pub fn gradient(&self, batch: &Batch, seed: u64) -> Result<(Tensor<1>, Tensor<1>)> {
        self.gradient_with_teacher(batch, None, seed)
    }

    /// The same with what a teacher says of the images, where there is one.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn gradient_with_teacher(
        &self,
        batch: &Batch,
        teacher: Option<&TeacherTargets>,
        seed: u64,
    ) -> Result<(Tensor<1>, Tensor<1>)> {
        let images = images(batch.images.clone(), self.model.image_size, &self.device);
        self.gradient_on(images, &batch.labels, teacher, seed)
    }

    fn gradient_on(
        &self,
        images: Tensor<4>,
        labels: &[u8],
        teacher: Option<&TeacherTargets>,
        seed: u64,
    ) -> Result<(Tensor<1>, Tensor<1>)> {
        let flat = self.weights.clone();
        let model = Network::new(self.kernels, &self.architecture, flat, self.dtype, Some(seed));
        let device = self.device.clone().autodiff();
        let images = images.cast(self.dtype).autodiff();
        let (classes, smoothing) = (self.model.classes, self.train.label_smoothing);
        let targets = loss::targets(labels, classes, smoothing, &device);
        let figures = match teacher {
            None => loss::figures(self.kernels, model.forward(images), targets),
            Some(teacher) => teacher.figures(self.kernels, &model, images, targets),
        };
        let mut gradients = self.scaled(figures.clone()).backward();
        let gradient = model.gradient(&mut gradients)?;
        let gradient = if self.loss_scale == 1.0 {
            gradient
        } else {
            direct::divide(gradient, self.loss_scale)
        };
        Ok((gradient, figures.inner()))
    }

    /// The scaled loss from which the backward pass starts.
    fn scaled(&self, figures: Tensor<1>) -> Tensor<1> {
        if self.loss_scale == 1.0 { figures } else { direct::multiply(figures, self.loss_scale) }
    }

    /// Updates the weights. Returns 1 if the gradient was finite, else 0, `[1]`, if that is checked.
    fn update(&mut self, gradient: Tensor<1>, rate: f64) -> Option<Tensor<1>> {
        let (weights, average) = (&mut self.weights, &mut self.average);
        let finite = self.adam.step_at_once(weights, average, gradient, rate, self.limits);
        self.limits.guarded.then_some(finite)
    }

    /// Adapts the loss scale (Micikevicius et al. 2018, section 3.2): halves it after an overflow,
    /// else lets it grow slowly.
    pub fn adapt_loss_scale(&mut self, overflowed: bool) {
        if self.train.precision == Precision::F16 {
            let factor = if overflowed { 0.5 } else { 1.01 };
            self.loss_scale = (self.loss_scale * factor).clamp(1.0, LOSS_SCALE);
        }
    }
}

/// The pixels of a batch on a device, `[batch, 1, side, side]`.
pub fn images(pixels: Vec<f32>, side: usize, device: &Device) -> Tensor<4> {
    let shape = [pixels.len() / side.pow(2), 1, side, side];
    Tensor::from_data(TensorData::new(pixels, shape), device)
}

/// The model with the weights `flat`, for evaluation.
pub(super) fn model(config: &ModelConfig, flat: Tensor<1>) -> Network {
    Network::new(Kernels::Fused, &config.architecture(), flat, FloatDType::F32, None)
}
